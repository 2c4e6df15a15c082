"""Things of the kitchen, in centimetres: food, dishes, cutlery, pots."""

from __future__ import annotations

import math
from collections.abc import Callable

from vl_envs.alfworld.rendering.mesh import Mesh

SILVER, BLACK, WHITE = "#c3c9d0", "#26282c", "#f6f6f2"


def fan(m: Mesh, r: float, skin: str, flesh: str, core: str, *, flat: float = 1) -> None:
    """Add a fruit in slices: half of it, and three round slices that lean."""
    half = Mesh().ball(r, skin, flat=flat, n=10)
    m.put(half, (-r * 0.9, r * 0.3, r * flat), scale=(0.62, 1, 1))
    for i in range(4):
        disc = Mesh().lathe(
            [(r, 0), (r, r * 0.2), (r * 0.86, r * 0.21), (r * 0.3, r * 0.22), (0, r * 0.22)],
            [skin, skin, flesh, core],
            n=12,
        )
        at = (-r * 0.25 + i * r * 0.72, -r * 0.1 * i, r * 0.84 * flat)
        m.put(disc, at, scale=(flat, 1, 1), turn=62 - 8 * i, tilt=78)


def apple(m: Mesh) -> None:
    """Draw a red apple with stem and leaf."""
    profile = [(0, 0.6), (1.8, 0), (3.4, 1.4), (4.1, 3.8), (3.9, 5.6), (2.6, 7.1), (1, 7), (0, 6)]
    m.lathe(profile, "#c81e24", n=12, smooth=True, gloss=0.35)
    m.tube([(0, 0, 5.8), (0.3, 0, 7.6), (0.8, 0, 8.8)], 0.32, "#5a3a1e")
    leaf = Mesh().plate([(0, 0), (1.6, -0.8), (3.4, 0), (1.6, 0.8)], 0, 0.2, "#4fae3c")
    m.put(leaf, (0.5, 0, 8), roll=-20, turn=-25)


def tomato(m: Mesh) -> None:
    """Draw a flat orange-red tomato with a green star."""
    profile = [(0, 0), (2.6, 0.1), (4.5, 1.5), (4.9, 3), (4.2, 4.7), (2, 5.6), (0, 5.2)]
    m.lathe(profile, "#f0502a", n=12, smooth=True, gloss=0.4)
    for i in range(5):
        leaf = Mesh().plate(
            [(0, -0.5), (2, -0.75), (3.6, 0), (2, 0.75), (0, 0.5)], 0, 0.2, "#2f8f2f"
        )
        m.put(leaf, (0, 0, 5.6), turn=72 * i + 15, roll=14)
    m.rod(0.3, 1.4, "#2f7a2f", at=(0, 0, 5.4), n=5)


def potato(m: Mesh) -> None:
    """Draw a brown lumpy potato."""
    m.put(Mesh().ball(3, "#a87b45", n=10), (-1.2, 0, 2.8), scale=(1.25, 1, 0.95))
    m.put(Mesh().ball(2.6, "#a87b45", n=10), (2, 0.2, 2.6), scale=(1.2, 1, 1))
    for x, y, z in ((-2.6, -2.3, 3.4), (0.2, -2.6, 3.6), (2.6, -2.2, 3.2), (-0.8, -1.2, 5.2)):
        m.put(Mesh().ball(0.42, "#5f4020", n=5, rings=4), (x, y, z))


def lettuce(m: Mesh) -> None:
    """Draw a green head with ruffled leaves."""
    m.ball(4.2, "#8fce55", at=(0, 0, 4.8), n=10)
    for ring, (count, r, lift, lean) in enumerate(((7, 4.6, 0.6, 58), (5, 3.2, 2.4, 72))):
        for i in range(count):
            leaf = Mesh().plate(
                [
                    (-1.2, 0),
                    (1.2, 0),
                    (2.9, 3),
                    (2.2, 5.4),
                    (0.8, 5),
                    (0, 6.2),
                    (-1, 5),
                    (-2.4, 5.4),
                ],
                0,
                0.3,
                ("#3f9a38", "#66b944")[(i + ring) % 2],
            )
            spin = 360 / count * i + 20 * ring
            bent = Mesh().put(leaf, (0, r - 1.6, lift), tilt=lean)
            back = Mesh().put(leaf, (0, r - 1.5, lift), tilt=lean, scale=(-1, 1, -1))
            m.put(bent, turn=spin).put(back, turn=spin)


def bread(m: Mesh) -> None:
    """Draw a loaf with cuts across its back."""
    _loaf(m, -8, 8)
    for x in (-4.5, 0, 4.5):
        cut = Mesh().plate([(-0.5, -2.8), (0.5, -2.8), (1.4, 2.8), (0.4, 2.8)], 0, 0.4, "#f2d9a0")
        m.put(cut, (x, 0, 9.3))


def _loaf(m: Mesh, left: float, right: float, face: str = "#dd9a45") -> None:
    right_half = [(3.6, 0), (3.9, 3.6), (5, 5), (5, 6.6), (3.9, 8.4), (1.6, 9.4)]
    outline = [*right_half, *((-y, z) for y, z in right_half[::-1])]
    slab = Mesh().plate([(y, z) for y, z in outline], 0, right - left, "#dd9a45")
    slab.plate([(y * 0.86, z * 0.9 + 0.4) for y, z in outline], right - left + 0.05, 0, face)
    turned = Mesh()
    for key, pieces in slab.parts.items():
        for corners, faces in pieces:
            moved = corners.copy()
            for start in (0, 3):
                moved[:, start : start + 3] = corners[:, [start + 2, start, start + 1]]
            turned.parts.setdefault(key, []).append((moved, faces))
    m.put(turned, (left, 0, 0))
    m.box((left + 0.01, 0, 0.5), (0.02, 6, 6), "#dd9a45", skip="rfbtu")


def bread_sliced(m: Mesh) -> None:
    """Draw the rest of a loaf, and slices with a pale crumb."""
    whole = Mesh()
    _loaf(whole, -9, 1, "#f6e6bd")
    for i in range(3):
        part = Mesh()
        _loaf(part, 0, 1.1, "#f6e6bd")
        whole.put(part, (2.4 + 2.6 * i, 0, 0.2 + 0.3 * i), roll=12 + 12 * i)
    m.put(whole, turn=-40)


def egg(m: Mesh) -> None:
    """Draw a pale egg that stands."""
    profile = [(0, 0), (1.4, 0.3), (2.3, 1.5), (2.5, 2.6), (2.1, 4.2), (1.2, 5.6), (0, 6.2)]
    m.lathe(profile, "#f7dfc2", n=12, smooth=True, gloss=0.25)


def bowl(m: Mesh) -> None:
    """Draw a wide blue bowl, white inside."""
    profile = [(0, 0), (3.4, 0), (3.4, 0.8), (6.4, 3), (8, 6.6), (7.5, 6.6), (5.8, 3.4), (0, 1.4)]
    blue = "#2f6fc4"
    m.lathe(profile, [blue, blue, blue, blue, WHITE, "#e4ecf6", "#dbe5f2"], n=14, gloss=0.2)
    m.lathe([(7.5, 4.9), (7.85, 5.7)], WHITE, n=14)


def cup(m: Mesh) -> None:
    """Draw a tumbler without a handle: orange, with a band."""
    profile = [(0, 0), (2.9, 0), (3.5, 4.6), (3.8, 6.8), (4.2, 10), (3.8, 10), (3, 2), (0, 2)]
    orange = "#ee8a1d"
    m.lathe(
        profile, [orange, orange, WHITE, orange, "#ffd9a0", "#a35a10", "#8a4a0c"], n=12, gloss=0.2
    )


def mug(m: Mesh) -> None:
    """Draw a red mug with a large handle and coffee in it."""
    profile = [(0, 0), (4, 0), (4.2, 0.5), (4.2, 9.4), (3.6, 9.4), (3.6, 8), (0, 8)]
    red = "#a3243b"
    m.lathe(profile, [red, red, red, WHITE, WHITE, "#4a2a17"], n=12, gloss=0.2)
    bend = [(4 + 3 * math.sin(a), 0, 4.8 + 3 * math.cos(a)) for a in (0, 0.7, 1.57, 2.4, 3.14)]
    m.tube(bend, 0.75, red, gloss=0.2)
    m.put(
        Mesh().plate([(-1.6, 0), (0, -1.9), (1.6, 0), (0, 1.4)], 0, 0.3, WHITE), (0, -4, 5), tilt=90
    )


def plate(m: Mesh) -> None:
    """Draw a flat white plate with a blue line."""
    profile = [(0, 0), (6, 0), (10.4, 1.6), (10, 1.9), (8.9, 1.5), (8.3, 1.3), (6, 0.7), (0, 0.7)]
    edge, line = "#f4f4f4", "#3465b8"
    m.lathe(profile, [edge, edge, edge, line, line, edge, "#e2e4e8"], n=18, gloss=0.1)


def _stick(m: Mesh, length: float, wide: float, high: float, colour: str, at: float) -> None:
    m.box((at + length / 2, 0, 0.1), (length, wide, high), colour, skip="u", gloss=0.3)


def knife(m: Mesh) -> None:
    """Draw a chef's knife: a broad pointed blade, a black handle with rivets."""
    k = Mesh()
    _stick(k, 11, 2.6, 1.8, BLACK, -14)
    for x in (-11.5, -8.5, -5.5):
        k.rod(0.45, 0.2, SILVER, at=(x, 0, 1.9), n=6)
    k.plate([(-3, -2.9), (8, -2.6), (13, -1), (16, 1.4), (-3, 1.4)], 0.6, 0.5, "#dfe5ea", gloss=0.5)
    k.plate([(-3, -2.9), (8, -2.6), (13, -1), (12, -0.8), (8, -1.8), (-3, -2.1)], 1.12, 0.02, WHITE)
    m.put(k, turn=24)


def butter_knife(m: Mesh) -> None:
    """Draw a small blunt knife with an ivory handle."""
    k = Mesh()
    _stick(k, 9, 2, 1.4, "#f0d28a", -9.5)
    k.box((-0.2, 0, 0.1), (1, 2.3, 1.6), "#b58b3c")
    edge = [(0, -0.9), (8, -1.3), (10, -0.6), (10.4, 0.4), (9.6, 1.3), (8, 1.2), (0, 0.7)]
    k.plate(edge, 0.4, 0.5, "#aeb8c2", gloss=0.5)
    m.put(k, turn=24)


def fork(m: Mesh) -> None:
    """Draw a silver fork with four tines."""
    k = Mesh()
    _stick(k, 11, 1.4, 0.9, SILVER, -11)
    k.plate(
        [(-0.5, -0.7), (3, -2.5), (4.6, -2.5), (4.6, 2.5), (3, 2.5), (-0.5, 0.7)], 0.4, 0.7, SILVER
    )
    for y in (-2.1, -0.7, 0.7, 2.1):
        k.box((7.4, y, 0.5), (6, 0.72, 0.7), SILVER, skip="u", gloss=0.4)
    m.put(k, turn=28)


def spoon(m: Mesh) -> None:
    """Draw a silver spoon with an oval bowl."""
    k = Mesh()
    _stick(k, 12, 1.4, 0.9, SILVER, -12)
    oval = Mesh().lathe(
        [(2.1, 0), (2.6, 1), (2.2, 1), (1.2, 0.5), (0, 0.4)], SILVER, n=12, gloss=0.6
    )
    oval.lathe([(1.7, 0.9), (0, 0.9)], "#8d97a3", n=12)
    k.put(oval, (3.4, 0, 0.2), scale=(1.6, 1.1, 1))
    m.put(k, turn=28)


def ladle(m: Mesh) -> None:
    """Draw a ladle: a deep round bowl, a long handle that rises and ends in a hook."""
    steel = "#9fa8b2"
    profile = [(0, 0), (2.6, 0.3), (4, 2), (4.2, 4), (3.8, 4), (2.6, 1.6), (0, 1)]
    m.lathe(
        profile, [steel, steel, steel, SILVER, "#6c757f", "#5a626b"], n=12, at=(-6, 0, 0), gloss=0.4
    )
    path = [(-2.2, 0, 3.8), (0, 0, 6), (8, 0, 12.5), (10, 0, 13.6), (11, 0, 12.4)]
    m.tube(path, 0.62, steel, gloss=0.4)


def spatula(m: Mesh) -> None:
    """Draw a turner: a slotted black blade on a red handle."""
    k = Mesh()
    k.plate([(3, -2.6), (12, -3.6), (12, 3.6), (3, 2.6)], 0.4, 0.6, BLACK)
    for y in (-1.7, 0, 1.7):
        k.box((7.6, y, 1.01), (5.6, 0.8, 0.05), "#c9cdd2", skip="u")
    _stick(k, 5, 1.1, 0.9, SILVER, -1.5)
    _stick(k, 11, 2.1, 1.6, "#d2302c", -12)
    m.put(k, turn=26)


def pan(m: Mesh) -> None:
    """Draw a black frying pan with a long handle."""
    profile = [(0, 0), (8.4, 0), (10.2, 3.4), (9.7, 3.4), (8.2, 0.8), (0, 0.8)]
    dark = "#2b2d31"
    m.lathe(profile, [dark, dark, "#70767d", "#3c3f44", "#4a4e54"], n=16, at=(-4, 0, 0))
    k = Mesh()
    k.box((6.5, 0, 0), (13, 2.4, 1.5), "#5a2f1c").box((0, 0, -0.2), (3, 1.8, 1.2), SILVER)
    m.put(k, (5.2, 0, 2.4), roll=-10)


def pot(m: Mesh) -> None:
    """Draw a tall steel pot with two handles and its lid."""
    profile = [
        (0, 0),
        (8.6, 0),
        (8.9, 0.8),
        (8.9, 9.6),
        (9.4, 9.8),
        (9.2, 10.4),
        (4, 12),
        (0, 12.3),
    ]
    steel = "#aab2ba"
    m.lathe(profile, [steel, steel, steel, SILVER, SILVER, "#8d96a0", "#8d96a0"], n=14, gloss=0.4)
    m.lathe([(0.9, 12.2), (0.9, 13), (1.8, 13.4), (1.8, 14.2), (0, 14.6)], BLACK, n=8)
    for side in (-1, 1):
        grip = [(side * x, y, 8) for x, y in ((8.6, -2.6), (11.6, -2.2), (11.6, 2.2), (8.6, 2.6))]
        m.tube(grip, 0.8, BLACK)


def kettle(m: Mesh) -> None:
    """Draw a round turquoise kettle with a spout and a bow handle."""
    profile = [(0, 0), (7.6, 0), (8.4, 1.5), (7.6, 6), (4.6, 9.4), (3.4, 10), (0, 10.6)]
    body = "#2fa6a0"
    m.lathe(profile, [body, body, body, body, "#d8dde0", "#d8dde0"], n=14, smooth=True, gloss=0.4)
    m.lathe([(0.7, 10.4), (1.3, 11.4), (0, 12)], BLACK, n=8)
    m.tube([(6, 0, 4.5), (9.4, 0, 7), (11.8, 0, 10)], 1.3, body, n=8)
    bend = [(7 * math.cos(a), 0, 8 + 8.5 * math.sin(a)) for a in (0.2, 0.8, 1.57, 2.35, 2.95)]
    m.tube(bend, 0.85, BLACK)


def glass_bottle(m: Mesh) -> None:
    """Draw a clear green bottle with a cork."""
    profile = [(0, 0), (4, 0), (4.2, 1), (4.2, 10), (1.6, 14), (1.5, 19), (1.9, 19.4), (1.9, 20.4)]
    green = "#4fc98f"
    m.lathe(profile, [green, green, green, green, green, "#37a873", "#37a873"], n=12, gloss=0.7)
    m.box((-1.6, -3.9, 3), (0.9, 0.5, 6.5), "#c9ffe4")
    m.rod(1.3, 2.6, "#b98a55", at=(0, 0, 20.2), n=8)


def wine_bottle(m: Mesh) -> None:
    """Draw a dark bottle with a label and a red cap."""
    profile = [(0, 0), (4, 0), (4, 4), (4, 12), (4, 16), (1.6, 20), (1.6, 24), (1.9, 24), (1.9, 29)]
    glass, label, foil = "#1f3a24", "#f3e6c4", "#8f1f2f"
    m.lathe(
        [*profile, (0, 29)],
        [glass, glass, label, glass, glass, glass, foil, foil, foil],
        n=12,
        gloss=0.5,
    )
    m.box((0, -3.95, 7.4), (3.6, 0.4, 1.4), foil)


def _shaker(m: Mesh, glass: str, fill: str, mark: str) -> None:
    profile = [(0, 0), (2.8, 0), (2.5, 4), (2.1, 7.4), (2.3, 7.4), (2.3, 8.6), (1.4, 9.8), (0, 10)]
    m.lathe(profile, [fill, fill, glass, SILVER, SILVER, SILVER, SILVER], n=10, gloss=0.3)
    for x, y in ((0, -0.9), (-0.7, -0.2), (0.7, -0.2)):
        m.rod(0.25, 0.2, BLACK, at=(x, y, 9.75), n=5)
    m.box((0, -2.6, 2.4), (1.8, 0.5, 2.2), mark)


def salt_shaker(m: Mesh) -> None:
    """Draw a white shaker with a blue mark."""
    _shaker(m, "#eef6fa", "#ffffff", "#3f7fd0")


def pepper_shaker(m: Mesh) -> None:
    """Draw a black shaker with a red mark."""
    _shaker(m, "#4b4440", "#2a2623", "#d8402a")


def dish_sponge(m: Mesh) -> None:
    """Draw a yellow sponge with a green top."""
    k = Mesh().box((0, 0, 0), (10, 6.6, 2.6), "#f7d23c").box((0, 0, 2.6), (10, 6.6, 1.1), "#3a9a55")
    for x, z in ((-3, 1), (-1, 1.7), (1.2, 0.9), (3.2, 1.6)):
        k.box((x, -3.31, z), (0.7, 0.04, 0.6), "#c79a14", skip="b")
    m.put(k, turn=16)


def paper_towel_roll(m: Mesh) -> None:
    """Draw a tall white roll on a stand of wood."""
    m.rod(6.4, 1, "#a9754a", n=14)
    roll = [(5, 1), (5, 23), (1.8, 23), (1.8, 22)]
    m.lathe(roll, [WHITE, "#e3e3de", "#b58b5c"], n=14)
    m.rod(0.9, 4, "#a9754a", at=(0, 0, 22.5), n=8)
    m.box((4.9, -1.9, 1.4), (0.5, 4, 21.2), "#ffffff")
    for z in (5, 11, 17):
        m.lathe([(5.05, z), (5.05, z + 0.9)], "#9fc4e6", n=14)


def paper_towel(m: Mesh) -> None:
    """Draw folded sheets of kitchen paper with a blue border."""
    for i in range(3):
        sheet = Mesh().box((0, 0, 0), (15, 12, 0.8), ("#fafafa", "#e6eef6", "#fafafa")[i])
        m.put(sheet, (0.3 * i, 0, 0.85 * i), turn=5 * i)
    for y in (-3.6, 3.2):
        m.put(Mesh().box((0, y, 0), (14, 0.9, 0.1), "#6fa5de", skip="u"), (0.5, 0, 2.5), turn=10)


KITCHEN: dict[str, Callable[[Mesh], None]] = {
    "Apple": apple,
    "Bowl": bowl,
    "Bread": bread,
    "ButterKnife": butter_knife,
    "Cup": cup,
    "DishSponge": dish_sponge,
    "Egg": egg,
    "Fork": fork,
    "Glassbottle": glass_bottle,
    "Kettle": kettle,
    "Knife": knife,
    "Ladle": ladle,
    "Lettuce": lettuce,
    "Mug": mug,
    "Pan": pan,
    "PaperTowel": paper_towel,
    "PaperTowelRoll": paper_towel_roll,
    "PepperShaker": pepper_shaker,
    "Plate": plate,
    "Pot": pot,
    "Potato": potato,
    "SaltShaker": salt_shaker,
    "Spatula": spatula,
    "Spoon": spoon,
    "Tomato": tomato,
    "WineBottle": wine_bottle,
}


def _lettuce_sliced(m: Mesh) -> None:
    fan(m, 5.2, "#3f9a38", "#d3eda0", "#f4fbd8", flat=0.9)
    for i in range(5):
        shred = Mesh().box((0, 0, 0), (5, 1.2, 0.9), ("#66b944", "#a9d973")[i % 2])
        m.put(shred, (-4 + 2.6 * i, -6 + (i % 2), 0), turn=40 * i)


SLICED: dict[str, Callable[[Mesh], None]] = {
    "Apple": lambda m: fan(m, 4.2, "#c81e24", "#fbf0cf", "#e2c987", flat=0.95),
    "Bread": bread_sliced,
    "Lettuce": _lettuce_sliced,
    "Potato": lambda m: fan(m, 3.8, "#a87b45", "#f6e3a0", "#f0d888", flat=0.85),
    "Tomato": lambda m: fan(m, 4.8, "#f0502a", "#f9886a", "#f6c26a", flat=0.8),
}
