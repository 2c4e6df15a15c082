"""Where an environment's tasks come from: a seeded generator, or files on disk."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import Any, Generic, TypeVar

import numpy as np

from vl_envs.core.errors import unknown

Task = TypeVar("Task")

SPLITS = ("train", "val", "test")
"""The three splits that every source has; a source may add out-of-distribution axes."""


class TaskSource(ABC, Generic[Task]):
    """A split of tasks.

    Splits are disjoint *by construction*: a source decides with `split_of` to which split a
    combination (say country and relation) belongs, and draws only from its own.
    """

    splits: Sequence[str] = SPLITS

    def __init__(self, split: str) -> None:
        """Raise ValueError, with the nearest valid names, for an unknown ``split``."""
        if split not in self.splits:
            raise unknown("split", split, self.splits)
        self.split = split

    @abstractmethod
    def sample(self, rng: np.random.Generator) -> Task:
        """Draw one task; the same state of ``rng`` gives the same task."""

    def __len__(self) -> int:
        """Count the tasks of a finite source; a generator that never runs dry has length 0."""
        return 0

    def __getitem__(self, index: int) -> Task:
        """Return task ``index`` of a finite source."""
        raise IndexError(f"{type(self).__name__} draws its tasks and has no index {index}")

    def vocabulary(self) -> Iterable[str]:
        """Give texts that together hold every word a task may show or want (default: none)."""
        return ()


def split_of(*combination: object, val: float = 0.1, test: float = 0.1) -> str:
    """Name the split (``train``, ``val`` or ``test``) of a combination, by its hash.

    The same combination always falls into the same split, on every machine and for every seed.
    """
    digest = hashlib.sha256("\x1f".join(map(str, combination)).encode()).digest()
    share = int.from_bytes(digest[:8], "big") / 2**64
    return "test" if share < test else "val" if share < test + val else "train"


class Recent(Generic[Task]):
    """The last few things that were drawn in this process, by the random state they came from.

    The episodes of a group start from one seed in several environments side by side: what is costly
    to draw is drawn once for all of them.

    Args:
        size: how many are remembered.
    """

    def __init__(self, size: int = 8) -> None:
        self._size = size
        self._drawn: OrderedDict[Hashable, tuple[Task, dict[str, Any]]] = OrderedDict()

    def draw(self, key: Hashable, rng: np.random.Generator, make: Callable[[], Task]) -> Task:
        """Return ``make()``, or what it gave for this ``key`` and state of ``rng``.

        Either way ``rng`` is left as ``make()`` leaves it. The result is shared, so it must never
        be changed.
        """
        place = (key, str(rng.bit_generator.state))
        if place not in self._drawn:
            made = make()
            self._drawn[place] = made, dict(rng.bit_generator.state)
            if len(self._drawn) > self._size:
                self._drawn.popitem(last=False)
        made, rng.bit_generator.state = self._drawn[place]
        return made
