"""The outer loop that all algorithms share: play, update, log, evaluate, checkpoint, resume."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from gymnasium.vector import VectorEnv

from algorithms.checkpoint import Checkpoints
from algorithms.distributed import ALONE, Learners
from algorithms.evaluate import EVALUATION_SEEDS
from algorithms.rollout import Episode, collect, rollout_metrics
from algorithms.run_log import RunLog
from algorithms.self_play import SelfPlay
from algorithms.stopping import finishing, stop_asked, stoppable
from policies.policy import Policy, Sampler
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
    """What plays as `rollout.collect` does, with environments of its own: `RayRollout`."""

    def collect(
        self,
        policy: VLMPolicy,
        seeds: Iterable[int],
        *,
        history: int | None = None,
        turns: int | None = None,
        retries: int = 2,
    ) -> list[Episode]:
        """Play one episode for every seed."""
        ...


Envs = VectorEnv[Any, Any, Any] | SelfPlay | Player


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
        retries: how often an episode in which the environment failed is played again (not in
            self-play).
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
    retries: int = 2
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
    sampler: Sampler | None = None,
    evaluation: Callable[[], dict[str, float]] | None = None,
    learners: Learners = ALONE,
) -> None:
    """Train until ``config.updates``, going on from the newest checkpoint in ``folder``.

    All randomness of an update comes from the seed and the update's number alone, and its place in
    the schedule from that number (with a ``budget``: and from the turns played so far, which are in
    the log). So a checkpoint needs weights, optimiser and number, and a run that was stopped, or
    killed, goes on exactly as if it had not been.

    SIGTERM and Ctrl-C stop it: at once while episodes are played, which are played again then, or
    an evaluation is made; an update that is being learned from is finished first. Then there is a
    checkpoint of all updates made (after an evaluation that was cut off: of all that were saved).
    A second signal stops it whatever it does.

    Args:
        algorithm: is trained.
        envs: what it plays: made by `rollout.make_envs`, a `Player`, or `SelfPlay`.
        folder: of this stage; its checkpoints lie in it.
        config: how long and on what.
        log: where numbers go.
        actor: what plays, if not the trained policy (a demonstrator).
        sampler: plays in the trained policy's stead, with its weights (`VLLMSampler`).
        evaluation: gives numbers of held-out tasks.
        learners: the processes that do this together; the first one logs and saves.

    Raises:
        Stopped: a signal came.
        ValueError: the environment failed in every episode of an update, however often it was
            played again; there is a checkpoint of the updates before. Or the processes found
            different checkpoints.
        OSError: a checkpoint or a line of the log could not be written.
    """
    with stoppable(f"started again, the training in {folder} goes on from its last checkpoint"):
        checkpoints = Checkpoints(folder)
        algorithm.updates = checkpoints.resume(algorithm.policy, algorithm.optimizer)
        found = learners.gather(algorithm.updates)
        if len(set(found)) > 1:
            raise ValueError(
                f"the processes found checkpoints of {found} updates in {folder}: it must lie on a "
                "disk that all of them see"
            )
        log.start_stage(algorithm.name, config.updates, algorithm.updates)
        with learners.training(algorithm):
            _train(algorithm, envs, checkpoints, config, log, actor, sampler, evaluation, learners)


def _train(
    algorithm: Algorithm,
    envs: Envs,
    checkpoints: Checkpoints,
    config: TrainConfig,
    log: RunLog,
    actor: Policy | None,
    sampler: Sampler | None,
    evaluation: Callable[[], dict[str, float]] | None,
    learners: Learners,
) -> None:
    policy, name = algorithm.policy, algorithm.name
    counts = learners.same(log.counts(name))

    def save(updates: int) -> None:
        with finishing(), learners.saving():
            if learners.first:
                log.save(partial(checkpoints.save, policy, algorithm.optimizer, updates))

    def keep(record: Mapping[str, object], updates: int, due: bool) -> None:
        with finishing():
            log.write(record)
            # All or none: to save, the processes have to meet.
            if due or learners.same(stop_asked()):
                save(updates)

    if evaluation and not learners.same(log.evaluated()):
        log.write({"stage": name, "update": 0, **counts, **evaluation()})
    while not _over(config, algorithm.updates, counts["turns"]):
        update = algorithm.updates
        if config.budget and counts["turns"]:  # the schedule ends where the budget does
            algorithm.total_updates = max(1, round(update * config.budget / counts["turns"]))
        began, cpu = time.perf_counter(), time.process_time()
        try:
            if isinstance(envs, SelfPlay) and learners.first:
                log.save(partial(envs.remember, policy, update))
            player = actor or sampler or policy
            drawn, episodes = _play(algorithm, envs, player, config, update, learners)
            if sampler:
                sampler.rest()
        except (KeyboardInterrupt, ValueError):
            # Nothing was learned from this one yet: a good place to go on from. Of several
            # processes the others may not come to save; they go on from the last checkpoint.
            if update and learners.world == 1:
                save(update)
            raise
        with finishing():
            played = time.perf_counter()
            with learners.updating():
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
            due = last or _due(update + 1, config.checkpoint_every)
            evaluate = evaluation and (last or _due(update + 1, config.evaluate_every))
            if not evaluate:
                keep(record, update + 1, due)
        if evaluation and evaluate:  # may be cut off: then the update is made again
            record.update(evaluation())
            keep(record, update + 1, due)


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
    learners: Learners = ALONE,
) -> tuple[list[Episode], list[Episode]]:
    """Play the update's tasks; where asked, replace groups that carry no signal.

    Returns:
        All episodes played, and those to learn from.

    Raises:
        ValueError: the environment failed in every one of them.
    """
    drawn, episodes = _drawn(algorithm, envs, actor, config, update, learners)
    errors = [episode.env_error for episode in drawn]
    if errors and None not in errors:
        raise ValueError(f"the environment failed in every episode of an update: {errors[0]}")
    return drawn, episodes


def _drawn(
    algorithm: Algorithm,
    envs: Envs,
    actor: Policy,
    config: TrainConfig,
    update: int,
    learners: Learners,
) -> tuple[list[Episode], list[Episode]]:
    rng = np.random.default_rng([config.seed, update])
    if hasattr(actor, "seed"):
        actor.seed(int(rng.integers(2**62)))

    gather: Callable[..., list[Episode]]
    if isinstance(envs, VectorEnv):
        gather = learners.share_out(partial(collect, envs, actor, retries=config.retries))
    elif actor is not algorithm.policy:
        raise ValueError(
            f"with {type(envs).__name__} nobody plays but the policy that is trained: give a "
            "demonstrator a vector environment"
        )
    elif isinstance(envs, SelfPlay):
        gather = learners.first_plays(partial(envs.collect, algorithm.policy))
    else:
        gather = learners.first_plays(
            partial(envs.collect, algorithm.policy, retries=config.retries)
        )

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
