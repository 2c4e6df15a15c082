"""Our engine gives ALFWorld's own answers again, word for word.

They were written down by: python -m benchmarks.household_parity --record --steps 40 --seed 1
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from vl_envs.alfworld.engine import NOTHING, PREPOSITIONS, admissible, intro, obey, possible, read
from vl_envs.alfworld.goals import TASKS, won
from vl_envs.alfworld.pddl import read_goal, read_problem

GAMES = 12


@cache
def transcripts() -> list[dict[str, Any]]:
    """Read what ALFWorld's engine answered."""
    path = Path(__file__).with_name("transcripts.json.gz")
    found: list[dict[str, Any]] = json.loads(gzip.decompress(path.read_bytes()))
    return found


@pytest.mark.parametrize("number", range(GAMES))
def test_a_game_is_as_alfworld_played_it(number: int) -> None:
    """Words, commands that can be given, their order, and being won, after each command."""
    game = transcripts()[number]
    house, state = read_problem(game["problem"])
    wish = read_goal(game["problem"])
    assert wish is not None and wish.task == game["task"]
    wish = replace(wish, text=game["wish"])
    expected: set[str] = set()
    for turn, (command, feedback, new, gone, is_won) in enumerate(game["steps"]):
        answer = obey(house, state, command) if turn else intro(house, state, wish.text)
        assert answer == feedback, f"turn {turn}, {command!r}"
        expected = (expected - {*gone}) | {*new}
        assert admissible(house, state) == sorted(expected), f"turn {turn}, {command!r}"
        assert won(house, state, wish) == is_won, f"turn {turn}, {command!r}"


def test_what_is_possible_is_what_is_admissible() -> None:
    """`possible` judges one command as the list of all of them does, whatever the command."""
    asked = 0
    for game in transcripts():
        house, state = read_problem(game["problem"])
        spoken = {command for command, *_ in game["steps"]} | {
            c for s in game["steps"] for c in s[2]
        }
        for command, *_ in game["steps"][1:]:
            obey(house, state, command)
            now = {*admissible(house, state)}
            for other in spoken:
                act = read(house, other)
                judged = act is not None and possible(house, state, act)
                assert judged == (other.strip(" ") in now), other
                asked += 1
    assert asked > 10_000


def test_the_games_are_worth_replaying() -> None:
    """All tasks are in them, every verb was obeyed and refused, and games were won."""
    games = transcripts()
    assert Counter(game["task"] for game in games) == dict.fromkeys(TASKS, GAMES // len(TASKS))
    steps = [step for game in games for step in game["steps"][1:]]
    obeyed = {command.split()[0] for command, said, *_ in steps if said != NOTHING}
    assert obeyed >= {*PREPOSITIONS, "go", "open", "close", "examine", "use", "look", "inventory"}
    refused = [command for command, said, *_ in steps if said == NOTHING]
    assert len(refused) > 20
    assert sum(any(step[-1] for step in game["steps"]) for game in games) >= len(TASKS)
