"""Furniture in groups, before it has a place: a bed with its side tables, a desk with drawers.

A `Piece` is a group that stands together. Its coordinates: ``u`` along its back (from its middle),
``v`` from its back to its front, ``z`` up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from vl_envs.alfworld.facts import FACTS

Size = tuple[float, float, float]
FREE = 0.75
"""Metres of floor before furniture, so that one can stand there and open it."""

SIZES: dict[str, Size] = {
    "Toilet": (0.5, 0.7, 0.46),
    "Bed": (1.5, 2.1, 0.6),
    "Desk": (1.4, 0.62, 0.76),
    "Sofa": (2.0, 0.93, 0.8),
    "SideTable": (0.5, 0.42, 0.56),
    "Fridge": (0.86, 0.72, 1.84),
    "CoffeeMachine": (0.3, 0.36, 0.38),
    "GarbageCan": (0.38, 0.34, 0.5),
    "Dresser": (1.2, 0.5, 0.97),
    "TVStand": (1.3, 0.45, 0.55),
    "Shelf": (0.8, 0.27, 0.03),
    "StoveBurner": (0.22, 0.22, 0.02),
    "BathtubBasin": (1.5, 0.56, 0.4),
    "TowelHolder": (0.66, 0.1, 0.05),
}
"""Sizes that fit together, where the medians of `FACTS` do not."""


def size_of(kind: str) -> Size:
    """Return the width, depth and height of a kind of furniture, in metres."""
    return SIZES.get(kind) or FACTS.sizes.get(kind, (0.45, 0.4, 0.5))


@dataclass(frozen=True)
class Part:
    """One thing of a piece.

    Attributes:
        what: index of a receptacle, or the kind of a fixture.
        u: of its middle.
        v: of its middle.
        z: of its bottom.
        size: width, depth, height.
    """

    what: int | str
    u: float
    v: float
    z: float
    size: Size


@dataclass(frozen=True)
class Piece:
    """What stands together.

    Attributes:
        parts: what it is made of.
        width: along the wall.
        depth: from the wall.
        low: height of its lowest part: 0 where it stands on the floor.
        high: height of its highest part.
        free: metres of floor that must stay free before it.
        walls: where it may stand, best first: of ``NWES``; ``M`` is in the middle of the room.
        centred: whether it stands rather in the middle of its wall than in a corner.
    """

    parts: Sequence[Part]
    width: float
    depth: float
    low: float = 0.0
    high: float = 1.0
    free: float = FREE
    walls: str = "NWES"
    centred: bool = False


@dataclass
class Stock:
    """Receptacles that have no place yet.

    Attributes:
        by_kind: kind -> their indices.
    """

    by_kind: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, kinds: Sequence[str]) -> Stock:
        """Take the receptacles of the given kinds into stock."""
        stock = cls()
        for index, kind in enumerate(kinds):
            stock.by_kind.setdefault(kind, []).append(index)
        return stock

    def count(self, kind: str) -> int:
        """Count what is left of a kind."""
        return len(self.by_kind.get(kind, ()))

    def take(self, kind: str, most: int = 1000) -> list[int]:
        """Take at most so many of a kind."""
        left = self.by_kind.get(kind, [])
        taken, self.by_kind[kind] = left[:most], left[most:]
        return taken


def single(kind: str, index: int, walls: str = "NWES", z: float = 0.0, free: float = FREE) -> Piece:
    """Return a piece of one receptacle with its back to the wall."""
    w, d, h = size_of(kind)
    part = Part(index, 0.0, d / 2, z, (w, d, h))
    return Piece([part], w + 0.04, d, z, z + h, free, walls)


def with_drawers(
    kind: str, index: int, drawers: Sequence[int], columns: int, walls: str = "NWES"
) -> Piece:
    """Return a dresser, desk or table whose drawers are flush with its front, from the top down."""
    piece = single(kind, index, walls)
    return replace(piece, parts=[*piece.parts, *_drawers(size_of(kind), drawers, columns, kind)])


def _drawers(size: Size, drawers: Sequence[int], columns: int, kind: str) -> list[Part]:
    """Put drawers below the top of furniture, left, right, then a row further down."""
    w, d, h = size
    rows = -(-len(drawers) // columns) if drawers else 1
    high = min(0.22, (h - 0.14) / rows)
    # A desk has room for the knees between its drawers.
    wide = 0.38 if kind == "Desk" else (w - 0.04) / columns
    parts = []
    for i, drawer in enumerate(drawers):
        row, column = divmod(i, columns)
        side = 2 * column / (columns - 1) - 1 if columns > 1 else 0
        u = side * (w - wide - 0.04) / 2
        deep = d - 0.06
        z = h - 0.06 - (row + 1) * high
        parts.append(Part(drawer, u, d + 0.01 - deep / 2, z, (wide - 0.01, deep, high - 0.01)))
    return parts


def drawer_unit(drawers: Sequence[int]) -> Piece:
    """Return a chest that is nothing but drawers, in one column or two."""
    columns = 1 if len(drawers) <= 4 else 2
    rows = -(-len(drawers) // columns)
    size = (0.54 * columns, 0.45, 0.14 + 0.22 * rows)
    parts = [Part("DrawerUnit", 0, size[1] / 2, 0, size), *_drawers(size, drawers, columns, "")]
    return Piece(parts, size[0] + 0.04, size[1], 0, size[2])


def shelf_column(shelves: Sequence[int]) -> Piece:
    """Return up to five shelves above each other on a wall."""
    w, d, h = size_of("Shelf")
    lowest = 1.35 - 0.36 * min(3, len(shelves) - 1)
    parts = [Part(s, 0, d / 2, lowest + 0.36 * i, (w, d, h)) for i, s in enumerate(shelves)]
    return Piece(parts, w + 0.04, d, 0.0, lowest + 0.36 * len(shelves))


def cupboard(cabinets: Sequence[int]) -> Piece:
    """Return a sideboard of cabinets side by side."""
    w, d, h = 0.5, 0.42, 0.8
    width = w * len(cabinets)
    parts = [
        Part(c, (i + 0.5) * w - width / 2, d / 2, 0.04, (w, d, h)) for i, c in enumerate(cabinets)
    ]
    parts.append(Part("Counter", 0, d / 2, 0, (width, d - 0.06, 0.04)))
    parts.append(Part("Counter", 0, d / 2, h + 0.04, (width + 0.02, d + 0.01, 0.03)))
    return Piece(parts, width + 0.04, d + 0.02, 0, h + 0.07)


def beside(middle: Piece, tables: Sequence[Piece], gap: float = 0.06) -> Piece:
    """Return a piece with others at its sides, all with their backs in line."""
    parts, left, right = list(middle.parts), middle.width / 2, middle.width / 2
    for i, table in enumerate(tables):
        if i % 2:
            shift, left = -left - gap - table.width / 2, left + gap + table.width
        else:
            shift, right = right + gap + table.width / 2, right + gap + table.width
        parts += [replace(part, u=part.u + shift) for part in table.parts]
    # The piece's middle is the middle of all of it.
    move = (left - right) / 2
    parts = [replace(part, u=part.u + move) for part in parts]
    high = max(piece.high for piece in (middle, *tables))
    return replace(middle, parts=parts, width=left + right, high=high)


def before(back: Piece, front: Piece, gap: float = 0.45) -> Piece:
    """Return a piece with another one before it, such as a coffee table before a sofa."""
    # It is used from the far side.
    moved = [replace(part, v=part.v + back.depth + gap) for part in front.parts]
    depth = back.depth + gap + front.depth
    width = max(back.width, front.width)
    rug = Part("Rug", 0, depth * 0.62, 0, (width * 0.9, depth * 0.6, 0.01))
    return replace(back, parts=[*back.parts, *moved, rug], width=width, depth=depth)


def bathtub(index: int) -> Piece:
    """Return a tub: a basin, and the body around it."""
    w, d, h = size_of("BathtubBasin")
    rim, low = 0.08, 0.14
    width, depth = w + 2 * rim, d + 2 * rim
    parts = [
        Part(index, 0, depth / 2, low, (w, d, h)),
        Part("Bathtub", 0, depth / 2, 0, (width, depth, low)),
        Part("Bathtub", 0, rim / 2, low, (width, rim, h)),
        Part("Bathtub", 0, depth - rim / 2, low, (width, rim, h)),
        *(
            Part("Bathtub", side * (width - rim) / 2, depth / 2, low, (rim, d, h))
            for side in (-1, 1)
        ),
    ]
    return Piece(parts, width, depth, 0, low + h, FREE, "WENS")


def toilet(index: int, hangers: Sequence[int], rng: np.random.Generator) -> Piece:
    """Return a toilet with the paper hanger on the wall beside it."""
    piece = single("Toilet", index)
    parts, side = list(piece.parts), 1 if rng.random() < 0.5 else -1
    w, d, h = size_of("ToiletPaperHanger")
    for i, hanger in enumerate(hangers):
        parts.append(Part(hanger, side * 0.48, d / 2, 0.75 + 0.2 * i, (w, d, h)))
    return replace(piece, parts=parts, width=1.24 if hangers else 0.7, high=1.0)


def bed(index: int, tables: Sequence[Piece]) -> Piece:
    """Return a bed with its head to the wall and tables beside it."""
    return replace(beside(single("Bed", index), tables), walls="NWE", centred=True)


def sofa(index: int, tables: Sequence[Piece], coffee_table: int | None) -> Piece:
    """Return a sofa with tables at its ends and a coffee table before it."""
    piece = replace(beside(single("Sofa", index), tables), walls="WNES", centred=True)
    if coffee_table is None:
        return piece
    return before(piece, single("CoffeeTable", coffee_table))


def desk(index: int, drawers: Sequence[int], shelves: Sequence[int]) -> Piece:
    """Return a desk with drawers below and shelves above."""
    piece = with_drawers("Desk", index, drawers, 2, "WENS")
    w, d, h = size_of("Shelf")
    parts = [Part(s, 0, d / 2, 1.3 + 0.36 * i, (w, d, h)) for i, s in enumerate(shelves)]
    high = piece.high + (0.4 + 0.36 * len(shelves) if shelves else 0.0)
    return replace(piece, parts=[*piece.parts, *parts], high=high)
