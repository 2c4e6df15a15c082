"""Things of living room and bedroom, in centimetres: books, gadgets, games, ornaments."""

from __future__ import annotations

import math
from collections.abc import Callable

from vl_envs.alfworld.rendering.mesh import Mesh

SILVER, BLACK, WHITE, GOLD = "#c3c9d0", "#26282c", "#f6f6f2", "#d9ae3c"


def alarm_clock(m: Mesh) -> None:
    """Draw a red clock with two bells on two feet."""
    face = Mesh().lathe(
        [(0, -2), (5, -2), (5, 2), (4.3, 2.2)], ["#a81f1f", "#d42a2a", "#f05a4a"], n=16
    )
    face.lathe([(4.3, 2.1), (0, 2.1)], WHITE, n=16)
    for i in range(12):
        a = math.pi / 6 * i
        face.box((3.6 * math.sin(a), 3.6 * math.cos(a), 2.12), (0.5, 0.5, 0.06), BLACK, skip="u")
    face.box((0, 1.1, 2.14), (0.7, 2.8, 0.1), BLACK).box((1, 0, 2.16), (2.4, 0.6, 0.1), BLACK)
    m.put(face, (0, 0, 6.2), tilt=82)
    for side in (-1, 1):
        bell = Mesh().ball(2.2, GOLD, n=8, rings=5, gloss=0.5)
        m.put(bell, (side * 3.2, 0, 11.6), scale=(1, 1, 0.8), roll=side * 28)
        m.tube([(side * 2.4, 0, 2.4), (side * 4.2, 0, 0)], 0.6, BLACK)
    m.tube([(-1.6, 0, 12.6), (-1, 0, 14), (1, 0, 14), (1.6, 0, 12.6)], 0.4, BLACK)


def baseball_bat(m: Mesh) -> None:
    """Draw a wooden bat that lies, with a taped grip."""
    profile = [
        (0, 0),
        (2.1, 0.3),
        (2.1, 1.6),
        (1.2, 2.2),
        (1.2, 14),
        (1.5, 15),
        (3.4, 36),
        (3.4, 46),
    ]
    colours = ["#a9743c", "#a9743c", "#a9743c", BLACK, "#d9a25c", "#d9a25c", "#d9a25c", "#c48d4a"]
    bat = Mesh().lathe([*profile, (2.4, 48), (0, 48.4)], [*colours, "#b57f40"], n=10, gloss=0.2)
    m.put(bat, (-23, 0, 3.4), roll=90, turn=0)


def basket_ball(m: Mesh) -> None:
    """Draw an orange ball with black seams."""
    r = 9.0
    m.ball(r, "#e2701f", at=(0, 0, r), n=14, rings=8)
    around = [i * math.pi / 9 for i in range(19)]
    seams = [
        [(math.cos(a), math.sin(a), 0.0) for a in around],
        [(0.0, math.cos(a), math.sin(a)) for a in around],
        [(math.cos(a), -0.45 - 0.25 * math.cos(2 * a), math.sin(a)) for a in around],
    ]
    for seam in seams:
        path = []
        for x, y, z in seam:
            k = r * 1.005 / math.sqrt(x * x + y * y + z * z)
            path.append((x * k, y * k, z * k + r))
        m.tube(path, 0.3, BLACK, n=4)


def book(m: Mesh) -> None:
    """Draw a blue hardcover that lies, with pages and a golden title."""
    k = Mesh()
    k.box((0, 0, 0), (13, 18, 0.6), "#254a9a").box((0, 0, 3.4), (13, 18, 0.6), "#2f5fc0")
    k.box((-6.3, 0, 0), (0.6, 18, 4), "#254a9a")
    k.box((0.2, 0, 0.6), (12, 17, 2.8), "#f5efdc", skip="tu")
    k.box((0.6, 3.4, 4), (8, 1.8, 0.1), GOLD).box((0.6, 0.4, 4), (6, 1.2, 0.1), GOLD)
    k.box((0.6, -5, 4), (4, 4, 0.1), "#e8c860")
    m.put(k, turn=22)


def box(m: Mesh) -> None:
    """Draw a carton with open flaps and tape."""
    w, d, h, card = 24, 18, 15, "#bd9058"
    m.box((0, 0, 0), (w, d, h), card, skip="t")
    m.box((0, 0, h - 5), (w - 0.6, d - 0.6, 0.1), "#6b4c28", skip="ulrfb")
    for turn, wide, reach in ((0, w, d / 2), (180, w, d / 2), (90, d, w / 2), (270, d, w / 2)):
        flap = Mesh().box((0, -3.4, 0), (wide, 6.8, 0.4), "#d1a56c")
        m.put(Mesh().put(flap, (0, -reach, h), tilt=38 if turn == 0 else 20), turn=turn)
    m.box((0, -d / 2 - 0.06, 0), (3, 0.1, h), "#e5cf9a")
    m.box((6.5, -d / 2 - 0.06, 3), (5, 0.1, 3), "#5a3a1c")


def cd(m: Mesh) -> None:
    """Draw a shiny disc with colours of the rainbow, leaning."""
    disc = Mesh()
    rainbow = ["#ff6b6b", "#ffd93d", "#6bcb77", "#4d96ff", "#b76bff", "#ff6bb5"]
    for i in range(18):
        a, b = (2 * math.pi * (i + k) / 18 for k in (0, 1))
        colour = rainbow[i % 6] if i % 3 != 2 else "#f2f6fa"
        disc.quad(
            (2 * math.cos(a), 2 * math.sin(a), 0.3),
            (6.6 * math.cos(a), 6.6 * math.sin(a), 0.3),
            (6.6 * math.cos(b), 6.6 * math.sin(b), 0.3),
            (2 * math.cos(b), 2 * math.sin(b), 0.3),
            colour=colour,
            glow=True,
        )
    disc.lathe([(2, 0), (6.7, 0), (6.7, 0.25)], SILVER, n=18)
    disc.lathe([(2, 0.32), (0.9, 0.32)], "#dfe5ea", n=10).lathe([(0.9, 0.32), (0, 0.3)], BLACK, n=8)
    m.put(disc, (0, 0, 3.4), tilt=32)
    m.box((0, 4, 0), (9, 1, 5.2), "#8fa0b0")


def candle(m: Mesh) -> None:
    """Draw a cream candle in a brass dish, burning."""
    m.lathe([(0, 0), (4.4, 0), (5, 1.4), (4.5, 1.4), (0, 0.8)], GOLD, n=12, gloss=0.4)
    m.lathe([(2.6, 0.8), (2.6, 10), (2.2, 10), (0, 9.4)], ["#f6e8c8", "#fff6dc", "#e8d5a8"], n=10)
    m.rod(0.2, 1.4, BLACK, at=(0, 0, 9.4), n=5)
    flame = [(0, 10.4), (0.9, 11.4), (0.9, 12.2), (0, 15)]
    m.lathe(flame, ["#ff9c1a", "#ffc23c", "#fff0a0"], n=8, glow=True)


def cell_phone(m: Mesh) -> None:
    """Draw a phone that leans, with a lit screen of coloured icons."""
    k = Mesh()
    k.box((0, 0, 0), (8, 15, 1), BLACK, gloss=0.2).box(
        (0, 0.2, 1), (7.2, 12.6, 0.06), "#1c6fe0", glow=True
    )
    icons = ("#ff5a4f", "#ffd23c", "#4fdc6a", "#ffffff", "#c86bff", "#ff8f2a")
    for i in range(12):
        at = ((i % 3 - 1) * 2.2, 4.4 - i // 3 * 2.7, 1.08)
        k.box(at, (1.4, 1.5, 0.04), icons[(i * 5) % 6], glow=True, skip="u")
    m.put(k, (0, 0, 2.4), tilt=24, turn=-12)
    m.box((0, 4.6, 0), (5, 0.8, 4), "#55595f")


def credit_card(m: Mesh) -> None:
    """Draw a plastic card with a chip, a stripe and digits."""
    k = Mesh().box((0, 0, 0), (8.6, 5.4, 0.5), "#6a2fb5")
    k.box((0, 1.7, 0.5), (8.6, 1, 0.03), BLACK).box((-2.6, 0, 0.5), (1.5, 1.2, 0.05), GOLD)
    for i in range(4):
        k.box((-2.7 + 1.8 * i, -1.5, 0.5), (1.3, 0.5, 0.05), WHITE, glow=True)
    k.ball(0.75, "#ff7a2a", at=(2.6, -0.2, 0.3), n=8, rings=4, flat=0.5)
    m.put(k, (0, 0, 1), tilt=20, turn=10)


def key_chain(m: Mesh) -> None:
    """Draw keys of gold and silver on a ring."""
    ring = [
        (2.1 * math.cos(a), 2.1 * math.sin(a), 0.5) for a in (i * math.pi / 6 for i in range(13))
    ]
    m.tube(ring, 0.32, SILVER, n=5)
    for turn, colour in ((-100, GOLD), (-60, "#a9b2bc"), (-20, "#c07a30")):
        key = Mesh()
        key.lathe([(1.6, 0), (1.6, 0.7), (0.6, 0.7)], colour, n=10, at=(3.6, 0, 0.1))
        key.box((7, 0, 0.1), (4.6, 0.8, 0.7), colour)
        for x in (7.4, 8.8):
            key.box((x, -0.8, 0.1), (0.7, 1.1, 0.7), colour)
        m.put(key, turn=turn)
    m.put(Mesh().ball(1.5, "#d8302a", n=8), (-3.2, 1.4, 1.4))


def laptop(m: Mesh) -> None:
    """Draw an open laptop with keys and a lit screen."""
    m.box((0, 0, 0), (30, 20, 1.4), "#a7adb4")
    for row in range(4):
        m.box((0, 6.4 - row * 2.8, 1.4), (26, 2, 0.12), "#3a3d42")
    m.box((0, -6.8, 1.4), (9, 4.6, 0.1), "#8b9198")
    lid = Mesh().box((0, 0, 0), (30, 1, 19), "#8f959c")
    lid.box((0, -0.55, 1.4), (27.4, 0.1, 16.4), "#2f6fb8", glow=True)
    lid.box((0, -0.62, 14.6), (27.4, 0.04, 3), "#dfe9f2", glow=True)
    for x, z, w, h, c in (
        (-7, 5, 9, 7, "#ffffff"),
        (5, 7, 8, 5, "#7fd08a"),
        (7, 3, 11, 2.4, "#f2c23c"),
    ):
        lid.box((x, -0.62, z), (w, 0.04, h), c, glow=True)
    m.put(lid, (0, 9.6, 1), tilt=-14)


def newspaper(m: Mesh) -> None:
    """Draw a folded newspaper: headline, picture, columns."""
    k = Mesh().box((0, 0, 0), (22, 17, 1), "#cfcabc").box((0.4, 0.3, 1), (22, 17, 0.8), "#e2ddcf")
    k.quad(
        (-10.6, -8.2, 1.86),
        (11.4, -8.2, 1.86),
        (11.4, 8.8, 1.86),
        (-10.6, 8.8, 1.86),
        colour="#ffffff",
        tex="print",
    )
    m.put(k, (0, 0, 0.2), turn=-10)


def _point(m: Mesh, profile: list[tuple[float, float]], colours: list[str], n: int) -> None:
    stick = Mesh().lathe(profile, list(colours), n=n, gloss=0.2)
    m.put(stick, (-9, -1.6, profile[2][0]), roll=90, turn=24)


def pen(m: Mesh) -> None:
    """Draw a blue ballpoint with a clip and a metal tip."""
    profile = [
        (0, 0),
        (0.5, 0),
        (0.95, 1.6),
        (0.95, 8),
        (0.95, 15),
        (0.9, 15),
        (0.5, 18),
        (0, 19.4),
    ]
    _point(m, profile, [SILVER, SILVER, "#1b46d8", "#0f2c96", "#d9dee4", SILVER, BLACK], 8)
    m.put(Mesh().box((0, 0, 0), (6, 0.5, 0.4), SILVER), (-5, 0, 1.95), turn=24)


def pencil(m: Mesh) -> None:
    """Draw a yellow pencil with a pink eraser and a sharpened tip."""
    profile = [(0, 0), (0.95, 0), (0.95, 1.8), (1, 3.2), (0.95, 16), (0.32, 18.6), (0, 19.6)]
    _point(m, profile, ["#f08a9a", "#f08a9a", "#bcc3ca", "#f6c51d", "#edd2a0", BLACK], 6)


def pillow(m: Mesh) -> None:
    """Draw a plump lilac cushion with a light seam and a button, leaning."""
    n, half, thick = 8, 14.0, 5.0
    rows = []
    for i in range(n + 1):
        u = 2 * i / n - 1
        for j in range(n + 1):
            v = 2 * j / n - 1
            puff = math.sqrt((1 - u**4) * (1 - v**4))
            pull = 1 - 0.1 * (1 - u * u) * v * v
            reach = 1 - 0.1 * (1 - v * v) * u * u
            rows.append((half * u * reach, 0.8 * half * v * pull, thick * puff))
    faces = []
    for i in range(n):
        for j in range(n):
            a, b = i * (n + 1) + j, (i + 1) * (n + 1) + j
            faces += [(a, b, b + 1), (a, b + 1, a + 1)]
    pad = Mesh()
    for side in (1, -1):
        normals = [(x / half * 0.9, y / half * 0.9, side * (0.25 + z / thick)) for x, y, z in rows]
        points = [(x, y, side * z) for x, y, z in rows]
        long = [math.hypot(*normal) for normal in normals]
        unit = [tuple(c / k for c in normal) for normal, k in zip(normals, long, strict=True)]
        pad.piece(points, unit, [f[::side] for f in faces], "#a98be0")
    edge = [rows[i * (n + 1)] for i in range(n + 1)] + [rows[n * (n + 1) + j] for j in range(n + 1)]
    edge += [rows[i * (n + 1) + n] for i in range(n, -1, -1)] + [rows[j] for j in range(n, -1, -1)]
    pad.tube([point for i, point in enumerate(edge) if point != edge[i - 1]], 0.5, "#efe6ff", n=5)
    pad.ball(1.1, "#5f3fa8", at=(0, 0, thick - 0.1), n=7, rings=4, flat=0.6)
    m.put(pad, (0, 0, 6.4), tilt=34)


def remote_control(m: Mesh) -> None:
    """Draw a long dark remote with a red button and rows of others."""
    k = Mesh().box((0, 0, 0), (6, 19, 1.8), "#3c4046", taper=0.94)
    k.rod(0.9, 0.5, "#ff3a30", at=(-1.6, 7.6, 1.7), n=8)
    k.lathe([(1.9, 1.75), (1.9, 2.2), (0.8, 2.2)], "#cfd5db", n=10, at=(0, 3.6, 0))
    colours = ("#f5f5f5", "#f5f5f5", "#f5f5f5", "#4fd06a", "#ffd23c", "#4d96ff")
    for i in range(12):
        at = ((i % 3 - 1) * 1.7, 0 - i // 3 * 2.2, 1.75)
        k.box(at, (1.1, 1.2, 0.4), colours[i % 6])
    m.put(k, (0, 0, 1.2), tilt=14, turn=-26)


def statue(m: Mesh) -> None:
    """Draw a bronze figure with raised arms on a plinth."""
    bronze = "#8c6a35"
    m.box((0, 0, 0), (9, 7, 3), "#3a3a3e").box((0, 0, 3), (7, 5.4, 1.2), "#55555a")
    for side in (-1, 1):
        m.tube([(side * 1.2, 0, 4), (side * 1, 0, 10)], 1, bronze, gloss=0.4)
        arm = [(side * 1.9, 0, 15.4), (side * 4.6, 0, 17), (side * 4.9, 0, 21.4)]
        m.tube(arm, 0.75, bronze, gloss=0.4)
    m.lathe(
        [(1.5, 9.4), (2.4, 11), (1.6, 13), (2.5, 15.4), (1, 16.8), (0, 17)], bronze, n=8, gloss=0.4
    )
    m.ball(1.7, bronze, at=(0, 0, 18.8), n=8, gloss=0.5)


def teddy_bear(m: Mesh) -> None:
    """Draw a sitting brown bear with round ears."""
    brown, pale = "#9a5f2c", "#dcb27a"

    def ball(
        r: float, at: tuple[float, float, float], colour: str = brown, flat: float = 1
    ) -> None:
        m.ball(r, colour, at=at, flat=flat, n=8, rings=5)

    ball(5.2, (0, 0, 5.4))
    ball(3.4, (0, -2.6, 5.2), pale)
    ball(4.2, (0, -0.4, 13.2))
    ball(1.9, (0, -3.8, 12.4), pale)
    ball(0.7, (0, -5.6, 13), BLACK)
    for side in (-1, 1):
        ball(1.7, (side * 3.3, 0, 16.6))
        ball(1, (side * 3.3, -1.1, 16.6), pale)
        ball(0.55, (side * 1.5, -4.2, 14.4), BLACK)
        ball(2.1, (side * 5.2, -1.6, 8), flat=1.3)
        ball(2.5, (side * 3.6, -5, 2.5))
        ball(1.4, (side * 3.6, -6.7, 2.7), pale)


def tennis_racket(m: Mesh) -> None:
    """Draw a racket that lies: a yellow frame with strings, a wrapped grip."""
    k = Mesh()
    oval = [(8 + 9 * math.cos(a), 7 * math.sin(a), 1) for a in (i * math.pi / 8 for i in range(17))]
    k.tube(oval, 0.8, "#e8d21c", n=5)
    for i in range(-3, 4):
        reach = math.sqrt(1 - (i / 4) ** 2)
        k.box((8, i * 1.75, 0.9), (18 * reach, 0.34, 0.25), WHITE, skip="ulr")
        k.box((8 + i * 2.25, 0, 0.9), (0.34, 14 * reach, 0.25), WHITE, skip="ufb")
    for side in (-1, 1):
        k.tube([(1.4, side * 4.6, 1), (-5, side * 0.7, 1)], 0.6, "#e8d21c", n=5)
    k.box((-11.5, 0, 0.2), (13, 2, 1.9), "#1f4fa0").box((-18, 0, 0.1), (1.4, 2.5, 2.1), BLACK)
    m.put(k, (3, 0, 0.6), turn=18, tilt=8)


def tissue_box(m: Mesh) -> None:
    """Draw a patterned box with a tissue that peeps out."""
    m.box((0, 0, 0), (13, 10, 8), "#5cb8c9")
    for x in (-4, 0, 4):
        m.rod(1.1, 0.1, "#f5e27a", at=(0, 0, 0), n=6).put(
            Mesh().rod(1.1, 0.1, "#f5e27a", n=6), (x, -5, 3.4), tilt=90
        )
    m.lathe([(4, 8.05), (0, 8.05)], "#2d6f80", n=10, squash=0.6)
    for turn in (10, 70, 130):
        peak = [(-3.4, 0, 0), (3.4, 0, 0), (2.2, 0, 4.5), (-1.2, 0, 7.5)]
        sheet = Mesh().quad(*peak, colour=WHITE).quad(*peak[::-1], colour="#e8ecf0")
        m.put(sheet, (0, 0, 8), turn=turn)


def vase(m: Mesh) -> None:
    """Draw a curved purple vase with flowers."""
    profile = [
        (0, 0),
        (3.4, 0),
        (5.6, 4.4),
        (5, 8.4),
        (2.4, 12.4),
        (2.2, 14),
        (3.6, 16),
        (3, 16),
        (1.6, 13),
    ]
    m.lathe(profile, "#7b3fa8", n=12, smooth=True, gloss=0.4)
    m.lathe([(5.68, 4.1), (5.62, 5.4)], GOLD, n=12)
    for x, y, z, c in (
        (-3.6, 0, 23, "#ffd23c"),
        (0.4, 1, 26, "#ff6b9a"),
        (3.8, -0.4, 22.4, "#ffffff"),
    ):
        m.tube([(0, 0, 14), (x * 0.6, y, z - 4), (x, y, z)], 0.35, "#3c8f3c", n=5)
        m.put(Mesh().ball(2.2, c, n=7, rings=4), (x, y, z + 0.6), scale=(1, 1, 0.7))
        m.put(Mesh().ball(0.9, "#b5651d", n=6, rings=4), (x, y - 1.8, z + 1.2))


def watch(m: Mesh) -> None:
    """Draw a wrist watch: a dial on a brown strap that makes a loop."""
    loop = Mesh()
    for i in range(12):
        a, b = (2 * math.pi * (i + k) / 12 for k in (0, 1))
        out = [(3.6 * math.sin(t), 3 - 3 * math.cos(t)) for t in (a, b)]
        (y0, z0), (y1, z1) = out
        strip = [(-1.4, y0, z0), (1.4, y0, z0), (1.4, y1, z1), (-1.4, y1, z1)]
        loop.quad(*strip, colour="#7a4526").quad(*strip[::-1], colour="#b07545")
    m.put(loop, (0, 1, 0.2))
    dial = Mesh().lathe(
        [(0, 0), (3.2, 0), (3.2, 1), (2.6, 1.2)], [GOLD, GOLD, "#f2d67a"], n=12, gloss=0.4
    )
    dial.lathe([(2.6, 1.15), (0, 1.15)], WHITE, n=12)
    dial.box((0, 0.8, 1.2), (0.45, 1.8, 0.05), BLACK).box((0.7, 0, 1.2), (1.6, 0.45, 0.05), BLACK)
    dial.box((3.6, 0, 0.3), (0.8, 0.8, 0.6), GOLD)
    m.put(dial, (0, -2.2, 3.8), tilt=52)


def watering_can(m: Mesh) -> None:
    """Draw a green can with a long spout and a rose."""
    green = "#3f9f4a"
    m.lathe(
        [(0, 0), (6.4, 0), (6, 11), (5.4, 11), (5.4, 9.5), (0, 9.5)],
        [green] * 3 + ["#1f5a2a"] * 2,
        n=12,
    )
    m.tube([(5.4, 0, 3), (10, 0, 8), (13.4, 0, 13.4)], 0.95, green)
    rose = Mesh().lathe([(0, 0), (1, 0), (2.7, 2.6), (0, 2.9)], [green, green, "#e8d25a"], n=10)
    m.put(rose, (13, 0, 12.8), roll=36)
    bend = [
        (-5.6 + 0.0 - 4.4 * math.sin(a), 0, 6 + 4.6 * math.cos(a)) for a in (0.1, 0.8, 1.57, 2.4, 3)
    ]
    m.tube(bend, 0.7, "#2f7a38")
    m.tube([(-4.4, 0, 11), (-2, 0, 15.5), (3, 0, 15.5), (5, 0, 11)], 0.7, "#2f7a38")


ROOMS: dict[str, Callable[[Mesh], None]] = {
    "AlarmClock": alarm_clock,
    "BaseballBat": baseball_bat,
    "BasketBall": basket_ball,
    "Book": book,
    "Box": box,
    "CD": cd,
    "Candle": candle,
    "CellPhone": cell_phone,
    "CreditCard": credit_card,
    "KeyChain": key_chain,
    "Laptop": laptop,
    "Newspaper": newspaper,
    "Pen": pen,
    "Pencil": pencil,
    "Pillow": pillow,
    "RemoteControl": remote_control,
    "Statue": statue,
    "TeddyBear": teddy_bear,
    "TennisRacket": tennis_racket,
    "TissueBox": tissue_box,
    "Vase": vase,
    "Watch": watch,
    "WateringCan": watering_can,
}
