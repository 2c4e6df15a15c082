"""Who does well where the wish is vague: who asks what is needed, who asks everything, who guesses.

    python -m benchmarks.household_asking

``VLAlfworld/AskToAct-v0`` as it is by default. All players know where everything is, so that they
differ in asking alone; the one who never asks guesses evenly among what may be meant, and knows
what that is. Means over episodes, with 95% bootstrap intervals, by how many slots are open.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from algorithms.statistics import bootstrap_interval
from benchmarks.record import write_result
from tests.alfworld.askers import Player, asking, expert, guesser, make, play

RESULT = Path("benchmarks/results/household_asking.json")
PLAYERS: dict[str, Player] = {
    "asks what is open": expert,
    "asks all three": asking("which thing?", "which place?", "which change?"),
    "never asks": guesser,
}
FIRST_SEED = 10_000


@dataclass(frozen=True)
class Options:
    """What is measured.

    Attributes:
        episodes: of each player; the same for all.
    """

    episodes: int = 600


def main(options: Options) -> dict[str, Any]:
    """Let all play, and write what came of it."""
    rows: list[dict[str, str]] = []
    with closing(make()) as env:
        for name, player in PLAYERS.items():
            found = []
            for seed in range(FIRST_SEED, FIRST_SEED + options.episodes):
                paid, info = play(env, seed, player)
                metrics = info["metrics"]
                found.append([metrics["needed"], info["success"], paid, metrics["efficiency"]])
            played = np.array(found)
            row = {
                "player": name,
                "success": _cell(played[:, 1]),
                "return": _cell(played[:, 2]),
                "efficiency": _cell(played[:, 3]),
            }
            for needed in range(4):
                row[f"return, {needed} open"] = _cell(played[played[:, 0] == needed, 2])
            rows.append(row)
            print(row, flush=True)
    write_result(RESULT, options, {"rows": rows})
    return {"rows": rows}


def _cell(values: np.ndarray) -> str:
    low, high = bootstrap_interval([values.tolist()], rng=np.random.default_rng(0))
    return f"{values.mean():.2f} [{low:.2f}, {high:.2f}]"


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
