"""A space of free text that vectorises: any Unicode string of bounded length.

Gymnasium's own ``Text`` rejects characters outside a charset, and in asynchronous shared memory it
hands out *stale* text: the vector environment reads the memory once, at construction, and a decoded
string does not change afterwards. `FreeText` registers with Gymnasium's vector utilities and gives
the vector environment a view that decodes on every access instead.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from typing import Any, SupportsIndex, overload

import gymnasium as gym
import numpy as np
import numpy.typing as npt
from gymnasium.vector.utils import (
    concatenate,
    create_empty_array,
    create_shared_memory,
    read_from_shared_memory,
    write_to_shared_memory,
)

_BYTES_PER_CHARACTER = 4  # UTF-8's longest
_LENGTH_BYTES = 4
# Model text may hold lone surrogates, which strict UTF-8 refuses; they must cross unharmed.
_ERRORS = "surrogatepass"


class FreeText(gym.Space[str]):
    """Any Unicode string of at most ``max_length`` characters.

    Args:
        max_length: the longest string, in characters.
        seed: seed of `sample`.
    """

    def __init__(self, max_length: int = 4096, seed: int | None = None) -> None:
        if max_length < 1:
            raise ValueError(f"max_length must be at least 1, got {max_length}")
        self.max_length = max_length
        super().__init__(None, None, seed)

    @property
    def is_np_flattenable(self) -> bool:
        """A string has no fixed-size array."""
        return False

    def sample(self, mask: None = None, probability: None = None) -> str:
        """Draw a random string of up to 64 characters from the lower Unicode planes."""
        length = int(self.np_random.integers(0, min(64, self.max_length) + 1))
        return "".join(chr(c) for c in self.np_random.integers(32, 0x2FFF, length))

    def contains(self, x: Any) -> bool:
        """Tell whether ``x`` is a string and not too long."""
        return isinstance(x, str) and len(x) <= self.max_length

    def __repr__(self) -> str:
        return f"FreeText({self.max_length})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FreeText) and other.max_length == self.max_length

    def __hash__(self) -> int:
        return hash((FreeText, self.max_length))

    @property
    def slot_bytes(self) -> int:
        """Bytes that one string takes in shared memory: its length, then its longest UTF-8."""
        return _LENGTH_BYTES + self.max_length * _BYTES_PER_CHARACTER


class LiveTexts(tuple[str, ...]):
    """The newest texts of ``n`` environments, decoded from shared memory on every access.

    It is a (nominally empty) tuple so that it lies in the batched space, and copies itself as a
    plain tuple: what a user keeps does not change under their feet.
    """

    _slots: npt.NDArray[np.uint8]

    def __new__(cls, slots: npt.NDArray[np.uint8]) -> LiveTexts:
        """Look at ``slots``: uint8 [n, slot_bytes]."""
        view = super().__new__(cls)
        view._slots = slots
        return view

    def _decode(self, slot: npt.NDArray[np.uint8]) -> str:
        length = int.from_bytes(slot[:_LENGTH_BYTES].tobytes(), "little")
        return slot[_LENGTH_BYTES : _LENGTH_BYTES + length].tobytes().decode("utf-8", _ERRORS)

    def __len__(self) -> int:
        return len(self._slots)

    @overload
    def __getitem__(self, index: SupportsIndex) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...
    def __getitem__(self, index: SupportsIndex | slice) -> str | tuple[str, ...]:
        if isinstance(index, slice):
            return tuple(self)[index]
        return self._decode(self._slots[index])

    def __iter__(self) -> Iterator[str]:
        return map(self._decode, self._slots)

    def __eq__(self, other: object) -> bool:
        return tuple(self) == other

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(tuple(self))

    # What a tuple would otherwise answer from its own, empty storage.

    def __contains__(self, text: object) -> bool:
        return text in tuple(self)

    def __add__(self, other: Any) -> Any:
        return tuple(self) + tuple(other)

    def __radd__(self, other: Any) -> Any:
        return tuple(other) + tuple(self)

    def index(self, *arguments: Any) -> int:
        """See `tuple.index`."""
        return tuple(self).index(*arguments)

    def count(self, text: Any) -> int:
        """See `tuple.count`."""
        return tuple(self).count(text)

    def __repr__(self) -> str:
        return repr(tuple(self))

    def __deepcopy__(self, memo: dict[int, Any]) -> tuple[str, ...]:
        return tuple(self)

    def __reduce__(self) -> tuple[type[tuple[str, ...]], tuple[tuple[str, ...]]]:
        return tuple, (tuple(self),)


def _slots_of(space: FreeText, memory: Any, n: int) -> npt.NDArray[np.uint8]:
    buffer = memory.get_obj() if hasattr(memory, "get_obj") else memory
    return np.frombuffer(buffer, np.uint8).reshape(n, space.slot_bytes)


# `batch_space` and `iterate` are deliberately left alone: Gymnasium batches an unknown space as a
# Tuple of seeded copies, which it walks string by string; an `iterate` registered for FreeText
# would have each string walked letter by letter.


@create_shared_memory.register(FreeText)
def _create_memory(space: FreeText, n: int = 1, ctx: Any = multiprocessing) -> Any:
    return ctx.Array("B", n * space.slot_bytes)


@read_from_shared_memory.register(FreeText)
def _read_memory(space: FreeText, shared_memory: Any, n: int = 1) -> LiveTexts:
    return LiveTexts(_slots_of(space, shared_memory, n))


@write_to_shared_memory.register(FreeText)
def _write_memory(space: FreeText, index: int, value: str, shared_memory: Any) -> None:
    if not space.contains(value):
        raise ValueError(f"a text of {len(value)} characters does not fit {space}")
    raw = value.encode("utf-8", _ERRORS)
    buffer = shared_memory.get_obj() if hasattr(shared_memory, "get_obj") else shared_memory
    start = index * space.slot_bytes
    memoryview(buffer).cast("B")[start : start + _LENGTH_BYTES + len(raw)] = (
        len(raw).to_bytes(_LENGTH_BYTES, "little") + raw
    )


@concatenate.register(FreeText)
def _concatenate(space: FreeText, items: Iterable[str], out: Any) -> tuple[str, ...]:
    return tuple(items)


@create_empty_array.register(FreeText)
def _empty(space: FreeText, n: int = 1, fn: Callable[..., Any] = np.zeros) -> tuple[str, ...]:
    return ("",) * n
