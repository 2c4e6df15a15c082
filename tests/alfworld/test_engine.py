"""ALFWorld's rules and sentences: what is possible, what is said, what is won."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.alfworld.houses import small_house, some_state, some_wish
from vl_envs.alfworld.engine import (
    HELP,
    NOTHING,
    PREPOSITIONS,
    Act,
    admissible,
    carry_out,
    intro,
    obey,
    possible,
    possible_acts,
    read,
    write,
)
from vl_envs.alfworld.facts import FACTS
from vl_envs.alfworld.goals import APPLIANCES, Wish, stage, stages, won
from vl_envs.alfworld.homes import make_home
from vl_envs.alfworld.house import HELD, House, HouseState, Receptacle, Thing
from vl_envs.alfworld.plain_names import read_plain, without_numbers
from vl_envs.alfworld.planner import plan

OPENABLE = ("Fridge", "Microwave", "Cabinet", "Drawer")


def _kitchen() -> tuple[House, HouseState]:
    """Furnish by hand: what lies where is told by the sentences below."""
    kinds = ("cabinet", "countertop", "fridge", "microwave", "sidetable", "sinkbasin")
    written = ("Cabinet", "CounterTop", "Fridge", "Microwave", "SideTable", "SinkBasin")
    furniture = tuple(
        Receptacle(name, kind, f"{name} 1", i, kind in OPENABLE)
        for i, (name, kind) in enumerate(zip(kinds, written, strict=True))
    )
    food = {"cleanable": True, "heatable": True, "coolable": True}
    things = (
        Thing("a2", "Apple", "apple 2", **food, sliceable=True),
        Thing("a1", "Apple", "apple 1", **food, sliceable=True),
        Thing("c", "Cup", "cup 1", **food, bowl=True),
        Thing("l", "DeskLamp", "desklamp 1", pickupable=False, toggleable=True),
        Thing("k", "Knife", "knife 1", cleanable=True),
        Thing("p", "Pencil", "pencil 1"),
    )
    house = House(furniture, things, FACTS.holds, tuple("0123456"))
    where = [2, 1, 1, 4, 1, 4]
    lies_at: list[int | None] = [*where]
    return house, HouseState(6, where, [0, 0, 1, 0, 2, 1], lies_at)


def _all_acts(house: House) -> list[Act]:
    """List every act there is, possible or not."""
    receptacles, things = range(len(house.receptacles)), range(len(house.things))
    acts = [Act("look"), Act("inventory"), Act("help")]
    acts += [Act(v, r) for v in ("go to", "open", "close", "examine") for r in receptacles]
    acts += [Act(v, t) for v in ("use", "examine thing") for t in things]
    acts += [
        Act(v, t, r) for v in ("take", "move", *APPLIANCES) for t in things for r in receptacles
    ]
    return acts + [Act("slice", t, k) for t, k in product(things, things)]


def test_possible_is_what_is_listed() -> None:
    """In random states, of all acts exactly the listed ones are possible, and are read back."""
    rng = np.random.default_rng(0)
    verbs = set()
    for _ in range(80):
        house = small_house(rng, receptacles=6, things=5)
        state = some_state(rng, house, steps=int(rng.integers(20)))
        listed = set(possible_acts(house, state))
        verbs |= {act.verb for act in listed}
        for act in _all_acts(house):
            assert possible(house, state, act) == (act in listed), (act, state)
            assert read(house, write(house, act)) == act
        assert admissible(house, state) == sorted({write(house, act) for act in listed})
    assert verbs >= {"go to", "use", "slice", "examine thing", *PREPOSITIONS}


@settings(max_examples=200, deadline=None)
@given(
    st.text(max_size=60) | st.sampled_from(["go to fridge 2", "take apple 1 from fridge 1", "go"])
)
def test_other_texts_change_nothing(text: str) -> None:
    """What is not listed is answered by one sentence, and leaves everything as it was."""
    house, state = _kitchen()
    before = state.copy()
    if text.strip(" ") not in admissible(house, state):
        assert obey(house, state, text) == NOTHING
        assert state == before


TOLD = (
    ("look", "You are in the middle of a room. Looking quickly around you, you see nothing."),
    ("inventory", "You are not carrying anything."),
    ("help", HELP),
    ("go to cabinet 1", "You arrive at cabinet 1. The cabinet 1 is closed."),
    ("open cabinet 1", "You open the cabinet 1. The cabinet 1 is open. In it, you see nothing."),
    ("close cabinet 1", "You close the cabinet 1."),
    ("go to fridge 1", "You arrive at fridge 1. The fridge 1 is closed."),
    ("take apple 2 from fridge 1", NOTHING),
    ("open fridge 1", "You open the fridge 1. The fridge 1 is open. In it, you see a apple 2."),
    ("examine fridge 1", "The fridge 1 is open. In it, you see a apple 2."),
    ("look", "You are facing the fridge 1. Next to it, you see nothing."),
    ("go to countertop 1", "You arrive at countertop 1. On the countertop 1, you see a apple 1, a "
     "cup 1, and a knife 1."),
    ("examine apple 1", NOTHING),
    ("take cup 1 from countertop 1", "You pick up the cup 1 from the countertop 1."),
    ("examine cup 1", "This is a normal cup 1. In it, you see nothing."),
    ("take apple 1 from countertop 1", NOTHING),
    ("examine countertop 1", "On the countertop 1, you see a apple 1, and a knife 1."),
    ("move cup 1 to countertop 1", "You move the cup 1 to the countertop 1."),
    ("take knife 1 from countertop 1", "You pick up the knife 1 from the countertop 1."),
    ("slice apple 1 with knife 1", "You sliced the apple 1 with the knife 1."),
    ("move knife 1 to countertop 1", "You move the knife 1 to the countertop 1."),
    ("take apple 1 from countertop 1", "You pick up the apple 1 from the countertop 1."),
    ("inventory", "You are carrying: a apple 1."),
    ("examine apple 1", "This is a sliced apple 1."),
    ("go to microwave 1", "You arrive at microwave 1. The microwave 1 is closed."),
    ("heat apple 1 with microwave 1", "You heat the apple 1 using the microwave 1."),
    ("examine apple 1", "This is a hot sliced apple 1."),
    ("cool apple 1 with fridge 1", NOTHING),
    ("go to sinkbasin 1", "You arrive at sinkbasin 1. On the sinkbasin 1, you see nothing."),
    ("clean apple 1 with sinkbasin 1", "You clean the apple 1 using the sinkbasin 1."),
    ("examine apple 1", "This is a hot and clean sliced apple 1."),
    ("go to fridge 1", "You arrive at fridge 1. The fridge 1 is open. In it, you see a apple 2."),
    ("cool apple 1 with fridge 1", "You cool the apple 1 using the fridge 1."),
    ("examine apple 1", "This is a cool and clean sliced apple 1."),
    ("move apple 1 to fridge 1", "You move the apple 1 to the fridge 1."),
    ("take apple 2 from fridge 1", "You pick up the apple 2 from the fridge 1."),
    ("examine apple 2", "There's nothing special about apple 2."),
    ("cool apple 2 with fridge 1", "You cool the apple 2 using the fridge 1."),
    ("examine apple 2", "This is a cold apple 2."),
    ("go to sidetable 1", "You arrive at sidetable 1. On the sidetable 1, you see a desklamp 1, "
     "and a pencil 1."),
    ("use desklamp 1", "You turn on the desklamp 1."),
    ("use desklamp 1", "You turn on the desklamp 1."),
    ("take desklamp 1 from sidetable 1", NOTHING),
)  # fmt: skip


def test_sentences() -> None:
    """A whole walk, word by word as ALFWorld's grammar has it."""
    house, state = _kitchen()
    first = intro(house, state, "put a cool apple in cabinet")
    assert first.startswith(
        "-= Welcome to TextWorld, ALFRED! =-\n\nYou are in the middle of a room."
    )
    assert first.endswith("and a sinkbasin 1.\n\nYour task is to: put a cool apple in cabinet.")
    for command, answer in TOLD:
        assert obey(house, state, command) == answer, command


def test_a_knife_reaches_into_what_is_closed() -> None:
    """As in PDDL, what is sliced need not be seen."""
    house, state = _kitchen()
    for command in ("go to countertop 1", "take knife 1 from countertop 1", "go to fridge 1"):
        obey(house, state, command)
    assert "slice apple 2 with knife 1" in admissible(house, state)
    assert obey(house, state, "slice apple 2 with knife 1") != NOTHING


def test_minimal_sentences_name_nothing() -> None:
    """Without lists, a walk through everything never names what was not touched."""
    house, state = _kitchen()
    said = []
    for receptacle in range(len(house.receptacles)):
        for verb in ("go to", "open", "examine"):
            act = Act(verb, receptacle)
            if possible(house, state, act):
                said.append(carry_out(house, state, act, tells=False))
    told = " ".join(said)
    assert "The fridge 1 is closed." in told and "The fridge 1 is open." in told
    assert not any(thing.kind.lower() in told for thing in house.things)


def test_plain_names() -> None:
    """Things lose their numbers, receptacles keep them; a plain name is the first that fits."""
    house, state = _kitchen()
    plain = without_numbers(house, "On the countertop 1, you see a apple 1, and a cup 1.")
    assert plain == "On the countertop 1, you see a apple, and a cup."
    obey(house, state, "go to countertop 1")
    assert read_plain(house, state, "take apple from countertop 1") == Act("take", 1, 1)
    assert read_plain(house, state, "take apple 1 from countertop 1") is None
    assert read_plain(house, state, "take apple from fridge 1") is None


@pytest.mark.parametrize(
    ("wish", "where", "done"),
    [
        (Wish("pick_and_place_simple", "Cup", "Cabinet"), {2: 0}, True),
        (Wish("pick_and_place_simple", "Cup", "Cabinet"), {2: HELD}, False),
        (Wish("pick_and_place_simple", "Cup", "Cabinet"), {2: 2}, False),
        (Wish("pick_two_obj_and_place", "Apple", "Cabinet"), {0: 0, 1: 0}, True),
        (Wish("pick_two_obj_and_place", "Apple", "Cabinet"), {0: 0, 1: HELD}, False),
        (Wish("pick_heat_then_place_in_recep", "Apple", "Cabinet"), {0: 0}, True),
        (Wish("pick_heat_then_place_in_recep", "Apple", "Cabinet"), {1: 0}, False),
        (Wish("pick_clean_then_place_in_recep", "Apple", "Cabinet"), {0: 0}, False),
        (Wish("look_at_obj_in_light", "Pencil", lamp="DeskLamp"), {5: HELD}, True),
        (Wish("look_at_obj_in_light", "Pencil", lamp="DeskLamp"), {5: 4}, False),
        (Wish("look_at_obj_in_light", "Pencil", lamp="FloorLamp"), {5: HELD}, False),
        (Wish("look_at_obj_in_light", "Pencil", lamp="DeskLamp"), {5: HELD, 3: 1}, False),
    ],
)
def test_won(wish: Wish, where: dict[int, int], done: bool) -> None:
    """With apple 2 hot and the lamp lit, at the side table: hits and near misses."""
    house, state = _kitchen()
    state.spot, state.hot, state.lit = 4, {0}, {3}
    for thing, place in where.items():
        state.where[thing] = place
    assert won(house, state, wish) == done
    assert (stage(house, state, wish) == stages(wish)) == done


def test_two_places_of_a_kind_are_two_places() -> None:
    """Two things belong into one receptacle, not one into each of two."""
    kinds = [Receptacle(str(i), "Cabinet", f"cabinet {i}", i, False) for i in range(2)]
    things = tuple(Thing(str(i), "Apple", f"apple {i}") for i in range(2))
    house = House(tuple(kinds), things, FACTS.holds, ("0", "1"))
    wish = Wish("pick_two_obj_and_place", "Apple", "Cabinet")
    assert not won(house, HouseState(0, [0, 1], [0, 0], [0, 1]), wish)
    assert won(house, HouseState(0, [1, 1], [0, 1], [1, 1]), wish)


def test_stages_rise_along_a_plan() -> None:
    """Along a shortest plan stages never fall, start at 0 where nothing is begun, and end full."""
    rng = np.random.default_rng(3)
    for _ in range(60):
        home = make_home(rng, [some_wish(rng, _kitchen()[0]).task], "train")
        state = home.state.copy()
        seen = [stage(home.house, state, home.wish)]
        for command in plan(home.house, state, home.wish):
            obey(home.house, state, command)
            seen.append(stage(home.house, state, home.wish))
        assert seen[0] == 0 and seen == sorted(seen) and seen[-1] == stages(home.wish)
