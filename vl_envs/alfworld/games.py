"""ALFWorld's own games, from a folder of its data: ``json_2.1.1/train/TASK-…/trial_…``.

A game is a folder with ``game.tw-pddl``, a PDDL problem and a grammar that holds the words of the
wish, and ``traj_data.json``, which names the task and the scene. ``alfworld-download`` fetches
them; nothing here does. As in ALFWorld, games with movable receptacles or slices, and those that
cannot be solved, are left out.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vl_envs.alfworld.goals import TASKS, Wish
from vl_envs.alfworld.house import House, HouseState
from vl_envs.alfworld.pddl import read_goal, read_problem
from vl_envs.core.errors import unknown

SPLITS = ("train", "valid_seen", "valid_unseen")
"""Names of ALFWorld's folders."""
ROOMS = {"kitchen": 0, "livingroom": 200, "bedroom": 300, "bathroom": 400}
"""Kind of room -> number before its first scene; there are 30 scenes of each kind."""
MAX_BYTES = 16_000_000
"""Largest file that is read."""
_FOLDER = re.compile(r"([a-z_]+)-.*-(\d+)")
_TASK = re.compile(r"Your task is to: (.+?)\.?\"")


@dataclass(frozen=True)
class LoadedGame:
    """A game of ALFWorld.

    Attributes:
        house: what is in it.
        state: what is where at the start.
        wish: with its words.
        room: ``kitchen``, ``livingroom``, ``bedroom`` or ``bathroom``.
        scene: number of AI2-THOR's floor plan.
        task_id: the names of its two folders.
    """

    house: House
    state: HouseState
    wish: Wish
    room: str
    scene: int
    task_id: str


@dataclass(frozen=True)
class Game:
    """Where a game is.

    Attributes:
        folder: that holds its two files.
        task: one of `TASKS`.
        scene: number of AI2-THOR's floor plan.
    """

    folder: Path
    task: str
    scene: int

    @property
    def room(self) -> str:
        """Kind of room: ``kitchen``, ``livingroom``, ``bedroom`` or ``bathroom``."""
        return room_of(self.scene)

    @property
    def task_id(self) -> str:
        """The names of the game's two folders."""
        return f"{self.folder.parent.name}/{self.folder.name}"

    def load(self) -> LoadedGame:
        """Read the game.

        Raises:
            ValueError: its files are not those of such a game.
            OSError: they cannot be read.
        """
        trajectory = self.folder / "traj_data.json"
        task = _read_json(trajectory).get("task_type")
        if task != self.task:
            raise ValueError(f"{trajectory}: expected the 'task_type' {self.task}, got {task!r}")
        path = self.folder / "game.tw-pddl"
        game = _read_json(path)
        problem, grammar = game.get("pddl_problem"), game.get("grammar")
        if not isinstance(problem, str) or not isinstance(grammar, str):
            raise ValueError(f"{path}: expected the texts 'pddl_problem' and 'grammar'")
        try:
            house, state = read_problem(problem)
            wish = read_goal(problem)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
        words = _TASK.search(grammar)
        if wish is None or wish.task != self.task or words is None:
            raise ValueError(f"{path}: expected a goal and words of {self.task}, got {wish}")
        wish = replace(wish, text=words.group(1))
        return LoadedGame(house, state, wish, self.room, self.scene, self.task_id)


def room_of(scene: int) -> str:
    """Tell the kind of room from the number of AI2-THOR's floor plan."""
    for room, before in ROOMS.items():
        if before < scene <= before + 30:
            return room
    raise ValueError(f"expected a scene from 1-30, 201-230, 301-330 or 401-430, got {scene}")


def load_games(
    path: str | Path,
    split: str = "train",
    tasks: Sequence[str] = TASKS,
    rooms: Sequence[str] | None = None,
) -> Sequence[Game]:
    """List the games below a folder, in the order of their names.

    Tasks and scenes come from the names of folders, so that listing thousands of games is quick;
    only the end of each game's file is read, which says whether it can be solved.

    Args:
        path: a folder of ALFWorld's data: that of the splits' folders, or the one above it.
        split: ``train``, ``valid_seen`` or ``valid_unseen``.
        tasks: names of `TASKS`.
        rooms: kinds of rooms; all by default.

    Raises:
        ValueError: an unknown name, or no game found.
    """
    if split not in SPLITS:
        raise unknown("split", split, SPLITS)
    for task in tasks:
        if task not in TASKS:
            raise unknown("task", task, TASKS)
    for room in rooms or ():
        if room not in ROOMS:
            raise unknown("room", room, ROOMS)
    root = Path(path).expanduser()
    choices = [root / split, root / "json_2.1.1" / split]
    folder = next((choice for choice in choices if choice.is_dir()), None)
    if folder is None:
        raise ValueError(
            f"expected a folder of ALFWorld's data, with {split}/TASK-…/trial_… in it; found no "
            f"{choices[0]}. It is fetched by: alfworld-download"
        )
    found = []
    for trial in _trials(folder):
        named = _FOLDER.fullmatch(trial.parent.name)
        if named is None or named[1] not in tasks or "Sliced" in trial.parent.name:
            continue
        game = Game(trial, named[1], int(named[2]))
        try:
            room = room_of(game.scene)
        except ValueError as error:
            raise ValueError(f"{trial.parent}: {error}") from error
        if (not rooms or room in rooms) and solvable(trial / "game.tw-pddl"):
            found.append(game)
    if not found:
        raise ValueError(
            f"found no game of {', '.join(tasks)} in {folder}: expected TASK-…/trial_… with "
            "game.tw-pddl and traj_data.json"
        )
    return found


def solvable(path: Path) -> bool:
    """Tell whether a game's file says that the game can be solved.

    ALFWorld writes that last; where the file does not end so, all of it is read.
    """
    try:
        with path.open("rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 40))
            end = re.search(rb'"solvable":\s*(true|false)\s*}\s*$', file.read())
    except FileNotFoundError:
        return False
    return end[1] == b"true" if end else _read_json(path).get("solvable") is True


def _trials(split: Path) -> Iterator[Path]:
    """Give the folders of all games of a split, in the order of their names."""
    for task in sorted(folder for folder in split.iterdir() if folder.is_dir()):
        for trial in sorted(task.iterdir()):
            if (trial / "traj_data.json").is_file():
                yield trial


def _read_json(path: Path) -> dict[str, Any]:
    """Read an object from a file, or say which file is not one."""
    with path.open("rb") as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f"{path}: expected at most {MAX_BYTES} bytes")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: expected JSON ({error})") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path}: expected a JSON object, got {type(found).__name__}")
    return found
