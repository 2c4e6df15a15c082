"""Orders: which episode is played next, when many processes play and any of them may be lost."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import repeat


@dataclass(frozen=True, order=True)
class Order:
    """One episode to be played.

    Attributes:
        number: among those of one `collect`; with the seed it names the random stream.
        seed: of the task.
        index: the task's number, where it is asked for by number.
    """

    number: int
    seed: int
    index: int | None


class Orders:
    """Gives out the episodes of one `collect`, those first that were given out and lost.

    With ``turns`` it gives out exactly the episodes that one process would have begun with as many
    environments, all stepped together, however fast the many processes really are: an episode is
    given out once the lengths known so far leave no doubt.

    Args:
        seeds, indices, turns: see `rollout.collect`.
        slots: environments of all processes together.
    """

    def __init__(
        self, seeds: Iterable[int], indices: Iterable[int] | None, turns: int | None, slots: int
    ) -> None:
        numbers = repeat(None) if indices is None else indices
        self._tasks = zip(seeds, numbers, strict=indices is not None)
        self._ahead: tuple[int, int | None] | None = None
        self._last: Order | None = None
        self._lost: list[Order] = []
        self._turns, self._slots = turns, slots
        # Of the environments of the one process: the steps after which each is free, once all
        # episodes before `_settled` are over. Longer episodes never free one earlier.
        self._free = [0.0] * slots
        self._settled = 0
        self._lengths: dict[int, int] = {}

    @property
    def count(self) -> int:
        """How many different episodes were given out."""
        return self._last.number + 1 if self._last else 0

    def ready(self) -> bool:
        """Tell whether there is an episode to give out at present."""
        if self._lost:
            return True
        if self._ahead is None:
            self._ahead = next(self._tasks, None)
        if self._ahead is None:
            return False
        within = self._last is not None and self._last.seed == self._ahead[0]
        return self._turns is None or within or self._begins(self._turns)

    def next(self) -> Order:
        """Give out an episode, if one is `ready`."""
        if self._lost:
            return heapq.heappop(self._lost)
        assert self._ahead is not None
        self._last, self._ahead = Order(self.count, *self._ahead), None
        return self._last

    def lost(self, orders: Iterable[Order]) -> None:
        """Take back episodes that were given out and will not be finished."""
        for order in orders:
            heapq.heappush(self._lost, order)

    def finished(self, number: int, turns: int) -> None:
        """Hear how long an episode was."""
        self._lengths[number] = turns

    def _begins(self, turns: int) -> bool:
        """Tell whether the one process would surely begin another episode."""
        while self._settled in self._lengths:
            length = self._lengths.pop(self._settled)
            heapq.heapreplace(self._free, self._free[0] + length)
            self._settled += 1
        free = self._free.copy()
        for number in range(self._settled, self.count):
            heapq.heapreplace(free, free[0] + self._lengths.get(number, math.inf))
        return free[0] * self._slots < turns
