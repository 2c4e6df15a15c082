"""Who wins household tasks: experts, random actions, one that reads pictures, and the best blind.

    python -m benchmarks.household_players

Share of successes within the step limit, with 95% intervals. The planner knows where everything is,
the explorer what it has seen; random takes any action that is possible. They hear the full text.
With minimal text nothing tells what lies where: the reader finds it in the pictures; the blind
player knows where things lie most often, goes there, and tries to take the wanted thing unseen.
With `max_misses` of 1, 2 or 3 the game is over when they have reached for nothing so often.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import tyro
from scipy.stats import binomtest

import vl_envs  # noqa: F401 (registers the environments)
from benchmarks.record import write_result
from tests.alfworld.reader import Blind, Reader
from vl_envs.alfworld.env import HouseholdEnv
from vl_envs.registry import ENVIRONMENTS

Player = Callable[[Any], str]
"""Says what to do after an observation."""
RESULT = Path("benchmarks/results/household_players.json")
MISSES = (1, 2, 3)
FIRST_SEED = 10_000


@dataclass(frozen=True)
class Options:
    """What is measured.

    Attributes:
        episodes: of each player in each task.
        image_size: side of the reader's pictures, in pixels.
        tasks: names of tasks; all, where none is given.
    """

    episodes: int = 200
    image_size: int = 128
    tasks: tuple[str, ...] = ()


def expert(env: HouseholdEnv) -> Player:
    """Make the environment's expert."""
    return lambda _: env.expert_action()


def wild(env: HouseholdEnv) -> Player:
    """Make a player of random actions among those that are possible."""
    rng = np.random.default_rng(env._seed)

    def say(observation: Any) -> str:
        actions = env._admissible_actions()
        return actions[int(rng.integers(len(actions)))]

    return say


def play(
    id_: str, make: Callable[[HouseholdEnv], Player], episodes: int, **kwargs: Any
) -> list[bool]:
    """Let a player, made anew for each house, play some houses; say which it won."""
    env = gym.make(id_, **kwargs)
    vl = env.unwrapped
    assert isinstance(vl, HouseholdEnv)
    wins = []
    for seed in range(FIRST_SEED, FIRST_SEED + episodes):
        observation, _ = env.reset(seed=seed)
        player, over = make(vl), False
        while not over:
            observation, _, terminated, truncated, info = env.step(player(observation))
            over = terminated or truncated
        wins.append(bool(info["success"]))
    env.close()
    return wins


def row_of(id_: str, options: Options) -> tuple[dict[str, str], dict[str, float]]:
    """Measure one task: cells with intervals, and the bare shares."""
    full = {"text": "full", "observation": "text"}
    minimal = {"text": "minimal", "observation": "text"}
    pictures = {"text": "minimal", "image_size": options.image_size}
    players: dict[str, tuple[Callable[[HouseholdEnv], Player], dict[str, Any]]] = {
        "planner": (expert, full),
        "explorer": (expert, {**full, "expert": "explorer"}),
        "random": (wild, full),
        **{f"reader, {n}": (Reader, {**pictures, "max_misses": n}) for n in MISSES[::2]},
        **{f"blind, {n}": (Blind, {**minimal, "max_misses": n}) for n in MISSES},
    }
    cells = {"task": id_.partition("/")[2].removesuffix("-v0")}
    shares = {}
    for name, (make, kwargs) in players.items():
        wins = play(id_, make, options.episodes, **kwargs)
        # Wilson's, for others find no width in a player that always wins.
        low, high = binomtest(sum(wins), len(wins)).proportion_ci(method="wilson")
        shares[name] = float(np.mean(wins))
        cells[name] = f"{shares[name]:.2f} [{low:.2f}, {high:.2f}]"
    return cells, shares


def main(options: Options) -> dict[str, Any]:
    """Measure all tasks, and write the result where none is left out."""
    rows, shares = [], {}
    for row in ENVIRONMENTS:
        name = row.id.partition("/")[2].removesuffix("-v0")
        if row.entry_point.endswith(":HouseholdEnv") and name in (options.tasks or (name,)):
            cells, shares[name] = row_of(row.id, options)
            rows.append(cells)
            print(cells, flush=True)
    result = {"rows": rows, "shares": shares}
    if not options.tasks:
        write_result(RESULT, options, result)
    return result


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
