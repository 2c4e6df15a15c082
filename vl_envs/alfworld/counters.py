"""Rows of counters, as kitchens and bathrooms have them: sections side by side along a wall.

Each section has a top (a counter, a sink, burners, machines), cabinets and drawers below it, and
in kitchens cabinets above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from vl_envs.alfworld.furniture import Part, Piece, Stock, size_of

DEPTH = 0.62
TOP = 0.91
SLAB = 0.05
PLINTH = 0.1
SLOT = 0.46
"""Least width of a cabinet or a stack of drawers."""
STACK = 3
MACHINES = ("Microwave", "CoffeeMachine", "Toaster")


@dataclass
class Section:
    """A stretch of a row.

    Attributes:
        kind: ``counter``, ``sink``, ``stand`` (for machines), ``stove`` or ``fridge``.
        inside: receptacles that make its top.
        width: along the wall.
        low: what is below its top, in slots from one end to the other: drawers from the top down,
            or one cabinet.
        high: cabinets above it, from one end to the other.
    """

    kind: str
    inside: Sequence[tuple[str, int]]
    width: float
    low: list[tuple[str, Sequence[int]]] = field(default_factory=list)
    high: list[int] = field(default_factory=list)

    @property
    def low_slots(self) -> int:
        """How many cabinets or stacks of drawers fit below."""
        if self.kind in ("stove", "fridge"):
            return 0
        return 1 if self.kind == "sink" else int(self.width / SLOT)

    @property
    def high_slots(self) -> int:
        """How many cabinets fit above."""
        return int(self.width / SLOT) if self.kind in ("counter", "stand") else 0


def sections(stock: Stock, rng: np.random.Generator, kitchen: bool) -> list[Section]:
    """Take everything out of stock that belongs into rows of counters, and make sections of it."""
    row = [
        Section("counter", [("CounterTop", index)], float(rng.uniform(0.95, 1.5)))
        for index in stock.take("CounterTop")
    ]
    sinks = [Section("sink", [("SinkBasin", i)], 0.75) for i in stock.take("SinkBasin")]
    machines = [(kind, index) for kind in MACHINES for index in stock.take(kind)]
    burners = [("StoveBurner", index) for index in stock.take("StoveBurner")]
    cabinets, drawers = stock.take("Cabinet"), stock.take("Drawer")
    middle = [*sinks]
    if burners:
        middle.append(Section("stove", burners, 0.31 * max(2, -(-len(burners) // 2))))
    if machines:
        wide = sum(size_of(kind)[0] + 0.12 for kind, _ in machines)
        middle.append(Section("stand", machines, max(0.6, wide)))
    # Counters lie between the rest, as one needs them.
    ordered: list[Section] = []
    while row or middle:
        ordered += [part.pop(0) for part in (row, middle) if part]
    ordered = [Section("fridge", [("Fridge", i)], 0.9) for i in stock.take("Fridge")] + ordered
    above = len(cabinets) // 2 if kitchen else 0
    stacks = [drawers[i : i + STACK] for i in range(0, len(drawers), STACK)]
    if (cabinets or drawers) and not any(s.kind in ("counter", "stand") for s in ordered):
        ordered.append(Section("counter", [], SLOT))
    _fill(ordered, cabinets[above:], stacks, cabinets[:above], rng)
    return ordered


def _fill(
    row: Sequence[Section],
    below: Sequence[int],
    stacks: Sequence[Sequence[int]],
    above: Sequence[int],
    rng: np.random.Generator,
) -> None:
    """Widen the row until everything fits, and put it into slots."""
    growing = [section for section in row if section.kind in ("counter", "stand")]
    turn = 0
    while True:
        plain = sum(section.low_slots for section in growing)
        under_sinks = sum(section.kind == "sink" for section in row)
        fits = len(stacks) + max(0, len(below) - under_sinks) <= plain
        if fits and len(above) <= sum(section.high_slots for section in row):
            break
        growing[turn % len(growing)].width += SLOT
        turn += 1
    nothing: tuple[str, Sequence[int]] = ("", ())
    cabinets: list[tuple[str, Sequence[int]]] = [("Cabinet", [cabinet]) for cabinet in below]
    for section in row:
        if section.kind == "sink":
            section.low = [cabinets.pop(0) if cabinets else nothing]
    filling = [*(("Drawer", stack) for stack in stacks), *cabinets]
    filling += [nothing] * (sum(section.low_slots for section in growing) - len(filling))
    filling = [filling[i] for i in rng.permutation(len(filling))]
    hanging = list(above)
    for section in growing:
        section.low = [filling.pop(0) for _ in range(section.low_slots)]
        section.high = [hanging.pop(0) for _ in range(section.high_slots) if hanging]


def run(row: Sequence[Section], body: str, walls: str, kitchen: bool) -> Piece:
    """Return a stretch of sections as one piece."""
    width = sum(section.width for section in row)
    parts: list[Part] = []
    # Seen from the room the first section is on the left.
    edge = width / 2
    for section in row:
        middle = edge - section.width / 2
        parts += [replace(part, u=part.u + middle) for part in _parts(section, body, kitchen)]
        edge -= section.width
    deep = max(part.v + part.size[1] / 2 for part in parts)
    high = max(part.z + part.size[2] for part in parts)
    return Piece(parts, width, deep, 0, high, 0.8, walls)


def _parts(section: Section, body: str, kitchen: bool) -> list[Part]:
    """Return the parts of a section, around its own middle."""
    w = section.width
    if section.kind == "fridge":
        size = size_of("Fridge")
        return [Part(section.inside[0][1], 0, size[1] / 2, 0, size)]
    if section.kind == "stove":
        return _stove([index for _, index in section.inside], w)
    parts = [Part(body, 0, 0.26, 0, (w, 0.52, PLINTH)), *_below(section, body), *_above(section)]
    if section.kind == "sink":
        return parts + _sink(section.inside[0][1], w, body, kitchen)
    slab = (w, DEPTH, SLAB)
    top: int | str = section.inside[0][1] if section.kind == "counter" and section.inside else body
    parts.append(Part(top, 0, DEPTH / 2, TOP - SLAB, slab))
    if section.kind == "stand":
        wide = [size_of(kind) for kind, _ in section.inside]
        gap = (w - sum(size[0] for size in wide)) / len(wide)
        u = w / 2
        for (_, index), size in zip(section.inside, wide, strict=True):
            parts.append(Part(index, u - (gap + size[0]) / 2, 0.06 + size[1] / 2, TOP, size))
            u -= gap + size[0]
    return parts


def _below(section: Section, body: str) -> list[Part]:
    """Return cabinets, drawers, or a plain front, below the top."""
    top = 0.73 if section.kind == "sink" else TOP - SLAB
    each = section.width / len(section.low)
    parts = []
    for slot, (kind, inside) in enumerate(section.low):
        u, high = (slot + 0.5) * each - section.width / 2, top - PLINTH
        if kind == "Cabinet":
            parts.append(Part(inside[0], u, 0.3, PLINTH, (each, 0.56, high)))
            continue
        tall = 0.25
        for row, drawer in enumerate(inside):
            parts.append(Part(drawer, u, 0.34, top - (row + 1) * tall, (each, 0.48, tall)))
        high -= len(inside) * tall
        if high > 0.02:
            parts.append(Part(body, u, 0.29, PLINTH, (each, 0.58, high)))
    return parts


def _above(section: Section) -> list[Part]:
    """Return the cabinets on the wall."""
    each = section.width / max(1, section.high_slots)
    return [
        Part(cabinet, (slot + 0.5) * each - section.width / 2, 0.17, 1.45, (each, 0.34, 0.7))
        for slot, cabinet in enumerate(section.high)
    ]


def _sink(index: int, w: float, body: str, kitchen: bool) -> list[Part]:
    """Return a basin that is let into its counter, and a window or a mirror above it."""
    bw, bd, bh = 0.55, 0.38, 0.16
    low, back = TOP - bh, 0.14
    side = (w - bw) / 2
    front = DEPTH - back - bd
    kind, hung = ("Window", (0.7, 0.06, 0.9)) if kitchen else ("Mirror", (0.6, 0.03, 0.7))
    return [
        Part(index, 0, back + bd / 2, low, (bw, bd, bh)),
        *(Part(body, sign * (w - side) / 2, DEPTH / 2, low, (side, DEPTH, bh)) for sign in (-1, 1)),
        Part(body, 0, back / 2, low, (bw, back, bh)),
        Part(body, 0, DEPTH - front / 2, low, (bw, front, bh)),
        Part(kind, 0, hung[1] / 2, 1.25, hung),
    ]


def _stove(burners: Sequence[int], w: float) -> list[Part]:
    """Return a stove with its burners in two rows."""
    parts = [Part("Stove", 0, DEPTH / 2, 0, (w, DEPTH, TOP - 0.01))]
    columns = -(-len(burners) // 2)
    size = size_of("StoveBurner")
    for i, burner in enumerate(burners):
        row, column = divmod(i, columns)
        u = (column - (columns - 1) / 2) * w / columns
        parts.append(Part(burner, u, (0.44, 0.17)[row], TOP - 0.01, size))
    return parts
