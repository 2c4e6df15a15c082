"""Real flags: what the tiny model makes of countries and relations it never saw together.

    python -m benchmarks.world_flags

Runs `examples/train.py` on the world source, flags only, for several seeds, and measures on the
training and the held-out combinations how often the right passage was read and how often the
answer was right.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import torch
import tyro

from algorithms.evaluate import evaluate
from algorithms.rollout import make_envs
from algorithms.run import RunConfig, run
from algorithms.statistics import bootstrap_interval
from benchmarks.record import write_result
from policies.vlm import VLMPolicy

ENV = "VLTool/MatSearch-v0"
KWARGS: dict[str, Any] = {
    "kinds": ["flag"],
    "image_size": 48,
    "prompt": "brief",
    "thought": False,
    "top_k": 1,
    "max_invalid": 1,
    "reward_weights": {"em": 1.0},
}
TOKENS = 16


@dataclass(frozen=True)
class Options:
    """What is run.

    Attributes:
        seeds: of the runs.
        tasks: of the final evaluation of each split.
        out: folder of the runs; finished ones in it are not run again.
    """

    seeds: tuple[int, ...] = (0, 1, 2)
    tasks: int = 256
    out: Path = Path("outputs/benchmark_world")


def main(options: Options) -> None:
    """Run what is missing, evaluate, and write the result."""
    torch.set_num_threads(1)
    found: dict[str, list[list[tuple[bool, bool]]]] = {"train": [], "test": []}
    for seed in options.seeds:
        folder = options.out / str(seed)
        if not (folder / "summary.json").exists():
            run(config(folder, seed))
        for split, results in found.items():
            results.append(_outcomes(folder / "policy", split, options.tasks))
    rows = []
    for split, results in found.items():
        row: dict[str, Any] = {"combinations": {"train": "trained on", "test": "held out"}[split]}
        for name, column in (("right passage read", 0), ("right answer", 1)):
            values = [[float(outcome[column]) for outcome in result] for result in results]
            low, high = bootstrap_interval(values, rng=np.random.default_rng(0))
            mean = float(np.mean([np.mean(one) for one in values]))
            row[name] = f"{mean:.3f} [{low:.2f}, {high:.2f}]"
        rows.append(row)
    write_result(Path("benchmarks/results/world_flags.json"), options, {"rows": rows})
    print(json.dumps(rows, indent=1))


def config(folder: Path, seed: int) -> RunConfig:
    """Give the run's options, as `examples/train.py` takes them."""
    return RunConfig(
        env=ENV,
        env_kwargs=json.dumps(KWARGS),
        out=folder,
        seed=seed,
        sft_updates=120,
        rl_updates=60,
        max_new_tokens=TOKENS,
    )


def _outcomes(folder: Path, split: str, tasks: int) -> list[tuple[bool, bool]]:
    """Play greedily; tell for each task whether the evidence was read and the answer right."""
    envs = make_envs(ENV, 64, split=split, **KWARGS)
    env: Any = gym.make(ENV, split=split, **KWARGS).unwrapped
    policy = VLMPolicy.load(folder, parser=env.parser, max_new_tokens=TOKENS)
    outcomes = []
    for episode in evaluate(envs, policy, tasks, greedy=True).episodes:
        env.reset(seed=episode.seed)
        for turn in episode.turns:  # play it again, to look at the hidden state
            env.step(turn.generation.text)
        read = env.state.knows(env.state.task.hops[-1].evidence)
        outcomes.append((read, episode.success))
    return outcomes


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
