"""What has water or heat: basins, the toilet, burners, machines; and holders on the wall."""

from __future__ import annotations

import math

from vl_envs.alfworld.rendering.mesh import Mesh, mix
from vl_envs.alfworld.rendering.plan import DARK, STEEL, WHITE, Maker, Plan, Slot, grid, hollow

PORCELAIN = "#eef1f3"


def faucet(m: Mesh, y: float, z: float, reach: float, tall: float) -> None:
    """Add a tap that bends to the viewer, with a lever on each side."""
    bend = [
        (0, y - reach * (1 - math.cos(a)) / 2, z + tall + reach / 2 * math.sin(a))
        for a in (0, 0.8, 1.57, 2.3, math.pi)
    ]
    m.tube([(0, y, z), *bend, (0, y - reach, z + tall - 0.03)], 0.016, STEEL, gloss=0.6)
    for side, tint in ((-1, "#c8503c"), (1, "#3c6fc8")):
        m.rod(0.018, 0.05, STEEL, at=(side * 0.1, y, z), n=8, gloss=0.5)
        m.rod(0.026, 0.016, tint, at=(side * 0.1, y, z + 0.05), n=8)


def basin(p: Plan, rim: float, colour: str, inside: str) -> None:
    """Add a tub with a flat rim, open above."""
    m, w, d, h = p.m, p.w, p.d, p.h
    m.box((0, 0, 0), (w, d, h), colour, skip="tu")
    for x, y, sx, sy in (
        (0, -d / 2 + rim / 2, w, rim),
        (0, d / 2 - rim / 2, w, rim),
        (-w / 2 + rim / 2, 0, rim, d - 2 * rim),
        (w / 2 - rim / 2, 0, rim, d - 2 * rim),
    ):
        m.box((x, y, h - 0.012), (sx, sy, 0.012), colour, skip="u", gloss=0.2)
    floor = max(0.02, h - 0.2)
    x, y = w / 2 - rim, d / 2 - rim
    hollow(m, (-x, x), (-y, y), (floor, h - 0.004), inside, dim=0.8)
    m.lathe([(0.032, 0), (0.025, 0.004), (0, 0.004)], [STEEL, DARK], at=(0, 0, floor), n=10)


def sink_basin(p: Plan) -> list[Slot]:
    """Draw a steel basin with its tap."""
    basin(p, 0.035, "#cdd3d8", "#aab4bc")
    faucet(p.m, p.d / 2 - 0.018, p.h, min(0.2, p.d * 0.45), 0.16)
    floor = max(0.02, p.h - 0.2)
    return grid(p.w - 0.12, p.d - 0.14, floor + 0.004, rows=2, cell=0.19)


def bathtub_basin(p: Plan) -> list[Slot]:
    """Draw a bathtub with its tap at the back."""
    basin(p, 0.07, PORCELAIN, "#e3f0f4")
    floor = max(0.02, p.h - 0.2)
    p.m.box((0, 0, floor + 0.001), (p.w - 0.16, p.d - 0.16, 0.002), "#bfe0ec")
    faucet(p.m, p.d / 2 - 0.035, p.h, 0.16, 0.1)
    return grid(p.w - 0.24, p.d - 0.22, floor + 0.005, rows=2)


def toilet(p: Plan) -> list[Slot]:
    """Draw a toilet with its lid down; things lie on the lid."""
    m, w = p.m, min(p.w, 0.42)
    tank = min(0.2, p.d * 0.3)
    deep = p.d - tank
    lid = p.h
    y = -tank / 2
    profile = [(0, 0), (0.62, 0), (0.5, 0.15), (0.55, 0.55), (0.92, 0.86), (1, 0.9), (0, 0.9)]
    bowl = Mesh().lathe(profile, PORCELAIN, n=14, gloss=0.25)
    m.put(bowl, (0, y, 0), scale=(w / 2, deep / 2, lid))
    cover = Mesh().lathe([(1, 0), (1, 0.6), (0.94, 1), (0, 1)], "#dfe6ea", n=14, gloss=0.25)
    m.put(cover, (0, y, lid * 0.905), scale=(w / 2 * 1.04, deep / 2 * 1.04, lid * 0.095))
    back = p.d / 2 - tank / 2
    m.box((0, back, lid * 0.5), (w * 1.15, tank, lid * 0.5 + 0.3), PORCELAIN, gloss=0.15)
    m.box((0, back, lid + 0.3), (w * 1.22, tank + 0.03, 0.04), WHITE)
    m.box((0, back, 0), (w * 0.5, tank, lid * 0.5), PORCELAIN)
    m.rod(0.03, 0.012, STEEL, at=(0, back, lid + 0.34), n=10, gloss=0.4)
    m.box((-w * 0.4, back - tank / 2 - 0.015, lid + 0.22), (0.09, 0.03, 0.025), STEEL, gloss=0.5)
    front = grid(w * 0.8, deep * 0.55, lid + 0.004, y=y - 0.02, rows=2, cell=0.2)
    return front + grid(w, 0.1, lid + 0.34, y=back, rows=1, cell=0.18)


def stove_burner(p: Plan) -> list[Slot]:
    """Draw a gas burner: a black plate, a cap and a grate."""
    m, r, top = p.m, min(p.w, p.d) / 2, p.h
    m.box((0, 0, 0), (p.w, p.d, max(0.012, top - 0.03)), "#24272b", gloss=0.2)
    z = max(0.012, top - 0.03)
    ring = [(r * 0.5, 0), (r * 0.5, 0.012), (r * 0.36, 0.018), (0, 0.018)]
    m.lathe(ring, ["#d88a3a", "#7b8087", "#4b5057"], at=(0, 0, z), n=12)
    m.lathe([(r * 0.72, 0), (r * 0.72, 0.004), (r * 0.62, 0.004)], "#3d7de0", at=(0, 0, z), n=14)
    for i in range(4):
        bar = Mesh().box((r * 0.6, 0, 0), (r * 0.7, 0.016, 0.02), "#8f959c")
        m.put(bar, (0, 0, z + 0.012), turn=45 + 90 * i)
    return [Slot(0, 0, max(top, z + 0.032), 0.36)] + [
        Slot(x, y, max(top, z + 0.032), 0.2) for x, y in ((-0.1, -0.08), (0.1, -0.08), (0, 0.1))
    ]


def coffee_machine(p: Plan) -> list[Slot]:
    """Draw a coffee machine: a cup stands under its spout."""
    m, body = p.m, "#2f3338"
    front, d = -p.d / 2, p.d
    m.box((0, 0.0, 0), (p.w, d, p.h * 0.09), body)
    m.box((0, front + d * 0.3, p.h * 0.09), (p.w * 0.8, d * 0.5, 0.008), STEEL)
    m.box((0, d * 0.3, p.h * 0.09), (p.w, d * 0.4, p.h * 0.56), body)
    m.box((0, 0, p.h * 0.65), (p.w, d, p.h * 0.35), "#a83232", gloss=0.2)
    m.rod(0.026, 0.05, STEEL, at=(0, front + d * 0.3, p.h * 0.65 - 0.05), n=8, gloss=0.5)
    dial = Mesh().rod(p.w * 0.13, 0.02, STEEL, n=10, gloss=0.3)
    m.put(dial, (0, front, p.h * 0.82), tilt=90)
    for side in (-1, 1):
        lamp = "#7dff7d" if side < 0 else "#ffb03c"
        m.box((side * p.w * 0.32, front - 0.003, p.h * 0.8), (0.024, 0.008, 0.024), lamp, glow=True)
    m.rod(p.w * 0.36, p.h * 0.1, "#cfe0e8", at=(0, d * 0.12, p.h), n=10)
    room = p.h * 0.56
    return [
        Slot(0, front + d * 0.28, p.h * 0.09 + 0.008, p.w * 0.8, room),
        Slot(-p.w / 2 - 0.09, front + 0.1, 0, 0.16),
        Slot(p.w / 2 + 0.09, front + 0.1, 0, 0.16),
    ]


def toaster(p: Plan) -> list[Slot]:
    """Draw a steel toaster with two slits and a lever."""
    m = p.m
    m.box((0, 0, 0), (p.w, p.d, 0.03), DARK)
    m.box((0, 0, 0.03), (p.w, p.d, p.h - 0.03), "#c4cad0", taper=0.94, gloss=0.35)
    for y in (-p.d * 0.18, p.d * 0.18):
        m.box((0, y, p.h), (p.w * 0.74, p.d * 0.16, 0.003), "#1d1f22")
    m.box((p.w / 2 + 0.012, 0, p.h * 0.55), (0.04, 0.05, 0.03), "#c8503c")
    m.box((0, -p.d / 2, p.h * 0.2), (p.w * 0.5, 0.012, p.h * 0.12), "#d0463a")
    return [Slot(0, 0, p.h - 0.01, p.w * 0.8), Slot(0, p.d * 0.25, p.h - 0.01, p.w * 0.8)]


def towel_holder(p: Plan) -> list[Slot]:
    """Draw a rail on the wall: a towel hangs over it."""
    return _rail(p, STEEL)


def hand_towel_holder(p: Plan) -> list[Slot]:
    """Draw a ring on the wall: a small towel hangs through it."""
    m, y = p.m, p.d / 2
    plate = Mesh().rod(0.045, 0.025, "#c9a24a", n=10, gloss=0.4)
    m.put(plate, (0, y, p.h), tilt=90)
    r = min(0.11, p.w / 2)
    ring = [
        (r * math.sin(a), y - 0.045, p.h - r + r * math.cos(a))
        for a in (i * math.pi / 6 for i in range(13))
    ]
    m.tube(ring, 0.011, "#c9a24a", gloss=0.5)
    return [Slot(0, y - 0.045, p.h - 2 * r + 0.005, 0.34, 9.0, True)]


def _rail(p: Plan, colour: str) -> list[Slot]:
    m, y, z = p.m, -p.d / 2 + 0.02, p.h - 0.02
    for side in (-1, 1):
        x = side * (p.w / 2 - 0.02)
        m.box((x, p.d / 2 - 0.01, z - 0.035), (0.05, 0.02, 0.07), colour)
        m.box((x, 0, z - 0.012), (0.022, p.d, 0.024), colour)
    m.tube([(-p.w / 2, y, z), (p.w / 2, y, z)], 0.015, colour, n=8, gloss=0.6)
    return [Slot(x, y, z, min(0.6, p.w - 0.08), 9.0, True) for x in (0.0, -0.12, 0.12)]


def toilet_paper_hanger(p: Plan) -> list[Slot]:
    """Draw an arm on the wall with a spindle: a roll hangs on it."""
    m, y, z = p.m, -p.d / 2 + 0.03, p.h - 0.03
    m.box((0, p.d / 2 - 0.01, z - 0.05), (0.14, 0.02, 0.1), "#8f979e")
    m.box((-0.11, 0, z - 0.012), (0.02, p.d, 0.024), STEEL)
    m.box((-0.06, p.d / 2 - 0.015, z - 0.012), (0.1, 0.02, 0.024), STEEL)
    m.tube([(-0.12, y, z), (0.11, y, z)], 0.013, STEEL, gloss=0.5)
    return [Slot(0, y, z, 0.25, 9.0, True)]


def plain_box(p: Plan) -> list[Slot]:
    """Draw a box with a rim: furniture of a kind that is not known here."""
    p.m.box((0, 0, 0), (p.w, p.d, p.h), p.look.wood, tex="wood")
    p.m.box((0, 0, p.h - 0.03), (p.w + 0.02, p.d + 0.02, 0.03), mix(p.look.wood, "#ffffff", 0.3))
    return grid(p.w - 0.04, p.d - 0.04, p.h)


APPLIANCES: dict[str, Maker] = {
    "BathtubBasin": bathtub_basin,
    "CoffeeMachine": coffee_machine,
    "HandTowelHolder": hand_towel_holder,
    "SinkBasin": sink_basin,
    "StoveBurner": stove_burner,
    "Toaster": toaster,
    "Toilet": toilet,
    "ToiletPaperHanger": toilet_paper_hanger,
    "TowelHolder": towel_holder,
}
