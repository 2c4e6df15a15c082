"""Furniture to put things onto: tables, counters, seats, beds."""

from __future__ import annotations

from vl_envs.alfworld.rendering.mesh import Mesh, mix
from vl_envs.alfworld.rendering.plan import DARK, STEEL, WHITE, Maker, Plan, Slot, grid


def cushion(w: float, d: float, h: float, colour: object, **look: object) -> Mesh:
    """Return a box with soft edges."""
    m = Mesh()
    r = min(w, d, h) * 0.3
    m.box((0, 0, 0), (w, d, h - r), colour, skip="t", **look)  # type: ignore[arg-type]
    top = min((w - 2 * r) / w, (d - 2 * r) / d)
    return m.box((0, 0, h - r), (w, d, r), colour, skip="u", taper=top, **look)  # type: ignore[arg-type]


def _table(p: Plan, *, thick: float = 0.04, leg: float = 0.06, dark: float = 0.0) -> list[Slot]:
    wood = mix(p.look.wood, "#000000", dark)
    p.m.box((0, 0, p.h - thick), (p.w, p.d, thick), wood, tex="wood")
    p.m.box((0, 0, p.h - thick - 0.07), (p.w - 0.12, p.d - 0.12, 0.07), mix(wood, "#000000", 0.15))
    p.legs(p.h - thick, leg, mix(wood, "#000000", 0.1), 0.03)
    return grid(p.w - 0.04, p.d - 0.04, p.h)


def coffee_table(p: Plan) -> list[Slot]:
    """Draw a low table with a lower board."""
    slots = _table(p, thick=0.05, leg=0.07, dark=0.2)
    p.m.box((0, 0, p.h * 0.3), (p.w - 0.1, p.d - 0.1, 0.025), p.look.wood)
    return slots


def dining_table(p: Plan) -> list[Slot]:
    """Draw a table with a runner of cloth."""
    slots = _table(p, leg=0.08)
    p.m.box((0, 0, p.h), (p.w * 0.28, p.d + 0.006, 0.003), p.look.accent, tex="weave")
    for side in (-1, 1):
        y = side * (p.d / 2 + 0.004)
        p.m.box((0, y, p.h - 0.16), (p.w * 0.28, 0.004, 0.162), p.look.accent, tex="weave")
    return slots


def side_table(p: Plan) -> list[Slot]:
    """Draw a small table with one drawer and a lower board."""
    slots = _table(p, leg=0.04)
    if not p.filled:
        y = -p.d / 2 + 0.03
        p.m.box((0, y, p.h - 0.18), (p.w - 0.1, 0.02, 0.13), mix(p.look.wood, "#ffffff", 0.15))
        p.m.put(Mesh().ball(0.018, DARK, n=6, rings=4), (0, y - 0.025, p.h - 0.115))
    p.m.box((0, 0, 0.12), (p.w - 0.06, p.d - 0.06, 0.02), p.look.wood)
    return slots


def desk(p: Plan) -> list[Slot]:
    """Draw a desk with a chest of drawers to the right and room for the legs."""
    wood = p.look.wood
    p.m.box((0, 0, p.h - 0.04), (p.w, p.d, 0.04), wood, tex="wood")
    if p.filled:
        for side in (-1, 1):
            at = (side * (p.w / 2 - 0.21), 0.02, 0)
            p.m.box(at, (0.4, p.d - 0.06, p.h - 0.04), mix(wood, "#000000", 0.12))
        return grid(p.w - 0.04, p.d - 0.04, p.h)
    chest = min(0.42, p.w * 0.36)
    x = p.w / 2 - chest / 2 - 0.02
    p.m.box((x, 0.01, 0.04), (chest, p.d - 0.04, p.h - 0.08), mix(wood, "#000000", 0.12))
    tall = (p.h - 0.1) / 3
    for row in range(3):
        y, z = -p.d / 2 + 0.005, 0.06 + row * tall
        p.m.box((x, y, z), (chest - 0.04, 0.016, tall - 0.02), mix(wood, "#ffffff", 0.18))
        p.m.box((x, y - 0.02, z + tall * 0.45), (0.12, 0.02, 0.02), DARK)
    p.m.box((-p.w / 2 + 0.03, 0, 0), (0.04, p.d - 0.04, p.h - 0.04), mix(wood, "#000000", 0.1))
    p.m.box(
        (-0.1, p.d / 2 - 0.06, p.h * 0.45), (p.w - chest, 0.02, p.h * 0.5), mix(wood, DARK, 0.3)
    )
    return grid(p.w - 0.04, p.d - 0.04, p.h)


def counter_top(p: Plan) -> list[Slot]:
    """Draw a stone slab on a base with doors."""
    m, base = p.m, mix(p.look.front, "#000000", 0.05)
    if p.h < 0.3:
        m.box((0, 0, 0), (p.w, p.d, p.h), p.look.slab, tex="stone", gloss=0.1)
        return grid(p.w - 0.04, min(p.d, 0.6) - 0.04, p.h, y=-max(0, p.d - 0.6) / 2)
    m.box((0, 0.03, 0), (p.w - 0.02, p.d - 0.1, 0.1), DARK, skip="ut")
    m.box((0, 0.015, 0.1), (p.w, p.d - 0.06, p.h - 0.14), base, skip="ut")
    doors = max(1, round(p.w / 0.5))
    each = p.w / doors
    for i in range(doors):
        x, y = (i - (doors - 1) / 2) * each, -p.d / 2 + 0.04
        m.box((x, y, 0.12), (each - 0.02, 0.015, p.h - 0.2), p.look.front, skip="bu")
        inner = mix(p.look.front, "#000000", 0.1)
        m.box((x, y - 0.009, 0.2), (each - 0.14, 0.004, p.h - 0.36), inner, skip="blrtu")
        side = 1 if i % 2 == 0 else -1
        m.box((x + side * (each / 2 - 0.05), y - 0.02, p.h * 0.62), (0.018, 0.025, 0.12), STEEL)
    m.box((0, 0, p.h - 0.04), (p.w + 0.01, p.d + 0.01, 0.04), p.look.slab, tex="stone", gloss=0.1)
    deep = min(p.d, 0.6)
    return grid(p.w - 0.04, deep - 0.04, p.h, y=-(p.d - deep) / 2)


def arm_chair(p: Plan) -> list[Slot]:
    """Draw an upholstered chair: arms, back and a seat cushion."""
    return _sofa(p, 1, p.look.accent)


def sofa(p: Plan) -> list[Slot]:
    """Draw an upholstered sofa with a cushion for each seat."""
    return _sofa(p, max(2, round((p.w - 0.3) / 0.65)), p.look.cloth)


def _sofa(p: Plan, seats: int, colour: str) -> list[Slot]:
    m = p.m
    seat = min(0.44, p.h * 0.55)
    arm, back = min(0.16, p.w * 0.16), min(0.22, p.d * 0.28)
    dark = mix(colour, "#000000", 0.18)
    p.legs(0.07, 0.06, DARK)
    m.box((0, 0, 0.07), (p.w, p.d, seat - 0.2), dark, tex="weave")
    m.put(cushion(p.w, back, p.h - 0.07, dark, tex="weave"), (0, p.d / 2 - back / 2, 0.07))
    for side in (-1, 1):
        block = cushion(arm, p.d, seat + 0.12, colour, tex="weave")
        m.put(block, (side * (p.w - arm) / 2, 0, 0.07))
    room = p.w - 2 * arm
    each = room / seats
    light = mix(colour, "#ffffff", 0.12)
    for i in range(seats):
        x = (i - (seats - 1) / 2) * each
        block = cushion(each - 0.01, p.d - back, 0.14, light, tex="weave")
        m.put(block, (x, -back / 2 - 0.01, seat - 0.13))
        rest = cushion(each - 0.02, 0.14, p.h - seat - 0.02, colour, tex="weave")
        m.put(rest, (x, p.d / 2 - back - 0.04, seat), tilt=-8)
    return grid(room - 0.06, p.d - back - 0.16, seat + 0.01, y=-back / 2 - 0.06, rows=2)


def ottoman(p: Plan) -> list[Slot]:
    """Draw a padded footstool."""
    colour = mix(p.look.cloth, p.look.accent, 0.5)
    p.legs(0.1, 0.05, p.look.wood, 0.04)
    p.m.box((0, 0, 0.08), (p.w, p.d, p.h - 0.2), mix(colour, "#000000", 0.2), tex="weave")
    p.m.put(cushion(p.w + 0.02, p.d + 0.02, 0.13, colour, tex="weave"), (0, 0, p.h - 0.13))
    for x in (-0.25, 0.25):
        p.m.put(Mesh().ball(0.02, DARK, n=6, rings=4, flat=0.5), (x * p.w, 0, p.h))
    return grid(p.w - 0.06, p.d - 0.06, p.h)


def bed(p: Plan) -> list[Slot]:
    """Draw a bed with its side to the viewer if it is wider than deep, else with its foot."""
    along = p.w > p.d * 1.15
    w, d = (p.d, p.w) if along else (p.w, p.d)
    m, wood, top = Mesh(), p.look.wood, p.h
    m.box((0, 0, 0.1), (w, d, top * 0.4), wood, tex="wood")
    m.box((0, d / 2 + 0.0, 0), (w + 0.04, 0.06, top + 0.45), wood, tex="wood")
    for x in (-w / 2 + 0.05, w / 2 - 0.05):
        m.box((x, -d / 2 + 0.05, 0), (0.07, 0.07, 0.1), DARK)
    deep = d - 0.04
    m.put(cushion(w - 0.04, deep, top * 0.55, WHITE), (0, -0.02, top * 0.45 - 0.012))
    cover = p.look.cloth
    m.put(cushion(w + 0.02, d * 0.68, top * 0.5, cover, tex="weave"), (0, -d * 0.165, top * 0.5))
    fold = mix(cover, "#ffffff", 0.55)
    m.put(cushion(w + 0.03, 0.16, top * 0.5 + 0.008, fold), (0, d * 0.16, top * 0.5))
    for x in (-0.25, 0.25) if w > 1.1 else (0,):
        pad = Mesh().ball(0.5, "#fdfcf7", n=10, rings=6)
        m.put(pad, (x * w, d * 0.36, top + 0.05), scale=(min(0.62, w * 0.42), 0.4, 0.16), tilt=18)
    p.m.put(m, turn=-90 if along else 0)
    return grid(p.w - 0.1, 0.66, top + 0.012, y=-p.d / 2 + 0.4)


TABLES: dict[str, Maker] = {
    "ArmChair": arm_chair,
    "Bed": bed,
    "CoffeeTable": coffee_table,
    "CounterTop": counter_top,
    "Desk": desk,
    "DiningTable": dining_table,
    "Ottoman": ottoman,
    "SideTable": side_table,
    "Sofa": sofa,
}
