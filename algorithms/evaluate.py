"""Evaluation: how good a policy is on tasks it was not trained on, with honest intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from gymnasium.vector import VectorEnv

from algorithms.distributed import ALONE, Learners
from algorithms.rollout import Episode, collect
from algorithms.statistics import bootstrap_interval, pass_at_k
from policies.policy import Policy

EVALUATION_SEEDS = 1_000_000_000
"""Evaluation plays the seeds from here on; training draws its own below."""


class Group(NamedTuple):
    """Success on the tasks of one label.

    Attributes:
        success: share of successful episodes.
        interval: its bootstrap interval (95%) over tasks.
        tasks: how many there are.
    """

    success: float
    interval: tuple[float, float]
    tasks: int


@dataclass(frozen=True)
class Result:
    """What an evaluation found.

    Attributes:
        success: share of successful episodes, over all tasks and samples.
        interval: its bootstrap interval (95%) over tasks.
        mean_return: mean undiscounted return.
        valid: share of valid turns.
        length: turns per episode.
        pass_at: k -> chance that one of k samples succeeds, averaged over tasks.
        env_errors: episodes left out of all other numbers because the environment failed. Look at
            it: where a policy can make the environment fail, success is of what is left.
        episodes: all of them, task by task.
    """

    success: float
    interval: tuple[float, float]
    mean_return: float
    valid: float
    length: float
    pass_at: dict[int, float]
    env_errors: int
    episodes: list[Episode]

    @property
    def per_task(self) -> list[float]:
        """Success of each task, in [0, 1], averaged over its samples."""
        return [float(np.mean(successes)) for successes in _by_task(self.episodes)]

    def by_label(self, name: str) -> dict[str, Group]:
        """Break success down by a label of the tasks: how long a way is, what kind of element.

        Returns:
            Label -> its `Group`; tasks without the label are left out.
        """
        found: dict[str, list[Episode]] = {}
        for episode in self.episodes:
            if name in episode.labels:
                found.setdefault(episode.labels[name], []).append(episode)
        groups = {}
        for label in sorted(found, key=lambda text: (len(text), text)):
            per_task = [float(np.mean(successes)) for successes in _by_task(found[label])]
            interval = bootstrap_interval(per_task, rng=np.random.default_rng(0))
            groups[label] = Group(float(np.mean(per_task)), interval, len(per_task))
        return groups

    def metrics(self, prefix: str) -> dict[str, float]:
        """Return the numbers for a log, their names behind ``prefix``."""
        numbers = {
            "success": self.success,
            "success_low": self.interval[0],
            "success_high": self.interval[1],
            "return": self.mean_return,
            "valid": self.valid,
            "length": self.length,
            "env_errors": self.env_errors,
            **{f"pass@{k}": value for k, value in self.pass_at.items()},
        }
        return {f"{prefix}{name}": value for name, value in numbers.items()}


def _by_task(episodes: Sequence[Episode]) -> list[list[bool]]:
    """List each task's successes."""
    grouped: dict[int, list[bool]] = {}
    for episode in episodes:
        grouped.setdefault(episode.seed, []).append(episode.success)
    return list(grouped.values())


def evaluate(
    envs: VectorEnv[Any, Any, Any],
    policy: Policy,
    tasks: int | None = 256,
    *,
    greedy: bool = False,
    samples: int = 1,
    pass_at: Sequence[int] = (),
    history: int | None = None,
    seed: int = 0,
    learners: Learners = ALONE,
) -> Result:
    """Play ``tasks`` fixed tasks, ``samples`` times each, and summarise.

    ``tasks=None`` plays every task of a source that counts its tasks (a published benchmark) once.

    The same tasks come every time, so that policies can be compared task by task; the random
    stream of sampling is started anew from ``seed``, so that training's is neither used nor moved
    (training seeds its own for each update). Several ``learners`` share the tasks, and all get the
    same result.

    Raises:
        ValueError: ``pass_at`` asks for more samples than there are.
    """
    indices: list[int] | None = None
    if tasks is None:
        tasks = int(envs.get_attr("num_tasks")[0])  # type: ignore[attr-defined]
        if not tasks:
            raise ValueError("the environment draws its tasks without end: say how many to play")
        indices = [index for index in range(tasks) for _ in range(samples)]
    if samples < 1 or tasks < 1:
        raise ValueError(f"expected at least one task and one sample, got {tasks} and {samples}")
    if any(k > samples for k in pass_at):
        raise ValueError(
            f"pass_at {tuple(pass_at)} needs at least that many samples, got {samples}"
        )
    if hasattr(policy, "seed"):
        policy.seed(seed)
    seeds = [EVALUATION_SEEDS + i for i in range(tasks) for _ in range(samples)]
    play = learners.share_out(partial(collect, envs, policy))
    played = play(seeds, indices=indices, greedy=greedy, history=history)
    episodes = [episode for episode in played if episode.env_error is None]
    if not episodes:
        raise ValueError(f"the environment failed in every episode: {played[0].env_error}")
    turns = [turn for episode in episodes for turn in episode.turns]
    by_task = _by_task(episodes)
    per_task = [float(np.mean(successes)) for successes in by_task]
    whole = [successes for successes in by_task if len(successes) == samples]
    return Result(
        success=float(np.mean([episode.success for episode in episodes])),
        interval=bootstrap_interval(per_task, rng=np.random.default_rng(seed)),
        mean_return=float(np.mean([episode.episode_return for episode in episodes])),
        valid=float(np.mean([turn.valid for turn in turns])),
        length=len(turns) / len(episodes),
        pass_at={k: pass_at_k(np.array(whole), k) for k in pass_at},
        env_errors=len(played) - len(episodes),
        episodes=episodes,
    )
