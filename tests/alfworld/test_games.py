"""ALFWorld's own games are found, filtered as ALFWorld does, and loaded."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.alfworld.test_pddl import KITCHEN
from vl_envs.alfworld.engine import intro
from vl_envs.alfworld.games import load_games, room_of
from vl_envs.alfworld.goals import Wish

HEAT = "pick_heat_then_place_in_recep"
GRAMMAR = 'grammar :: """ {"task": [{"rhs": "Your task is to: put a hot apple in fridge."}]} """;'


def put(
    root: Path, name: str, trial: str = "trial_1", split: str = "train", **changes: Any
) -> Path:
    """Write a game, whose file ``changes`` change; return its folder."""
    folder = root / split / name / trial
    folder.mkdir(parents=True)
    task = name.partition("-")[0]
    (folder / "traj_data.json").write_text(json.dumps({"task_type": task}))
    game = {"pddl_problem": KITCHEN, "grammar": GRAMMAR, "solvable": True, **changes}
    (folder / "game.tw-pddl").write_text(json.dumps(game))
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Write what a folder of data may hold."""
    put(tmp_path, f"{HEAT}-Apple-None-Fridge-10", "trial_2")
    put(tmp_path, f"{HEAT}-Apple-None-Fridge-10", "trial_1")
    put(tmp_path, f"{HEAT}-AppleSliced-None-Fridge-10")
    put(tmp_path, "pick_and_place_with_movable_recep-Pen-Bowl-Desk-310")
    put(tmp_path, "pick_and_place_simple-Pen-None-Desk-310", solvable=False)
    put(tmp_path, f"{HEAT}-Apple-None-Fridge-11", solvable=False, walkthrough=None)
    put(tmp_path, "look_at_obj_in_light-Book-None-DeskLamp-302")
    put(tmp_path, f"{HEAT}-Egg-None-Fridge-13", split="valid_unseen")
    (put(tmp_path, f"{HEAT}-Apple-None-Fridge-12") / "game.tw-pddl").unlink()
    (put(tmp_path, f"{HEAT}-Apple-None-Fridge-14") / "traj_data.json").unlink()
    return tmp_path


def test_games_are_listed_in_order_and_filtered(data: Path) -> None:
    """Slices, movable receptacles, unsolvable and incomplete games are left out."""
    assert [game.task_id for game in load_games(data)] == [
        "look_at_obj_in_light-Book-None-DeskLamp-302/trial_1",
        f"{HEAT}-Apple-None-Fridge-10/trial_1",
        f"{HEAT}-Apple-None-Fridge-10/trial_2",
    ]
    assert [game.scene for game in load_games(data, "valid_unseen")] == [13]
    assert [game.scene for game in load_games(data, tasks=[HEAT])] == [10, 10]
    assert [game.scene for game in load_games(data, rooms=["bedroom"])] == [302]


def test_the_folder_above_will_do(data: Path) -> None:
    """ALFWorld's data lies in a folder json_2.1.1."""
    above = data.parent / "above"
    above.mkdir()
    data.rename(above / "json_2.1.1")
    assert len(load_games(above)) == 3


def test_a_game_is_loaded(data: Path) -> None:
    """House, wish and its words, room and scene."""
    game = load_games(data, tasks=[HEAT])[0].load()
    assert game.wish == Wish(HEAT, "Apple", "Fridge", text="put a hot apple in fridge")
    assert (game.room, game.scene) == ("kitchen", 10)
    assert game.task_id == f"{HEAT}-Apple-None-Fridge-10/trial_1"
    said = intro(game.house, game.state, game.wish.text)
    assert said.endswith("\n\nYour task is to: put a hot apple in fridge.")


def test_whether_it_can_be_solved_is_read_wherever_it_stands(tmp_path: Path) -> None:
    """ALFWorld writes it last, others may not."""
    put(tmp_path, f"{HEAT}-Apple-None-Fridge-1", more=1)
    put(tmp_path, f"{HEAT}-Apple-None-Fridge-2", solvable=False, more=1)
    assert [game.scene for game in load_games(tmp_path)] == [1]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"pddl_problem": None}, "pddl_problem"),
        ({"pddl_problem": "(define"}, "game.tw-pddl.*never closed"),
        ({"grammar": "no words"}, "expected a goal and words"),
        ({"pddl_problem": KITCHEN.replace("isHot ?o", "isClean ?o")}, "expected a goal"),
    ],
)
def test_a_game_that_is_none_is_told(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    """The error names the file and what was expected."""
    put(tmp_path, f"{HEAT}-Apple-None-Fridge-1", **changes)
    with pytest.raises(ValueError, match=message):
        load_games(tmp_path)[0].load()


@pytest.mark.parametrize("text", ["[]", "{", "[" * 100_000, "\x00"])
def test_files_that_are_none_are_told(tmp_path: Path, text: str) -> None:
    """Both files of a game may be anything."""
    folder = put(tmp_path, f"{HEAT}-Apple-None-Fridge-1")
    game = load_games(tmp_path)[0]
    for name in ("game.tw-pddl", "traj_data.json"):
        (folder / name).write_text(text)
        with pytest.raises(ValueError, match=re.escape(name)):
            game.load()


def test_a_folder_that_names_no_scene_is_told(tmp_path: Path) -> None:
    """When games are listed: not in the middle of a training."""
    folder = put(tmp_path, f"{HEAT}-Apple-None-Fridge-99")
    with pytest.raises(ValueError, match=re.escape(f"{folder.parent}: expected a scene")):
        load_games(tmp_path)


def test_wrong_names_are_told(data: Path) -> None:
    """Splits, tasks, rooms, and folders."""
    with pytest.raises(ValueError, match="valid_seen"):
        load_games(data, "valid_sen")
    with pytest.raises(ValueError, match="pick_two_obj_and_place"):
        load_games(data, tasks=["pick_two"])
    with pytest.raises(ValueError, match="kitchen"):
        load_games(data, rooms=["kitchn"])
    with pytest.raises(ValueError, match="alfworld-download"):
        load_games(data / "nowhere")
    with pytest.raises(ValueError, match="found no game"):
        load_games(data, tasks=["pick_two_obj_and_place"])
    with pytest.raises(ValueError, match="500"):
        room_of(500)
