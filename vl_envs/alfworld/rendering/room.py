"""The room itself: walls, floor, ceiling, skirting; and what stands there and holds nothing."""

from __future__ import annotations

import numpy as np

from vl_envs.alfworld.house import Layout, Placed
from vl_envs.alfworld.rendering.materials import palette
from vl_envs.alfworld.rendering.mesh import TILE, Colour, Mesh, Point, mix, rgba
from vl_envs.alfworld.rendering.plan import DARK, STEEL, WHITE, Maker, Plan, Slot

TILED = ("kitchen", "bathroom")
SKIRT = 0.09
STEP = 0.8
"""Metres between the points of a wall that have a brightness of their own."""


def shell(layout: Layout) -> Mesh:
    """Return floor, walls and ceiling: darker towards floor and corners, one wall dimmer."""
    look, m = palette(layout.style), Mesh()
    w, d, h = layout.width, layout.depth, layout.height
    floor = "tiles" if layout.room in TILED else "floor"
    _sheet(m, (0, 0, 0), (w, 0, 0), (0, d, 0), "#ffffff", floor, 1.0, both=True)
    _sheet(m, (0, d, h), (w, 0, 0), (0, -d, 0), "#fbfaf6", "", 0.96, both=True)
    walls = (
        ((0.0, d), (w, 0.0), 1.0),
        ((w, d), (0.0, -d), 0.93),
        ((w, 0.0), (-w, 0.0), 0.88),
        ((0.0, 0.0), (0.0, d), 0.95),
    )
    for (x, y), (dx, dy), light in walls:
        along = float(np.hypot(dx, dy))
        nx, ny = dy / along, -dx / along
        if layout.room == "bathroom":
            half = 1.2
            _sheet(m, (x, y, 0), (dx, dy, 0), (0, 0, half), "#f6fafa", "tiles", light)
            _sheet(m, (x, y, half), (dx, dy, 0), (0, 0, h - half), look.wall, "wall", light)
            strip = Mesh()
            _sheet(strip, (0, 0, half), (dx, dy, 0), (0, 0, 0.05), look.accent, "", light)
            m.put(strip, (x + nx * 0.006, y + ny * 0.006, 0))
        else:
            _sheet(m, (x, y, 0), (dx, dy, 0), (0, 0, h), look.wall, "wall", light)
        strip = Mesh()
        _sheet(strip, (0, 0, 0.001), (dx, dy, 0), (0, 0, SKIRT), look.skirt, "", light * 0.96)
        m.put(strip, (x + nx * 0.012, y + ny * 0.012, 0))
    return m


def _sheet(
    m: Mesh,
    at: Point,
    along: Point,
    up: Point,
    colour: Colour,
    tex: str,
    light: float,
    *,
    both: bool = False,
) -> None:
    """Add a plane in small fields; its lower edge (``both``: all four) is darker."""
    origin, u, v = np.array(at, float), np.array(along, float), np.array(up, float)
    long, tall = float(np.linalg.norm(u)), float(np.linalg.norm(v))
    columns, rows = max(2, round(long / STEP)), max(1, round(tall / STEP))
    s, t = np.meshgrid(np.linspace(0, 1, columns + 1), np.linspace(0, 1, rows + 1))
    s, t = s.ravel()[:, None], t.ravel()[:, None]
    points = origin + s * u + t * v
    near = np.minimum(s, 1 - s) * long
    shade = light * (1 - 0.14 * np.exp(-near / 0.4))
    if both:
        shade = shade * (1 - 0.14 * np.exp(-np.minimum(t, 1 - t) * tall / 0.4))
    else:
        shade = shade * (1 - 0.1 * np.exp(-points[:, 2:3] / 0.5))
    colours = np.concatenate((np.array(rgba(colour)[:3]) * shade, np.ones_like(s)), 1)
    triangles = []
    for row in range(rows):
        for column in range(columns):
            a = row * (columns + 1) + column
            b, c = a + columns + 1, a + columns + 2
            triangles += [(a, a + 1, c), (a, c, b)]
    uv = np.concatenate((s * long, t * tall), 1) / (2 * TILE)
    m.piece(points, (0, 0, 1), triangles, colours, uv=uv, tex=tex, glow=True)


def footprint(placed: Placed) -> Mesh:
    """Return the shadow on the floor around furniture, before it is turned and moved."""
    m, soft, z = Mesh(), 0.14, 0.006
    x, y = placed.width / 2, placed.depth / 2
    inner = [(-x, -y), (x, -y), (x, y), (-x, y)]
    outer = [(i * (x + soft), j * (y + soft)) for i, j in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    points = [(a, b, z) for a, b in (*inner, *outer)]
    colours = np.array([(0, 0, 0, 0.42)] * 4 + [(0, 0, 0, 0.0)] * 4)
    triangles = [(0, 1, 2), (0, 2, 3)]
    for i in range(4):
        j = (i + 1) % 4
        triangles += [(4 + i, 4 + j, j), (4 + i, j, i)]
    return m.piece(points, (0, 0, 1), triangles, colours, glow=True)


def window(p: Plan) -> list[Slot]:
    """Draw a window with daylight, a cross of bars, a sill and curtains."""
    m, y, f = p.m, -p.d / 2, 0.06
    m.box((0, 0, 0), (p.w, p.d, p.h), p.look.skirt, skip="b")
    x, z0, z1 = p.w / 2 - f, f, p.h - f
    m.quad(
        (-x, y - 0.006, z0),
        (x, y - 0.006, z0),
        (x, y - 0.006, z1),
        (-x, y - 0.006, z1),
        colour="#ffffff",
        tex="sky",
        glow=True,
    )
    m.box((0, y - 0.014, f), (0.035, 0.014, p.h - 2 * f), p.look.skirt, skip="b")
    m.box((0, y - 0.014, p.h * 0.56), (p.w - 2 * f, 0.014, 0.035), p.look.skirt, skip="b")
    m.box((0, y - 0.06, -0.03), (p.w + 0.1, 0.14, 0.035), WHITE)
    if p.w >= 0.85:
        rail = p.h + 0.06
        m.box((0, y - 0.05, rail), (p.w + 0.44, 0.025, 0.025), DARK)
        for side in (-1, 1):
            for i in range(4):
                fold = mix(p.look.accent, "#ffffff" if i % 2 else "#000000", 0.16)
                at = (side * (p.w / 2 - 0.06 + 0.06 * i), y - 0.045 - 0.012 * (i % 2), -0.2)
                m.box(at, (0.062, 0.03, rail + 0.2), fold, skip="bu")
    return []


def door(p: Plan) -> list[Slot]:
    """Draw a door with four panels, in its frame."""
    m, wood = p.m, mix(p.look.wood, "#ffffff", 0.25)
    m.box((0, 0, 0), (p.w, p.d, p.h), p.look.skirt)
    leaf_w, leaf_h, y = p.w - 0.14, p.h - 0.07, -p.d / 2
    m.box((0, y - 0.005, 0), (leaf_w, 0.012, leaf_h), wood, skip="bu", tex="wood")
    for x in (-0.24, 0.24):
        for z, h in ((0.08, 0.36), (0.54, 0.38)):
            at = (x * leaf_w, y - 0.013, z * leaf_h)
            m.box(at, (leaf_w * 0.34, 0.006, h * leaf_h), mix(wood, "#000000", 0.16), skip="b")
    m.put(Mesh().ball(0.035, "#d8b24a", n=8, rings=5, gloss=0.5), (leaf_w * 0.42, y - 0.05, 1.0))
    return []


def painting(p: Plan) -> list[Slot]:
    """Draw a landscape in a golden frame."""
    return _framed(p, "#c39a3f", "#ffffff", "art")


def mirror(p: Plan) -> list[Slot]:
    """Draw a mirror: a bright pane with streaks of light."""
    _framed(p, STEEL, "#c6dcea", "")
    y, w, h = -p.d / 2 - 0.012, p.w, p.h
    for x, wide in ((-0.3, 0.1), (-0.1, 0.05)):
        p.m.quad(
            (x * w, y, h * 0.2),
            ((x + wide) * w, y, h * 0.2),
            ((x + wide + 0.3) * w, y, h * 0.85),
            ((x + 0.3) * w, y, h * 0.85),
            colour="#eef8ff",
            glow=True,
        )
    return []


def _framed(p: Plan, frame: str, pane: str, tex: str) -> list[Slot]:
    f, y = 0.045, -p.d / 2 - 0.006
    p.m.box((0, 0, 0), (p.w, p.d, p.h), frame, gloss=0.2)
    x = p.w / 2 - f
    p.m.quad(
        (-x, y, f), (x, y, f), (x, y, p.h - f), (-x, y, p.h - f), colour=pane, tex=tex, glow=True
    )
    return []


def rug(p: Plan) -> list[Slot]:
    """Draw a rug with a border."""
    x, y, z = p.w / 2, p.d / 2, max(p.h, 0.012)
    p.m.quad((-x, -y, z), (x, -y, z), (x, y, z), (-x, y, z), colour="#ffffff", tex="rug", glow=True)
    return []


def bathtub(p: Plan) -> list[Slot]:
    """Draw one block of a bathtub's body."""
    p.m.box((0, 0, 0), (p.w, p.d, p.h), "#e9eef1", gloss=0.1)
    return []


def counter(p: Plan) -> list[Slot]:
    """Draw one block of a counter: stone at the top, if that is where its top is."""
    thin = min(0.05, p.h)
    if p.top > 0.8:
        p.m.box((0, 0, p.h - thin), (p.w, p.d, thin), p.look.slab, tex="stone")
    else:
        thin = 0.0
    if p.h - thin > 0.005:
        plinth = p.top < 0.2
        colour = DARK if plinth else mix(p.look.front, "#000000", 0.06)
        p.m.box((0, 0, 0), (p.w, p.d, p.h - thin), colour)
        if not plinth and p.h > 0.3:
            p.m.box(
                (0, -p.d / 2 - 0.008, 0.01), (p.w - 0.02, 0.02, p.h - 0.02 - thin), p.look.front
            )
    return []


def stove(p: Plan) -> list[Slot]:
    """Draw a stove: an oven door with a window, knobs, a black top."""
    m, y = p.m, -p.d / 2
    m.box((0, 0, 0), (p.w, p.d, p.h - 0.02), "#cfd3d6")
    m.box((0, 0, p.h - 0.02), (p.w, p.d, 0.02), "#3a3d42", gloss=0.2)
    m.box((0, y - 0.008, p.h * 0.16), (p.w - 0.06, 0.016, p.h * 0.62), "#aeb4b9")
    m.box((0, y - 0.018, p.h * 0.26), (p.w - 0.2, 0.006, p.h * 0.36), "#1f2226", gloss=0.4)
    m.box((0, y - 0.05, p.h * 0.71), (p.w - 0.12, 0.025, 0.025), WHITE, gloss=0.4)
    for i in range(4):
        knob = Mesh().rod(0.026, 0.03, DARK, n=8)
        m.put(knob, ((i - 1.5) * p.w * 0.2, y, p.h * 0.89), tilt=90)
    return []


def drawer_unit(p: Plan) -> list[Slot]:
    """Draw the body of a chest whose drawers are receptacles of their own."""
    p.m.box((0, 0, 0), (p.w, p.d, p.h), p.look.wood, tex="wood")
    p.m.box((0, 0, p.h - 0.03), (p.w + 0.03, p.d + 0.02, 0.03), mix(p.look.wood, "#ffffff", 0.12))
    return []


FIXTURES: dict[str, Maker] = {
    "Bathtub": bathtub,
    "Counter": counter,
    "Door": door,
    "DrawerUnit": drawer_unit,
    "Mirror": mirror,
    "Painting": painting,
    "Rug": rug,
    "Stove": stove,
    "Vanity": counter,
    "Window": window,
}
FLAT = frozenset({"Rug", "Window", "Door", "Painting", "Mirror"})
"""Kinds without a shadow on the floor."""
