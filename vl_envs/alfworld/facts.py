"""What one knows of households: what holds what, sizes, and how rooms are furnished.

Read from ``data/household.json``; its sources and licences are in ``data/README.md``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any


@dataclass(frozen=True)
class RoomFacts:
    """How AI2-THOR's 30 rooms of a kind are furnished.

    Attributes:
        receptacles: kind -> how many of the rooms have none of it, one, two ….
        things: kind -> share of the rooms in which it lies, 0 to 1.
    """

    receptacles: Mapping[str, Sequence[int]]
    things: Mapping[str, float]


@dataclass(frozen=True)
class Facts:
    """All that is known.

    Attributes:
        holds: kind of receptacle -> kinds of things that may lie there; lamps are in none.
        openable: kinds of receptacles with a door or a drawer.
        heatable: kinds of things that a microwave heats.
        coolable: kinds of things that a fridge cools.
        cleanable: kinds of things that a sink basin cleans.
        sliceable: kinds of things that a knife slices.
        toggleable: kinds of lamps.
        bowls: kinds of things that hold others in AI2-THOR.
        rooms: kind of room -> how such rooms are furnished.
        tasks: ALFRED's name of a task -> kinds of rooms that have it.
        sizes: kind -> (width, depth, height) in metres, medians.
        placement: kind of receptacle -> kind of thing -> how likely it lies there, 0 to 1.
    """

    holds: Mapping[str, frozenset[str]]
    openable: frozenset[str]
    heatable: frozenset[str]
    coolable: frozenset[str]
    cleanable: frozenset[str]
    sliceable: frozenset[str]
    toggleable: frozenset[str]
    bowls: frozenset[str]
    rooms: Mapping[str, RoomFacts]
    tasks: Mapping[str, tuple[str, ...]]
    sizes: Mapping[str, tuple[float, float, float]]
    placement: Mapping[str, Mapping[str, float]]

    @property
    def receptacles(self) -> tuple[str, ...]:
        """Kinds of receptacles, in the order of the alphabet."""
        return tuple(sorted(self.holds))

    @property
    def things(self) -> tuple[str, ...]:
        """Kinds of things, lamps among them, in the order of the alphabet."""
        return tuple(sorted(self.toggleable.union(*self.holds.values())))


def _load() -> Facts:
    text = files(__package__).joinpath("data/household.json").read_text(encoding="utf-8")
    raw: dict[str, Any] = json.loads(text)
    return Facts(
        holds={kind: frozenset(things) for kind, things in raw["holds"].items()},
        openable=frozenset(raw["openable"]),
        heatable=frozenset(raw["heatable"]),
        coolable=frozenset(raw["coolable"]),
        cleanable=frozenset(raw["cleanable"]),
        sliceable=frozenset(raw["sliceable"]),
        toggleable=frozenset(raw["toggleable"]),
        bowls=frozenset(raw["bowls"]),
        rooms={room: RoomFacts(**entry) for room, entry in raw["rooms"].items()},
        tasks={task: tuple(rooms) for task, rooms in raw["tasks"].items()},
        sizes={kind: (w, d, h) for kind, (w, d, h) in raw["sizes"].items()},
        placement=raw["placement"],
    )


FACTS = _load()
