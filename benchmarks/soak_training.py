"""One training of the soak, in a process of its own: a tiny policy in slow environments.

In these, faults can be ordered: a file in a folder is an order, which one environment takes.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym

import vl_envs  # noqa: F401 (registers the environment that is made slow)

ENV = "Soak/MatSearchSmall-v0"
REAL = "VLTool/MatSearchSmall-v0"
FAULTS = "SOAK_FAULTS"
"""Names the folder of the orders, in the environment of the training that gets them."""
PER_HOUR = {"raise": 30, "hang": 10, "kill": 30, "disk": 4, "sigterm": 4, "sigkill": 4}
"""Faults of each kind, an hour."""


@dataclass(frozen=True)
class Options:
    """How long to soak, and how hard.

    Attributes:
        hours: about; the number of updates follows from it.
        updates: of either run; 0 is as many as fit into ``hours``.
        latency: seconds that an environment waits in each step, as a browser or simulator does.
        step_timeout: seconds after which an environment counts as hung.
        disk_mb: size of the small disk.
        disk_seconds: how long it stays full.
        faults_per_hour: multiplies the usual number of faults.
        kinds: of faults that are thrown.
        seed: of the faults, and of the training.
        folder: in it each soak has one of its own, with both runs.
        result: the JSON file.
    """

    hours: float = 2.0
    updates: int = 0
    latency: float = 0.6
    step_timeout: float = 15.0
    disk_mb: int = 48
    disk_seconds: float = 30.0
    faults_per_hour: float = 1.0
    kinds: tuple[str, ...] = tuple(PER_HOUR)
    seed: int = 0
    folder: Path = Path("outputs/soak")
    result: Path = Path("benchmarks/results/soak.json")


class Slow(gym.Wrapper[Any, Any, Any, Any]):
    """Waits in each step, and fails where that was ordered."""

    def __init__(self, env: gym.Env[Any, Any], latency: float) -> None:
        super().__init__(env)
        self.latency = latency
        self.faults = Path(os.environ[FAULTS]) if FAULTS in os.environ else None
        if self.faults:
            (self.faults / f"pid-{os.getpid()}").touch()

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Step, slowly."""
        time.sleep(self.latency)
        if self._ordered("raise"):
            raise RuntimeError("the soak's fault")
        if self._ordered("hang"):
            time.sleep(1e6)
        return self.env.step(action)

    def _ordered(self, kind: str) -> bool:
        """Take an order of this kind, if there is one: each is taken by one environment."""
        for order in self.faults.glob(f"{kind}-*") if self.faults else ():
            with contextlib.suppress(FileNotFoundError):
                order.rename(order.with_name(f"done-{order.name}"))
                return True
        return False


def slow(latency: float, split: str = "train", **kwargs: Any) -> Slow:
    """Make the slow environment."""
    return Slow(gym.make(REAL, split=split, **kwargs).unwrapped, latency)


if ENV not in gym.registry:
    limit = gym.spec(REAL).max_episode_steps
    gym.register(ENV, entry_point="benchmarks.soak_training:slow", max_episode_steps=limit)


def train(options: Options, updates: int, out: Path) -> None:
    """Train, or go on with it."""
    from algorithms.run import RunConfig, run, told_in_one_line
    from policies.vlm import VLMPolicy

    # An episode that is played again is in a batch with others than before, which changes the last
    # bits of its log-probabilities. Batches of one make the two runs comparable to the bit.
    VLMPolicy.act = one_by_one(VLMPolicy.act)  # type: ignore[method-assign]
    VLMPolicy.values = one_by_one(VLMPolicy.values)  # type: ignore[method-assign]
    config = RunConfig(
        env=ENV,
        env_kwargs=json.dumps({"latency": options.latency}),
        algo="vl_dac",
        out=out,
        resume="auto",
        seed=options.seed,
        # Demonstrations are of even length, so that the time it takes can be told in advance.
        sft_updates=updates - max(2, updates * 3 // 20),
        rl_updates=max(2, updates * 3 // 20),
        tasks=4,
        group=2,
        demonstrations=8,
        eval_tasks=4,
        eval_every=max(2, updates // 5),
        envs=4,
        vectorization_mode="async",
        step_timeout=options.step_timeout,
        retries=6,
    )
    with told_in_one_line():
        run(config)


def one_by_one(method: Callable[..., Any]) -> Callable[..., Any]:
    """Have a policy's method see contexts one at a time."""

    def alone(self: Any, contexts: Any, *args: Any) -> Any:
        answers = [method(self, [context], *args)[0] for context in contexts]
        return answers

    return alone


if __name__ == "__main__":
    given, number, where = json.loads(sys.argv[1])
    train(Options(**given), number, Path(where))
