"""Things of the bathroom, in centimetres: soap, cloths, paper; and what hangs on a rail."""

from __future__ import annotations

from collections.abc import Callable

from vl_envs.alfworld.rendering.mesh import Mesh

SILVER, WHITE = "#c3c9d0", "#f6f6f2"


def cloth(m: Mesh) -> None:
    """Draw a small rag in red and white checks, thrown down in folds."""
    for x, y, turn, tilt in ((-3, 0, 10, 4), (3, 1, -20, -6), (0, -2, 42, 5)):
        flap = Mesh().box((0, 0, 0), (11, 9, 1.5), "#e2574c", taper=0.8)
        flap.quad(
            (-4.4, -3.6, 1.53),
            (4.4, -3.6, 1.53),
            (4.4, 3.6, 1.53),
            (-4.4, 3.6, 1.53),
            colour="#ffb4ac",
            tex="checks",
        )
        m.put(flap, (x, y, 0.6), turn=turn, tilt=tilt)
    m.put(Mesh().ball(3, "#e2574c", n=7, rings=4), (1, 1, 2.4), scale=(1.3, 1, 0.6))


def _folded(m: Mesh, colour: str, band: str, w: float, d: float, layers: int) -> None:
    each = 2.4
    for i in range(layers):
        z = i * each
        m.box((0, 0, z), (w, d, each - 0.5), colour)
        m.box((0, 0.3, z + each - 0.5), (w - 0.6, d - 1, 0.5), band, skip="tu")
        roll = Mesh().rod(each / 2 - 0.1, w, colour, n=8)
        m.put(roll, (-w / 2, -d / 2, z + each / 2 - 0.2), roll=90)
    top = layers * each - 0.48
    for y in (-d * 0.3, -d * 0.12):
        m.box((0, y, top), (w, d * 0.07, 0.06), band, skip="u")


def towel(m: Mesh) -> None:
    """Draw a large folded towel, blue with white bands."""
    _folded(m, "#3f78c4", "#eef3fa", 24, 17, 4)


def hand_towel(m: Mesh) -> None:
    """Draw a small folded towel, green with yellow bands."""
    _folded(m, "#4fae8f", "#f6dc6a", 15, 12, 2)


def plunger(m: Mesh) -> None:
    """Draw a red rubber cup on a wooden stick."""
    profile = [(0, 0.5), (5.6, 0), (6, 1.2), (5.2, 4.6), (2.2, 7), (1.4, 9), (0, 9)]
    m.lathe(profile, "#c22f28", n=12, gloss=0.25)
    m.rod(1, 29, "#d9ad6c", at=(0, 0, 8), n=8)


def soap_bar(m: Mesh) -> None:
    """Draw a pink bar in a white dish, with bubbles."""
    m.lathe([(0, 0), (5, 0), (6.2, 1.4), (5.6, 1.4), (0, 0.8)], WHITE, n=12, squash=0.75)
    m.box((0, 0, 1), (8, 4.8, 2.4), "#f58fb4", taper=0.88, gloss=0.2)
    m.box((0, 0, 3.4), (3.6, 1.6, 0.06), "#d9628e", skip="u")
    for x, y, z, r in ((3.8, -2.4, 3.2, 1), (4.6, -1, 2.6, 0.7), (-4, -2, 2.6, 0.7)):
        m.ball(r, "#dff2ff", at=(x, y, z), n=7, rings=4, gloss=0.5)


def soap_bottle(m: Mesh) -> None:
    """Draw a violet bottle with a pump."""
    profile = [(0, 0), (4, 0), (4.2, 1), (4.2, 10), (3, 12), (1.5, 12.6), (1.5, 14), (0, 14)]
    body = "#b06ad8"
    m.lathe(profile, [body, body, body, body, WHITE, WHITE, WHITE], n=12, gloss=0.3)
    m.box((0, -4.1, 3.4), (4.6, 0.6, 4.6), "#fdf6d0")
    m.rod(0.6, 3.4, "#dfe3e8", at=(0, 0, 14), n=6)
    m.box((-1.4, 0, 17), (5.6, 2, 1.3), WHITE).box((-3.9, 0, 16), (0.9, 1.4, 1.2), WHITE)


def spray_bottle(m: Mesh) -> None:
    """Draw a sky-blue bottle with a trigger head of orange."""
    body, head = "#5fc0f0", "#ff7a1f"
    profile = [(0, 0), (4.4, 0), (4.6, 1), (4.4, 9), (1.7, 14), (1.7, 16), (0, 16)]
    m.lathe(profile, [body, body, WHITE, body, body, body], n=12, gloss=0.3)
    m.box((-0.8, 0, 16), (6.4, 2.6, 3.4), head)
    m.box((-5, 0, 17.2), (2.4, 1.5, 1.5), "#333333")
    m.tube([(-2.6, 0, 16), (-4, 0, 13.5), (-3.4, 0, 11.6)], 0.6, head)


def toilet_paper(m: Mesh) -> None:
    """Draw a full white roll that lies, its end hanging to the front."""
    _roll(m, 5.4, "#fbfbfb", 11)
    m.box((0, -5.3, 0.2), (10.8, 0.3, 5.4), "#ffffff")
    m.box((0, -7.6, 0), (10.8, 5, 0.3), "#ffffff")
    for x in (-3, 0, 3):
        m.box((x, -5.5, 2), (1, 0.1, 1), "#b9d6f0")


def toilet_paper_roll(m: Mesh) -> None:
    """Draw an upright roll with a wide core of brown cardboard."""
    roll = [(4.6, 0), (4.6, 9.4), (2.5, 9.4), (2.5, 3)]
    m.lathe(roll, [WHITE, "#e6e6e2", "#8f6a40"], n=14)
    m.lathe(
        [(2.5, 9.2), (2.5, 10), (2, 10), (2, 4), (0, 4)], ["#b58b5c", "#b58b5c", "#7a5a34"], n=12
    )


def _roll(m: Mesh, r: float, paper: str, length: float) -> None:
    roll = Mesh().lathe(
        [(0, 0), (r * 0.4, 0), (r, 0), (r, length), (r * 0.4, length), (0, length - 1)],
        ["#8f6a40", "#e3e3df", paper, "#e3e3df", "#8f6a40"],
        n=14,
    )
    m.put(roll, (-length / 2, 0, r), roll=90)


def _hung(colour: str, band: str, w: float, h: float) -> Callable[[Mesh], None]:
    def draw(m: Mesh) -> None:
        m.box((0, -1.6, -h), (w, 1.2, h + 1.2), colour)
        m.box((0, 1.6, -h * 0.8), (w, 1.2, h * 0.8 + 1.2), colour)
        m.box((0, 0, 1), (w, 4.4, 1.4), colour)
        for z, high in ((-h + 2, 1.6), (-h + 5, 3)):
            m.box((0, -2.3, z), (w, 0.2, high), band)
        for x in (-w * 0.25, w * 0.2):
            m.box((x, -2.22, -h * 0.62), (0.5, 0.1, h * 0.6), band)

    return draw


def _hung_roll(m: Mesh) -> None:
    roll = Mesh()
    _roll(roll, 5.4, "#fbfbfb", 11)
    m.put(roll, (0, 0, -5.4))
    m.box((0, -5.3, -15), (10.8, 0.3, 15), "#ffffff")


def _hung_core(m: Mesh) -> None:
    roll = Mesh()
    _roll(roll, 2.8, "#c09463", 11)
    m.put(roll, (0, 0, -2.8))


BATH: dict[str, Callable[[Mesh], None]] = {
    "Cloth": cloth,
    "HandTowel": hand_towel,
    "Plunger": plunger,
    "SoapBar": soap_bar,
    "SoapBottle": soap_bottle,
    "SprayBottle": spray_bottle,
    "ToiletPaper": toilet_paper,
    "ToiletPaperRoll": toilet_paper_roll,
    "Towel": towel,
}
HUNG: dict[str, Callable[[Mesh], None]] = {
    "Cloth": _hung("#e2574c", "#ffd2cc", 16, 20),
    "HandTowel": _hung("#4fae8f", "#f6dc6a", 20, 30),
    "ToiletPaper": _hung_roll,
    "ToiletPaperRoll": _hung_core,
    "Towel": _hung("#3f78c4", "#eef3fa", 42, 50),
}
