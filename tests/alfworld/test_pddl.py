"""Problems of ALFRED's domain are read as ALFWorld reads them, and what is written is read back."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vl_envs.alfworld.engine import admissible, look, obey
from vl_envs.alfworld.expressions import MAX_CHARACTERS, MAX_DEPTH, read_expression
from vl_envs.alfworld.goals import TASKS, Wish
from vl_envs.alfworld.house import HELD, NOWHERE
from vl_envs.alfworld.pddl import read_goal, read_problem, write_problem

WISHES = (
    Wish("pick_and_place_simple", "Apple", "Fridge"),
    Wish("pick_two_obj_and_place", "Apple", "Fridge"),
    Wish("look_at_obj_in_light", "Apple", lamp="DeskLamp"),
    Wish("look_at_obj_in_light", "DeskLamp", lamp="DeskLamp"),
    Wish("pick_clean_then_place_in_recep", "Apple", "Fridge"),
    Wish("pick_heat_then_place_in_recep", "Apple", "Fridge"),
    Wish("pick_cool_then_place_in_recep", "Apple", "Fridge"),
)
GOAL = """(:goal (and (exists (?r - receptacle) (exists (?o - object) (and (heatable ?o)
    (objectType ?o AppleType) (receptacleType ?r FridgeType) (isHot ?o) (inReceptacle ?o ?r))))))"""
KITCHEN = f"""
; written as the published games are
(define (problem plan_trial_1)
(:domain alfred)
(:objects agent1 - agent
    Apple - object Sink - object
    AppleType - otype BowlType - otype PosterType - otype PenType - otype PencilType - otype
    SinkType - otype
    FridgeType - rtype SinkBasinType - rtype ShelfType - rtype
    Apple_bar__minus_1 - object Apple_bar__plus_1 - object Bowl_bar_1 - object
    Poster_bar_1 - object Pencil_bar_1 - object Pen_bar_1 Sink_bar_1 - object
    Fridge_bar_1 - receptacle Sink_bar_1_bar_SinkBasin - receptacle
    Shelf_bar_1 - receptacle Shelf_bar_2 - receptacle Shelf_bar_3 - receptacle
    loc_bar_1 loc_bar_2 - location loc_bar_3 - location loc_bar_4 - location
)
(:init
    (= (total-cost) 0) (= (distance loc_bar_1 loc_bar_2) 5)
    (receptacleType Fridge_bar_1 FridgeType) (openable Fridge_bar_1)
    (receptacleType Sink_bar_1_bar_SinkBasin SinkBasinType)
    (receptacleType Shelf_bar_1 ShelfType) (receptacleType Shelf_bar_2 ShelfType)
    (receptacleType Shelf_bar_3 ShelfType)
    (receptacleAtLocation Fridge_bar_1 loc_bar_2)
    (receptacleAtLocation Sink_bar_1_bar_SinkBasin loc_bar_1)
    (receptacleAtLocation Shelf_bar_1 loc_bar_1) (receptacleAtLocation Shelf_bar_2 loc_bar_1)
    (objectType Apple_bar__minus_1 AppleType) (objectType Apple_bar__plus_1 AppleType)
    (objectType Bowl_bar_1 BowlType) (objectType Poster_bar_1 PosterType)
    (objectType Pencil_bar_1 PencilType) (objectType Pen_bar_1 PenType)
    (objectType Sink_bar_1 SinkType)
    (pickupable Apple_bar__minus_1) (pickupable Apple_bar__plus_1) (pickupable Bowl_bar_1)
    (pickupable Pencil_bar_1) (pickupable Pen_bar_1)
    (heatable Apple_bar__minus_1) (isHot Apple_bar__minus_1) (isReceptacleObject Bowl_bar_1)
    (canContain FridgeType AppleType) (canContain FridgeType BowlType)
    (canContain ShelfType AppleType)
    (inReceptacle Apple_bar__minus_1 Fridge_bar_1) (wasInReceptacle Bowl_bar_1 Fridge_bar_1)
    (inReceptacle Bowl_bar_1 Shelf_bar_2) (inReceptacleObject Pen_bar_1 Bowl_bar_1)
    (inReceptacle Pencil_bar_1 Shelf_bar_3) (inReceptacle Apple_bar__plus_1 Shelf_bar_2)
    (objectAtLocation Poster_bar_1 loc_bar_4) (objectAtLocation Bowl_bar_1 loc_bar_1)
    (objectAtLocation Apple_bar__plus_1 loc_bar_1)
    (atLocation agent1 loc_bar_3)
)
{GOAL})
"""


def test_a_published_problem_is_read_as_alfworld_reads_it() -> None:
    """Names have ALFWorld's numbers and order; what is left out and what stands about is known."""
    house, state = read_problem(KITCHEN)
    receptacles = {entry.name: entry for entry in house.receptacles}
    # The third shelf has no place: it counts, but is not there.
    assert list(receptacles) == ["fridge 1", "shelf 3", "shelf 2", "sinkbasin 1"]
    assert receptacles["shelf 2"].id == "Shelf_bar_2"
    assert receptacles["sinkbasin 1"].kind == "SinkBasin"
    assert receptacles["fridge 1"].openable and not receptacles["shelf 3"].openable
    names = [thing.name for thing in house.things]
    assert names == ["apple 2", "apple 1", "bowl 1", "pen 1", "pencil 1", "poster 1", "sink 1"]
    apple, other, bowl, pen, pencil, poster, sink = range(7)
    assert state.where[apple] == house.receptacle_index["fridge 1"]
    assert [state.where[i] for i in (pen, pencil, poster, sink)] == [NOWHERE] * 4
    assert house.things[apple].heatable and not house.things[poster].pickupable
    assert house.things[bowl].bowl and house.within == {bowl: (pen,)}
    assert state.hot == {apple} and not state.opened
    assert house.holds == {"Fridge": {"Apple", "Bowl"}, "Shelf": {"Apple"}}
    assert house.spots[state.spot] == "loc_bar_3"
    assert state.lies_at[poster] == house.spots.index("loc_bar_4")
    shelf = house.receptacle_index["shelf 2"]
    assert [state.slot[thing] for thing in state.inside(shelf)] == [0, 1]
    assert state.inside(shelf) == [other, bowl]
    assert read_goal(KITCHEN) == Wish("pick_heat_then_place_in_recep", "Apple", "Fridge")


def test_what_was_read_can_be_played() -> None:
    """Rules that only published games need: shared places, things in bowls, what lies beside."""
    house, state = read_problem(KITCHEN)
    assert look(house, state).endswith("a fridge 1, a shelf 3, a shelf 2, and a sinkbasin 1.")
    assert obey(house, state, "look").endswith("Looking quickly around you, you see nothing.")
    obey(house, state, "go to shelf 3")
    assert "take apple 1 from shelf 2" in admissible(house, state)
    obey(house, state, "take apple 1 from shelf 2")
    obey(house, state, "move apple 1 to shelf 3")
    assert obey(house, state, "look") == (
        "You are facing the shelf 3, shelf 2, and sinkbasin 1. Next to it, you see a apple 1."
    )
    obey(house, state, "take bowl 1 from shelf 2")
    assert obey(house, state, "examine bowl 1").endswith("In it, you see a pen 1.")


@pytest.mark.parametrize("wish", WISHES, ids=lambda wish: f"{wish.task}-{wish.thing}")
def test_what_is_written_is_read_back(wish: Wish) -> None:
    """House, state, and wish survive, whatever was done in between."""
    house, state = read_problem(KITCHEN)
    for command in ("go to fridge 1", "open fridge 1", "take apple 2 from fridge 1"):
        obey(house, state, command)
    state.clean, state.sliced, state.lit = {1}, {2}, {3}
    text = write_problem(house, state, replace(wish, text="do it"))
    again, now = read_problem(text)
    assert now.where[again.thing_index["apple 2"]] == HELD
    ids = [entry.id for entry in house.receptacles], [entry.id for entry in house.things]
    assert ids == ([r.id for r in again.receptacles], [t.id for t in again.things])
    # A place that nothing leads to any more is forgotten.
    lost = {*text.splitlines()} ^ {*write_problem(again, now, wish).splitlines()}
    assert lost == {"loc_bar_3 - location"}
    assert again.things == house.things and again.holds == house.holds
    assert (now.where, now.opened) == (state.where, state.opened)
    assert (now.clean, now.hot, now.sliced, now.lit) == ({1}, {0}, {2}, {3})
    assert read_goal(text) == wish


def test_other_goals_are_none_of_the_six() -> None:
    """A goal that looks alike, or none, is not taken for one of ALFWorld's."""
    assert {wish.task for wish in WISHES} == {*TASKS}
    assert read_goal(KITCHEN.replace("(isHot ?o)", "(isSliced ?o)")) is None
    assert read_goal(KITCHEN.replace("(isHot ?o)", "")) is None
    assert read_goal(KITCHEN.replace(GOAL, "")) is None
    assert read_goal(KITCHEN.replace(GOAL, "(:goal (not (isHot Apple_bar__plus_1)))")) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "one PDDL expression"),
        ("(define (problem x)", "never closed"),
        ("(define))", "too many"),
        ("(" * (MAX_DEPTH + 1), "nested"),
        (" " * (MAX_CHARACTERS + 1), "characters"),
        ("(domain alfred)", "begins with"),
        (KITCHEN.replace("(:domain alfred)", "(:domain blocks)"), "domain alfred"),
        (KITCHEN.replace("(:init", "(:start"), ":init"),
        (KITCHEN.replace("(atLocation agent1 loc_bar_3)", ""), "where the agent stands"),
        (KITCHEN.replace("(openable Fridge_bar_1)", "(openable)"), "1 arguments of openable"),
        (KITCHEN.replace("(openable Fridge_bar_1)", "(not (openable x))"), "without parentheses"),
        (KITCHEN.replace("(openable Fridge_bar_1)", "openable"), "facts"),
        (KITCHEN.replace("loc_bar_4 - location", "loc_bar_4 -"), "type after"),
        (KITCHEN.replace("loc_bar_4 - location", "(loc_bar_4)"), "names"),
        (
            KITCHEN.replace(
                "(openable Fridge_bar_1)", "(holds agent1 Pen_bar_1) (holds agent1 Bowl_bar_1)"
            ),
            "in the hand",
        ),
    ],
    ids=lambda value: value[:24] if len(value) < 100 else "",
)
def test_what_is_no_problem_is_told(text: str, message: str) -> None:
    """The error says what was expected."""
    with pytest.raises(ValueError, match=message):
        read_problem(text)


@given(st.integers(0, len(KITCHEN)), st.integers(0, 60), st.text("()-=; \nab1_", max_size=8))
def test_no_text_breaks_the_reader(at: int, length: int, put: str) -> None:
    """A problem that was cut about is read, or refused with ValueError."""
    text = KITCHEN[:at] + put + KITCHEN[at + length :]
    for read in (read_problem, read_goal):
        try:
            read(text)
        except ValueError as error:
            assert len(str(error)) < 1000


def test_a_bomb_of_parentheses_is_refused_soon() -> None:
    """Neither depth nor breadth makes the reader recurse or wait."""
    with pytest.raises(ValueError, match="nested"):
        read_expression("(" * 1_000_000)
    assert len(read_expression("(" + "()" * 100_000 + ")")) == 100_000


def test_numbers_go_down_the_alphabet() -> None:
    """However many there are, and in whatever order they are declared."""
    names = [f"Shelf_bar_{index:02d}" for index in np.random.default_rng(0).permutation(12)]
    declared = " ".join(f"{name} - receptacle" for name in names)
    facts = " ".join(f"(receptacleAtLocation {name} loc_bar_1)" for name in names)
    text = (
        f"(define (:domain alfred) (:objects agent1 - agent loc_bar_1 - location {declared})"
        f"(:init (atLocation agent1 loc_bar_1) {facts}))"
    )
    house, _ = read_problem(text)
    assert [entry.name for entry in house.receptacles] == [f"shelf {n}" for n in range(12, 0, -1)]
    assert [entry.id for entry in house.receptacles] == sorted(names)
