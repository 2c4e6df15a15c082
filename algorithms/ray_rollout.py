"""Rollouts on many machines: environments and copies of the policy in Ray actors.

The episodes are those that `rollout.collect` gives from the same seeds: what is sampled in an
episode follows from the policy's seed, the task's seed and the episode's number. Who plays it,
beside what else, and how often it was begun in vain, makes no difference but in the rounding of
log-probabilities.
"""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from algorithms.orders import Orders
from algorithms.ray_crew import Crew, RayConfig
from algorithms.rollout import Episode
from algorithms.sft import Demonstrator
from policies.policy import Policy
from policies.scripted import ExpertPolicy
from vl_envs.core.errors import require


class RayRollout:
    """Plays on a Ray cluster; `algorithms.train.train` takes it in place of a vector environment.

    It uses the cluster that is connected, or connects as ``ray.init()`` does: to the one that
    ``RAY_ADDRESS`` names or that runs here, or else to a new one of this machine alone. Workers
    start with the first `collect`, and stay until `close`.

    Every `collect` first brings all workers to the policy's present weights. The first time the
    policy comes whole, by pickle through Ray's object store: from and to one's own trusted
    processes, as all that a Ray cluster does. Its machines need this package, the module that
    registers the environment, and the one that defines the policy, if it is no `VLMPolicy`;
    ``ray.init(runtime_env=…)`` brings them there.

    Args:
        env_id: a registered id; ``module:id`` where a module has to be imported to register it.
        num_envs: environments of each worker, side by side.
        config: how many workers, where, and how long they may take.
        kwargs: of `rollout.make_envs`.

    Raises:
        ImportError: Ray is not installed.
        ValueError: ``num_envs`` is below 1.
    """

    def __init__(
        self, env_id: str, num_envs: int, config: RayConfig | None = None, **kwargs: Any
    ) -> None:
        if num_envs < 1:
            raise ValueError(f"num_envs must be at least 1, got {num_envs}")
        self._ray: Any = require("ray", "ray")
        self.crew = Crew(self._ray, config or RayConfig(), env_id, num_envs, kwargs)
        self.num_envs = num_envs
        self._connected_here = False

    def collect(
        self,
        policy: Policy,
        seeds: Iterable[int],
        *,
        indices: Iterable[int] | None = None,
        greedy: bool = False,
        history: int | None = None,
        turns: int | None = None,
        retries: int = 2,
        on_episode: Callable[[Episode], None] | None = None,
    ) -> list[Episode]:
        """Play one episode for every seed and return them in the order of ``seeds``.

        Arguments are those of `rollout.collect`. With ``turns`` the episodes are those of one
        process that has as many environments as all workers together.

        Raises:
            ValueError: the policy cannot play in other processes.
            RuntimeError: the cluster has no room for the workers, or too many of them were lost.
        """
        if isinstance(policy, (Demonstrator, ExpertPolicy)):
            raise ValueError(
                f"{type(policy).__name__} looks into the environments of this process, and cannot "
                "play in others: use algorithms.rollout.collect"
            )
        if not self._ray.is_initialized():
            self._connect()
        crew = self.crew
        crew.start()
        orders = Orders(seeds, indices, turns, crew.config.workers * self.num_envs)
        crew.brief(policy, orders, greedy, history)
        done: dict[int, Episode] = {}
        replays: Counter[int] = Counter()
        while orders.ready() or crew.playing:
            crew.order()
            for order, episode in crew.finished():
                if episode.env_error is not None and replays[order.number] < retries:
                    replays[order.number] += 1
                    orders.lost([order])
                    continue
                episode.replays = replays[order.number]
                done[order.number] = episode
                orders.finished(order.number, len(episode.turns))
                if on_episode:
                    on_episode(episode)
        crew.rest()
        return [done[number] for number in range(orders.count)]

    def _connect(self) -> None:
        """Connect as ``ray.init()`` does, but leave signals to whoever handles them already."""
        handler = signal.getsignal(signal.SIGTERM)
        self._ray.init(include_dashboard=False, logging_level="warning")
        self._connected_here = True
        if callable(handler) and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, handler)

    def close(self) -> None:
        """End the workers, and the connection to the cluster if it was made here."""
        if self._ray.is_initialized():
            self.crew.stop()
        if self._connected_here:
            self._ray.shutdown()
            self._connected_here = False
