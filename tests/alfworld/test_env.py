"""`HouseholdEnv`: rewards, texts, options, and two worlds that are one game."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

import vl_envs  # noqa: F401 (registers the environments)
from vl_envs.alfworld.goals import TASKS, stages
from vl_envs.alfworld.pddl import write_problem
from vl_envs.alfworld.planner import next_command

NAMES = (
    "PickAndPlace",
    "PickTwoAndPlace",
    "LookInLight",
    "CleanAndPlace",
    "HeatAndPlace",
    "CoolAndPlace",
)


def made(task: str = "All", **kwargs: Any) -> tuple[gym.Env[Any, Any], Any]:
    """Make an environment without pictures, and its inside."""
    env = gym.make(f"VLAlfworld/{task}-v0", **{"observation": "text", **kwargs})
    return env, env.unwrapped


@pytest.mark.parametrize(("task", "name"), [*zip(TASKS, NAMES, strict=True)])
def test_an_id_is_a_task(task: str, name: str) -> None:
    """Each id plays its task; all of them together play all."""
    env, vl = made(name)
    env.reset(seed=0)
    assert vl.state.home.wish.task == task
    env, vl = made()
    drawn = {env.reset(seed=seed)[1]["labels"]["task"] for seed in range(60)}
    assert drawn == {*TASKS}


@pytest.mark.parametrize("expert", ["planner", "explorer"])
@pytest.mark.parametrize("shaping", [0.0, 0.5, 1.0])
def test_payments_make_one(expert: str, shaping: float) -> None:
    """What is paid on the way is paid once, and with success makes 1; both experts win."""
    env, vl = made(shaping=shaping, expert=expert)
    for seed in range(12):
        env.reset(seed=seed)
        paid, over, parts = 0.0, False, 0
        while not over:
            _, reward, terminated, truncated, info = env.step(vl.expert_action())
            paid += float(reward)
            parts += "progress" in info["reward_terms"]
            over = terminated or truncated
        assert info["success"] and paid == pytest.approx(1.0)
        assert parts == (stages(vl.state.home.wish) - 1 if shaping else 0)


def test_taking_and_putting_back_pays_once() -> None:
    """Nobody grows rich by picking the thing up again."""
    env, vl = made("PickAndPlace", shaping=0.5)
    env.reset(seed=3)
    while vl.state.now.held is None:
        env.step(vl.expert_action())
    thing = vl.state.home.house.things[vl.state.now.held].name
    at = vl.state.home.house.receptacles[
        vl.state.home.state.where[vl.state.home.house.thing_index[thing]]
    ].name
    for _ in range(4):
        for said in (f"move {thing} to {at}", f"take {thing} from {at}"):
            _, reward, _, _, info = env.step(vl._say(said))
            assert info["valid"] and reward == 0.0


def test_text_and_image_are_one_game() -> None:
    """The same seed, the same words, rewards and ends; pictures in one of them alone."""
    seen, vl = made(observation="image", image_size=32)
    told, _ = made()
    for seed in range(4):
        one, two = seen.reset(seed=seed)[0], told.reset(seed=seed)[0]
        over = False
        while not over:
            assert one["text"] == two["text"]
            assert one["image"].any() and not two["image"].any()
            said = vl.expert_action()
            step, other = seen.step(said), told.step(said)
            one, two, over = step[0], other[0], step[2]
            assert step[1:4] == other[1:4]


def test_first_text_is_alfworlds() -> None:
    """Word by word, with rules and action format behind it, or in brief just what is needed."""
    env, _ = made()
    text = env.reset(seed=0)[0]["text"]
    assert text.startswith(
        "-= Welcome to TextWorld, ALFRED! =-\n\nYou are in the middle of a room."
    )
    assert "\n\nYour task is to: " in text and "<act>" in text
    env, _ = made(prompt="brief")
    brief = env.reset(seed=0)[0]["text"]
    assert brief.startswith("You are in the middle") and "<act>" not in brief
    assert brief.splitlines()[-1] in text


def test_misses_end_minimal_episodes_only() -> None:
    """Reaching for what is not there is final where one should look, and free where one reads."""
    for text, ends in (("minimal", True), ("full", False)):
        env, vl = made("PickAndPlace", text=text)
        env.reset(seed=5)
        place = vl.state.home.house.receptacles[0].name
        env.step(vl._say(f"go to {place}"))
        observation, reward, terminated, _, info = env.step(vl._say(f"take wig from {place}"))
        assert observation["text"].startswith("Nothing happens.")
        assert ("reached for what is not there" in observation["text"]) == ends
        assert (terminated, reward, info["valid"]) == (ends, 0.0, False)
    env, vl = made("PickAndPlace", text="minimal", max_misses=2)
    env.reset(seed=5)
    assert "reached for" not in env.step(vl._say("use wig"))[0]["text"]  # there is nothing near
    env.step(vl._say(f"go to {vl.state.home.house.receptacles[0].name}"))
    assert not env.step(vl._say("use wig"))[2]
    assert env.step(vl._say("use wig"))[2]


def test_what_finds_nothing_out_is_no_miss() -> None:
    """Neither closed doors nor a full hand tell what is there: reaching then is just in vain."""
    env, vl = made("All", text="minimal")
    shut = full = knifeless = 0
    for seed in range(40):
        env.reset(seed=seed)
        house, now = vl.state.home.house, vl.state.now
        for at, entry in enumerate(house.receptacles):
            if not entry.openable or at in now.opened:
                continue
            names = [house.things[i].kind.lower() for i in now.inside(at)]
            env.step(vl._say(f"go to {entry.name}"))
            for name in ("wig", *names):
                observation, _, over, _, info = env.step(vl._say(f"take {name} from {entry.name}"))
                assert not over and not info["valid"]
                assert observation["text"] == "Nothing happens."
                shut += 1
            assert not env.step(vl._say("slice wig with knife"))[2]
            knifeless += 1
            break
        env.step(vl._say("look"))
        while now.held is None:
            assert not env.step(vl.expert_action())[2]
        place = house.receptacles[house.at_spot[now.spot][0]].name
        assert not env.step(vl._say(f"take wig from {place}"))[2]
        full += 1
    assert min(shut, full, knifeless) > 10


def test_reaching_for_what_is_there_is_no_miss() -> None:
    """A lamp cannot be carried, but it is there; with minimal text and in ALFWorld's numbers."""
    for numbered in (False, True):
        env, vl = made("LookInLight", text="minimal", numbered=numbered)
        for seed in range(5):
            env.reset(seed=seed)
            house, now = vl.state.home.house, vl.state.now
            lamp = next(i for i, one in enumerate(house.things) if one.toggleable)
            place = house.receptacles[now.where[lamp]].name
            name = house.things[lamp].name if numbered else house.things[lamp].kind.lower()
            for verb in ("go to", "open"):
                env.step(vl._say(f"{verb} {place}"))
            assert not env.step(vl._say(f"take {name} from {place}"))[2]
            assert env.step(vl._say(f"take wig from {place}"))[2]


@pytest.mark.parametrize("dialect", ["arft", "hermes", "json", "alfworld", "rl4vlm"])
def test_instructions_speak_as_they_read(dialect: str) -> None:
    """In minimal text examples have no numbers of things, and a miss and its price are told."""
    for text, thing in {"minimal": "apple", "full": "apple 1"}.items():
        env, vl = made("HeatAndPlace", text=text, dialect=dialect)
        first = env.reset(seed=0)[0]["text"]
        assert f"take {thing} from fridge 1" in first and f"examine {thing}," in first
        assert ("(1 time), the game is over" in first) == (text == "minimal")
        while vl.state.now.held is None:
            said = vl.expert_action()
            _, _, _, _, info = env.step(said)
            assert info["valid"]
        assert any(char.isdigit() for char in said.split(" from ")[0][-3:]) == (text == "full")


def test_tasks_that_no_room_has_are_left_out() -> None:
    """All of the tasks that a room has are played in it."""
    env, vl = made("All", rooms="bathroom")
    env.reset(seed=0)
    assert vl.tasks == ("pick_and_place_simple", "pick_two_obj_and_place", vl.tasks[2])
    assert vl.tasks[2] == "pick_clean_then_place_in_recep"


def test_splits_and_rooms() -> None:
    """Seen rooms have other wishes, unseen ones other numbers; only the rooms asked for."""
    found: dict[str, set[str]] = {}
    for split in ("train", "valid_seen", "valid_unseen"):
        env, _ = made(split=split, rooms=("bedroom", "bathroom"), tasks=TASKS[:2])
        infos = [env.reset(seed=seed)[1] for seed in range(150)]
        found[split] = {info["task_id"] for info in infos}
        assert {info["labels"]["room"] for info in infos} == {"bedroom", "bathroom"}
    assert not found["train"] & found["valid_seen"]
    plans = {name: {task.rsplit("-", 1)[1] for task in tasks} for name, tasks in found.items()}
    assert not plans["train"] & plans["valid_unseen"]
    assert plans["valid_seen"] <= {str(n) for n in range(100)}


def test_alfworlds_games_by_number(tmp_path: Path) -> None:
    """A folder in ALFWorld's form is played game by game, pictures included."""
    _, inner = made("PickAndPlace")
    for number in range(2):
        inner.reset(seed=number)
        home = inner.state.home
        scene = {"kitchen": 7, "livingroom": 207, "bedroom": 307, "bathroom": 407}[home.room]
        name = f"{home.wish.task}-{home.wish.thing}-None-{home.wish.receptacle}-{scene}"
        folder = tmp_path / "json_2.1.1" / "train" / name / f"trial_{number}"
        folder.mkdir(parents=True)
        game = {
            "pddl_problem": write_problem(home.house, home.state, home.wish),
            "grammar": f'"rhs": "Your task is to: {home.wish.text}."',
            "solvable": True,
        }
        (folder / "game.tw-pddl").write_text(json.dumps(game))
        (folder / "traj_data.json").write_text(json.dumps({"task_type": home.wish.task}))
    env, vl = made("PickAndPlace", source=f"alfworld:{tmp_path}", observation="image")
    assert vl.num_tasks == 2
    played = set()
    for index in range(2):
        seen, info = env.reset(options={"index": index})
        played.add(info["task_id"].rpartition("/")[2])
        pictures, over = {seen["image"].tobytes()}, False
        while not over:
            seen, _, over, _, info = env.step(vl.expert_action())
            pictures.add(seen["image"].tobytes())
        assert info["success"] and len(pictures) > 2
    assert played == {"trial_0", "trial_1"}
    with pytest.raises(ValueError, match="index must be a whole number from 0 to 1"):
        env.reset(options={"index": 2})


@pytest.mark.parametrize(
    ("kwargs", "says"),
    [
        ({"tasks": ("cook",)}, "unknown task 'cook'"),
        ({"tasks": ()}, "at least one task"),
        ({"rooms": ("cellar",)}, "unknown room 'cellar'"),
        ({"rooms": ("bedroom",), "tasks": TASKS[4:5]}, "no task is done in the rooms"),
        ({"split": "test"}, "unknown split 'test'"),
        ({"text": "none"}, "unknown text 'none'"),
        ({"expert": "oracle"}, "unknown expert 'oracle'"),
        ({"backend": "unity"}, "unknown backend 'unity'"),
        ({"source": "web"}, "unknown source 'web'"),
        ({"source": None}, "unknown source None"),
        ({"source": "alfworld:/x", "backend": "thor"}, "no source: got 'alfworld:/x'"),
        ({"executable": "/x"}, "executable is for backend='thor'"),
        ({"numbered": "no"}, "numbered must be True, False or None"),
        ({"rooms": 5}, "expected rooms of .*, got 5"),
        ({"tasks": None}, "expected tasks of .*, got None"),
        ({"source": "alfworld:/nowhere"}, "alfworld-download"),
        ({"shaping": 2}, "shaping must be a share"),
        ({"max_misses": 0}, "max_misses must be a whole number from 1"),
    ],
)
def test_wrong_options_are_named(kwargs: dict[str, Any], says: str) -> None:
    """Each error says what was expected, and what came."""
    with pytest.raises(ValueError, match=says):
        made(**kwargs)


def test_a_careless_expert_still_speaks_of_what_is_possible() -> None:
    """Errors are random, but never impossible; the state is left alone by being asked."""
    env, vl = made(expert_error=1.0)
    strange = 0
    for seed in range(5):
        _, info = env.reset(seed=seed)
        for _ in range(15):
            before = vl.state.now.copy()
            said = vl.expert_action()
            assert said == vl.expert_action() and vl.state.now == before
            bare = said.partition("</think>")[2]
            assert bare in info["admissible_actions"]
            home = vl.state.home
            strange += next_command(home.house, before, home.wish) not in bare
            _, _, over, _, info = env.step(said)
            if over:
                break
    assert strange > 10
    assert np.all(env.reset(seed=0)[0]["image"] == 0)
