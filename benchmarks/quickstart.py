"""The quickstart's targets: GRPO and VL-DAC after imitation, and imitation alone, three seeds each.

    python -m benchmarks.quickstart

The control imitates for as much longer as reinforcement took, by CPU time; everything else is
budgeted in updates. Intervals are bootstrapped over seeds, then tasks.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import tyro

from algorithms.run import run
from algorithms.run_log import read_records
from algorithms.statistics import bootstrap_interval
from benchmarks.record import write_result
from examples.quickstart import Quickstart

Arm = Literal["grpo", "vl_dac", "sft"]
MEASURES = tuple(f"{split}/{mode}" for split in ("test", "names") for mode in ("sampled", "greedy"))


@dataclass(frozen=True)
class Options:
    """What is run.

    Attributes:
        seeds: of each arm.
        arms: what follows the cold start; ``sft`` is the control and needs ``grpo`` before it.
        out: folder of the runs; finished ones in it are not run again.
    """

    seeds: tuple[int, ...] = (0, 1, 2)
    arms: tuple[Arm, ...] = ("grpo", "vl_dac", "sft")
    out: Path = Path("outputs/benchmark_quickstart")


def main(options: Options) -> None:
    """Run what is missing, then write all results."""
    rows = []
    details: dict[str, Any] = {}
    for arm in options.arms:
        for seed in options.seeds:
            _run(options, arm, seed)
        stages = ("untrained", "after imitation") if arm == options.arms[0] else ()
        for stage in (*stages, f"{arm} (final)"):
            found = [_at(options.out / f"{arm}_{seed}", stage) for seed in options.seeds]
            summary = {name: _summarise([one[name] for one in found]) for name in MEASURES}
            details[stage] = {"seeds": found, "mean": summary}
            rows.append({"policy": _title(stage), **{m: _cell(summary[m]) for m in MEASURES}})
    seconds = {
        arm: [_seconds(options.out / f"{arm}_{s}") for s in options.seeds] for arm in options.arms
    }
    write_result(
        Path("benchmarks/results/quickstart.json"),
        options,
        {"rows": rows, "details": details, "training_cpu_seconds": seconds},
    )
    print(json.dumps(rows, indent=1))


def _run(options: Options, arm: Arm, seed: int) -> None:
    folder = options.out / f"{arm}_{seed}"
    config = Quickstart(algo=arm, seed=seed, out=folder)
    if arm == "sft":
        grpo = _seconds(options.out / f"grpo_{seed}")
        longer = 1 + grpo["grpo"] / grpo["sft"]
        config = dataclasses.replace(config, sft_updates=round(config.sft_updates * longer))
    if not (folder / "summary.json").exists():
        run(config)


def _at(folder: Path, stage: str) -> dict[str, list[float]]:
    """Read one evaluation: success, and the interval's ends."""
    evaluated = [
        r for r in read_records(folder / "metrics.jsonl") if "eval/test/greedy/success" in r
    ]
    if stage == "untrained":
        record = evaluated[0]
    elif stage == "after imitation":
        record = [r for r in evaluated if r["stage"] == "sft"][-1]
    else:
        record = evaluated[-1]
    names = ("success", "success_low", "success_high")
    return {m: [cast(float, record[f"eval/{m}/{name}"]) for name in names] for m in MEASURES}


def _summarise(found: list[list[float]]) -> dict[str, Any]:
    """Average over seeds; each seed's 256 tasks are rebuilt from its success rate."""
    tasks = [np.arange(256) < round(success * 256) for success, _, _ in found]
    low, high = bootstrap_interval([t.astype(float) for t in tasks], rng=np.random.default_rng(0))
    return {"mean": float(np.mean([f[0] for f in found])), "interval": [low, high]}


def _cell(summary: dict[str, Any]) -> str:
    low, high = summary["interval"]
    return f"{summary['mean']:.3f} [{low:.2f}, {high:.2f}]"


def _seconds(folder: Path) -> dict[str, float]:
    """Sum the CPU seconds of playing and learning, without evaluation, by stage."""
    seconds: dict[str, float] = {}
    for record in read_records(folder / "metrics.jsonl"):
        took = cast(float, record.get("time/cpu", 0.0))
        seconds[str(record["stage"])] = seconds.get(str(record["stage"]), 0.0) + took
    return {stage: round(value, 1) for stage, value in seconds.items()}


def _title(stage: str) -> str:
    return {
        "grpo (final)": "imitation, then GRPO",
        "vl_dac (final)": "imitation, then VL-DAC",
        "sft (final)": "imitation alone, as long",
    }.get(stage, stage)


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
