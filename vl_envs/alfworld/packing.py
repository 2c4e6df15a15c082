"""Room for furniture: a room that fills up piece by piece, and the places where a piece fits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import cos, radians, sin

import numpy as np

from vl_envs.alfworld.furniture import Piece
from vl_envs.alfworld.house import Placed

YAWS = {"N": 180.0, "W": 270.0, "E": 90.0, "S": 0.0, "M": 180.0}
"""Wall -> where the front of what stands at it looks."""
STEP = 0.1
HUNG = 0.9
"""What is higher than this above the floor needs no free floor before it."""

Box = tuple[float, float, float, float, float, float]
"""West, south, bottom, east, north, top."""


@dataclass
class Room:
    """A room that is being furnished.

    Attributes:
        width: along x.
        depth: along y.
        boxes: what stands and hangs.
        zones: floor that must stay free: west, south, east, north.
        placed: part by part, what stands where.
    """

    width: float
    depth: float
    boxes: list[Box] = field(default_factory=list)
    zones: list[tuple[float, float, float, float]] = field(default_factory=list)
    placed: list[tuple[int | str, Placed]] = field(default_factory=list)

    def put(self, piece: Piece, wall: str, x: float, y: float) -> None:
        """Put a piece with the middle of its back at (x, y)."""
        box, zone = _footprint(piece, wall, x, y)
        self.boxes.append(box)
        if piece.low < HUNG:
            self.zones.append(zone)
        yaw = YAWS[wall]
        for part in piece.parts:
            px, py = _turned(part.u, part.v, yaw)
            self.placed.append((part.what, Placed(x + px, y + py, part.z, *part.size, yaw)))

    def fits(self, piece: Piece, wall: str, x: float, y: float) -> bool:
        """Tell whether a piece could stand there and could be reached."""
        box, zone = _footprint(piece, wall, x, y)
        for (w, s, e, n), slack in ((_flat(box), 1e-6), (zone, 1e-6)):
            if w < -slack or s < -slack or e > self.width + slack or n > self.depth + slack:
                return False
        for other in self.boxes:
            if _overlap(_flat(box), _flat(other)) and box[2] < other[5] and other[2] < box[5]:
                return False
            if piece.low < HUNG and other[2] < HUNG and _overlap(zone, _flat(other)):
                return False
        return piece.low >= HUNG or not any(_overlap(_flat(box), other) for other in self.zones)


def _flat(box: Box) -> tuple[float, float, float, float]:
    return box[0], box[1], box[3], box[4]


def _overlap(a: Sequence[float], b: Sequence[float]) -> bool:
    e = 1e-6
    return a[0] < b[2] - e and b[0] < a[2] - e and a[1] < b[3] - e and b[1] < a[3] - e


def _turned(u: float, v: float, yaw: float) -> tuple[float, float]:
    """Turn a piece's own coordinates into the room's."""
    c, s = round(cos(radians(yaw))), round(sin(radians(yaw)))
    return u * c - v * s, u * s + v * c


def _footprint(
    piece: Piece, wall: str, x: float, y: float
) -> tuple[Box, tuple[float, float, float, float]]:
    """Return what a piece would fill, and the floor that it needs to be free."""
    half, yaw = piece.width / 2, YAWS[wall]

    def rectangle(u: float, v0: float, v1: float) -> tuple[float, float, float, float]:
        xs, ys = zip(_turned(-u, v0, yaw), _turned(u, v1, yaw), strict=True)
        return x + min(xs), y + min(ys), x + max(xs), y + max(ys)

    w, s, e, n = rectangle(half, 0, piece.depth)
    if wall == "M":
        # One walks around what stands in the middle.
        zone = rectangle(half + 0.45, -0.45, piece.depth + piece.free)
    else:
        zone = rectangle(half, piece.depth, piece.depth + piece.free)
    return (w, s, piece.low, e, n, piece.high), zone


def places(room: Room, piece: Piece, seed: int) -> Iterator[tuple[str, float, float]]:
    """Give places that a piece fits into, as the wall and the middle of its back."""
    walls = [wall for wall in piece.walls if wall != "M"]
    if piece.walls == "NWES":
        walls = walls[seed % 4 :] + walls[: seed % 4]
    if piece.walls[0] == "M":
        yield from _middle_places(room, piece)
    for wall in walls:
        long = room.width if wall in "NS" else room.depth
        steps = int((long - piece.width) / STEP)
        along = [piece.width / 2 + STEP * i for i in range(steps + 1)]
        if piece.centred:
            along.sort(key=lambda at: abs(at - long / 2))
        elif seed // 4 % 2:
            along.reverse()
        for at in along:
            x, y = {"N": (at, room.depth), "S": (at, 0.0), "W": (0.0, at), "E": (room.width, at)}[
                wall
            ]
            if room.fits(piece, wall, x, y):
                yield wall, x, y


def _middle_places(room: Room, piece: Piece) -> Iterator[tuple[str, float, float]]:
    """Give places in the middle of the room, nearest to its middle first."""
    grid = [
        (x, y)
        for x in np.arange(0.8, room.width - 0.8, 0.2).tolist()
        for y in np.arange(0.8, room.depth - 0.8, 0.2).tolist()
    ]
    grid.sort(key=lambda at: (at[0] - room.width / 2) ** 2 + (at[1] - room.depth / 2) ** 2)
    for x, y in grid:
        if room.fits(piece, "M", x, y + piece.depth / 2):
            yield "M", x, y + piece.depth / 2
