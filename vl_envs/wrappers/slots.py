"""How the arguments of a command become a fixed number of choices, and back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vl_envs.wrappers.words import join, spell


class Slots(ABC):
    """The entries that write one argument."""

    @property
    @abstractmethod
    def sizes(self) -> tuple[int, ...]:
        """How many choices each entry has."""

    @abstractmethod
    def read(self, entries: Sequence[int]) -> Any:
        """Make the argument's value; any entries within `sizes` make one."""

    @abstractmethod
    def write(self, value: Any) -> list[int] | None:
        """Find entries that make ``value`` (numbers: about so), or None where none do."""


@dataclass(frozen=True)
class OneOf(Slots):
    """One entry: a place in a list of values."""

    values: tuple[Any, ...]

    @property
    def sizes(self) -> tuple[int, ...]:
        """See `Slots.sizes`."""
        return (len(self.values),)

    def read(self, entries: Sequence[int]) -> Any:
        """See `Slots.read`."""
        return self.values[entries[0]]

    def write(self, value: Any) -> list[int] | None:
        """See `Slots.write`."""
        return [self.values.index(value)] if value in self.values else None


@dataclass(frozen=True)
class Words(Slots):
    """``length`` entries: a word or piece each; the last choice of all but the first ends it."""

    words: tuple[str, ...]
    length: int

    @property
    def sizes(self) -> tuple[int, ...]:
        """See `Slots.sizes`."""
        return (len(self.words), *(len(self.words) + 1,) * (self.length - 1))

    def read(self, entries: Sequence[int]) -> str:
        """See `Slots.read`."""
        ids = list(entries)
        end = len(self.words)
        kept = ids[: ids.index(end)] if end in ids else ids
        return join(self.words[i] for i in kept)

    def write(self, value: Any) -> list[int] | None:
        """See `Slots.write`."""
        spelt = [spell(word, self.words) for word in str(value).split()]
        ids = [self.words.index(piece) for pieces in spelt for piece in pieces or ()]
        if None in spelt or not 1 <= len(ids) <= self.length:
            return None
        return ids + [len(self.words)] * (self.length - len(ids))


@dataclass(frozen=True)
class Numbers(Slots):
    """A bin of each coordinate: its middle is written.

    Attributes:
        sides: what each coordinate is measured in: from 0 to so much.
        bins: of each.
    """

    sides: tuple[float, ...]
    bins: int

    @property
    def sizes(self) -> tuple[int, ...]:
        """See `Slots.sizes`."""
        return (self.bins,) * len(self.sides)

    def read(self, entries: Sequence[int]) -> list[float]:
        """See `Slots.read`."""
        middles = ((2 * i + 1) / (2 * self.bins) for i in entries)
        return [round(m * side, 4) for m, side in zip(middles, self.sides, strict=True)]

    def write(self, value: Any) -> list[int] | None:
        """See `Slots.write`."""
        if len(value) != len(self.sides):
            return None
        places = (int(x / side * self.bins) for x, side in zip(value, self.sides, strict=True))
        return [min(max(place, 0), self.bins - 1) for place in places]


def choices(schema: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """List an argument's values where its JSON schema has few (``enum``, a boolean), else None."""
    if "enum" in schema:
        return tuple(schema["enum"])
    return (False, True) if schema.get("type") == "boolean" else None
