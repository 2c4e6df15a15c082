"""Floor plans: number n of a kind of room is always the same room, with the same furniture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from vl_envs.alfworld.facts import FACTS
from vl_envs.alfworld.house import Layout, Placed, Pose, Receptacle
from vl_envs.alfworld.layout import ROOMS, arrange

FEWEST, MOST = 8, 30
"""Receptacles of a plan."""
MANY = ("Cabinet", "Drawer", "Shelf")
"""Of these there are fewer where a plan would have more than `MOST` receptacles."""
MOST_OF_A_KIND = 12
INSIDE = {"SinkBasin": "Sink", "BathtubBasin": "Bathtub"}
"""Basins have the id of what they are in, and their own kind at its end."""


@dataclass(frozen=True)
class Plan:
    """A room with its furniture, before anything lies in it.

    Attributes:
        room: kind of room.
        number: of the plan.
        receptacles: in ALFWorld's order.
        spots: ids of the places to stand, one for each receptacle, and the middle of the room.
        layout: where everything stands.
        middles: of each receptacle: to the right, up, ahead, in metres from the room's middle.
    """

    room: str
    number: int
    receptacles: tuple[Receptacle, ...]
    spots: tuple[str, ...]
    layout: Layout
    middles: tuple[tuple[float, float, float], ...]


@lru_cache(maxsize=512)
def plan_of(room: str, number: int) -> Plan:
    """Return floor plan ``number`` of a kind of room."""
    rng = np.random.default_rng([ROOMS.index(room), number])
    kinds = _kinds(room, rng)
    layout, _ = arrange(room, kinds, rng)
    middles = [
        (p.x - layout.width / 2, p.z + p.height / 2, p.y - layout.depth / 2) for p in layout.placed
    ]
    ids: list[str] = []
    for kind, (x, y, z) in zip(kinds, middles, strict=True):
        nudge = 0.0
        while (name := pddl_id(kind, x + nudge, y, z)) in ids:
            nudge += 0.01
        ids.append(name)
    order = sorted(range(len(ids)), key=lambda i: ids[i].lower())
    names = numbered([ids[i] for i in order])
    receptacles = tuple(
        Receptacle(ids[i], kinds[i], name, spot, kinds[i] in FACTS.openable)
        for spot, (i, name) in enumerate(zip(order, names, strict=True))
    )
    placed: list[Placed] = [layout.placed[i] for i in order]
    poses: list[Pose] = [*(layout.poses[i] for i in order), layout.poses[-1]]
    return Plan(
        room,
        number,
        receptacles,
        _spot_ids(poses, layout),
        replace(layout, placed=tuple(placed), poses=tuple(poses)),
        tuple(middles[i] for i in order),
    )


def _kinds(room: str, rng: np.random.Generator) -> list[str]:
    """Draw which furniture a plan has: each kind as often as AI2-THOR's rooms have it."""
    while True:
        counts = {}
        for kind, plans in FACTS.rooms[room].receptacles.items():
            shares = np.cumsum(plans) / sum(plans)
            drawn = int(np.searchsorted(shares, rng.random(), side="right"))
            counts[kind] = min(drawn, MOST_OF_A_KIND)
        while sum(counts.values()) > MOST:
            most = max(MANY, key=lambda kind: counts.get(kind, 0))
            counts[most] -= 1
        if sum(counts.values()) >= FEWEST:
            return [kind for kind, count in counts.items() for _ in range(count)]


def pddl_id(kind: str, x: float, y: float, z: float) -> str:
    """Write an id as ALFRED's PDDL does: kind and place, in metres, y up."""
    basin = f"|{kind}" if kind in INSIDE else ""
    return _escaped(f"{INSIDE.get(kind, kind)}|{x:+06.2f}|{y:+06.2f}|{z:+06.2f}{basin}")


def _escaped(text: str) -> str:
    for sign, word in (("|", "bar"), ("-", "minus"), ("+", "plus"), (".", "dot")):
        text = text.replace(sign, f"_{word}_")
    return text


def _spot_ids(poses: Sequence[Pose], layout: Layout) -> tuple[str, ...]:
    """Write where one stands: quarter metres, quarter turns, degrees down, all different."""
    found: list[str] = []
    for pose in poses:
        x, z = round((pose.x - layout.width / 2) * 4), round((pose.y - layout.depth / 2) * 4)
        turn, down = round(-pose.yaw / 90) % 4, round(-pose.pitch)
        while (name := _escaped(f"loc|{x}|{z}|{turn}|{down}")) in found:
            down += 1
        found.append(name)
    return tuple(found)


def numbered(ids: Sequence[str]) -> list[str]:
    """Name things by their ids, which are in order: the first of a kind has the highest number."""
    names: list[str] = []
    numbers: dict[str, int] = {}
    for name in reversed(ids):
        word = name.lower().partition("_bar_")[0] + "basin" * ("basin" in name.lower())
        numbers[word] = numbers.get(word, 0) + 1
        names.append(f"{word} {numbers[word]}")
    return names[::-1]
