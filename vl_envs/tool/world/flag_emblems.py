"""What flags carry beyond plain shapes: the parts that take a few lines to construct."""

from __future__ import annotations

from itertools import pairwise
from math import sqrt

from vl_envs.tool.world.shapes import (
    Canvas,
    Shape,
    arc,
    cross,
    disc,
    group,
    h,
    inset,
    line,
    pentagram,
    poly,
    rect,
    star,
    tip,
)

W, K = "ffffff", "000000"
SIDE = sqrt(3) / 2  # the height of an equilateral triangle of side 1


def union_jack() -> Shape:
    """The Union Jack in its own 60 by 30 units."""
    shapes = [rect("012169", 0, 0, 60, 30)]
    shapes += [line(W, 0, 0, 60, 30, 6), line(W, 60, 0, 0, 30, 6)]
    # Each red arm lies on one side of its diagonal only, turning like a windmill.
    for x, y, nx, ny in ((60, 30, 1, -2), (0, 30, 1, 2), (0, 0, -1, 2), (60, 0, -1, -2)):
        dx, dy = 2 * nx / sqrt(5), 2 * ny / sqrt(5)
        shapes.append(poly("c8102e", 30, 15, x, y, x + dx, y + dy, 30 + dx, 15 + dy))
    return group(*shapes, cross(W, 25, 35, 10, 20), cross("c8102e", 27, 33, 12, 18))


def union_canton(x: float, y: float) -> Shape:
    """A Union Jack on the upper hoist."""
    return inset(0, 0, x, y, (60, 30), union_jack())


def taegeuk() -> Shape:
    """The circle of South Korea's flag, in 72 by 48 units."""
    red, blue = "cd2e3a", "0047a0"
    left, right = tip(36, 24, 6, 123.69 + 180), tip(36, 24, 6, 123.69)

    def halves(canvas: Canvas) -> None:
        box = canvas.box(36, 24, 12)
        canvas.pen.pieslice(box, 33.69, 213.69, fill="#" + blue)
        canvas.pen.pieslice(box, 213.69, 393.69, fill="#" + red)

    return group(halves, disc(red, *left, 6), disc(blue, *right, 6))


def trigram(angle: float, broken: tuple[bool, bool, bool]) -> Shape:
    """Three bars across the ray at ``angle``; the first is the nearest to the middle."""
    bars = []
    for i, gap in enumerate(broken):
        middle = tip(36, 24, 19 + 3 * i, angle)
        ends = [tip(*middle, 6, angle - 90), tip(*middle, 6, angle + 90)]
        bars.append(line(K, *ends[0], *ends[1], 2))
        if gap:
            near = [tip(*middle, 0.5, angle - 90), tip(*middle, 0.5, angle + 90)]
            bars.append(line(W, *near[0], *near[1], 2.4))
    return group(*bars)


def korea() -> Shape:
    """South Korea's whole flag."""
    up, down = 56.31, 123.69
    return group(
        h(W),
        taegeuk(),
        trigram(-up, (False, False, False)),
        trigram(up, (True, False, True)),
        trigram(-down, (False, True, False)),
        trigram(down, (True, True, True)),
    )


def maple() -> Shape:
    """Canada's leaf, in 9600 by 4800 units."""
    half = [(4890, 4430), (4845, 3567), (4862, 3500), (4956, 3469), (5815, 3620), (5699, 3300)]
    half += [(5697, 3255), (5719, 3227), (6660, 2465), (6448, 2366), (6414, 2287), (6600, 1715)]
    half += [(6058, 1830), (5985, 1792), (5880, 1545), (5457, 1999), (5385, 2010), (5346, 1942)]
    half += [(5550, 890), (5223, 1079), (5132, 1052), (4800, 400)]
    whole = half + [(9600 - x, y) for x, y in reversed(half[:-1])]
    return lambda canvas: canvas.polygon("d52b1e", whole)


def chevron(colour: str, t: float) -> Shape:
    """South Africa's lying Y as a band of half-width ``t`` with mitred joint."""
    a, b = t / 0.83205, t / 0.5547
    arms = poly(colour, 0, -a, 45 + b, 30, 0, 60 + a, 0, 60 - a, 45 - b, 30, 0, a)
    return group(arms, rect(colour, 45, 30 - t, 90, 30 + t))


def bolnur(cx: float, cy: float) -> Shape:
    """One of Georgia's small flared crosses."""
    arms = []
    for angle in (0, 90, 180, 270):
        near = [tip(cx, cy, 3, angle - 90), tip(cx, cy, 3, angle + 90)]
        far = [tip(*tip(cx, cy, 20, angle), 8, angle + side) for side in (90, -90)]
        arms.append(poly("ff0000", *near[0], *near[1], *far[0], *far[1]))
    return group(*arms)


def chakra() -> Shape:
    """India's wheel of 24 spokes."""
    blue, c = "000080", (1.5, 1.0)
    spokes = [line(blue, *c, *tip(*c, 0.27, 15 * i), 0.018) for i in range(24)]
    return group(arc(blue, *c, 0.3, 0.035, 0, 360), *spokes, disc(blue, *c, 0.055))


def us_stars() -> Shape:
    """Fifty stars in nine rows."""
    dots = []
    for row in range(9):
        for column in range(6 - row % 2):
            x, y = 7.6 / 12 * (1 + 2 * column + row % 2), 70 / 13 / 10 * (1 + row)
            dots.append(star(W, x, y, 0.308))
    return group(*dots)


def ring(colour: str, n: int, cx: float, cy: float, radius: float, r: float) -> Shape:
    """``n`` upright stars on a circle."""
    return group(*(star(colour, *tip(cx, cy, radius, 360 / n * i), r) for i in range(n)))


def stars(colour: str, *xyr: tuple[float, float, float]) -> Shape:
    """Upright stars at x, y of radius r."""
    return group(*(star(colour, x, y, r) for x, y, r in xyr))


def hexagram(x: float, y: float) -> Shape:
    """One of Burundi's red stars edged green."""
    green, red = "1eb53a", "ce1126"
    return group(star(green, x, y, 27, 6, 0.577), star(red, x, y, 22, 6, 0.577))


def israel() -> Shape:
    """Israel's flag in 220 by 160 units."""
    blue, shapes = (
        "0038b8",
        [h(W), rect("0038b8", 0, 15, 220, 40), rect("0038b8", 0, 120, 220, 145)],
    )
    for turn in (0, 180):
        tips = [tip(110, 80, 30, turn + 120 * i) for i in range(4)]
        shapes += [line(blue, *a, *b, 5.5) for a, b in pairwise(tips)]
        shapes += [disc(blue, *a, 2.75) for a in tips]
    return group(*shapes)


def macedonia() -> Shape:
    """North Macedonia's sun in 280 by 140 units."""
    gold = "ffe600"
    rays = [poly(gold, 0, 0, 42, 0, 140, 70), poly(gold, 238, 0, 280, 0, 140, 70)]
    rays += [poly(gold, 0, 140, 42, 140, 140, 70), poly(gold, 238, 140, 280, 140, 140, 70)]
    rays += [poly(gold, 112, 0, 168, 0, 140, 70), poly(gold, 112, 140, 168, 140, 140, 70)]
    rays += [poly(gold, 0, 56, 0, 84, 140, 70), poly(gold, 280, 56, 280, 84, 140, 70)]
    return group(h("d20000"), *rays, disc("d20000", 140, 70, 25), disc(gold, 140, 70, 20))


def philippine_sun() -> Shape:
    """A sun of eight threefold rays."""
    gold, c = "fcd116", (SIDE / 3, 0.5)
    rays = []
    for i in range(8):
        rays += [line(gold, *c, *tip(*c, r, 45 * i + d), 0.013) for r, d in ((0.17, -9), (0.17, 9))]
        rays.append(line(gold, *c, *tip(*c, 0.19, 45 * i), 0.026))
    return group(*rays, disc(W, *c, 0.105), disc(gold, *c, 0.093))


def ethiopia() -> Shape:
    """A pentagram with rays on a blue disc."""
    c, gold = (1.0, 0.5), "fcdd09"
    rays = [
        line(gold, *tip(*c, 0.13, 36 + 72 * i), *tip(*c, 0.26, 36 + 72 * i), 0.014)
        for i in range(5)
    ]
    return group(disc("0f47af", *c, 1 / 3), pentagram(gold, *c, 0.27, 0.022), *rays)


def uzbek_stars() -> Shape:
    """Rows of three, four and five stars."""
    rows = [
        (x, y) for n, y in ((3, 16), (4, 40), (5, 64)) for x in range(208 - 24 * n + 24, 209, 24)
    ]
    return group(*(star(W, x, y, 9) for x, y in rows))


def triangle(colour: str, apex: float, height: float = 1) -> Shape:
    """A triangle on the hoist."""
    return poly(colour, 0, 0, apex, height / 2, 0, height)


def diagonal(upper: str, lower: str, w: float, hh: float, *bands: tuple[str, float]) -> Shape:
    """Two fields parted by bands (colour, width) that rise from the lower hoist."""
    fields = [poly(upper, 0, 0, w, 0, 0, hh), poly(lower, w, 0, w, hh, 0, hh)]
    over = 0.2
    ends = (-over * w, hh * (1 + over), w * (1 + over), -over * hh)
    return group(*fields, *(line(colour, *ends, width) for colour, width in bands))


def zigzag(colour: str, near: float, far: float, w: float, hh: float, teeth: int) -> Shape:
    """A field with a serrated edge on its hoist side."""
    step, edge = hh / teeth, []
    for i in range(teeth):
        edge += [near, i * step, far, (i + 0.5) * step]
    return poly(colour, w, 0, *edge, near, hh, w, hh)


def arc_stars(n: int, cx: float, cy: float, radius: float, span: float, r: float) -> Shape:
    """White stars on an arc, each leaning outwards."""
    angles = [span * (i / (n - 1) - 0.5) for i in range(n)]
    return group(*(star(W, *tip(cx, cy, radius, a), r, turn=a) for a in angles))
