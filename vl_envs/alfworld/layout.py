"""Where furniture stands in a room: along its walls as in real rooms, without overlap.

`arrange` puts kinds of furniture into a room; `lay_out` does it for a `House` that exists already,
such as one of ALFWorld's own games. Rooms grow until everything fits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from vl_envs.alfworld import counters, furniture
from vl_envs.alfworld.furniture import Part, Piece, Stock
from vl_envs.alfworld.house import House, Layout, Placed, Pose
from vl_envs.alfworld.packing import Room, places
from vl_envs.alfworld.poses import middle_pose, pose_before, pose_before_all

ROOMS = ("kitchen", "livingroom", "bedroom", "bathroom")
SIZES = {
    "kitchen": ((3.2, 4.0), (3.0, 3.8)),
    "livingroom": ((4.4, 5.6), (4.2, 5.2)),
    "bedroom": ((3.6, 4.6), (3.6, 4.6)),
    "bathroom": ((2.5, 3.2), (2.5, 3.2)),
}
"""Kind of room -> least and greatest width, least and greatest depth, before it has to grow."""
HEIGHT = 2.6
DOOR = (0.9, 0.05, 2.05)


def arrange(
    room: str, kinds: Sequence[str], rng: np.random.Generator
) -> tuple[Layout, tuple[Pose, ...]]:
    """Put furniture into a room.

    Args:
        room: one of `ROOMS`.
        kinds: of receptacles; any kind can stand in any room.
        rng: draws sizes and places.

    Returns:
        The layout, whose ``placed`` has one entry for each of ``kinds``, and so have its
        ``poses``, with one more for the middle of the room.

    Raises:
        ValueError: an unknown kind of room.
    """
    if room not in ROOMS:
        raise ValueError(f"room must be one of {ROOMS}, got {room!r}")
    (narrow, wide), (short, long) = SIZES[room]
    size = [float(rng.uniform(narrow, wide)), float(rng.uniform(short, long))]
    runs, pieces = _pieces(room, kinds, rng)
    order = [int(seed) for seed in rng.integers(2**31, size=len(pieces) + 8)]
    grown = 0
    while (furnished := _furnish(size, runs, pieces, order)) is None:
        size[grown % 2] += 0.3
        grown += 1
    found: list[Placed | None] = [None] * len(kinds)
    fixtures = []
    for what, placed in furnished.placed:
        if isinstance(what, str):
            fixtures.append((what, placed))
        else:
            found[what] = placed
    all_placed = tuple(placed for placed in found if placed is not None)
    assert len(all_placed) == len(kinds)
    bare = Layout(
        room, size[0], size[1], HEIGHT, all_placed, (), int(rng.integers(2**31)), tuple(fixtures)
    )
    poses = [pose_before(bare, kind, index) for index, kind in enumerate(kinds)]
    poses.append(middle_pose(bare))
    return replace(bare, poses=tuple(poses)), tuple(poses)


def lay_out(room: str, house: House, rng: np.random.Generator) -> Layout:
    """Lay out a house that exists: its furniture in a room, and one pose for each of its spots.

    Args:
        room: one of `ROOMS`.
        house: whose receptacles are put into the room.
        rng: draws sizes and places.

    Returns:
        The layout. From a spot that several receptacles share one sees as many of them as can be;
        from one without receptacles, the room.

    Raises:
        ValueError: an unknown kind of room.
    """
    kinds = [receptacle.kind for receptacle in house.receptacles]
    layout, single = arrange(room, kinds, rng)
    poses = []
    for at in house.at_spot:
        if len(at) > 1:
            poses.append(pose_before_all(layout, kinds, at))
        else:
            poses.append(single[at[0]] if at else single[-1])
    return replace(layout, poses=tuple(poses))


def _pieces(
    room: str, kinds: Sequence[str], rng: np.random.Generator
) -> tuple[list[counters.Section], list[Piece]]:
    """Group furniture: a row of counters, and pieces from the one that is hardest to place on."""
    stock = Stock.of(kinds)
    row: list[counters.Section] = []
    if room in ("kitchen", "bathroom") or stock.count("SinkBasin") or stock.count("CounterTop"):
        row = counters.sections(stock, rng, room == "kitchen")
    pieces: list[Piece] = []
    tables, coffee = stock.take("SideTable"), stock.take("CoffeeTable")
    drawers = stock.take("Drawer")

    def some_drawers(most: int) -> list[int]:
        taken = drawers[:most]
        del drawers[:most]
        return taken

    def side_tables(most: int) -> list[Piece]:
        taken = tables[:most]
        del tables[:most]
        return [furniture.with_drawers("SideTable", t, some_drawers(1), 1) for t in taken]

    pieces += [furniture.bed(index, side_tables(2)) for index in stock.take("Bed")]
    for index in stock.take("Sofa"):
        table = coffee.pop(0) if coffee else None
        pieces.append(furniture.sofa(index, side_tables(int(rng.integers(1, 3))), table))
    for index in stock.take("TVStand"):
        pieces.append(replace(furniture.single("TVStand", index, "ENSW"), centred=True))
    pieces += [furniture.bathtub(index) for index in stock.take("BathtubBasin")]
    for index in stock.take("Dresser"):
        pieces.append(furniture.with_drawers("Dresser", index, some_drawers(6), 2))
    for index in stock.take("Desk"):
        above = stock.take("Shelf", int(rng.integers(0, 3)))
        pieces.append(furniture.desk(index, some_drawers(6), above))
    pieces += side_tables(len(tables))
    while drawers:
        pieces.append(furniture.drawer_unit(some_drawers(8)))
    pieces += _groups(stock.take("Cabinet"), 4, furniture.cupboard)
    pieces += _groups(stock.take("Shelf"), 4, furniture.shelf_column)
    for index in (*stock.take("DiningTable"), *coffee):
        pieces.append(furniture.single(kinds[index], index, "MESNW"))
    for index in stock.take("Toilet"):
        pieces.append(furniture.toilet(index, stock.take("ToiletPaperHanger", 2), rng))
    for kind, z in (("TowelHolder", 1.45), ("HandTowelHolder", 1.3), ("ToiletPaperHanger", 1.0)):
        pieces += [furniture.single(kind, index, z=z) for index in stock.take(kind)]
    for kind in sorted(stock.by_kind):
        z = 0.9 if kind in counters.MACHINES else 0.0
        pieces += [furniture.single(kind, index, z=z) for index in stock.take(kind)]
    return row, pieces


def _groups(
    indices: Sequence[int], most: int, make: Callable[[Sequence[int]], Piece]
) -> list[Piece]:
    return [make(indices[i : i + most]) for i in range(0, len(indices), most)]


def _furnish(
    size: list[float], row: list[counters.Section], pieces: list[Piece], order: list[int]
) -> Room | None:
    """Furnish a room of the given size; None where not everything fits."""
    room = Room(size[0], size[1])
    kitchen = any(section.kind in ("stove", "stand", "fridge") for section in row)
    if row and not _put_rows(room, row, kitchen):
        return None
    door = Piece([Part("Door", 0, DOOR[1] / 2, 0, DOOR)], DOOR[0], DOOR[1], 0, DOOR[2], 0.8, "S")
    doors = list(places(room, door, 0))
    if not doors:
        return None
    room.put(door, *doors[order[0] % len(doors)])
    for piece, seed in zip(pieces, order[1:], strict=False):
        place = next(places(room, piece, seed), None)
        if place is None:
            return None
        room.put(piece, *place)
    _hang(room, order[-4:], kitchen)
    return room


def _put_rows(room: Room, row: list[counters.Section], kitchen: bool) -> bool:
    """Put a row of counters along the north wall and, where it is long, around its corners."""
    total = sum(section.width for section in row)
    body = "Counter" if any(s.kind == "counter" and s.inside for s in row) else "Vanity"
    corner = counters.DEPTH
    if total <= room.width:
        piece = counters.run(row, body, "N", kitchen)
        room.put(piece, "N", piece.width / 2 + (room.width - total) / 2, room.depth)
        return True
    for corners in (1, 2):
        side, back = room.depth - corner - 0.4, room.width - corners * corner
        parts = _split(row, [side, back, side * (corners - 1)])
        if parts is not None:
            break
    else:
        return False
    if parts[2]:
        # The row on the north wall reaches from corner to corner.
        widest = max(parts[1], key=lambda section: section.width)
        spare = back - sum(section.width for section in parts[1])
        stretched = replace(widest, width=widest.width + spare)
        parts[1] = [stretched if section is widest else section for section in parts[1]]
    for wall, part in zip("WNE", parts, strict=True):
        if part:
            piece = counters.run(part, body, wall, kitchen)
            along = room.depth - corner - piece.width / 2
            x = {"W": 0.0, "N": corner + piece.width / 2, "E": room.width}[wall]
            room.put(piece, wall, x, room.depth if wall == "N" else along)
    for x in (corner / 2, room.width - corner / 2)[:corners]:
        block = Part(body, 0, corner / 2, 0, (corner, corner, counters.TOP))
        room.put(Piece([block], corner, corner, 0, counters.TOP, 0.0), "N", x, room.depth)
    return True


def _split(
    row: list[counters.Section], lengths: Sequence[float]
) -> list[list[counters.Section]] | None:
    """Split a row over the west, north and east wall; None where it is too long."""
    best: tuple[float, list[list[counters.Section]]] | None = None
    for i in range(len(row) + 1):
        for j in range(i, len(row) + 1):
            parts = [row[:i], row[i:j], row[j:]]
            spare = [
                length - sum(section.width for section in part)
                for part, length in zip(parts, lengths, strict=True)
            ]
            # Fullest along the north wall: there is no door and no table.
            fits = all(not part or s >= 0 for part, s in zip(parts, spare, strict=True))
            if fits and parts[1] and (best is None or spare[1] < best[0]):
                best = spare[1], parts
    return best[1] if best else None


def _hang(room: Room, order: Sequence[int], kitchen: bool) -> None:
    """Hang windows, and a painting outside kitchens, where the walls are free."""
    wanted = [("Window", (1.1, 0.06, 1.1), 1.2), ("Window", (0.9, 0.06, 1.1), 1.2)]
    if not kitchen:
        wanted.append(("Painting", (0.7, 0.03, 0.5), 1.4))
    for (kind, size, z), seed in zip(wanted, order, strict=False):
        part = Part(kind, 0, size[1] / 2, z, size)
        # Curtains reach a little further than their window.
        piece = Piece([part], size[0] + 0.5, size[1], z - 0.2, z + size[2] + 0.1, 0.0)
        place = next(places(room, piece, seed), None)
        if place is not None:
            room.put(piece, *place)
