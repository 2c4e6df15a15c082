"""The flags, one line or a few each: width and height in units, then the shapes from back to front.

Left out on purpose: flags with arms or pictures that geometry cannot draw, and one of each pair
that people confuse (so no Chad beside Romania, no Indonesia or Monaco beside Poland, no New
Zealand beside Australia). Bolivia, Costa Rica, the Dominican Republic, Haiti, Peru, Spain and
Venezuela fly their civil flag, without arms.
"""

from __future__ import annotations

from math import sqrt

from vl_envs.tool.world.shapes import (
    Canvas,
    Shape,
    arc,
    crescent,
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
    sun,
    tip,
    v,
)

W, K = "ffffff", "000000"
SIDE = sqrt(3) / 2  # the height of an equilateral triangle of side 1


def _union_jack() -> Shape:
    shapes = [rect("012169", 0, 0, 60, 30)]
    shapes += [line(W, 0, 0, 60, 30, 6), line(W, 60, 0, 0, 30, 6)]
    # Each red arm lies on one side of its diagonal only, turning like a windmill.
    for x, y, nx, ny in ((60, 30, 1, -2), (0, 30, 1, 2), (0, 0, -1, 2), (60, 0, -1, -2)):
        dx, dy = 2 * nx / sqrt(5), 2 * ny / sqrt(5)
        shapes.append(poly("c8102e", 30, 15, x, y, x + dx, y + dy, 30 + dx, 15 + dy))
    return group(*shapes, cross(W, 25, 35, 10, 20), cross("c8102e", 27, 33, 12, 18))


def _union_canton(x: float, y: float) -> Shape:
    return inset(0, 0, x, y, (60, 30), _union_jack())


def _taegeuk() -> Shape:
    red, blue = "cd2e3a", "0047a0"
    left, right = tip(36, 24, 6, 123.69 + 180), tip(36, 24, 6, 123.69)

    def halves(canvas: Canvas) -> None:
        box = canvas.box(36, 24, 12)
        canvas.pen.pieslice(box, 33.69, 213.69, fill="#" + blue)
        canvas.pen.pieslice(box, 213.69, 393.69, fill="#" + red)

    return group(halves, disc(red, *left, 6), disc(blue, *right, 6))


def _trigram(angle: float, broken: tuple[bool, bool, bool]) -> Shape:
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


def _korea() -> Shape:
    up, down = 56.31, 123.69
    return group(
        h(W),
        _taegeuk(),
        _trigram(-up, (False, False, False)),
        _trigram(up, (True, False, True)),
        _trigram(-down, (False, True, False)),
        _trigram(down, (True, True, True)),
    )


def _maple() -> Shape:
    half = [(4890, 4430), (4845, 3567), (4862, 3500), (4956, 3469), (5815, 3620), (5699, 3300)]
    half += [(5697, 3255), (5719, 3227), (6660, 2465), (6448, 2366), (6414, 2287), (6600, 1715)]
    half += [(6058, 1830), (5985, 1792), (5880, 1545), (5457, 1999), (5385, 2010), (5346, 1942)]
    half += [(5550, 890), (5223, 1079), (5132, 1052), (4800, 400)]
    whole = half + [(9600 - x, y) for x, y in reversed(half[:-1])]
    return lambda canvas: canvas.polygon("d52b1e", whole)


def _chevron(colour: str, t: float) -> Shape:
    """South Africa's lying Y as a band of half-width ``t`` with mitred joint."""
    a, b = t / 0.83205, t / 0.5547
    arms = poly(colour, 0, -a, 45 + b, 30, 0, 60 + a, 0, 60 - a, 45 - b, 30, 0, a)
    return group(arms, rect(colour, 45, 30 - t, 90, 30 + t))


def _bolnur(cx: float, cy: float) -> Shape:
    arms = []
    for angle in (0, 90, 180, 270):
        near = [tip(cx, cy, 3, angle - 90), tip(cx, cy, 3, angle + 90)]
        far = [tip(*tip(cx, cy, 20, angle), 8, angle + side) for side in (90, -90)]
        arms.append(poly("ff0000", *near[0], *near[1], *far[0], *far[1]))
    return group(*arms)


def _chakra() -> Shape:
    blue, c = "000080", (1.5, 1.0)
    spokes = [line(blue, *c, *tip(*c, 0.27, 15 * i), 0.018) for i in range(24)]
    return group(arc(blue, *c, 0.3, 0.035, 0, 360), *spokes, disc(blue, *c, 0.055))


def _us_stars() -> Shape:
    stars = []
    for row in range(9):
        for column in range(6 - row % 2):
            x, y = 7.6 / 12 * (1 + 2 * column + row % 2), 70 / 13 / 10 * (1 + row)
            stars.append(star(W, x, y, 0.308))
    return group(*stars)


def _ring(colour: str, n: int, cx: float, cy: float, radius: float, r: float) -> Shape:
    """``n`` upright stars on a circle."""
    return group(*(star(colour, *tip(cx, cy, radius, 360 / n * i), r) for i in range(n)))


def _stars(colour: str, *xyr: tuple[float, float, float]) -> Shape:
    return group(*(star(colour, x, y, r) for x, y, r in xyr))


def _hexagram(x: float, y: float) -> Shape:
    green, red = "1eb53a", "ce1126"
    return group(star(green, x, y, 27, 6, 0.577), star(red, x, y, 22, 6, 0.577))


def _israel() -> Shape:
    blue, shapes = "0038b8", [h(W), rect("0038b8", 0, 15, 220, 40), rect("0038b8", 0, 120, 220, 145)]
    for turn in (0, 180):
        tips = [tip(110, 80, 30, turn + 120 * i) for i in range(4)]
        shapes += [line(blue, *a, *b, 5.5) for a, b in zip(tips, tips[1:], strict=False)]
        shapes += [disc(blue, *a, 2.75) for a in tips]
    return group(*shapes)


def _macedonia() -> Shape:
    gold = "ffe600"
    rays = [poly(gold, 0, 0, 42, 0, 140, 70), poly(gold, 238, 0, 280, 0, 140, 70)]
    rays += [poly(gold, 0, 140, 42, 140, 140, 70), poly(gold, 238, 140, 280, 140, 140, 70)]
    rays += [poly(gold, 112, 0, 168, 0, 140, 70), poly(gold, 112, 140, 168, 140, 140, 70)]
    rays += [poly(gold, 0, 56, 0, 84, 140, 70), poly(gold, 280, 56, 280, 84, 140, 70)]
    return group(h("d20000"), *rays, disc("d20000", 140, 70, 25), disc(gold, 140, 70, 20))


def _philippine_sun() -> Shape:
    gold, c = "fcd116", (SIDE / 3, 0.5)
    rays = []
    for i in range(8):
        rays += [line(gold, *c, *tip(*c, r, 45 * i + d), 0.013) for r, d in ((0.17, -9), (0.17, 9))]
        rays.append(line(gold, *c, *tip(*c, 0.19, 45 * i), 0.026))
    return group(*rays, disc(W, *c, 0.105), disc(gold, *c, 0.093))


def _ethiopia() -> Shape:
    c, gold = (1.0, 0.5), "fcdd09"
    rays = [line(gold, *tip(*c, 0.13, 36 + 72 * i), *tip(*c, 0.26, 36 + 72 * i), 0.014)
            for i in range(5)]
    return group(disc("0f47af", *c, 1 / 3), pentagram(gold, *c, 0.27, 0.022), *rays)


def _uzbek_stars() -> Shape:
    rows = [(x, y) for n, y in ((3, 16), (4, 40), (5, 64)) for x in range(208 - 24 * n + 24, 209, 24)]
    return group(*(star(W, x, y, 9) for x, y in rows))


def _triangle(colour: str, apex: float, height: float = 1) -> Shape:
    """A triangle on the hoist."""
    return poly(colour, 0, 0, apex, height / 2, 0, height)


def _diagonal(upper: str, lower: str, w: float, hh: float, *bands: tuple[str, float]) -> Shape:
    """Two fields parted by bands (colour, width) that rise from the lower hoist."""
    fields = [poly(upper, 0, 0, w, 0, 0, hh), poly(lower, w, 0, w, hh, 0, hh)]
    over = 0.2
    ends = (-over * w, hh * (1 + over), w * (1 + over), -over * hh)
    return group(*fields, *(line(colour, *ends, width) for colour, width in bands))


def _zigzag(colour: str, near: float, far: float, w: float, hh: float, teeth: int) -> Shape:
    step, edge = hh / teeth, []
    for i in range(teeth):
        edge += [near, i * step, far, (i + 0.5) * step]
    return poly(colour, w, 0, *edge, near, hh, w, hh)


def _arc_stars(n: int, cx: float, cy: float, radius: float, span: float, r: float) -> Shape:
    angles = [span * (i / (n - 1) - 0.5) for i in range(n)]
    return group(*(star(W, *tip(cx, cy, radius, a), r, turn=a) for a in angles))


Flag = tuple[float, float, tuple[Shape, ...]]


def _part_one() -> dict[str, Flag]:
    return {
        "AE": (2, 1, (h("00732f", W, K), rect("ff0000", 0, 0, 0.5, 1))),
        "AM": (2, 1, (h("d90012", "0033a0", "f2a800"),)),
        "AR": (8, 5, (h("74acdf", W, "74acdf"), sun("f6b40e", 4, 2.5, 0.69, 0.28, 32))),
        "AT": (3, 2, (h("c8102e", W, "c8102e"),)),
        "AU": (
            240,
            120,
            (
                h("012169"),
                _union_canton(120, 60),
                star(W, 60, 90, 18, 7, 4 / 9),
                *(star(W, x, y, 8.57, 7, 4 / 9) for x, y in
                  ((180, 100), (150, 52.5), (180, 20), (206.7, 44.5))),
                star(W, 192, 65, 5),
            ),
        ),
        "AZ": (
            60,
            30,
            (
                h("00b5e2", "ef3340", "509e2f"),
                crescent(W, 29, 15, 4.5, 30, 15, 3.75),
                star(W, 33.5, 15, 2.5, 8, 0.55),
            ),
        ),
        "BA": (
            800,
            400,
            (
                h("002395"),
                poly("fecb00", 206, 0, 606, 0, 606, 400),
                *(star(W, 112 + 50 * i, 50 * i, 34) for i in range(9)),
            ),
        ),
        "BD": (5, 3, (h("006a4e"), disc("f42a41", 2.25, 1.5, 1))),
        "BE": (15, 13, (v(K, "fae042", "ed2939"),)),
        "BF": (3, 2, (h("ef2b2d", "009e49"), star("fcd116", 1.5, 1, 0.44))),
        "BG": (5, 3, (h(W, "00966e", "d62612"),)),
        "BI": (
            500,
            300,
            (
                h("c8102e"),
                poly("43b02a", 0, 0, 250, 150, 0, 300),
                poly("43b02a", 500, 0, 250, 150, 500, 300),
                line(W, 0, 0, 500, 300, 42),
                line(W, 500, 0, 0, 300, 42),
                disc(W, 250, 150, 85),
                *(_hexagram(*tip(250, 150, 42, 120 * i)) for i in range(3)),
            ),
        ),
        "BJ": (3, 2, (h("fcd116", "e8112d"), rect("008751", 0, 0, 1.2, 2))),
        "BO": (22, 15, (h("d52b1e", "f9e300", "007934"),)),
        "BR": (
            20,
            14,
            (
                h("009c3b"),
                poly("ffdf00", 1.7, 7, 10, 1.7, 18.3, 7, 10, 12.3),
                disc("002776", 10, 7, 3.5),
                arc(W, 8, 14, 8.5, 0.5, -98.6, -49.5),
                *(disc(W, x, y, 0.11) for x, y in
                  ((7.6, 7.9), (8.3, 8.8), (9.2, 7.6), (10, 8.6), (10, 9.7), (10.8, 8.9),
                   (11.6, 8.2), (12.2, 8.6), (11.3, 9.6), (9, 9.6), (10.6, 6), (12.6, 7.8))),
            ),
        ),
        "BS": (2, 1, (h("00778b", "ffc72c", "00778b"), _triangle(K, SIDE))),
        "BW": (3, 2, (h("75aadb", W, K, W, "75aadb", weights=(9, 1, 4, 1, 9)),)),
        "CA": (9600, 4800, (v("d52b1e", W, "d52b1e", weights=(1, 2, 1)), _maple())),
        "CD": (
            800,
            600,
            (
                h("007fff"),
                poly("f7d618", 750, 0, 0, 450, 0, 600, 50, 600, 800, 150, 800, 0),
                poly("ce1021", 800, 0, 0, 480, 0, 600, 800, 120),
                star("f7d618", 146, 152, 116),
            ),
        ),
        "CF": (
            5,
            3,
            (
                h("003082", W, "289728", "ffce00"),
                rect("d21034", 2.125, 0, 2.875, 3),
                star("ffce00", 0.75, 0.375, 0.33),
            ),
        ),
        "CG": (3, 2, (h("fbde4a"), poly("009543", 0, 0, 2, 0, 0, 2), poly("dc241f", 3, 0, 3, 2, 1, 2))),
        "CH": (32, 32, (h("da291c"), rect(W, 13, 6, 19, 26), rect(W, 6, 13, 26, 19))),
        "CL": (3, 2, (h(W, "d52b1e"), rect("0039a6", 0, 0, 1, 1), star(W, 0.5, 0.5, 0.25))),
        "CM": (3, 2, (v("007a5e", "ce1126", "fcd116"), star("fcd116", 1.5, 1, 0.32))),
        "CN": (
            30,
            20,
            (
                h("de2910"),
                star("ffde00", 5, 5, 3),
                *(star("ffde00", x, y, 1, turn=t) for x, y, t in
                  ((10, 2, -121), (12, 4, -98.1), (12, 7, -74.1), (10, 9, -51.3))),
            ),
        ),
        "CO": (3, 2, (h("fcd116", "003893", "ce1126", weights=(2, 1, 1)),)),
        "CR": (5, 3, (h("002b7f", W, "ce1126", W, "002b7f", weights=(1, 1, 2, 1, 1)),)),
        "CU": (
            2,
            1,
            (
                h("002a8f", W, "002a8f", W, "002a8f"),
                _triangle("cb1515", SIDE),
                star(W, SIDE / 3, 0.5, 1 / 6),
            ),
        ),
        "CV": (
            17,
            10,
            (
                h("003893", W, "cf2027", W, "003893", weights=(6, 1, 1, 1, 3)),
                _ring("f7d116", 10, 6.375, 7.5, 1.85, 0.5),
            ),
        ),
        "CZ": (3, 2, (h(W, "d7141a"), _triangle("11457e", 1.5, 2))),
        "DE": (5, 3, (h(K, "dd0000", "ffce00"),)),
        "DJ": (
            3,
            2,
            (h("6ab2e7", "12ad2b"), _triangle(W, 2 * SIDE, 2), star("d7141a", 0.577, 1, 0.3)),
        ),
        "DK": (37, 28, (h("c8102e"), cross(W, 12, 16, 12, 16))),
        "DO": (
            8,
            5,
            (
                h("002d62"),
                rect("ce1126", 4, 0, 8, 2.5),
                rect("ce1126", 0, 2.5, 4, 5),
                cross(W, 3.5, 4.5, 2, 3),
            ),
        ),
        "DZ": (
            3,
            2,
            (
                v("006233", W),
                crescent("d21034", 1.5, 1, 0.5, 1.6, 1, 0.4),
                star("d21034", 1.64, 1, 0.25, turn=-90),
            ),
        ),
        "EE": (11, 7, (h("0072ce", K, W),)),
        "ES": (3, 2, (h("aa151b", "f1bf00", "aa151b", weights=(1, 2, 1)),)),
        "ET": (2, 1, (h("078930", "fcdd09", "da121a"), _ethiopia())),
        "FI": (18, 11, (h(W), cross("002f6c", 5, 8, 4, 7))),
        "FM": (
            19,
            10,
            (h("75b2dd"), *(star(W, *tip(9.5, 5, 3, 90 * i), 0.9, turn=90 * i) for i in range(4))),
        ),
        "FR": (3, 2, (v("002395", W, "ed2939"),)),
        "GA": (4, 3, (h("009e60", "fcd116", "3a75c4"),)),
        "GB": (60, 30, (_union_jack(),)),
        "GE": (
            300,
            200,
            (
                h(W),
                cross("ff0000", 130, 170, 80, 120),
                *(_bolnur(x, y) for x in (65, 235) for y in (40, 160)),
            ),
        ),
        "GH": (3, 2, (h("ce1126", "fcd116", "006b3f"), star(K, 1.5, 1, 0.36))),
        "GM": (3, 2, (h("ce1126", W, "0c1c8c", W, "3a7728", weights=(6, 1, 4, 1, 6)),)),
        "GR": (
            27,
            18,
            (
                h(*(("0d5eaf", W) * 5)[:9]),
                rect("0d5eaf", 0, 0, 10, 10),
                rect(W, 4, 0, 6, 10),
                rect(W, 0, 4, 10, 6),
            ),
        ),
        "GW": (
            2,
            1,
            (h("fcd116", "009e49"), rect("ce1126", 0, 0, 2 / 3, 1), star(K, 1 / 3, 0.5, 0.22)),
        ),
        "GY": (
            500,
            300,
            (
                h("009e49"),
                _triangle(W, 500, 300),
                poly("fcd116", 0, 9, 470, 150, 0, 291),
                _triangle(K, 260, 300),
                poly("ce1126", 0, 11, 241, 150, 0, 289),
            ),
        ),
        "HN": (
            2,
            1,
            (
                h("18c3df", W, "18c3df"),
                _ring("18c3df", 1, 1, 0.5, 0, 0.06),
                _stars("18c3df", *((1 + a, 0.5 + b, 0.06) for a in (-0.2, 0.2) for b in (-0.09, 0.09))),
            ),
        ),
        "HT": (5, 3, (h("00209f", "d21034"),)),
        "HU": (2, 1, (h("ce2939", W, "477050"),)),
        "IE": (2, 1, (v("169b62", W, "ff883e"),)),
        "IL": (220, 160, (_israel(),)),
        "IN": (3, 2, (h("ff9933", W, "138808"), _chakra())),
        "IS": (25, 18, (h("02529c"), cross(W, 7, 11, 7, 11), cross("dc1e35", 8, 10, 8, 10))),
        "IT": (3, 2, (v("009246", W, "ce2b37"),)),
        "JM": (
            2,
            1,
            (
                h("009b3a"),
                poly(K, 0, 0, 1, 0.5, 0, 1),
                poly(K, 2, 0, 1, 0.5, 2, 1),
                line("fed100", -0.2, -0.1, 2.2, 1.1, 0.15),
                line("fed100", 2.2, -0.1, -0.2, 1.1, 0.15),
            ),
        ),
        "JO": (
            2,
            1,
            (h(K, W, "007a3d"), _triangle("ce1126", 1), star(W, 1 / 3, 0.5, 0.075, 7, 0.5)),
        ),
        "JP": (3, 2, (h(W), disc("bc002d", 1.5, 1, 0.6))),
    }


def _part_two() -> dict[str, Flag]:
    return {
        "KM": (
            500,
            300,
            (
                h("ffc61e", W, "ce1126", "3a75c4"),
                _triangle("3d8e33", 250, 300),
                crescent(W, 85, 150, 65, 112, 150, 65),
                *(star(W, 104, y, 14, turn=0) for y in (99, 133, 167, 201)),
            ),
        ),
        "KN": (
            3,
            2,
            (
                _diagonal("009e49", "ce1126", 3, 2, ("fcd116", 0.85), (K, 0.65)),
                star(W, 0.95, 1.4, 0.26, turn=-33.7),
                star(W, 2.05, 0.64, 0.26, turn=-33.7),
            ),
        ),
        "KP": (
            72,
            36,
            (
                h("024fa2", W, "ed1c27", W, "024fa2", weights=(6, 1, 22, 1, 6)),
                disc(W, 24, 18, 8),
                star("ed1c27", 24, 18, 8),
            ),
        ),
        "KR": (72, 48, (_korea(),)),
        "KW": (2, 1, (h("007a3d", W, "ce1126"), poly(K, 0, 0, 0.5, 1 / 3, 0.5, 2 / 3, 0, 1))),
        "LA": (3, 2, (h("ce1126", "002868", "ce1126", weights=(1, 2, 1)), disc(W, 1.5, 1, 0.4))),
        "LC": (
            36,
            18,
            (
                h("66ccff"),
                poly(W, 18, 1.5, 24, 16, 12, 16),
                poly(K, 18, 3.5, 23.2, 16, 12.8, 16),
                poly("fcd116", 18, 9, 24, 16, 12, 16),
            ),
        ),
        "LR": (
            19,
            10,
            (
                h(*(("bf0a30", W) * 6)[:11]),
                rect("002868", 0, 0, 50 / 11, 50 / 11),
                star(W, 25 / 11, 25 / 11, 1.6),
            ),
        ),
        "LT": (5, 3, (h("fdb913", "006a44", "c1272d"),)),
        "LY": (
            2,
            1,
            (
                h("e70013", K, "239e46", weights=(1, 2, 1)),
                crescent(W, 1, 0.5, 0.125, 1.03, 0.5, 0.104),
                star(W, 1.115, 0.5, 0.062, turn=-90),
            ),
        ),
        "MA": (3, 2, (h("c1272d"), pentagram("006233", 1.5, 1.03, 0.5, 0.07))),
        "MG": (3, 2, (h("fc3d32", "007e3a"), rect(W, 0, 0, 1, 2))),
        "MH": (
            76,
            40,
            (
                h("003893"),
                poly("dd7500", 0, 40, 76, 2, 76, 11),
                poly(W, 0, 40, 76, 11, 76, 20),
                star(W, 20, 13.5, 8.5, 24, 0.55),
                star(W, 20, 13.5, 11.5, 4, 0.14),
            ),
        ),
        "MK": (280, 140, (_macedonia(),)),
        "MM": (3, 2, (h("fecb00", "34b233", "ea2839"), star(W, 1.5, 1.06, 0.72))),
        "MR": (
            900,
            600,
            (
                h("d01c1f", "00a95c", "d01c1f", weights=(1, 3, 1)),
                crescent("ffd700", 450, 242, 170, 450, 195, 175),
                star("ffd700", 450, 235, 62),
            ),
        ),
        "MU": (3, 2, (h("ea2839", "1a206d", "ffd500", "00a551"),)),
        "MV": (
            3,
            2,
            (
                h("d21034"),
                rect("007e3a", 0.5, 0.5, 2.5, 1.5),
                crescent(W, 1.58, 1, 1 / 3, 1.7, 1, 1 / 3),
            ),
        ),
        "MY": (
            1400,
            700,
            (
                h(*("cc0001", W) * 7),
                rect("010066", 0, 0, 700, 400),
                crescent("ffcc00", 290, 200, 132, 328, 200, 117),
                star("ffcc00", 425, 200, 112, 14, 0.55),
            ),
        ),
        "NA": (
            900,
            600,
            (
                _diagonal("003580", "009543", 900, 600, (W, 190), ("d21034", 148)),
                star("ffce00", 190, 165, 105, 12, 0.7),
                disc("003580", 190, 165, 66),
                disc("ffce00", 190, 165, 58),
            ),
        ),
        "NE": (7, 6, (h("e05206", W, "0db02b"), disc("e05206", 3.5, 3, 0.85))),
        "NG": (2, 1, (v("008751", W, "008751"),)),
        "NL": (3, 2, (h("ae1c28", W, "21468b"),)),
        "NO": (22, 16, (h("ba0c2f"), cross(W, 6, 10, 6, 10), cross("00205b", 7, 9, 7, 9))),
        "NR": (
            2,
            1,
            (h("002b7f"), rect("ffc61e", 0, 0.479, 2, 0.521), star(W, 0.5, 0.74, 0.17, 12, 0.55)),
        ),
        "PA": (
            3,
            2,
            (
                h(W),
                rect("da121a", 1.5, 0, 3, 1),
                rect("072357", 0, 1, 1.5, 2),
                star("072357", 0.75, 0.5, 0.28),
                star("da121a", 2.25, 1.5, 0.28),
            ),
        ),
        "PE": (3, 2, (v("d91023", W, "d91023"),)),
        "PH": (
            2,
            1,
            (
                h("0038a8", "ce1126"),
                _triangle(W, SIDE),
                _philippine_sun(),
                star("fcd116", 0.07, 0.11, 0.05, turn=-30),
                star("fcd116", 0.07, 0.89, 0.05, turn=-150),
                star("fcd116", 0.735, 0.5, 0.05, turn=90),
            ),
        ),
        "PK": (
            3,
            2,
            (
                h("01411c"),
                rect(W, 0, 0, 0.75, 2),
                crescent(W, 1.875, 1, 0.6, 2.028, 0.864, 0.55),
                star(W, 2.18, 0.73, 0.2, turn=48.4),
            ),
        ),
        "PL": (8, 5, (h(W, "dc143c"),)),
        "PW": (8, 5, (h("4aadd6"), disc("ffde00", 3.5, 2.5, 1.5))),
        "QA": (28, 11, (h(W), _zigzag("8a1538", 7.8, 10.6, 28, 11, 9))),
        "RO": (3, 2, (v("002b7f", "fcd116", "ce1126"),)),
        "RU": (3, 2, (h(W, "0039a6", "d52b1e"),)),
        "RW": (
            3,
            2,
            (
                h("00a1de", "fad201", "20603d", weights=(2, 1, 1)),
                sun("e5be01", 2.5, 0.5, 0.36, 0.15, 24),
            ),
        ),
        "SB": (
            2,
            1,
            (
                _diagonal("0051ba", "215b33", 2, 1, ("fcd116", 0.075)),
                _stars(W, *((x, y, 0.08) for x, y in
                            ((0.13, 0.12), (0.47, 0.12), (0.3, 0.265), (0.13, 0.41), (0.47, 0.41)))),
            ),
        ),
        "SC": (
            18,
            9,
            (
                poly("003f87", 0, 9, 0, 0, 6, 0),
                poly("fcd856", 0, 9, 6, 0, 12, 0),
                poly("d62828", 0, 9, 12, 0, 18, 0, 18, 3),
                poly(W, 0, 9, 18, 3, 18, 6),
                poly("007a3d", 0, 9, 18, 6, 18, 9),
            ),
        ),
        "SD": (2, 1, (h("d21034", W, K), _triangle("007229", 2 / 3))),
        "SE": (16, 10, (h("006aa7"), cross("fecc02", 5, 7, 4, 6))),
        "SG": (
            54,
            36,
            (
                h("ef3340", W),
                crescent(W, 11.5, 9, 7, 14.2, 9, 7),
                *(star(W, *tip(16.4, 9.1, 4.1, 72 * i), 1.7) for i in range(5)),
            ),
        ),
        "SL": (3, 2, (h("1eb53a", W, "0072c6"),)),
        "SN": (3, 2, (v("00853f", "fdef42", "e31b23"), star("00853f", 1.5, 1, 0.33))),
        "SO": (3, 2, (h("4189dd"), star(W, 1.5, 1, 0.5))),
        "SR": (
            3,
            2,
            (
                h("377e3f", W, "b40a2d", W, "377e3f", weights=(2, 1, 4, 1, 2)),
                star("ecc81d", 1.5, 1, 0.4),
            ),
        ),
        "SS": (
            2,
            1,
            (
                h(K, W, "da121a", W, "078930", weights=(6, 1, 6, 1, 6)),
                _triangle("0f47af", SIDE),
                star("fcdd09", SIDE / 3, 0.5, 0.2, turn=18),
            ),
        ),
        "ST": (
            2,
            1,
            (
                h("12ad2b", "ffce00", "12ad2b", weights=(2, 3, 2)),
                _triangle("d21034", 0.5),
                star(K, 0.9, 0.5, 0.15),
                star(K, 1.5, 0.5, 0.15),
            ),
        ),
        "TG": (
            1.618,
            1,
            (
                h("006a4e", "ffce00", "006a4e", "ffce00", "006a4e"),
                rect("d21034", 0, 0, 0.6, 0.6),
                star(W, 0.3, 0.3, 0.21),
            ),
        ),
        "TH": (3, 2, (h("a51931", W, "2d2a4a", W, "a51931", weights=(1, 1, 2, 1, 1)),)),
        "TL": (
            2,
            1,
            (
                h("dc241f"),
                _triangle("ffc726", 1),
                _triangle(K, 2 / 3),
                star(W, 2 / 9, 0.5, 0.165, turn=-23.9),
            ),
        ),
        "TN": (
            60,
            40,
            (
                h("e70013"),
                disc(W, 30, 20, 10),
                crescent("e70013", 30, 20, 7.5, 32, 20, 6),
                star("e70013", 32, 20, 4.5, turn=-90),
            ),
        ),
        "TO": (
            2,
            1,
            (
                h("c10000"),
                rect(W, 0, 0, 0.833, 0.417),
                rect("c10000", 0.375, 0.0625, 0.458, 0.354),
                rect("c10000", 0.271, 0.167, 0.562, 0.25),
            ),
        ),
        "TR": (
            1200,
            800,
            (
                h("e30a17"),
                crescent(W, 425, 400, 200, 475, 400, 160),
                star(W, 683, 400, 100, turn=-90),
            ),
        ),
        "TT": (
            800,
            480,
            (
                h("da1a35"),
                poly(W, 0, 0, 208.2, 0, 800, 480, 591.8, 480),
                poly(K, 34.7, 0, 173.5, 0, 765.3, 480, 626.5, 480),
            ),
        ),
        "TZ": (72, 48, (_diagonal("1eb53a", "00a3dd", 72, 48, ("fcd116", 19), (K, 13)),)),
        "UA": (3, 2, (h("0057b7", "ffd700"),)),
        "US": (
            19,
            10,
            (h(*(("b31942", W) * 7)[:13]), rect("0a3161", 0, 0, 7.6, 70 / 13), _us_stars()),
        ),
        "UY": (
            9,
            6,
            (
                h(*((W, "0038a8") * 5)[:9]),
                rect(W, 0, 0, 10 / 3, 10 / 3),
                sun("fcd116", 5 / 3, 5 / 3, 1.22, 0.62, 16),
            ),
        ),
        "UZ": (
            500,
            250,
            (
                h("0099b5", "ce1126", W, "ce1126", "1eb53a", weights=(19, 1, 20, 1, 19)),
                crescent(W, 70, 40, 30, 80, 40, 30),
                _uzbek_stars(),
            ),
        ),
        "VC": (
            3,
            2,
            (
                v("0072c6", "fcd022", "009e60", weights=(1, 2, 1)),
                *(poly("009e60", x, y - 0.3, x + 0.19, y, x, y + 0.3, x - 0.19, y)
                  for x, y in ((1.29, 0.86), (1.71, 0.86), (1.5, 1.2))),
            ),
        ),
        "VE": (3, 2, (h("ffcc00", "00247d", "cf142b"), _arc_stars(8, 1.5, 1.32, 0.5, 140, 0.085))),
        "VN": (3, 2, (h("da251d"), star("ffff00", 1.5, 1, 0.6))),
        "WS": (
            2,
            1,
            (
                h("ce1126"),
                rect("002b7f", 0, 0, 1, 0.5),
                _stars(W, (0.5, 0.09, 0.065), (0.3, 0.2, 0.06), (0.7, 0.17, 0.06),
                       (0.5, 0.42, 0.07), (0.6, 0.3, 0.035)),
            ),
        ),
        "YE": (3, 2, (h("ce1126", W, K),)),
        "ZA": (
            90,
            60,
            (
                h("e03c31", "001489"),
                _chevron(W, 10),
                poly("ffb81c", 0, 0, 45, 30, 0, 60),
                poly(K, 0, 12.02, 26.97, 30, 0, 47.98),
                _chevron("007749", 6),
            ),
        ),
    }


def flags() -> dict[str, Flag]:
    """Give every flag by its ISO code, in alphabetical order."""
    return _part_one() | _part_two()
