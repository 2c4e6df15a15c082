"""`Sheet`: a game's picture in the making; and stamps, small pictures that are drawn once and kept.

All places and sizes are written for a picture of 448 x 448 and scaled to the one that is made; in
one that is not square the game lies in the middle.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from PIL import Image as Pictures
from PIL import ImageDraw

from vl_envs.core.env import Image
from vl_envs.core.pictures import font

SIDE = 448
"""Pixels of a side for which pictures are designed."""
FINE = 4
"""Stamps are drawn so many times larger, then reduced: smooth edges, the same on every machine."""
INK, PAPER = "#212121", "#fafafa"

Draw = Callable[["Pen"], None]


class Pen:
    """Draws in a unit square, from the upper left; `vl_envs.games.shapes` is written with it."""

    def __init__(self, side: int) -> None:
        self.side = side
        self.image = Pictures.new("RGBA", (side, side), (0, 0, 0, 0))
        self._draw = ImageDraw.Draw(self.image)

    def _at(self, *values: float) -> tuple[float, ...]:
        return tuple(value * self.side for value in values)

    def disc(self, x: float, y: float, radius: float, fill: str, edge: str = "") -> None:
        """Draw a disc, with an outline where ``edge`` names its colour."""
        self.oval(x - radius, y - radius, x + radius, y + radius, fill, edge)

    def oval(
        self, left: float, top: float, right: float, bottom: float, fill: str, edge: str = ""
    ) -> None:
        """Draw an ellipse."""
        box = self._at(left, top, right, bottom)
        self._draw.ellipse(box, fill, edge or None, max(1, self.side // 24) if edge else 0)

    def box(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        fill: str,
        edge: str = "",
        radius: float = 0.0,
    ) -> None:
        """Draw a rectangle, with round corners of ``radius``."""
        box, wide = self._at(left, top, right, bottom), max(1, self.side // 24) if edge else 0
        self._draw.rounded_rectangle(box, radius * self.side, fill, edge or None, wide)

    def shape(self, *points: tuple[float, float], fill: str) -> None:
        """Draw a polygon."""
        self._draw.polygon([self._at(*point) for point in points], fill)

    def line(self, *points: tuple[float, float], fill: str, width: float) -> None:
        """Draw a line with round joints."""
        wide = max(1, round(width * self.side))
        self._draw.line([self._at(*point) for point in points], fill, wide, joint="curve")

    def text(self, x: float, y: float, words: str, height: float, fill: str) -> None:
        """Write around a point, in letters of a height."""
        face = font(round(height * self.side))
        self._draw.text(
            (x * self.side, y * self.side), words, fill, face, "mm", stroke_width=self.side // 80
        )


@lru_cache(maxsize=1024)
def stamp(draw: Callable[..., None], side: int, *args: object) -> Pictures.Image:
    """Make the stamp that ``draw(pen, *args)`` draws, RGBA [side, side]; never to be changed."""
    pen = Pen(side * FINE)
    draw(pen, *args)
    # Premultiplied: else the colour of what is transparent bleeds into edges.
    return pen.image.convert("RGBa").resize((side, side), Pictures.Resampling.BOX).convert("RGBA")


@lru_cache(maxsize=4096)
def written(words: str, height: int, bold: bool) -> Pictures.Image:
    """Write a line as an opacity mask, L; ``height`` is the font's size in pixels."""
    face, stroke = font(height), max(0.3, height / 40) if bold else 0
    left, _, right, _ = face.getbbox(words, stroke_width=stroke, anchor="ls")
    ascent, descent = face.getmetrics()
    mask = Pictures.new("L", (max(1, round(right - min(left, 0))), ascent + descent))
    at = (-min(left, 0), ascent)
    ImageDraw.Draw(mask).text(at, words, 255, face, "ls", stroke_width=stroke)
    return mask


@lru_cache(maxsize=64)
def _ground(paint: Callable[[Sheet], None], size: tuple[int, int]) -> Pictures.Image:
    """Draw what is the same in all pictures of a game, once."""
    sheet = Sheet(size)
    paint(sheet)
    return sheet.image


class Sheet:
    """A picture in the making.

    Args:
        size: (height, width) in pixels.
        paint: draws what never changes; that is done once for each size, so it must be one
            function that is always the same, not a closure.
    """

    def __init__(self, size: tuple[int, int], paint: Callable[[Sheet], None] | None = None) -> None:
        height, width = size
        side = min(size)
        self.scale = side / SIDE
        self._left, self._top = (width - side) // 2, (height - side) // 2
        if paint is None:
            self.image = Pictures.new("RGB", (width, height), PAPER)
        else:
            self.image = _ground(paint, size).copy()
        self._draw = ImageDraw.Draw(self.image)

    def _at(self, x: float, y: float) -> tuple[int, int]:
        return self._left + round(x * self.scale), self._top + round(y * self.scale)

    def box(
        self,
        left: float,
        top: float,
        right: float,
        bottom: float,
        fill: str | None,
        edge: str | None = None,
        width: float = 1,
    ) -> None:
        """Fill a rectangle, and draw its outline where ``edge`` names a colour."""
        (x, y), corner = self._at(left, top), self._at(right, bottom)
        wide = max(1, round(width * self.scale)) if edge else 0
        # At least one pixel: in tiny pictures corners fall together.
        box = (x, y, max(x, corner[0] - 1), max(y, corner[1] - 1))
        self._draw.rectangle(box, fill, edge, wide)

    def line(self, *points: tuple[float, float], fill: str, width: float = 1) -> None:
        """Draw a line."""
        at = [self._at(*point) for point in points]
        self._draw.line(at, fill, max(1, round(width * self.scale)))

    def stamp(
        self, x: float, y: float, side: float, draw: Callable[..., None], *args: object
    ) -> None:
        """Stamp around a point what ``draw(pen, *args)`` draws."""
        picture = stamp(draw, max(1, round(side * self.scale)), *args)
        left, top = self._at(x, y)
        self.image.paste(picture, (left - picture.width // 2, top - picture.height // 2), picture)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        height: float,
        fill: str = INK,
        anchor: str = "m",
        bold: bool = False,
    ) -> None:
        """Write a line beside a point: anchor ``l`` begins there, ``m`` has its middle there."""
        if not words:
            return
        mask = written(words, max(1, round(height * self.scale)), bold)
        left, top = self._at(x, y)
        left -= {"l": 0, "m": mask.width // 2, "r": mask.width}[anchor]
        self.image.paste(fill, (left, top - mask.height // 2), mask)

    def pixels(self) -> Image:
        """Give the picture, uint8 [H, W, 3]."""
        return np.array(self.image, np.uint8)
