"""ALFWorld's own engine, for comparison: TextWorld with the domain and grammar of `alfworld`.

    pip install -e '.[train,alfworld]'

compiles its planner, which takes cmake and a C++ compiler. Nothing of it is in this repository.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from vl_envs.core.errors import require


class Seen(NamedTuple):
    """What the engine answers.

    Attributes:
        feedback: what it says.
        admissible: what can be done now, in its order.
        won: whether the wish is fulfilled.
    """

    feedback: str
    admissible: list[str]
    won: bool


def game_data(problem: str, wish: str) -> dict[str, Any]:
    """Make a game of a PDDL problem and the words of its wish, as ALFWorld writes them to files."""
    info = _import("alfworld.info")
    grammar = Path(info.ALFRED_TWL2_PATH).read_text()
    return {
        "pddl_domain": Path(info.ALFRED_PDDL_PATH).read_text(),
        "grammar": grammar.replace("UNKNOWN GOAL", wish),
        "pddl_problem": problem,
        "solvable": True,
    }


class RealGame:
    """A game in ALFWorld's own engine, with the names that ALFWorld gives.

    Args:
        data: of the game, as `game_data` makes it.
    """

    def __init__(self, data: dict[str, Any]) -> None:
        textworld = _import("textworld")
        environment = _import("alfworld.agents.environment.alfred_tw_env")
        infos = textworld.EnvInfos(won=True, admissible_commands=True)
        self._env = environment.AlfredDemangler(_import("textworld.envs").PddlEnv(infos))
        with tempfile.NamedTemporaryFile("w", suffix=".tw-pddl") as file:
            json.dump(data, file)
            file.flush()
            self._env.load(file.name)

    def reset(self) -> Seen:
        """Begin, and say what is said first."""
        return self._seen(self._env.reset())

    def step(self, command: str) -> Seen:
        """Do what a command says."""
        return self._seen(self._env.step(command)[0])

    def _seen(self, state: Any) -> Seen:
        return Seen(state.feedback, list(state["admissible_commands"]), bool(state["won"]))


@contextmanager
def remembered_grammar() -> Iterator[None]:
    """Let TextWorld remember what it has parsed: several times as fast, with the same answers.

    It parses its grammar anew for each sentence otherwise. For long comparisons; what is measured
    is the engine as it is installed.
    """
    textgen, logic = _import("textworld.envs.pddl.textgen"), _import("textworld.logic")
    parse, query = textgen._parse_and_convert, logic.Rule.__dict__["parse_conjunctive_query"]
    parse_once = lru_cache(None)(parse)

    def parsed(text: str, rule_name: str | None = None, trace: bool = False) -> Any:
        # What is parsed is changed by its use.
        return deepcopy(parse_once(text, rule_name=rule_name))

    textgen._parse_and_convert = parsed
    logic.Rule.parse_conjunctive_query = staticmethod(
        lru_cache(None)(logic.Rule.parse_conjunctive_query)
    )
    try:
        yield
    finally:
        textgen._parse_and_convert = parse
        logic.Rule.parse_conjunctive_query = query


def _import(module: str) -> Any:
    return require(module, "alfworld")
