"""What plays in a Ray actor: environments, and a copy of the policy that samples."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import vl_envs  # noqa: F401 (registers the environments)
from algorithms.orders import Order
from algorithms.rollout import Episode, make_envs, play
from policies.policy import Policy
from policies.transfer import Packed, Settings, Weights, unpack, update
from vl_envs.core.errors import require

BEAT = 1.0
"""Seconds after which a worker that has finished no episode gives a sign of life."""


class Place(NamedTuple):
    """Where a worker runs.

    Attributes:
        node: Ray's id of the machine.
        pid: of the process, there.
    """

    node: str
    pid: int


class Report(NamedTuple):
    """What a worker has finished.

    Attributes:
        version: of the policy that it sampled with.
        episodes: by their numbers.
    """

    version: int
    episodes: list[tuple[int, Episode]]


@dataclass(frozen=True)
class Round:
    """What holds for all episodes of one `collect`.

    Attributes:
        version: of the policy; every round has one of its own.
        settings: the policy's plain options.
        greedy, history: see `rollout.collect`.
    """

    version: int
    settings: Settings
    greedy: bool
    history: int | None


class Worker:
    """Plays what it is told to, and never anything by itself; `RayRollout` makes it an actor.

    Args:
        env_id, num_envs, kwargs: of `make_envs`.
    """

    def __init__(self, env_id: str, num_envs: int, kwargs: dict[str, Any]) -> None:
        self._ray: Any = require("ray", "ray")
        self._envs = make_envs(env_id, num_envs, **kwargs)
        self._policy: Policy | None = None

    def place(self) -> Place:
        """Say where this is."""
        return Place(self._ray.get_runtime_context().get_node_id(), os.getpid())

    def take(self, packed: Packed | Policy, round_: Round) -> Place:
        """Begin a round with a new policy; say where this is."""
        device = "cuda" if self._ray.get_gpu_ids() else "cpu"
        self._policy = unpack(packed, device)
        return self.refresh({}, round_)

    def refresh(self, weights: Weights, round_: Round) -> Place:
        """Begin a round with the policy that is here, brought to its present weights.

        Whatever was left to play is forgotten.
        """
        assert self._policy is not None
        update(self._policy, weights, round_.settings)
        self._round = round_
        self._inbox = _Inbox()
        self._steps: Iterator[list[tuple[int, Episode]]] | None = None
        return self.place()

    def play(self, orders: Sequence[Order]) -> bytes:
        """Play until an episode is over, or for a moment; then more may be ordered.

        Returns:
            A `Report`, pickled. Ray would do the same, but leave arrays in its object store, which
            could then not be written to, and would fill up.
        """
        assert self._policy is not None
        self._inbox.waiting.extend(orders)
        if self._steps is None:
            greedy, history = self._round.greedy, self._round.history
            self._steps = play(
                self._envs, self._policy, self._inbox, greedy=greedy, history=history
            )
        until = time.monotonic() + BEAT
        ended = next((some for some in self._steps if some or time.monotonic() > until), None)
        if ended is None:
            self._steps = None
        report: bytes = self._ray.cloudpickle.dumps(Report(self._round.version, ended or []))
        return report


class _Inbox:
    """Ordered episodes, as `rollout.play` takes them."""

    def __init__(self) -> None:
        self.waiting: deque[Order] = deque()
        self.played = 0

    def next(self) -> tuple[int, Episode] | None:
        if not self.waiting:
            return None
        order = self.waiting.popleft()
        return order.number, Episode(order.seed, index=order.index)
