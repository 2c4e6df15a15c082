"""AI2-THOR's metadata as a `House`: names, what is where, and where to stand before furniture."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vl_envs.alfworld.facts import FACTS
from vl_envs.alfworld.house import HELD, NOWHERE, House, HouseState, Receptacle, Thing, first_slot

Object = Mapping[str, Any]
"""An object as AI2-THOR's metadata describes it."""

RENAMED = {"Bottle": "Glassbottle", "PaperTowelRoll": "PaperTowel"}
"""Kinds that AI2-THOR 5 calls otherwise than ALFWorld does."""
EYE = 0.675
"""Height of the camera above the position of a standing agent, in metres."""


def kind_of(entry: Object) -> str:
    """Return what ALFWorld calls the kind of an object."""
    kind = str(entry["objectType"])
    return RENAMED.get(kind, kind)


def is_furniture(entry: Object) -> bool:
    """Tell whether an object is a receptacle that ALFWorld knows, and stays where it is."""
    return bool(entry["receptacle"]) and not entry["pickupable"] and kind_of(entry) in FACTS.holds


def is_lamp(entry: Object) -> bool:
    """Tell whether an object is a lamp that can be switched."""
    return bool(entry["toggleable"]) and kind_of(entry) in FACTS.toggleable


def is_thing(entry: Object) -> bool:
    """Tell whether an object can be taken, or is a lamp, and ALFWorld knows it."""
    return is_lamp(entry) or (bool(entry["pickupable"]) and kind_of(entry) in FACTS.things)


def house_of(furniture: Sequence[Object], objects: Iterable[Object]) -> House:
    """Name furniture, and what can be taken or is a lamp: ``apple 1``, ``apple 2``, and on.

    The spot of each piece of furniture has the same index; the last spot is the middle of the room.
    """
    things = [entry for entry in objects if is_thing(entry)]
    return House(
        receptacles=tuple(
            Receptacle(
                id=entry["objectId"],
                kind=kind_of(entry),
                name=name,
                spot=spot,
                openable=entry["openable"] and kind_of(entry) in FACTS.openable,
            )
            for spot, (name, entry) in enumerate(zip(_names(furniture), furniture, strict=True))
        ),
        things=tuple(map(_thing, _names(things), things)),
        holds=FACTS.holds,
        spots=(*(f"loc {spot}" for spot in range(len(furniture))), "start"),
    )


def read_state(
    house: House, objects: Mapping[str, Object], names: Sequence[str], known: HouseState
) -> HouseState:
    """Read what is where, open, sliced and lit; all else is as in ``known``.

    Args:
        house: whose names are asked for.
        objects: by ``objectId``.
        names: for each thing the ``objectId`` that it has now: that of a slice, once it is sliced.
        known: the state before.
    """
    state = known.copy()
    index = {receptacle.id: i for i, receptacle in enumerate(house.receptacles)}
    state.where = [where_is(house, objects, name, index) for name in names]
    moved = [t for t, at in enumerate(state.where) if at >= 0 and at != known.where[t]]
    for thing in moved:
        state.slot[thing] = -1
    for thing in moved:
        state.slot[thing] = first_slot(state, state.where[thing])
    state.lies_at = [house.receptacles[at].spot if at >= 0 else None for at in state.where]
    state.opened = {
        i for i, r in enumerate(house.receptacles) if r.openable and objects[r.id]["isOpen"]
    }
    state.sliced = _those(house, objects, "sliceable", "isSliced")
    state.lit = _those(house, objects, "toggleable", "isToggled")
    return state


def _those(house: House, objects: Mapping[str, Object], able: str, now: str) -> set[int]:
    things = enumerate(house.things)
    return {i for i, t in things if getattr(t, able) and objects.get(t.id, {}).get(now)}


def where_is(
    house: House, objects: Mapping[str, Object], name: str, index: Mapping[str, int]
) -> int:
    """Return the index of the receptacle in which an object is, or `HELD` or `NOWHERE`."""
    entry = objects.get(name)
    if entry is None:  # broken
        return NOWHERE
    if entry["isPickedUp"]:
        return HELD
    parents = entry["parentReceptacles"] or ()
    known = [index[parent] for parent in parents if parent in index]
    if known:  # the drawer rather than the dresser
        return min(known, key=lambda receptacle: not house.receptacles[receptacle].openable)
    bowls = [parent for parent in parents if objects.get(parent, {}).get("pickupable")]
    around = where_is(house, objects, bowls[0], index) if bowls else NOWHERE
    return NOWHERE if around == HELD else around


def best_poses(
    poses: Iterable[Mapping[str, Any]], entry: Object, count: int
) -> list[dict[str, Any]]:
    """Turn places from which an object can be reached into arguments of ``Teleport``.

    Args:
        poses: what ``GetInteractablePoses`` returns.
        entry: the object.
        count: so many at most, first those that have the object in the picture's middle.
    """
    middle = (entry.get("axisAlignedBoundingBox") or {}).get("center") or entry["position"]
    return [
        {
            "position": {axis: pose[axis] for axis in "xyz"},
            "rotation": {"x": 0, "y": pose["rotation"], "z": 0},
            "horizon": pose["horizon"],
            "standing": pose["standing"],
        }
        for pose in sorted(poses, key=lambda pose: _off_middle(pose, middle))[:count]
    ]


def nearest(kind: str, entry: Object, objects: Iterable[Object]) -> Object | None:
    """Return the object of a kind that is nearest to another one."""

    def apart(other: Object) -> float:
        here, there = entry["position"], other["position"]
        return math.dist([here[axis] for axis in "xyz"], [there[axis] for axis in "xyz"])

    return min((o for o in objects if o["objectType"] == kind), key=apart, default=None)


def _thing(name: str, entry: Object) -> Thing:
    kind = kind_of(entry)
    return Thing(
        id=entry["objectId"],
        kind=kind,
        name=name,
        pickupable=entry["pickupable"],
        toggleable=is_lamp(entry),
        cleanable=kind in FACTS.cleanable,
        heatable=kind in FACTS.heatable,
        coolable=kind in FACTS.coolable,
        sliceable=entry["sliceable"] and kind in FACTS.sliceable,
        bowl=kind in FACTS.bowls,
    )


def _names(entries: Iterable[Object]) -> list[str]:
    """Number objects of a kind, in their order."""
    seen: Counter[str] = Counter()
    names = []
    for entry in entries:
        kind = kind_of(entry).lower()
        seen[kind] += 1
        names.append(f"{kind} {seen[kind]}")
    return names


def _off_middle(pose: Mapping[str, Any], middle: Mapping[str, float]) -> tuple[float, float]:
    """Return how far from the picture's middle a point is, in degrees, and how far away."""
    x, z = middle["x"] - pose["x"], middle["z"] - pose["z"]
    down = pose["y"] + EYE - middle["y"]
    away = math.hypot(x, z)
    # Unity turns clockwise from +z, and counts the horizon downwards.
    aside = (math.degrees(math.atan2(x, z)) - pose["rotation"] + 180) % 360 - 180
    below = math.degrees(math.atan2(down, away)) - pose["horizon"]
    return round(abs(aside) + abs(below), 3), round(away, 3)
