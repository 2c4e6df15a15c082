"""Whoever asks what is needed wins; guessing, asking too much and asking nonsense is worse."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest

from tests.alfworld.askers import asking, guesser, make, play
from vl_envs.alfworld.ask_to_act import ASK, SILENT, AskToActEnv
from vl_envs.alfworld.engine import Act, carry_out
from vl_envs.alfworld.goals import stages, won
from vl_envs.alfworld.homes import Home, make_home
from vl_envs.alfworld.house import House, HouseState, Layout
from vl_envs.alfworld.planner import next_command
from vl_envs.alfworld.user import (
    FORMS,
    PUZZLED,
    SLOTS,
    Question,
    User,
    efficiency,
    understand,
)
from vl_envs.alfworld.vague import TASK_OF
from vl_envs.alfworld.worlds import World
from vl_envs.core.env import Image


def move(env: AskToActEnv, thing: int, to: int) -> tuple[float, bool, Mapping[str, Any]]:
    """Carry a thing to a place, without a question or a change."""
    house, now = env.state.home.house, env.state.now
    name, came = house.things[thing].name, house.receptacles[now.where[thing]]
    goal = house.receptacles[to]
    commands = []
    for stop, verb in (
        (came, f"take {name} from {came.name}"),
        (goal, f"move {name} to {goal.name}"),
    ):
        commands += [f"go to {stop.name}", *[f"open {stop.name}"] * stop.openable, verb]
    for command in commands:
        _, reward, over, _, info = env.step(command)
        assert not over or command == commands[-1]
    assert info["valid"], commands
    return float(reward), over, info


def candidate(env: AskToActEnv, thing: str, place: str) -> tuple[int, int]:
    """Find a thing and a receptacle of these kinds."""
    house = env.state.home.house
    kinds = [one.kind for one in house.things], [one.kind for one in house.receptacles]
    return kinds[0].index(thing), kinds[1].index(place)


@pytest.mark.parametrize("who", ["planner", "explorer"])
def test_expert_asks_what_is_needed_and_wins(who: str) -> None:
    """One question for each open slot, none where nothing is open, and a return to match."""
    env = make(expert=who)
    seen = set()
    for seed in range(60):
        total, info = play(env, seed)
        metrics = info["metrics"]
        if who == "planner":
            assert info["success"]
        if info["success"]:
            needed = metrics["needed"]
            assert total == pytest.approx(1 - 0.05 * needed) and metrics["efficiency"] == 1
            assert info["labels"]["open"] == str(needed)
        assert metrics["asked"] == metrics["relevant"] == metrics["needed"]
        seen.add(metrics["needed"])
    assert seen == {0, 1, 2, 3}


def test_who_guesses_is_right_once_in_as_many_times_as_there_are_options() -> None:
    """Even one who knows all options has no better chance than their number gives."""
    env = make(ambiguity=(1, 2, 3))
    won_ones, chances, returns = [], [], []
    for seed in range(400):
        total, info = play(env, seed, guesser)
        options = env.state.request.options
        chances.append(1 / np.prod([len(kinds) for kinds in options.values()]))
        won_ones.append(bool(info["success"]))
        returns.append(total)
        assert total == info["success"]
    assert np.mean(won_ones) == pytest.approx(np.mean(chances), abs=0.07)
    assert np.mean(chances) < 0.35
    asked = [play(env, seed)[0] for seed in range(40)]
    assert np.mean(asked) > np.mean(returns) + 0.4


def test_what_is_meant_is_not_in_what_is_seen() -> None:
    """Each option of a slot is meant as often, whichever comes first in the alphabet."""
    env = make(ambiguity=(3,))
    first: dict[str, list[float]] = {slot: [] for slot in SLOTS}
    for seed in range(300):
        env.reset(seed=seed)
        request = env.state.request
        for slot, kinds in request.options.items():
            first[slot].append((request.truth[slot] == kinds[0]) - 1 / len(kinds))
    for slot, surplus in first.items():
        assert abs(np.mean(surplus)) < 0.09, slot


def test_who_asks_everything_earns_less() -> None:
    """Three questions every time win as well, but cost more, except where all is open."""
    env, everything = make(), asking(*(f"which {slot}?" for slot in SLOTS))
    lost = []
    for seed in range(40):
        (best, told), (total, info) = play(env, seed), play(env, seed, everything)
        needed = told["metrics"]["needed"]
        assert info["success"] and total == pytest.approx(0.85)
        assert total < best or needed == 3
        assert info["metrics"]["efficiency"] == pytest.approx(1 / (1 + 3 - needed))
        lost.append(best - total)
    assert np.mean(lost) > 0.04


@pytest.mark.parametrize("shaping", [0.0, 0.5])
def test_asking_never_pays_where_all_is_told(shaping: float) -> None:
    """No question is relevant then, and each costs."""
    env = make(ambiguity=(0,), shaping=shaping)
    for seed in range(8):
        best = play(env, seed)[0]
        for question in (*FORMS, "please?"):
            total, info = play(env, seed, asking(question))
            assert total == pytest.approx(best - 0.05)
            assert info["metrics"]["relevant"] == 0 and info["metrics"]["efficiency"] == 0.5


def test_what_is_brought_is_final() -> None:
    """A wrong thing that fits the words ends the episode; nobody tries one after the other."""
    env = make(ambiguity=(2,), tasks=("pick_and_place_simple",))
    for seed in range(25):
        env.reset(seed=seed)
        request, start = env.state.request, env.get_state()
        for thing, place in product(request.options["thing"], request.options["place"]):
            env.set_state(start)
            meant = {"thing": thing, "place": place, "change": ""} == request.truth
            reward, over, info = move(env, *candidate(env, thing, place))
            assert over and info["success"] == meant and reward == meant
            assert info["metrics"]["efficiency"] == (1 / 3 if meant else 0)


def test_putting_back_or_elsewhere_is_not_bringing() -> None:
    """What lay there, or does not fit the words, may be put down; it never fulfils the wish."""
    env = make(ambiguity=(1,), tasks=("pick_and_place_simple",))
    back = elsewhere = 0
    for seed in range(30):
        env.reset(seed=seed)
        house, request, start = env.state.home.house, env.state.request, env.get_state()
        for thing in (i for i, one in enumerate(house.things) if one.pickupable):
            env.set_state(start)
            assert not move_back(env, thing)
            back += house.things[thing].kind in request.things
            kind = house.things[thing].kind
            for to, entry in enumerate(house.receptacles):
                spot = house.receptacles[start["state"].now.where[thing]].spot
                fits = kind in request.things and entry.kind in request.places
                if fits or entry.spot == spot or kind not in house.holds[entry.kind]:
                    continue
                env.set_state(start)
                _, over, _ = move(env, thing, to)
                assert not over and not won(house, env.state.now, request.wish)
                elsewhere += 1
                break
    assert back > 40 and elsewhere > 100


def move_back(env: AskToActEnv, thing: int) -> bool:
    """Take a thing and put it back where it lay; tell whether that ended the episode."""
    house, at = env.state.home.house, env.state.now.where[thing]
    name, place = house.things[thing].name, house.receptacles[at]
    for command in (
        f"go to {place.name}",
        *[f"open {place.name}"] * place.openable,
        f"take {name} from {place.name}",
        f"move {name} to {place.name}",
    ):
        _, reward, over, _, info = env.step(command)
        assert info["valid"] and reward == 0
    return over


def test_doing_all_changes_is_no_way_round_a_question() -> None:
    """Where the change is open, a thing that was cleaned *and* heated is not what was meant."""
    env = make(ambiguity=(3,), rooms=("kitchen",))
    tried = 0
    for seed in range(40):
        env.reset(seed=seed)
        home, request = env.state.home, env.state.request
        if request.wish.change != "heat" or "clean" not in request.options["change"]:
            continue
        over = False
        for _ in range(20):
            said = env._expert_command()
            over, info = env.step(said)[2::2]
            if over:
                break
            if said.startswith("heat "):
                basin = next(r.name for r in home.house.receptacles if r.kind == "SinkBasin")
                env.step(f"go to {basin}")
                thing = home.house.things[env.state.now.held or 0].name
                assert env.step(f"clean {thing} with {basin}")[4]["valid"]
        assert over
        assert won(home.house, env.state.now, request.wish) and not info["success"]
        tried += 1
    assert tried >= 3


def test_options_can_all_be_done_and_none_is_done() -> None:
    """Whatever may be meant, there is a way to it; and one question settles each open slot."""
    env = make()
    for seed in range(30):
        env.reset(seed=seed)
        home, request = env.state.home, env.state.request
        assert env.state.user.needed == sum(len(kinds) > 1 for kinds in request.options.values())
        for thing, place, change in product(*(request.options[slot] for slot in SLOTS)):
            wish = replace(request.wish, task=TASK_OF[change], thing=thing, receptacle=place)
            assert not won(home.house, home.state, wish)
            assert next_command(home.house, home.state, wish)
            assert request.fits(thing, place, {change} - {""})


def test_user_tells_the_truth_and_counts() -> None:
    """Answers follow from the goal; a question is relevant as long as it leaves fewer options."""
    options = {"thing": ("Bowl", "Cup", "Mug"), "place": ("Shelf",), "change": ("", "clean")}
    user = User.of({"thing": "Mug", "place": "Shelf", "change": ""}, options)
    talk = [
        ("is it the bowl?", "No.", 1),
        ("is it the bowl?", "No.", 1),
        ("is it the spoon?", "No.", 1),
        ("which place?", "It goes to the shelf.", 1),
        ("does it go to the fridge", "No.", 1),
        ("Should it be clean?", "No.", 2),
        ("should it be as it is?", "Yes.", 2),
        ("which thing?", "It is the mug.", 3),
        ("which change?", "It should be as it is.", 3),
        ("what do you want?", PUZZLED, 3),
    ]
    for asked, (question, answer, relevant) in enumerate(talk, 1):
        assert user.hear(understand(question)) == answer
        assert (user.asked, user.relevant) == (asked, relevant)
    assert user.needed == 2 and user.open == ()
    assert options["thing"] == ("Bowl", "Cup", "Mug")


def test_questions_have_a_form() -> None:
    """All forms are read, with real names only; nothing else is."""
    assert [understand(form) for form in FORMS] == [
        Question("thing"),
        Question("place"),
        Question("change"),
        Question("thing", "Mug"),
        Question("place", "Fridge"),
        Question("change", "heat"),
    ]
    for text in ("", "which", "is it the unicorn?", "is it the fridge?", "which thing??", "\ud800"):
        assert understand(text) is None
    assert understand("is it the mug? which place?") is None
    assert understand(" ".join(FORMS)) is None


def test_efficiency() -> None:
    """It is 1 with exactly the questions needed, less with others, and 0 without success."""
    assert efficiency(True, 2, 2, 2) == efficiency(True, 0, 0, 0) == 1
    assert efficiency(False, 2, 2, 2) == 0
    assert (
        efficiency(True, 2, 2, 3) == efficiency(True, 2, 3, 3) == efficiency(True, 2, 1, 1) == 0.5
    )
    assert efficiency(True, 2, 0, 0) == efficiency(True, 1, 1, 3) == pytest.approx(1 / 3)
    for numbers in ((-1, 0, 0), (0, -1, 0), (0, 2, 1)):
        with pytest.raises(ValueError, match="expected needed >= 0"):
            efficiency(True, *numbers)


def test_rules_tell_the_price_and_how_many_are_answered() -> None:
    """Who is to weigh a question must know what it costs, whatever the options."""
    assert "Every question costs 0.05" in make().rules and "; 5 are answered" in make().rules
    rules = make(question_cost=0.1, max_questions=3).rules
    assert "costs 0.1 of" in rules and "; 3 are answered" in rules


def test_as_much_is_open_as_the_rooms_allow() -> None:
    """Where nothing can be cleaned, heated or cooled, the change is never open."""
    env = make(rooms="livingroom")
    found = set()
    for seed in range(40):
        env.reset(seed=seed)
        found.add(len(env.state.user.open))
        assert "change" not in env.state.user.open
    assert found == {0, 1, 2}


def test_questions_cost_and_run_out() -> None:
    """Each costs, also one that is not understood; then the user is silent and nothing costs."""
    env = make(ambiguity=(3,), max_questions=3, question_cost=0.1, prompt="full")
    text = env.reset(seed=0)[0]["text"]
    assert ASK.description in text and AskToActEnv.rules in text
    seen, reward, over, _, info = env.step("ask how are you?")
    assert not info["valid"] and not over and info["reward_terms"] == {"question": -0.1}
    assert seen["text"].startswith(f"The user says: {PUZZLED} (Questions left: 2.)")
    before = len(info["admissible_actions"])
    for _ in range(2):
        _, reward, _, _, info = env.step("ask which thing?")
        assert info["valid"] and reward == -0.1
    assert len(info["admissible_actions"]) == before - 3
    seen, reward, _, _, info = env.step("ask which place?")
    assert seen["text"] == SILENT and not info["valid"] and reward == 0
    assert info["metrics"] == {"needed": 3, "asked": 3, "relevant": 1, "efficiency": 0.0}


def test_unreadable_answers_cost_all_questions_that_are_left() -> None:
    """Giving up is never cheaper than the worst play."""
    env = make(max_invalid=2)
    env.reset(seed=0)
    env.step("ask which thing?")
    assert env.step("?")[1] == 0
    _, reward, over, _, _ = env.step("?")
    assert over and reward == pytest.approx(-0.05 * 4)


def test_shaping_pays_settled_slots_as_stages() -> None:
    """With shaping a needed question pays once; all of a success makes the same return."""
    env = make(ambiguity=(2,), shaping=0.5)
    for seed in range(10):
        assert play(env, seed)[0] == pytest.approx(0.9)
        env.reset(seed=seed)
        slot = env.state.user.open[0]
        each = 0.5 / (stages(env.state.home.wish) + 2)
        rewards = [env.step(f"ask which {slot}?")[1] for _ in range(2)]
        assert rewards == pytest.approx([each - 0.05, -0.05])
        while rewards[-1] != pytest.approx(each):  # one question more, then the thing in hand
            assert len(rewards) < 10
            rewards.append(env.step(env.expert_action())[1])
        assert env.state.now.held is not None


def test_expert_takes_back_what_is_not_meant() -> None:
    """It does not put down the wrong thing where that would be final."""
    env = make(ambiguity=(1, 2), tasks=("pick_and_place_simple",))
    tried = 0
    for seed in range(30):
        env.reset(seed=seed)
        home, request = env.state.home, env.state.request
        others = [kind for kind in request.options["thing"] if kind != request.wish.thing]
        if not others:
            continue
        thing, _ = candidate(env, others[0], request.wish.receptacle)
        place = home.house.receptacles[env.state.now.where[thing]]
        name = home.house.things[thing].name
        for command in (
            f"go to {place.name}",
            f"open {place.name}",
            f"take {name} from {place.name}",
        ):
            env.step(command)
        assert env.state.now.held == thing
        over = False
        for _ in range(20):
            over, info = env.step(env.expert_action())[2::2]
            if over:
                break
        assert over and info["success"]
        tried += 1
    assert tried >= 8


def test_splits_share_no_instruction_in_a_room() -> None:
    """What is said in a room of ``valid_seen`` is never said there in ``train``."""
    said: dict[str, set[tuple[object, ...]]] = {}
    for split in ("train", "valid_seen", "valid_unseen"):
        env = make(
            split=split, rooms=("bathroom",), tasks=("pick_and_place_simple",), ambiguity=(1,)
        )
        for seed in range(150):
            env.reset(seed=seed)
            home = env.state.home
            said.setdefault(split, set()).add((home.plan, home.wish.text))
    assert not said["train"] & said["valid_seen"]
    plans = {split: {plan for plan, _ in pairs} for split, pairs in said.items()}
    assert plans["train"] & plans["valid_seen"] and not plans["train"] & plans["valid_unseen"]


class OneBedroom(World):
    """One game with a number, in a room in which nothing can be cleaned, heated or cooled."""

    num_games = 1

    def start(self, rng: np.random.Generator, index: int | None) -> Home:
        """See `World.start`."""
        task = ("pick_and_place_simple",)
        return make_home(np.random.default_rng(3), task, "train", ("bedroom",))

    def carry_out(
        self, house: House, state: HouseState, act: Act, tells: bool
    ) -> tuple[str, str | None]:
        """See `World.carry_out`."""
        return carry_out(house, state, act, tells), None

    def picture(self, house: House, state: HouseState, layout: Layout) -> Image:
        """See `World.picture`; nobody looks."""
        raise NotImplementedError


def test_a_given_game_leaves_open_what_it_can() -> None:
    """A game that is called by its number is played, with fewer open slots where need be."""
    env = make(ambiguity=(3,))
    env.world, env.source = OneBedroom(), "alfworld:"
    for seed in range(20):
        env.reset(seed=seed, options={"index": 0})
        assert 1 <= env.state.user.needed <= 2
    env = make(ambiguity=(1,), tasks=("pick_clean_then_place_in_recep",))
    env.world = OneBedroom()
    with pytest.raises(ValueError, match="no home has several options"):
        env.reset(seed=0, options={"index": 0})


def test_every_word_is_in_the_vocabulary() -> None:
    """What is shown, and what the expert says, is made of the words that are promised."""

    def words(text: str) -> set[str]:
        return set(re.findall(r"\w+|[^\w\s]", text))

    for prompt, dialect in (("full", "arft"), ("brief", "alfworld")):
        env = make(prompt=prompt, dialect=dialect)
        known = words(" ".join(env.vocabulary()))
        for seed in range(30):
            observation, _ = env.reset(seed=seed)
            for action in ("ask", "ask is it the pan?"):
                observation, *_ = env.step(env.parser.write("ask", {"question": action}))
                assert words(observation["text"]) <= known
            for _ in range(30):
                action = env.expert_action()
                assert words(observation["text"]) | words(action) <= known
                observation, _, over, _, _ = env.step(action)
                if over:
                    break


@pytest.mark.parametrize(
    ("kwargs", "match"),
    [
        ({"ambiguity": (4,)}, "ambiguity must be numbers of open slots, 0 to 3"),
        ({"ambiguity": ()}, "ambiguity must be numbers"),
        ({"ambiguity": 3}, "ambiguity must be numbers of open slots, 0 to 3 .*got 3"),
        ({"text": "minimal"}, "AskToAct takes text='full' alone.*got 'minimal'"),
        ({"ambiguity": (3,), "tasks": ("pick_and_place_simple",)}, "0 to 2 with 1 kinds of change"),
        ({"question_cost": -1}, "question_cost must be a number from 0, got -1"),
        ({"max_questions": 2}, "enough for all open slots, 3, got 2"),
        ({"tasks": ("look_at_obj_in_light",)}, "unknown task of one thing.*look_at_obj_in_light"),
    ],
    ids=str,
)
def test_bad_arguments_say_what_is_right(kwargs: dict[str, Any], match: str) -> None:
    """A wrong argument is a ValueError that names what came and what is valid."""
    with pytest.raises(ValueError, match=match):
        make(**kwargs)
