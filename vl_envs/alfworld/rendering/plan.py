"""What a model of furniture is made from: a `Plan` to fill, and the `Slot`s it offers to things."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from vl_envs.alfworld.rendering.materials import Palette
from vl_envs.alfworld.rendering.mesh import Colour, Mesh, Point, mix

STEEL, DARK, WHITE, BRASS = "#b9bec4", "#2d3136", "#f4f4f1", "#c9a24a"


@dataclass(frozen=True)
class Slot:
    """A place for one thing, in the coordinates of its furniture.

    Attributes:
        x: to the right, metres.
        y: away from the viewer.
        z: of the bottom of the thing (of the bar, where it hangs).
        cell: room across, in metres; what is wider is drawn smaller.
        high: room above.
        hung: whether the thing hangs there.
    """

    x: float
    y: float
    z: float
    cell: float = 0.25
    high: float = 9.0
    hung: bool = False


@dataclass
class Plan:
    """One piece of furniture to draw: its front looks to -y.

    Attributes:
        w: width in metres.
        d: depth.
        h: height.
        open: whether one can look inside.
        shut: whether it has a door or a drawer at all.
        look: colours of the room's style.
        filled: whether drawers of their own are let into it, so that it paints none.
        top: height of its top above the floor.
        m: the mesh to fill.
    """

    w: float
    d: float
    h: float
    open: bool
    shut: bool
    look: Palette
    filled: bool = False
    top: float = 0.0
    m: Mesh = field(default_factory=Mesh)

    def legs(self, top: float, thick: float, colour: Colour, inset: float = 0.02) -> None:
        """Add four legs up to a height."""
        for i in (-1, 1):
            for j in (-1, 1):
                at = (
                    i * (self.w / 2 - inset - thick / 2),
                    j * (self.d / 2 - inset - thick / 2),
                    0.0,
                )
                self.m.box(at, (thick, thick, top), colour, skip="tu")

    def case(
        self, z: float, h: float, colour: Colour, inside: Colour, *, t: float = 0.03, tex: str = ""
    ) -> None:
        """Add a box from a height upwards that is open to the front, seen from within too."""
        w, d, m = self.w, self.d, self.m
        m.box((0, 0, z), (w, d, h), colour, skip="f", tex=tex)
        y, x, low, top = -d / 2, w / 2 - t, z + t, z + h - t
        for cx, cz, sx, sz in (
            (0, z, w, t),
            (0, top, w, t),
            (-w / 2 + t / 2, low, t, top - low),
            (w / 2 - t / 2, low, t, top - low),
        ):
            m.quad(
                (cx - sx / 2, y, cz),
                (cx + sx / 2, y, cz),
                (cx + sx / 2, y, cz + sz),
                (cx - sx / 2, y, cz + sz),
                colour=colour,
            )
        hollow(m, (-x, x), (y, d / 2 - t), (low, top), inside, front=True)

    def door(
        self,
        at: Point,
        size: tuple[float, float],
        colour: Colour,
        *,
        hinge: int,
        angle: float,
        t: float = 0.03,
        inside: Colour | None = None,
        knob: Colour = STEEL,
        panel: bool = True,
    ) -> None:
        """Add a door: its hinge's lower end, (width, height), hinge left (-1) or right (1)."""
        w, h = size
        leaf = Mesh().box((-hinge * w / 2, 0, 0), (w, t, h), colour)
        if panel and w > 0.16 and h > 0.16:
            face = mix(colour, "#000000", 0.1)
            for dw, dh, lift, tint in ((0.1, 0.1, 0.004, face), (0.14, 0.14, 0.008, colour)):
                x, y = (w - dw) / 2, -t / 2 - lift
                leaf.quad(
                    (-hinge * w / 2 - x, y, dh / 2),
                    (-hinge * w / 2 + x, y, dh / 2),
                    (-hinge * w / 2 + x, y, h - dh / 2),
                    (-hinge * w / 2 - x, y, h - dh / 2),
                    colour=tint,
                )
        long = min(0.22, h * 0.5)
        middle = h * 0.5 - long / 2
        leaf.box((-hinge * (w - 0.05), -t / 2 - 0.03, middle), (0.022, 0.03, long), knob, gloss=0.4)
        if inside is not None:
            leaf.box((-hinge * w / 2, t / 2, 0.02), (w - 0.04, 0.004, h - 0.04), inside, skip="f")
        self.m.put(leaf, at, turn=hinge * angle)

    def front(
        self, z: float, h: float, colour: Colour, *, x: float = 0, w: float | None = None
    ) -> None:
        """Add the closed front of a drawer, with a handle."""
        w = self.w if w is None else w
        y = -self.d / 2
        self.m.box((x, y - 0.01, z + 0.008), (w - 0.016, 0.03, h - 0.016), colour)
        edge = mix(colour, "#000000", 0.12)
        self.m.quad(
            (x - w / 2 + 0.04, y - 0.029, z + 0.035),
            (x + w / 2 - 0.04, y - 0.029, z + 0.035),
            (x + w / 2 - 0.04, y - 0.029, z + h - 0.035),
            (x - w / 2 + 0.04, y - 0.029, z + h - 0.035),
            colour=edge,
        )
        wide = min(0.16, w * 0.4)
        self.m.box((x, y - 0.05, z + h * 0.5 - 0.01), (wide, 0.03, 0.022), STEEL, gloss=0.5)


Maker: TypeAlias = Callable[[Plan], "list[Slot]"]


def hollow(
    m: Mesh,
    x: tuple[float, float],
    y: tuple[float, float],
    z: tuple[float, float],
    colour: Colour,
    *,
    front: bool = False,
    dim: float = 1.0,
) -> None:
    """Add the inner faces of a box that is open above or, with ``front``, to the front."""
    (w, e), (f, b), (u, t) = x, y, z

    def face(*corners: Point, dark: float) -> None:
        m.quad(*corners, colour=mix(colour, "#000000", dark * dim), glow=True)

    face((w, f, u), (e, f, u), (e, b, u), (w, b, u), dark=0.12)
    face((w, b, u), (e, b, u), (e, b, t), (w, b, t), dark=0.22)
    face((w, f, u), (w, b, u), (w, b, t), (w, f, t), dark=0.36)
    face((e, b, u), (e, f, u), (e, f, t), (e, b, t), dark=0.4)
    if front:
        face((w, b, t), (e, b, t), (e, f, t), (w, f, t), dark=0.5)
    else:
        face((e, f, u), (w, f, u), (w, f, t), (e, f, t), dark=0.45)


def grid(
    w: float,
    d: float,
    z: float,
    *,
    y: float = 0.0,
    high: float = 9.0,
    cell: float = 0.24,
    rows: int = 3,
) -> list[Slot]:
    """Return places on a surface: nearest to the front first, there from the middle outwards.

    Every other row is shifted by half a place, so that one looks between the things in front.
    """
    w = min(w, 1.25)
    across = max(1, round((w - 0.04) / cell))
    deep = max(1, min(rows, int((d + 0.03) / 0.17)))
    pitch, step = w / across, d / deep
    found = []
    for row in range(deep):
        count = across - row % 2 if across > 2 else across
        places = [(i - (count - 1) / 2) * pitch for i in range(count)]
        for x in sorted(places, key=lambda x: (round(abs(x), 6), x)):
            found.append(Slot(x, y - d / 2 + (row + 0.5) * step, z, pitch, high))
    return found
