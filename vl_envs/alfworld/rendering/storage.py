"""Furniture to put things into: cabinets, drawers, the fridge, shelves, bins."""

from __future__ import annotations

from vl_envs.alfworld.rendering.mesh import Mesh, mix
from vl_envs.alfworld.rendering.plan import (
    BRASS,
    DARK,
    STEEL,
    WHITE,
    Maker,
    Plan,
    Slot,
    grid,
    hollow,
)


def cabinet(p: Plan) -> list[Slot]:
    """Draw a cupboard with one or two doors; without doors when it cannot be opened."""
    colour = p.look.front
    p.case(0, p.h, mix(colour, "#000000", 0.06), mix(p.look.wood, "#ffffff", 0.35))
    slots = grid(p.w - 0.1, p.d - 0.1, 0.03, cell=0.2, rows=1, high=p.h - 0.08)
    if p.h > 0.62:
        shelf = p.h * 0.52
        p.m.box((0, 0.02, shelf), (p.w - 0.06, p.d - 0.08, 0.02), p.look.wood)
        upper = grid(p.w - 0.1, p.d - 0.1, shelf + 0.02, cell=0.2, rows=1, high=p.h * 0.42)
        slots = [Slot(s.x, s.y, s.z, s.cell, p.h * 0.45) for s in slots] + upper
    if p.shut:
        sides = (-1, 1) if p.w > 0.5 else (-1,)
        wide = (p.w - 0.01) / len(sides)
        for side in sides:
            p.door(
                (side * p.w / 2, -p.d / 2 - 0.012, 0.006),
                (wide - 0.004, p.h - 0.012),
                colour,
                hinge=side,
                angle=105 if p.open else 0,
                t=0.022,
                inside=mix(colour, "#000000", 0.05),
            )
    return slots


def drawer(p: Plan) -> list[Slot]:
    """Draw one drawer: pulled out when it is open."""
    colour = p.look.front
    pull = min(0.3, p.d * 0.75) if p.open and p.shut else 0.0
    if not p.open:
        p.m.box((0, 0.01, 0), (p.w, p.d - 0.02, p.h), mix(colour, "#000000", 0.25))
        p.front(0, p.h, colour)
        return grid(p.w - 0.06, p.d - 0.06, 0.02, cell=0.16, rows=2)
    p.case(0, p.h, mix(colour, "#000000", 0.25), DARK, t=0.012)
    box = Plan(p.w, p.d, p.h, True, True, p.look)
    inside = mix(p.look.wood, "#ffffff", 0.45)
    wall, d, w = p.h * 0.72, min(p.d, pull + 0.08) if pull else p.d, p.w - 0.03
    y = -p.d / 2 + d / 2
    box.m.box((0, y, 0.012), (w, d, wall), p.look.wood, skip="t")
    hollow(
        box.m,
        (-w / 2 + 0.015, w / 2 - 0.015),
        (-p.d / 2 + 0.01, -p.d / 2 + d),
        (0.03, wall + 0.012),
        inside,
    )
    for x in (-w / 2 + 0.007, w / 2 - 0.007):
        box.m.box((x, y, wall + 0.002), (0.015, d, 0.012), inside)
    box.front(0, p.h, colour)
    p.m.put(box.m, (0, -pull, 0))
    slots = grid(w - 0.05, min(d, 0.36) - 0.05, 0.03, cell=0.15, rows=2)
    middle = -p.d / 2 - pull + min(d, 0.36) / 2
    return [Slot(s.x, s.y + middle, s.z, s.cell, s.high) for s in slots]


def dresser(p: Plan) -> list[Slot]:
    """Draw a chest with painted drawers; things stand on it."""
    wood = p.look.wood
    p.m.box((0, 0, 0.06), (p.w, p.d, p.h - 0.1), wood, tex="wood")
    p.m.box(
        (0, 0, p.h - 0.04), (p.w + 0.03, p.d + 0.02, 0.04), mix(wood, "#ffffff", 0.1), tex="wood"
    )
    p.m.box((0, 0.03, 0), (p.w - 0.08, p.d - 0.08, 0.06), mix(wood, "#000000", 0.5))
    rows = max(2, round((p.h - 0.12) / 0.24))
    columns = 2 if p.w > 0.75 else 1
    each, tall = (p.w - 0.04) / columns, (p.h - 0.13) / rows
    for row in range(0 if p.filled else rows):
        for column in range(columns):
            x = (column - (columns - 1) / 2) * each
            y, z = -p.d / 2 - 0.008, 0.08 + row * tall
            p.m.box((x, y, z), (each - 0.03, 0.016, tall - 0.025), mix(wood, "#ffffff", 0.16))
            for side in (-1, 1):
                knob = Mesh().ball(0.017, BRASS, n=6, rings=4, gloss=0.5)
                p.m.put(knob, (x + side * each * 0.25, y - 0.025, z + tall * 0.45))
    return grid(p.w - 0.06, p.d - 0.04, p.h)


def tv_stand(p: Plan) -> list[Slot]:
    """Draw a low open stand on short legs."""
    wood = mix(p.look.wood, "#000000", 0.45)
    p.case(0.08, p.h - 0.08, wood, mix(wood, "#ffffff", 0.12), tex="wood")
    p.legs(0.08, 0.05, DARK)
    p.m.box((0, 0, 0.08), (0.03, p.d - 0.02, p.h - 0.1), wood)
    p.m.box((0, 0.02, 0.08 + (p.h - 0.1) / 2), (p.w - 0.06, p.d - 0.08, 0.02), wood)
    p.m.box((p.w * 0.24, 0.02, 0.11), (p.w * 0.3, p.d * 0.6, 0.06), "#3b4046", gloss=0.3)
    return grid(p.w - 0.06, p.d - 0.04, p.h)


def fridge(p: Plan) -> list[Slot]:
    """Draw a fridge with a freezer above; the main door opens."""
    body = (WHITE, STEEL, "#e8e2d0")[len(p.look.wall + p.look.accent[1]) % 3]
    body = "#dfe3e6" if body == WHITE else body
    split = p.h * 0.72
    p.m.box((0, 0.02, split), (p.w, p.d - 0.04, p.h - split), body, gloss=0.1)
    p.m.box((0, 0.02, 0), (p.w, p.d - 0.04, 0.06), DARK)
    y = -p.d / 2 + 0.02
    p.door(
        (-p.w / 2, y, split + 0.006),
        (p.w, p.h - split - 0.012),
        body,
        hinge=-1,
        angle=0,
        panel=False,
    )
    if p.open:
        p.case(0.06, split - 0.06, body, "#f3fafd", t=0.05)
    else:
        p.m.box((0, 0.02, 0.06), (p.w, p.d - 0.04, split - 0.06), body)
    levels = [z for z in (0.12, 0.42, 0.72, 1.02) if z + 0.22 < split]
    if p.open and p.shut:
        wide = p.w - 0.004
        leaf = Plan(wide, 0.1, split - 0.08, True, True, p.look)
        inner = Mesh()
        for z in (0.1, 0.5, 0.9):
            if z < split - 0.3:
                inner.box((0, -0.06, z), (wide - 0.1, 0.07, 0.09), "#cfe2ea")
        leaf.m.put(inner, (wide / 2, 0.12, 0))
        p.m.put(leaf.m, (-p.w / 2, y, 0.07), turn=-112)
    p.door(
        (-p.w / 2, y, 0.07),
        (p.w, split - 0.076),
        body,
        hinge=-1,
        angle=112 if p.open and p.shut else 0,
        panel=False,
        inside="#e6f1f5",
        t=0.05,
    )
    if p.open:
        for z in levels[1:]:
            p.m.box((0, 0.02, z - 0.015), (p.w - 0.1, p.d - 0.12, 0.015), "#bcd8e4", gloss=0.3)
    p.m.box((p.w * 0.3, y - 0.022, p.h - 0.1), (0.1, 0.008, 0.03), "#5b7fa6")
    slots = []
    order = [2, 1, 3, 0] if len(levels) == 4 else list(range(len(levels)))[::-1]
    for level in order:
        slots += grid(
            p.w - 0.14, 0.26, levels[level], y=-p.d / 2 + 0.19, high=0.25, rows=1, cell=0.2
        )
    return slots


def microwave(p: Plan) -> list[Slot]:
    """Draw a microwave with window, buttons and a display; the door opens to the left."""
    body, panel = "#3a3e44", p.w * 0.24
    wide = p.w - panel
    oven = Plan(wide, p.d, p.h, p.open, p.shut, p.look)
    oven.case(0, p.h, body, "#efe3b8", t=0.025)
    p.m.put(oven.m, (-panel / 2, 0, 0))
    p.m.box((p.w / 2 - panel / 2, 0, 0), (panel, p.d, p.h), STEEL, gloss=0.2)
    x, y = p.w / 2 - panel / 2, -p.d / 2 - 0.004
    p.m.box((x, y, p.h * 0.72), (panel * 0.76, 0.006, p.h * 0.16), "#10281a")
    p.m.box((x, y - 0.004, p.h * 0.76), (panel * 0.5, 0.004, p.h * 0.08), "#5dff8f", glow=True)
    for row in range(3):
        for column in range(3):
            at = (x + (column - 1) * panel * 0.24, y, p.h * (0.5 - row * 0.15))
            p.m.box(at, (panel * 0.17, 0.008, p.h * 0.09), "#6b7178")
    leaf = Mesh()
    leaf.box((wide / 2, 0, 0), (wide, 0.03, p.h), body, gloss=0.15)
    leaf.box((wide / 2, -0.016, p.h * 0.16), (wide * 0.74, 0.004, p.h * 0.68), "#141618", gloss=0.5)
    leaf.quad(
        (wide * 0.2, -0.02, p.h * 0.5),
        (wide * 0.3, -0.02, p.h * 0.5),
        (wide * 0.55, -0.02, p.h * 0.8),
        (wide * 0.45, -0.02, p.h * 0.8),
        colour="#4a5560",
    )
    leaf.box((wide - 0.025, -0.035, p.h * 0.15), (0.022, 0.03, p.h * 0.7), WHITE, gloss=0.4)
    if p.shut:
        p.m.put(leaf, (-p.w / 2, -p.d / 2 - 0.016, 0), turn=-108 if p.open else 0)
    plate = Mesh().rod(min(wide, p.d) * 0.4, 0.012, "#cfe4ea", n=14, gloss=0.3)
    p.m.put(plate, (-panel / 2, 0, 0.026))
    slots = grid(wide - 0.08, p.d - 0.1, 0.04, high=p.h - 0.08, cell=0.19, rows=2)
    return [Slot(s.x - panel / 2, s.y, s.z, s.cell, s.high) for s in slots]


def safe(p: Plan) -> list[Slot]:
    """Draw a steel safe with a dial and a wheel."""
    body = "#566470"
    p.case(0, p.h, body, "#8b7f6c", t=0.05)
    leaf = Mesh().box((p.w / 2, 0, 0), (p.w, 0.05, p.h), mix(body, "#ffffff", 0.12), gloss=0.2)
    edge = mix(body, "#000000", 0.25)
    leaf.box((p.w / 2, -0.024, p.h * 0.08), (p.w * 0.84, 0.006, p.h * 0.84), edge)
    dial = Mesh().lathe(
        [(0.05, 0), (0.05, 0.02), (0.03, 0.035), (0, 0.035)], [STEEL, WHITE, DARK], n=12
    )
    leaf.put(dial, (p.w * 0.36, -0.028, p.h * 0.62), tilt=90)
    for spoke in range(3):
        bar = Mesh().box((0, -0.02, -0.075), (0.02, 0.02, 0.15), BRASS, gloss=0.5)
        leaf.put(bar, (p.w * 0.68, -0.03, p.h * 0.5), roll=60 * spoke)
    if p.shut:
        p.m.put(leaf, (-p.w / 2, -p.d / 2 - 0.026, 0), turn=-110 if p.open else 0)
    return grid(p.w - 0.12, p.d - 0.14, 0.05, high=p.h - 0.12, cell=0.18, rows=2)


def shelf(p: Plan) -> list[Slot]:
    """Draw one board on brackets, or an open case where there is room below it."""
    wood = p.look.wood
    if p.h > 0.25:
        p.case(0, p.h, wood, mix(wood, "#ffffff", 0.3), tex="wood")
        return grid(p.w - 0.1, p.d - 0.06, 0.03, high=p.h - 0.08, rows=2, cell=0.2)
    p.m.box((0, 0, p.h - 0.03), (p.w, p.d, 0.03), wood, tex="wood")
    for side in (-1, 1):
        x = side * (p.w / 2 - 0.08)
        p.m.box((x, 0.02, p.h - 0.06), (0.025, p.d - 0.04, 0.03), DARK)
        p.m.box((x, p.d / 2 - 0.02, p.h - 0.16), (0.025, 0.025, 0.13), DARK)
    return grid(p.w - 0.04, p.d - 0.02, p.h, rows=2, cell=0.2)


def cart(p: Plan) -> list[Slot]:
    """Draw a trolley: two trays between steel posts, on wheels."""
    for z in (0.16, p.h - 0.05):
        p.m.box((0, 0, z), (p.w, p.d, 0.05), "#d8dde0", gloss=0.2)
        p.m.box((0, 0, z + 0.051), (p.w - 0.05, p.d - 0.05, 0.002), p.look.wood, tex="wood")
    for i in (-1, 1):
        for j in (-1, 1):
            x, y = i * (p.w / 2 - 0.02), j * (p.d / 2 - 0.02)
            p.m.rod(0.013, p.h + 0.0, STEEL, at=(x, y, 0.06), n=6)
            wheel = Mesh().rod(0.035, 0.03, DARK, n=8)
            p.m.put(wheel, (x, y, 0.035), roll=90)
    x = p.w / 2 + 0.07
    ends = [(x - 0.07, j * (p.d / 2 - 0.02), p.h) for j in (-1, 1)]
    grip = [(x, j * (p.d / 2 - 0.02), p.h + 0.06) for j in (-1, 1)]
    p.m.tube([ends[0], grip[0], grip[1], ends[1]], 0.013, STEEL, gloss=0.4)
    return grid(p.w - 0.04, p.d - 0.04, p.h)


def garbage_can(p: Plan) -> list[Slot]:
    """Draw a green bin with a liner; things peep out of it."""
    r, squash = p.w / 2, p.d / p.w
    body, inner = "#3f7d58", "#1f3328"
    profile = [
        (r * 0.76, 0),
        (r, p.h * 0.92),
        (r * 1.06, p.h * 0.92),
        (r * 1.06, p.h),
        (r * 0.92, p.h),
    ]
    profile += [(r * 0.88, p.h - 0.14), (0, p.h - 0.14)]
    colours = [body, body, "#2f6044", "#e8e8e8", inner, inner]
    p.m.lathe(profile, colours, n=12, squash=squash)
    for turn in (0, 120, 240):
        arrow = Mesh().plate([(-0.03, -0.03), (0.04, 0), (-0.03, 0.03)], 0, 0.004, WHITE)
        spread = Mesh().put(arrow, (0.055, 0, 0), turn=30).put(Mesh())
        p.m.put(Mesh().put(spread, turn=turn), (0, -p.d / 2 * 0.955, p.h * 0.5), tilt=83)
    return grid(r * 1.3, p.d * 0.6, p.h - 0.14, cell=0.19, rows=2)


def laundry_hamper(p: Plan) -> list[Slot]:
    """Draw a wicker basket with a cloth lining."""
    weave, m = "#c8a46c", p.m
    m.box((0, 0, 0), (p.w * 0.9, p.d * 0.9, p.h), weave, skip="t", taper=1.1, tex="checks")
    w, d = p.w * 0.99, p.d * 0.99
    for x, y, sx, sy in (
        (0, -d / 2 + 0.02, w, 0.05),
        (0, d / 2 - 0.02, w, 0.05),
        (-w / 2 + 0.02, 0, 0.05, d),
        (w / 2 - 0.02, 0, 0.05, d),
    ):
        m.box((x, y, p.h - 0.05), (sx, sy, 0.06), "#f0e8d8")
    inner = (-w / 2 + 0.04, w / 2 - 0.04), (-d / 2 + 0.04, d / 2 - 0.04)
    hollow(m, *inner, (p.h - 0.16, p.h), "#e9dfca")
    return grid(p.w - 0.14, p.d - 0.14, p.h - 0.15, cell=0.2, rows=2)


STORAGE: dict[str, Maker] = {
    "Cabinet": cabinet,
    "Cart": cart,
    "Drawer": drawer,
    "Dresser": dresser,
    "Fridge": fridge,
    "GarbageCan": garbage_can,
    "LaundryHamper": laundry_hamper,
    "Microwave": microwave,
    "Safe": safe,
    "Shelf": shelf,
    "TVStand": tv_stand,
}
