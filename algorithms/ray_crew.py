"""A crew of Ray actors that play: briefed with the policy, watched, and replaced when lost."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from algorithms.orders import Order, Orders
from algorithms.ray_worker import Place, Report, Round, Worker
from algorithms.rollout import Episode
from policies.policy import Policy
from policies.transfer import pack, settings, trained_names, trained_weights


@dataclass(frozen=True)
class RayConfig:
    """How rollouts are laid out over a Ray cluster.

    Attributes:
        workers: actors, each with environments and a copy of the policy; spread over the machines.
        cpus: of the cluster that one worker takes; also its threads.
        gpus: likewise; may be a fraction. With 0 a worker samples on the CPU.
        timeout: seconds without a sign of life after which a worker counts as hung: more than the
            longest turn of its environments takes.
        start_timeout: seconds after which a worker must be up: scheduled, everything imported, and
            the policy loaded.
        replacements: how many workers that died, hung or were stale are made good in one rollout.
    """

    workers: int = 2
    cpus: float = 1
    gpus: float = 0
    timeout: float = 300
    start_timeout: float = 600
    replacements: int = 8

    def __post_init__(self) -> None:
        if self.workers < 1 or self.replacements < 0 or min(self.timeout, self.start_timeout) <= 0:
            raise ValueError(
                "workers must be at least 1, replacements at least 0, and timeouts more than 0; "
                f"got {self}"
            )


@dataclass
class Remote:
    """A worker as it is seen from here.

    Attributes:
        actor: Ray's handle.
        place: where it runs; None until it has told.
        copy: which copy of a policy it holds.
        orders: what it was told to play and has not finished, by number.
        call: what it was asked last and has not answered; None when it is free.
        deadline: when it must have answered, as `time.monotonic` counts.
        loading: whether it may still be starting, or loading a policy.
    """

    actor: Any
    place: Place | None = None
    copy: int = -1
    orders: dict[int, Order] = field(default_factory=dict)
    call: Any = None
    deadline: float = math.inf
    loading: bool = True

    def __str__(self) -> str:
        where = f" (process {self.place.pid} on node {self.place.node})" if self.place else ""
        return f"worker{where}"


class _Brief:
    """What all workers are told at the beginning of a rollout: each part is stored only once."""

    def __init__(self, ray: Any, policy: Policy, round_: Round) -> None:
        self._ray, self._policy, self.round = ray, policy, round_

    @cached_property
    def packed(self) -> Any:
        """The whole policy, for workers that do not know it."""
        return self._ray.put(pack(self._policy))

    @cached_property
    def weights(self) -> Any:
        """Its trained weights, for those that do."""
        return self._ray.put(trained_weights(self._policy))


class Crew:
    """Workers of one kind.

    Args:
        ray: the library.
        config: how many there are, and where.
        env_id, num_envs, kwargs: of `Worker`.
    """

    def __init__(
        self, ray: Any, config: RayConfig, env_id: str, num_envs: int, kwargs: dict[str, Any]
    ) -> None:
        self._ray, self.config = ray, config
        self._made = (env_id, num_envs, kwargs)
        self._num_envs = num_envs
        self.workers: list[Remote] = []
        self.version = 0
        self.lost = 0
        self._copy = 0
        self._held: Policy | None = None
        self._trained: list[str] = []

    def start(self) -> None:
        """Have all workers up.

        Raises:
            RuntimeError: the cluster has no room for them.
        """
        if self.workers:
            return
        ray, config = self._ray, self.config
        workers = [self._launch() for _ in range(config.workers)]
        calls = [worker.actor.place.remote() for worker in workers]
        _, late = ray.wait(calls, num_returns=len(calls), timeout=config.start_timeout)
        if late:
            raise RuntimeError(
                f"{len(late)} of {config.workers} workers did not start in {config.start_timeout} "
                f"seconds: each takes {config.cpus} CPUs and {config.gpus} GPUs, and the cluster "
                f"has {ray.cluster_resources()}, of which are free {ray.available_resources()}"
            )
        # Raises what went wrong where the environments were made.
        for worker, place in zip(workers, ray.get(calls), strict=True):
            worker.place = place
        self.workers = workers

    def stop(self) -> None:
        """End all workers."""
        for worker in self.workers:
            self._ray.kill(worker.actor)
        self.workers = []

    def _launch(self) -> Remote:
        options = {
            "num_cpus": self.config.cpus,
            "num_gpus": self.config.gpus,
            "scheduling_strategy": "SPREAD",
            # Lost workers are replaced here, where it is known what was lost with them.
            "max_restarts": 0,
            "max_task_retries": 0,
        }
        return Remote(self._ray.remote(Worker).options(**options).remote(*self._made))

    # Briefing.

    def brief(self, policy: Policy, orders: Orders, greedy: bool, history: int | None) -> None:
        """Begin a rollout: all workers get the policy as it is now, under a new version."""
        self.version += 1
        self.lost = 0
        self._orders = orders
        trained = trained_names(policy)
        if not trained or policy is not self._held or trained != self._trained:
            self._copy += 1  # what the workers have is another policy, or was trained elsewhere
        self._held, self._trained = policy, trained
        round_ = Round(self.version, settings(policy), greedy, history)
        self._now = _Brief(self._ray, policy, round_)
        for worker in self.workers:
            self._brief(worker)

    def _brief(self, worker: Remote) -> None:
        worker.orders = {}
        if worker.copy == self._copy:
            worker.call = worker.actor.refresh.remote(self._now.weights, self._now.round)
        else:
            worker.call = worker.actor.take.remote(self._now.packed, self._now.round)
            worker.copy, worker.loading = self._copy, True
        limit = self.config.start_timeout if worker.loading else self.config.timeout
        worker.deadline = time.monotonic() + limit

    def rest(self) -> None:
        """End a rollout: the object store need not keep the policy."""
        del self._now

    # Playing.

    @property
    def playing(self) -> bool:
        """Whether any episode is being played."""
        return any(worker.orders for worker in self.workers)

    def order(self) -> None:
        """Let workers that are free play on, with as many episodes as they have environments."""
        for worker in self.workers:
            if worker.call is not None:
                continue
            new = []
            while len(worker.orders) < self._num_envs and self._orders.ready():
                new.append(self._orders.next())
                worker.orders[new[-1].number] = new[-1]
            if worker.orders:
                worker.call = worker.actor.play.remote(new)
                worker.deadline = time.monotonic() + self.config.timeout

    def finished(self) -> Iterator[tuple[Order, Episode]]:
        """Wait for answers; give the episodes that are over.

        Raises:
            RuntimeError: too many workers were lost. Errors of environments and of the policy come
                as they are, wrapped as Ray does it.
        """
        asked = [worker for worker in self.workers if worker.call is not None]
        calls = [worker.call for worker in asked]
        patience = min(worker.deadline for worker in asked) - time.monotonic()
        self._ray.wait(calls, timeout=max(0.0, patience))
        now = time.monotonic()
        # Nobody is late whose answer has only not been read yet.
        answered, _ = self._ray.wait(calls, num_returns=len(calls), timeout=0)
        for worker in asked:
            if worker.call in answered:
                for number, episode in self._hear(worker):
                    yield worker.orders.pop(number), episode
            elif now >= worker.deadline:
                self._replace(worker, "did not answer in time")

    def _hear(self, worker: Remote) -> list[tuple[int, Episode]]:
        """Take a worker's answer."""
        errors = self._ray.exceptions
        try:
            answer: Place | bytes = self._ray.get(worker.call)
        except errors.RayTaskError:  # not the worker has failed, but what it runs
            raise
        except errors.RayError as error:
            self._replace(worker, f"was lost: {error}")
            return []
        worker.call = None
        if isinstance(answer, Place):
            worker.place, worker.loading = answer, False
            return []
        report: Report = self._ray.cloudpickle.loads(answer)
        if report.version == self.version:
            return report.episodes
        self._give_up_on(worker, f"sampled with version {report.version} and not {self.version}")
        worker.copy = -1
        self._brief(worker)
        return []

    # Losing.

    def _replace(self, worker: Remote, why: str) -> None:
        """End a worker that is dead or hung, and start another in its place."""
        self._ray.kill(worker.actor)
        self._give_up_on(worker, why)
        fresh = self._launch()
        self.workers[self.workers.index(worker)] = fresh
        self._brief(fresh)

    def _give_up_on(self, worker: Remote, why: str) -> None:
        """Have a worker's episodes played again; end the rollout if that happens too often."""
        self._orders.lost(worker.orders.values())
        worker.orders = {}
        self.lost += 1
        if self.lost > self.config.replacements:
            raise RuntimeError(
                f"lost {self.lost} workers in one rollout, where {self.config.replacements} may be "
                f"replaced (RayConfig.replacements); the last {worker} {why}"
            )
