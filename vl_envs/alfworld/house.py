"""A house as data: what stands in it, what lies where, and where one looks from.

`House` never changes in an episode, `HouseState` does, and `Layout` says where all of it stands,
for the pictures alone: the game itself knows no metres. Everything is addressed by its index in
`House.receptacles` or `House.things`; both are in the order in which ALFWorld lists them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

HELD = -1
"""In `HouseState.where`: in the agent's hand."""
NOWHERE = -2
"""In `HouseState.where`: neither in a receptacle nor in the hand: it just stands there."""


@dataclass(frozen=True)
class Receptacle:
    """Furniture that holds things.

    Attributes:
        id: as written in PDDL.
        kind: as AI2-THOR writes it, such as ``CounterTop``.
        name: as ALFWorld calls it, such as ``countertop 1``.
        spot: index of the place from which it can be reached; several may share one.
        openable: whether it must be opened before one can use what is in it.
    """

    id: str
    kind: str
    name: str
    spot: int
    openable: bool


@dataclass(frozen=True)
class Thing:
    """What can be taken, or a lamp.

    Attributes:
        id: as written in PDDL.
        kind: as AI2-THOR writes it, such as ``ButterKnife``.
        name: as ALFWorld calls it, such as ``butterknife 2``.
        pickupable: whether it can be taken; lamps cannot.
        toggleable: whether it can be used: lamps.
        cleanable: whether a sink basin cleans it.
        heatable: whether a microwave heats it.
        coolable: whether a fridge cools it.
        sliceable: whether a knife slices it.
        bowl: whether AI2-THOR can put things into it (bowls, cups, pans …); here nobody does.
    """

    id: str
    kind: str
    name: str
    pickupable: bool = True
    toggleable: bool = False
    cleanable: bool = False
    heatable: bool = False
    coolable: bool = False
    sliceable: bool = False
    bowl: bool = False


@dataclass(frozen=True)
class House:
    """What stands and lies in a house.

    Attributes:
        receptacles: in the order in which they are listed.
        things: in the order in which they are listed.
        holds: kind of receptacle -> kinds of things that may be put there.
        spots: ids of the places to stand, as written in PDDL.
        within: thing -> things of which PDDL says that they are in it; nothing changes that.
    """

    receptacles: tuple[Receptacle, ...]
    things: tuple[Thing, ...]
    holds: Mapping[str, frozenset[str]]
    spots: tuple[str, ...]
    within: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    def __deepcopy__(self, memo: dict[int, Any]) -> House:
        """Return the house itself: it never changes."""
        return self

    @cached_property
    def at_spot(self) -> tuple[tuple[int, ...], ...]:
        """Indices of the receptacles that are reached from each spot."""
        found: list[list[int]] = [[] for _ in self.spots]
        for index, receptacle in enumerate(self.receptacles):
            found[receptacle.spot].append(index)
        return tuple(map(tuple, found))

    @cached_property
    def receptacle_index(self) -> Mapping[str, int]:
        """Index of each receptacle by its name."""
        return {receptacle.name: index for index, receptacle in enumerate(self.receptacles)}

    @cached_property
    def thing_index(self) -> Mapping[str, int]:
        """Index of each thing by its name."""
        return {thing.name: index for index, thing in enumerate(self.things)}


@dataclass
class HouseState:
    """What is where, and how it is.

    Attributes:
        spot: where the agent stands: an index into `House.spots`.
        where: for each thing the index of its receptacle, `HELD` or `NOWHERE`.
        slot: for each thing its place in its receptacle, from 0; a thing keeps its own when others
            are taken away, and what is put down gets the first that is free. For the pictures.
        lies_at: for each thing the spot at which PDDL says it is, or None. It differs from that of
            its receptacle in some published games.
        opened: open receptacles.
        clean: things that were cleaned.
        hot: things that are hot.
        cool: things that are cool.
        sliced: things that were sliced.
        lit: lamps that were used; as in ALFWorld they never go out again.
        left: (thing, receptacle) where the thing was taken out and not put back.
    """

    spot: int
    where: list[int]
    slot: list[int]
    lies_at: list[int | None]
    opened: set[int] = field(default_factory=set)
    clean: set[int] = field(default_factory=set)
    hot: set[int] = field(default_factory=set)
    cool: set[int] = field(default_factory=set)
    sliced: set[int] = field(default_factory=set)
    lit: set[int] = field(default_factory=set)
    left: set[tuple[int, int]] = field(default_factory=set)

    @property
    def held(self) -> int | None:
        """Index of the thing in hand."""
        return self.where.index(HELD) if HELD in self.where else None

    def inside(self, receptacle: int) -> list[int]:
        """Return the indices of the things in a receptacle, in the order of `House.things`."""
        return [thing for thing, where in enumerate(self.where) if where == receptacle]

    def copy(self) -> HouseState:
        """Return a state that shares nothing with this one."""
        return HouseState(
            self.spot,
            self.where[:],
            self.slot[:],
            self.lies_at[:],
            set(self.opened),
            set(self.clean),
            set(self.hot),
            set(self.cool),
            set(self.sliced),
            set(self.lit),
            set(self.left),
        )


def first_slot(state: HouseState, receptacle: int) -> int:
    """Return the first place in a receptacle where nothing lies."""
    taken = {state.slot[thing] for thing in state.inside(receptacle)}
    return next(slot for slot in range(len(taken) + 1) if slot not in taken)


@dataclass(frozen=True)
class Pose:
    """Where the eye is: metres, and degrees.

    Attributes:
        x: to the right (east), from the room's south-west corner.
        y: ahead (north), from the room's south-west corner.
        z: up, from the floor.
        yaw: direction, counter-clockwise seen from above: 0 looks north (+y), 90 west (-x).
        pitch: above the horizon; negative looks down.
    """

    x: float
    y: float
    z: float
    yaw: float
    pitch: float


@dataclass(frozen=True)
class Placed:
    """Where a receptacle stands: the middle of its bottom, its size in metres, its direction.

    Attributes:
        x: of the middle.
        y: of the middle.
        z: of the bottom: 0 on the floor, more for what hangs or stands on something.
        width: along its own front.
        depth: from its front to its back.
        height: from bottom to top; the lid of a toilet, the plate of a table.
        yaw: where its *front* looks: 0 north (+y), 90 west (-x), 180 south, 270 east.
    """

    x: float
    y: float
    z: float
    width: float
    depth: float
    height: float
    yaw: float


@dataclass(frozen=True)
class Layout:
    """Where things stand in a room: all that pictures need beside the game's own state.

    Attributes:
        room: ``kitchen``, ``livingroom``, ``bedroom`` or ``bathroom``.
        width: of the room along x, in metres.
        depth: of the room along y.
        height: of the room.
        placed: one for each of `House.receptacles`.
        poses: one for each of `House.spots`: the eye of an agent that stands there.
        style: draws colours and textures: walls, floor, furniture.
        fixtures: what stands in the room but holds nothing and has no name: kind (such as
            ``Window``, ``Door``, ``Sink``, ``Bathtub``, ``Painting``) and place.
    """

    room: str
    width: float
    depth: float
    height: float
    placed: tuple[Placed, ...]
    poses: tuple[Pose, ...]
    style: int
    fixtures: Sequence[tuple[str, Placed]] = ()

    def __deepcopy__(self, memo: dict[int, Any]) -> Layout:
        """Return the layout itself: it never changes."""
        return self
