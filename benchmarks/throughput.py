"""How fast: environment steps, turns of `collect`, and GRPO beside TRL, in one run.

    pip install -c constraints.txt -e '.[train,bench]'
    python -m benchmarks.throughput

Every figure is the median of several repetitions; what is compared alternates, and the ratio is the
median of the ratios pair by pair.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import tyro

import vl_envs  # noqa: F401 (registers the environments)
from algorithms.rollout import collect, make_envs
from benchmarks.grpo_vs_trl import GRPOSize, ours, start_policy, trl
from benchmarks.rates import rate_row, steps_per_second
from benchmarks.record import write_result
from policies.vlm import VLMPolicy

STEPS = 1000
ENVIRONMENTS: Mapping[str, Mapping[str, Any]] = {
    "MatSearch, world, 448 x 448": {"id": "VLTool/MatSearch-v0"},
    "MatSearch, world hard, 448 x 448": {"id": "VLTool/MatSearch-v0", "level": "hard"},
    "MatSearch, emblems, 448 x 448": {"id": "VLTool/MatSearchEmblems-v0"},
    "MatSearch, small, 40 x 40": {"id": "VLTool/MatSearchSmall-v0"},
}


@dataclass(frozen=True)
class Options:
    """What is measured.

    Attributes:
        repetitions: of each measurement.
        threads: of torch.
        grpo: the size of the GRPO comparison.
    """

    repetitions: int = 5
    threads: int = 1
    grpo: GRPOSize = field(default_factory=GRPOSize)


def turns_per_second(policy: VLMPolicy, num_envs: int, episodes: int) -> float:
    """Collect first turns of up to 8 tokens from an untrained model."""
    envs = make_envs("VLTool/MatSearchSmall-v0", num_envs)
    collect(envs, policy, range(min(num_envs, 32)))  # warm up
    began = time.perf_counter()
    played = collect(envs, policy, range(episodes))
    return sum(len(episode.turns) for episode in played) / (time.perf_counter() - began)


def main(options: Options) -> None:
    """Measure everything and write the result."""
    torch.set_num_threads(options.threads)
    rows = []
    for name, kwargs in ENVIRONMENTS.items():
        rates = [steps_per_second(STEPS, **kwargs) for _ in range(options.repetitions)]
        rows.append(rate_row(f"environment steps/s: {name}", rates))
        print(rows[-1], flush=True)
    policy = start_policy(options.grpo)
    pairs = [
        (turns_per_second(policy, 256, 512), turns_per_second(policy, 1, 48))
        for _ in range(options.repetitions)
    ]
    rows.append(
        rate_row("turns/s of collect, 256 environments", *_columns(pairs), than="1 environment")
    )
    print(rows[-1], flush=True)
    pairs = [
        (ours(copy.deepcopy(policy), options.grpo), trl(copy.deepcopy(policy), options.grpo))
        for _ in range(options.repetitions)
    ]
    rows.append(rate_row("GRPO samples/s", *_columns(pairs), than="TRL's GRPOTrainer"))
    print(rows[-1], flush=True)
    write_result(Path("benchmarks/results/throughput.json"), options, {"rows": rows})


def _columns(pairs: list[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [a for a, _ in pairs], [b for _, b in pairs]


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
