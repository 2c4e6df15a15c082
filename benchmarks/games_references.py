"""Whether random and reference play are worth what VS-Bench has measured.

    pip install -c constraints.txt -e '.[train,games]'
    python -m benchmarks.games_references

Both play each game by VS-Bench's protocol (`vl_envs.games.vs_bench.decision_making`), over more
matches than its 10. The published number counts as met where it lies within 95% of what 10 matches
(20 at Breakthrough, 10 runs of 120 at Kuhn poker) of ours scatter. Where our reference is another
player than theirs, a note says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from algorithms.vs_bench import interval, raw_interval
from benchmarks.record import write_result
from vl_envs.games.asking import NAMED, Score
from vl_envs.games.vs_bench import GAMES, decision_making, published

RESULT = Path("benchmarks/results/games_references.json")
NOTES = {
    "hanabi": "VS-Bench's optimum is another player's, MAPPO as published by its authors; ours "
    "plays by rules",
    "overcooked": "VS-Bench's optimum is two deliveries, our cook begins a third soup",
    "knights_archers_zombies": "VS-Bench's optimum is what could be at most: a kill every 10 steps",
    "kuhn_poker": "random play loses 1/9, which VS-Bench's table rounds to 0.1",
    "pong": "counted 0.9 for points and 0.1 for steps, from random play to VS-Bench's optimum, "
    "which is a trained agent's",
    "simple_push": "VS-Bench's optimum of 0 is set by its authors, not played; its percentages fit "
    "one of 10: o3's -6.5 is 37.2%",
}


@dataclass(frozen=True)
class Options:
    """What is measured.

    Attributes:
        games: names of those that are measured.
        episodes: matches of a game from each seat, where ``fewer`` says nothing else.
        fewer: as ``episodes``; at Kuhn poker runs of 120.
        seed: of the matches.
    """

    games: tuple[str, ...] = GAMES
    episodes: int = 400
    fewer: dict[str, int] = field(
        default_factory=lambda: {
            "breakthrough": 20,
            "kuhn_poker": 100,
            "pong": 50,
            "knights_archers_zombies": 100,
        }
    )
    seed: int = 0


def theirs_of(name: str, contender: str) -> float:
    """Give the published raw return; Pong's is put together from points and steps."""
    which = "random" if contender == "random" else "optimal"
    raw = published()["raw"][which][name]
    return {"random": 0.0, "reference": 1.0}[contender] if raw is None else float(raw)


def cells(name: str, contender: str, score: Score) -> dict[str, Any]:
    """Write what was found of one player of a game beside what was published."""
    theirs, spread = theirs_of(name, contender), float(np.std(score.values, ddof=1))
    matches = 20 if name == "breakthrough" else 10
    within = 1.96 * spread / math.sqrt(matches)
    low, high = raw_interval(score)
    # Published numbers are rounded to one place.
    met = abs(score.raw - theirs) <= within + 0.05
    return {
        contender: f"{score.raw:.2f} ({low:.2f} to {high:.2f})",
        f"{contender}, published": f"{theirs:g} ± {within:.2g}",
        f"{contender}, met": "yes" if met else "no",
        f"{contender}, normalised": f"{score.value:.1f}",
    }


def main(options: Options) -> None:
    """Measure all games, and write the result where none is left out."""
    rows: list[dict[str, Any]] = []
    measured: dict[str, dict[str, Any]] = {}
    for name in options.games:
        episodes = options.fewer.get(name, options.episodes)
        row: dict[str, Any] = {"game": name}
        measured[name] = {}
        for contender in NAMED:
            score = decision_making(contender, name, episodes, options.seed)
            row |= cells(name, contender, score)
            measured[name][contender] = {
                "mean": score.raw,
                "interval": raw_interval(score),
                "deviation": float(np.std(score.values, ddof=1)),
                "episodes": len(score.values),
                "normalised": score.value,
                "normalised_interval": interval(score),
                "published": theirs_of(name, contender),
            }
        rows.append({**row, "note": NOTES.get(name, "")})
        print(rows[-1], flush=True)
    if options.games == GAMES:
        write_result(RESULT, options, {"rows": rows, "measured": measured})


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
