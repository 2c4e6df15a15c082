"""The outer loop that all algorithms share: play, update, log, evaluate, checkpoint, resume."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from gymnasium.vector import VectorEnv

from algorithms.checkpoint import Checkpoints
from algorithms.evaluate import EVALUATION_SEEDS
from algorithms.rollout import Episode, collect, rollout_metrics
from algorithms.run_log import RunLog
from algorithms.self_play import SelfPlay
from policies.policy import Policy
from policies.vlm import VLMPolicy


class Algorithm(Protocol):
    """What learns from episodes.

    Attributes:
        name: the stage's name in logs.
        policy: what is trained.
        updates: how many updates were made.
        total_updates: how many its learning rate's schedule is laid out for.
    """

    name: str
    policy: VLMPolicy
    updates: int
    total_updates: int

    @property
    def optimizer(self) -> torch.optim.Optimizer:
        """What a checkpoint keeps beside the policy."""
        ...

    def update(self, episodes: Sequence[Episode]) -> dict[str, float]:
        """Learn from ``episodes`` and return what is worth logging."""
        ...


class Player(Protocol):
    """What plays by itself, with environments of its own: `SelfPlay`, `RayRollout`."""

    def collect(
        self,
        policy: VLMPolicy,
        seeds: Iterable[int],
        *,
        history: int | None = None,
        turns: int | None = None,
    ) -> list[Episode]:
        """Play as `rollout.collect` does."""
        ...


Envs = VectorEnv[Any, Any, Any] | Player


@runtime_checkable
class Resampling(Protocol):
    """An algorithm that wants tasks without signal replaced by others.

    Attributes:
        resample: how often, at most.
    """

    resample: int

    def informative(self, episodes: Sequence[Episode]) -> list[Episode]:
        """Keep the episodes that carry signal, in whole groups."""
        ...


@dataclass(frozen=True)
class TrainConfig:
    """How long and on what to train.

    Attributes:
        updates: of the algorithm, in all.
        tasks: drawn for each update.
        turns: of an update, about: so many tasks are drawn as it takes, instead of ``tasks``. Where
            episodes grow shorter as the policy learns, updates stay equally large. 0 is off.
        budget: end before the update that would play more turns than this in all. 0 is off.
        group: episodes of each task.
        history: past turns the policy sees; None is all.
        evaluate_every: updates between evaluations; 0 evaluates at the end only.
        checkpoint_every: updates between checkpoints; the last update always gets one.
        seed: of tasks and sampling.
    """

    updates: int
    tasks: int = 32
    turns: int = 0
    budget: int = 0
    group: int = 1
    history: int | None = None
    evaluate_every: int = 0
    checkpoint_every: int = 10
    seed: int = 0


def train(
    algorithm: Algorithm,
    envs: Envs,
    folder: Path,
    config: TrainConfig,
    *,
    log: RunLog,
    actor: Policy | None = None,
    evaluation: Callable[[], dict[str, float]] | None = None,
) -> None:
    """Train until ``config.updates``, going on from the newest checkpoint in ``folder``.

    All randomness of an update comes from the seed and the update's number alone: a run that was
    stopped, or killed, goes on exactly as if it had not been.

    Args:
        algorithm: is trained.
        envs: what it plays: made by `rollout.make_envs`, or a `Player`.
        folder: of this stage; its checkpoints lie in it.
        config: how long and on what.
        log: where numbers go.
        actor: what plays, if not the trained policy (a demonstrator).
        evaluation: gives numbers of held-out tasks.
    """
    checkpoints = Checkpoints(folder)
    policy, name = algorithm.policy, algorithm.name
    algorithm.updates = checkpoints.resume(policy, algorithm.optimizer)
    log.start_stage(name, config.updates, algorithm.updates)
    counts = log.counts(name)
    if evaluation and not log.evaluated():
        log.write({"stage": name, "update": 0, **counts, **evaluation()})
    while not _over(config, algorithm.updates, counts["turns"]):
        update = algorithm.updates
        if config.budget and counts["turns"]:  # the schedule ends where the budget does
            algorithm.total_updates = max(1, round(update * config.budget / counts["turns"]))
        began, cpu = time.perf_counter(), time.process_time()
        drawn, episodes = _play(algorithm, envs, actor or policy, config, update)
        played = time.perf_counter()
        learned = algorithm.update(episodes)
        turns = sum(len(episode.turns) for episode in drawn)
        counts = {
            "episodes": counts["episodes"] + len(drawn),
            "turns": counts["turns"] + turns,
        }
        record: dict[str, object] = {
            "stage": name,
            "update": update + 1,
            **counts,
            **_named(rollout_metrics(drawn), actor),
            **learned,
            "time/rollout": played - began,
            "time/update": time.perf_counter() - played,
            "time/cpu": time.process_time() - cpu,
            "time/turns_per_second": turns / (played - began),
        }
        last = _over(config, update + 1, counts["turns"])
        if evaluation and (last or _due(update + 1, config.evaluate_every)):
            record.update(evaluation())
        log.write(record)
        if last or _due(update + 1, config.checkpoint_every):
            checkpoints.save(policy, algorithm.optimizer, update + 1)


def _named(metrics: dict[str, float], actor: Policy | None) -> dict[str, float]:
    """Keep apart what the trained policy did and what a demonstrator did."""
    if actor is None:
        return metrics
    return {name.replace("rollout/", "demonstration/"): value for name, value in metrics.items()}


def _over(config: TrainConfig, updates: int, turns: int) -> bool:
    spent = config.budget and turns + max(1, config.turns) > config.budget
    return updates >= config.updates or bool(spent)


def _due(update: int, every: int) -> bool:
    return every > 0 and update % every == 0


def _play(
    algorithm: Algorithm,
    envs: Envs,
    actor: Policy,
    config: TrainConfig,
    update: int,
) -> tuple[list[Episode], list[Episode]]:
    """Play the update's tasks; where asked, replace groups that carry no signal.

    Returns:
        All episodes played, and those to learn from.
    """
    rng = np.random.default_rng([config.seed, update])
    if hasattr(actor, "seed"):
        actor.seed(int(rng.integers(2**62)))

    gather: Callable[..., list[Episode]]
    if isinstance(envs, VectorEnv):
        gather = partial(collect, envs, actor)
    elif actor is not algorithm.policy:
        raise ValueError(
            f"with {type(envs).__name__} nobody plays but the policy that is trained: give a "
            "demonstrator a vector environment"
        )
    else:
        gather = partial(envs.collect, algorithm.policy)
    if isinstance(envs, SelfPlay):
        envs.remember(algorithm.policy, update)

    def play(tasks: int) -> list[Episode]:
        seeds = rng.integers(EVALUATION_SEEDS, size=tasks).repeat(config.group).tolist()
        return gather(seeds, history=config.history)

    if config.turns:
        seeds = _endless(rng, config.group)
        drawn = gather(seeds, history=config.history, turns=config.turns)
        return drawn, drawn
    drawn = play(config.tasks)
    episodes = drawn
    if not isinstance(algorithm, Resampling):
        return drawn, episodes
    for _ in range(algorithm.resample):
        informative = algorithm.informative(episodes)
        missing = config.tasks - len(informative) // config.group
        if missing <= 0:
            break
        again = play(missing)
        drawn, episodes = drawn + again, informative + again
    return drawn, episodes


def _endless(rng: np.random.Generator, group: int) -> Iterator[int]:
    """Draw seeds of tasks without end, each as often as a group has episodes."""
    while True:
        seed = int(rng.integers(EVALUATION_SEEDS))
        yield from [seed] * group
