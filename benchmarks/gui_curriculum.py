"""GUI Exploration Lab's experiment in small, three seeds: imitation, single-turn RL, multi-turn RL.

    python -m benchmarks.gui_curriculum

Each seed is a run of examples/gui_curriculum.py. Intervals (95%) are bootstrapped over seeds, then
tasks; the claims of the paper are tested as differences between stages, seed by seed.
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
from examples.gui_curriculum import BLIND, EDGES, PATHS, STAGES, main
from examples.gui_curriculum import Options as Recipe

CLAIMS = {
    "multi-turn RL beats imitation on new subtrees, Pass@1": ("paths/ood", "tasks"),
    "multi-turn RL beats imitation on new subtrees, Pass@5": ("paths/ood", "tasks@5"),
    "multi-turn RL beats imitation on new subtrees, next step": ("edges/ood", "tasks"),
}
"""What the paper says, and the measure that tests it: the last stage less the first."""


@dataclass(frozen=True)
class Options:
    """What is run.

    Attributes:
        seeds: of the whole run.
        out: folder of the runs; what is finished in it is not run again.
    """

    seeds: tuple[int, ...] = (0, 1, 2)
    out: Path = Path("outputs/benchmark_gui_curriculum")


def run(options: Options) -> None:
    """Run what is missing, then write all results."""
    runs = [
        main(Recipe(seed=seed, out=options.out / f"seed_{seed}", quiet=True))
        for seed in options.seeds
    ]
    rows = [
        _row(f"next step right, {name}", runs, f"edges/{split}", "tasks")
        for split, name in zip(EDGES, map(_name, EDGES), strict=True)
    ]
    for key, pass_at in (("tasks", "Pass@1"), ("tasks@5", "Pass@5")):
        for split in PATHS:
            rows.append(_row(f"{pass_at}, {_name(split)}", runs, f"paths/{split}", key))
    lengths = [_length_row(length, runs) for length in ("1", "2", "3", "4")]
    claims = {name: _difference(runs, *where) for name, where in CLAIMS.items()}
    result = {"rows": rows, "by_length": lengths, "claims": claims, "seeds": runs}
    write_result(Path("benchmarks/results/gui_curriculum.json"), options, result)
    for row in (*rows, *lengths):
        print(row)
    print(claims)


def _name(split: str) -> str:
    return {
        "sft": "subtree of imitation",
        "rl": "subtree of RL",
        "ood": "new subtree",
        "test": "held-out ways",
        "image": "new glyphs",
        "position": "new places",
        "noise": "more dead icons",
        "theme": "new theme",
    }[split]


def _row(name: str, runs: list[dict[str, Any]], measure: str, key: str) -> dict[str, str]:
    """Say a measure at each stage: mean over seeds, and its interval."""
    row = {"measure": name}
    for stage in (BLIND, *STAGES):
        row[stage] = _cell([np.array(one[stage][measure][key]) for one in runs])
    return row


def _cell(seeds: list[Any]) -> str:
    low, high = bootstrap_interval(seeds, rng=np.random.default_rng(0))
    return f"{np.mean([np.mean(one) for one in seeds]):.2f} [{low:.2f}, {high:.2f}]"


def _length_row(length: str, runs: list[dict[str, Any]]) -> dict[str, str]:
    """Say Pass@1 on ways of one length in the new subtree: mean over seeds."""
    row = {"measure": f"Pass@1, new subtree, {length} moves"}
    for stage in (BLIND, *STAGES):
        found = [one[stage]["paths/ood"]["by_length"].get(length) for one in runs]
        shares: list[float] = [one["success"] for one in found if one]
        row[stage] = f"{np.mean(shares):.2f}" if shares else ""
    return row


def _difference(runs: Sequence[Mapping[str, Any]], measure: str, key: str) -> dict[str, Any]:
    """Take the last stage's successes less the first's, task by task."""
    seeds = [
        np.array(one[STAGES[-1]][measure][key]) - np.array(one[STAGES[0]][measure][key])
        for one in runs
    ]
    low, high = bootstrap_interval(seeds, rng=np.random.default_rng(0))
    mean = float(np.mean([one.mean() for one in seeds]))
    return {"difference": round(mean, 3), "interval": [round(low, 3), round(high, 3)]}


if __name__ == "__main__":
    run(tyro.cli(Options, description=__doc__))
