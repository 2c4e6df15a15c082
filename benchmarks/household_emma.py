"""Learning from the text world's expert in the visual world: three ways, three seeds.

    python -m benchmarks.household_emma

Each seed is a run of examples/emma.py: a beginner of its own, and from it the three arms. Intervals
(95%) are bootstrapped over seeds, then tasks; arms are compared with cloning task by task.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from algorithms.statistics import bootstrap_interval
from benchmarks.record import write_result
from examples.emma import ARMS, main
from examples.emma import Options as Recipe

RESULT = Path("benchmarks/results/household_emma.json")
BEGINNER = "beginner"


@dataclass(frozen=True)
class Options:
    """What is run.

    Attributes:
        seeds: of the whole run.
        arms: that are run now; the result is written by the call that names all.
        out: folder of the runs; what is finished in it is not run again.
        quick: see `examples.emma`.
    """

    seeds: tuple[int, ...] = (0, 1, 2)
    arms: tuple[str, ...] = ARMS
    out: Path = Path("outputs/benchmark_household_emma")
    quick: bool = False


def run(options: Options) -> dict[str, Any]:
    """Run what is missing; return all results, and write them where all arms are named."""
    runs = []
    for seed in options.seeds:
        folder = options.out / f"seed_{seed}"
        recipe = Recipe(seed=seed, arms=options.arms, out=folder, quick=options.quick, quiet=True)
        runs.append(main(recipe))
        print(seed, {name: round(one["success"], 2) for name, one in runs[-1].items()}, flush=True)
    result = {"rows": [_row(name, runs) for name in (BEGINNER, *options.arms)], "seeds": runs}
    if set(options.arms) == set(ARMS):
        write_result(RESULT, options, result)
    for row in result["rows"]:
        print(row)
    return result


def _row(name: str, runs: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    tasks = [np.array(one[name]["tasks"]) for one in runs]
    row = {
        "learned by": name,
        "success in new rooms": _cell(tasks),
        "each seed": " ".join(f"{one.mean():.2f}".lstrip("0") for one in tasks),
        "less cloning": "",
        "valid actions": f"{np.mean([one[name]['valid'] for one in runs]):.2f}",
        "lessons that found a mistake": "",
    }
    if name not in (BEGINNER, ARMS[0]) and ARMS[0] in runs[0]:
        row["less cloning"] = _cell(
            [a - np.array(one[ARMS[0]]["tasks"]) for a, one in zip(tasks, runs, strict=True)]
        )
    if name not in (BEGINNER, ARMS[0]):
        shares = np.mean([one[name]["erred"] for one in runs], axis=0)
        row["lessons that found a mistake"] = " ".join(f"{x:.2f}".lstrip("0") for x in shares)
    return row


def _cell(seeds: list[Any]) -> str:
    low, high = bootstrap_interval(seeds, rng=np.random.default_rng(0))
    return f"{np.mean([one.mean() for one in seeds]):.2f} [{low:.2f}, {high:.2f}]"


if __name__ == "__main__":
    run(tyro.cli(Options, description=__doc__))
