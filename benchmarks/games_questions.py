"""Whether random answers to VS-Bench's questions are right as often as VS-Bench has measured.

    pip install -c constraints.txt -e '.[train,games]'
    python -m benchmarks.games_questions

The players ``random`` and ``reference`` answer 400 questions a game of both kinds
(`vl_envs.games.vs_bench.reasoning` and `perception`). *By chance* is what random answers to our
predictions are worth on average, without their own scatter. A published number, which is one run
over 400 questions, counts as met where it lies within 95% of what such a run of ours scatters.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro

from algorithms.vs_bench import interval
from benchmarks.record import write_result
from vl_envs.games.asking import NAMED, Score
from vl_envs.games.vs_bench import GAMES, perception, published, reasoning

RESULT = Path("benchmarks/results/games_questions.json")


@dataclass(frozen=True)
class Options:
    """What is asked.

    Attributes:
        games: names of those that are asked about.
        samples: questions of a kind.
        seed: of questions and answers.
    """

    games: tuple[str, ...] = GAMES
    samples: int = 400
    seed: int = 0


def shown(score: Score) -> str:
    """Write a score with its interval, in percent."""
    low, high = interval(score)
    return f"{score.value:.1f} ({low:.1f} to {high:.1f})"


def row(name: str, scores: dict[str, dict[str, Score]], samples: int) -> dict[str, Any]:
    """Write a game's line of the table, all in percent."""
    predicted, seen = scores["reasoning"], scores["perception"]
    chance = predicted["random"].chance
    assert chance is not None
    theirs = published()["reasoning"]["Random"][1 + GAMES.index(name)]
    scatter = 1.96 * 100 * math.sqrt(chance * (1 - chance) / samples)
    # Published numbers are rounded to one place.
    met = abs(100 * chance - theirs) <= scatter + 0.05
    return {
        "game": name,
        "predictions at random": shown(predicted["random"]),
        "by chance": f"{100 * chance:.1f} ± {scatter:.1f}",
        "published": f"{theirs:.1f}",
        "met": "yes" if met else "no",
        "the reference's": f"{predicted['reference'].value:.0f}",
        "perception at random": shown(seen["random"]),
        "perception of the truth": f"{seen['reference'].value:.0f}",
    }


def main(options: Options) -> list[dict[str, Any]]:
    """Ask about all games; write the result where none is left out."""
    rows: list[dict[str, Any]] = []
    measured: dict[str, Any] = {}
    for name in options.games:
        scores = {
            kind.__name__: {who: kind(who, name, options.samples, options.seed) for who in NAMED}
            for kind in (reasoning, perception)
        }
        rows.append(row(name, scores, options.samples))
        measured[name] = {
            kind: {
                who: {"value": s.value, "interval": interval(s), "raw": s.raw, "chance": s.chance}
                for who, s in of_kind.items()
            }
            for kind, of_kind in scores.items()
        }
        print(rows[-1], flush=True)
    if options.games == GAMES:
        write_result(RESULT, options, {"rows": rows, "measured": measured})
    return rows


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
