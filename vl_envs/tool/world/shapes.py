"""The geometric words that flags are written in: stripes, crosses, discs, stars, crescents.

Every function gives a `Shape`: it paints itself on a `Canvas` whose coordinates are the flag's own
units, x to the right and y down, so that a construction sheet can be copied number by number.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

from PIL import Image, ImageDraw


class Canvas:
    """A picture of ``width`` by ``height`` units at ``scale`` pixels a unit."""

    def __init__(self, width: float, height: float, scale: float) -> None:
        self.width, self.height, self.scale = width, height, scale
        self.image = Image.new("RGB", (round(width * scale), round(height * scale)))
        self.pen = ImageDraw.Draw(self.image)

    def polygon(self, colour: str, points: Sequence[tuple[float, float]]) -> None:
        """Fill a polygon given in units."""
        self.pen.polygon([(x * self.scale, y * self.scale) for x, y in points], fill="#" + colour)

    def box(self, cx: float, cy: float, r: float) -> tuple[float, float, float, float]:
        """Give the pixel box round a disc given in units."""
        k = self.scale
        return ((cx - r) * k, (cy - r) * k, (cx + r) * k, (cy + r) * k)


Shape = Callable[[Canvas], None]

Flag = tuple[float, float, tuple[Shape, ...]]
"""Width and height in units, then the shapes from back to front."""


def rect(colour: str, x0: float, y0: float, x1: float, y1: float) -> Shape:
    """Fill the rectangle between two corners."""
    return poly(colour, x0, y0, x1, y0, x1, y1, x0, y1)


def poly(colour: str, *xy: float) -> Shape:
    """Fill the polygon x0, y0, x1, y1, …."""
    return lambda canvas: canvas.polygon(colour, list(zip(xy[::2], xy[1::2], strict=True)))


def h(*colours: str, weights: Sequence[float] = ()) -> Shape:
    """Horizontal stripes from top to bottom, of equal height unless ``weights`` are given."""
    return _stripes(colours, weights, across=False)


def v(*colours: str, weights: Sequence[float] = ()) -> Shape:
    """Vertical stripes from hoist to fly, of equal width unless ``weights`` are given."""
    return _stripes(colours, weights, across=True)


def _stripes(colours: Sequence[str], weights: Sequence[float], across: bool) -> Shape:
    weights = weights or [1.0] * len(colours)
    assert len(weights) == len(colours)

    def paint(canvas: Canvas) -> None:
        start, unit = 0.0, 1 / sum(weights)
        for colour, weight in zip(colours, weights, strict=True):
            low, high = start * unit, (start + weight) * unit
            if across:
                rect(colour, low * canvas.width, 0, high * canvas.width, canvas.height)(canvas)
            else:
                rect(colour, 0, low * canvas.height, canvas.width, high * canvas.height)(canvas)
            start += weight

    return paint


def cross(colour: str, x0: float, x1: float, y0: float, y1: float) -> Shape:
    """A cross over the whole flag: upright from x0 to x1, bar from y0 to y1."""

    def paint(canvas: Canvas) -> None:
        rect(colour, x0, 0, x1, canvas.height)(canvas)
        rect(colour, 0, y0, canvas.width, y1)(canvas)

    return paint


def disc(colour: str, cx: float, cy: float, r: float) -> Shape:
    """A filled circle."""
    return lambda canvas: canvas.pen.ellipse(canvas.box(cx, cy, r), fill="#" + colour)


def arc(colour: str, cx: float, cy: float, r: float, width: float, a: float, b: float) -> Shape:
    """The band of ``width`` inside radius ``r``, from angle a to b (degrees, clockwise from x)."""

    def paint(canvas: Canvas) -> None:
        pixels = max(1, round(width * canvas.scale))
        canvas.pen.arc(canvas.box(cx, cy, r), a, b, fill="#" + colour, width=pixels)

    return paint


def crescent(
    colour: str, cx: float, cy: float, r: float, cut_x: float, cut_y: float, cut_r: float
) -> Shape:
    """A disc from which a second disc is cut, whatever lies below."""

    def paint(canvas: Canvas) -> None:
        mask = Image.new("L", canvas.image.size)
        pen = ImageDraw.Draw(mask)
        pen.ellipse(canvas.box(cx, cy, r), fill=255)
        pen.ellipse(canvas.box(cut_x, cut_y, cut_r), fill=0)
        canvas.image.paste("#" + colour, (0, 0), mask)

    return paint


def tip(cx: float, cy: float, r: float, degrees: float) -> tuple[float, float]:
    """The point at distance ``r``, ``degrees`` clockwise from straight up."""
    angle = math.radians(degrees)
    return cx + r * math.sin(angle), cy - r * math.cos(angle)


def star(
    colour: str,
    cx: float,
    cy: float,
    r: float,
    points: int = 5,
    inner: float = 0.382,
    turn: float = 0,
) -> Shape:
    """A star of outer radius ``r``; ``turn`` degrees clockwise from one point straight up."""
    step = 180 / points
    corners = [tip(cx, cy, r * (inner if i % 2 else 1), turn + i * step) for i in range(2 * points)]
    return lambda canvas: canvas.polygon(colour, corners)


def line(colour: str, x0: float, y0: float, x1: float, y1: float, width: float) -> Shape:
    """A straight band of ``width`` with square ends."""
    length = math.hypot(x1 - x0, y1 - y0)
    dx, dy = (y0 - y1) / length * width / 2, (x1 - x0) / length * width / 2
    return poly(colour, x0 + dx, y0 + dy, x1 + dx, y1 + dy, x1 - dx, y1 - dy, x0 - dx, y0 - dy)


def pentagram(colour: str, cx: float, cy: float, r: float, width: float) -> Shape:
    """A five-pointed star drawn as five crossing bands."""
    tips = [tip(cx, cy, r, 144 * i) for i in range(6)]
    return group(
        *(line(colour, *a, *b, width) for a, b in pairwise(tips)),
        *(disc(colour, *a, width / 2) for a in tips),
    )


def sun(colour: str, cx: float, cy: float, r: float, core: float, rays: int) -> Shape:
    """A disc of radius ``core`` with thin rays out to ``r``."""
    return group(star(colour, cx, cy, r, rays, core * 0.93 / r), disc(colour, cx, cy, core))


def group(*shapes: Shape) -> Shape:
    """Several shapes painted in order."""

    def paint(canvas: Canvas) -> None:
        for shape in shapes:
            shape(canvas)

    return paint


def inset(x: float, y: float, w: float, h: float, units: tuple[float, float], s: Shape) -> Shape:
    """Paint ``s``, written in its own ``units``, into the box x, y, w, h and nowhere else."""

    def paint(canvas: Canvas) -> None:
        small = Canvas(*units, canvas.scale * w / units[0])
        s(small)
        size = (round(w * canvas.scale), round(h * canvas.scale))
        where = (round(x * canvas.scale), round(y * canvas.scale))
        canvas.image.paste(small.image.resize(size), where)

    return paint
