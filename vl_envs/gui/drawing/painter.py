"""`Painter`: draws flat screens fast, from ready-made sprites.

A screen is flat: text, icons and corners lie on known plain colours. So each is blended once with
what lies behind it, kept, and copied from then on: a few microseconds instead of fifty. What is
kept is bounded. Text is in Pillow's built-in font, the same on every machine.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from vl_envs.core.pictures import font
from vl_envs.gui.drawing.icons import icon_mask
from vl_envs.gui.drawing.theme import Colour

Pixels = npt.NDArray[np.uint8]
IntBox = tuple[int, int, int, int]

_WIDEST = 4096


@lru_cache(maxsize=8192)
def text_width(text: str, size: int) -> int:
    """Measure a line of text in ``size`` pixels."""
    return round(font(size).getlength(text))


@lru_cache(maxsize=8192)
def cut(text: str, size: int, width: int) -> str:
    """Return ``text``, or as much of it as ``width`` pixels hold, with "…" behind it."""
    text = text[:width]  # no letter is narrower than a pixel: nothing long is ever measured
    if text_width(text, size) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if font(size).getlength(text[:middle].rstrip() + "…") <= width:
            low = middle
        else:
            high = middle - 1
    return text[:low].rstrip() + "…"


@lru_cache(maxsize=1024)
def _shades(colour: Colour, behind: Colour) -> Pixels:
    """Give the mixture of two colours for each opacity, uint8 [256, 3]."""
    opacity = np.arange(256)[:, None]
    mixed = np.array(colour) * opacity + np.array(behind) * (255 - opacity)
    return ((mixed + 127) // 255).astype(np.uint8)


def blend(mask: Pixels, colour: Colour, behind: Colour) -> Pixels:
    """Lay ``colour`` over ``behind`` with opacity ``mask`` [h, w]; uint8 [h, w, 3]."""
    return _shades(colour, behind).take(mask, axis=0)


@lru_cache(maxsize=8192)
def _letters(text: str, size: int) -> Pixels:
    """Write a line of text; its opacity, uint8 [height of the line, width]."""
    face = font(size)
    ascent, descent = face.getmetrics()
    mask = Image.new("L", (max(1, text_width(text, size)), ascent + descent))
    ImageDraw.Draw(mask).text((0, 0), text, 255, face)
    return np.asarray(mask)


@lru_cache(maxsize=8192)
def _text(text: str, size: int, colour: Colour, behind: Colour) -> Pixels:
    return blend(_letters(text, size), colour, behind)


@lru_cache(maxsize=4096)
def _icon(name: str, size: int, colour: Colour, behind: Colour) -> Pixels:
    return blend(icon_mask(name, size), colour, behind)


@lru_cache(maxsize=64)
def _row(colour: Colour) -> Pixels:
    return np.tile(np.array(colour, np.uint8), _WIDEST)


@lru_cache(maxsize=256)
def _disc(radius: int) -> Pixels:
    """Draw a quarter of a disc (the upper left one), smooth; uint8 [radius, radius]."""
    fine = Image.new("L", (radius * 4, radius * 4))
    ImageDraw.Draw(fine).ellipse((0, 0, radius * 8 - 1, radius * 8 - 1), 255)
    return np.asarray(fine.resize((radius, radius), Image.Resampling.BOX))


@lru_cache(maxsize=1024)
def _corner(radius: int, fill: Colour, behind: Colour, outline: Colour) -> Pixels:
    """Draw the upper left corner of a box; uint8 [radius, radius, 3]."""
    corner = blend(_disc(radius), outline, behind)
    if outline != fill and radius > 1:
        opacity = _disc(radius - 1).astype(np.uint16)[..., None]
        mixed = np.array(fill, np.uint16) * opacity + corner[1:, 1:] * (255 - opacity)
        corner[1:, 1:] = (mixed + 127) // 255
    return corner


@lru_cache(maxsize=1024)
def _sides(
    height: int, radius: int, fill: Colour, behind: Colour, outline: Colour
) -> tuple[Pixels, Pixels]:
    """Draw the left and the right side of a box with round corners, ``radius`` wide."""
    left = Painter(radius, height, fill)
    if outline != fill:
        left.rect((0, 0, 1, height), outline)
    corner = _corner(radius, fill, behind, outline)
    left.image(corner, 0, 0)
    left.image(corner[::-1], 0, height - radius)
    return left.pixels, left.pixels[:, ::-1].copy()


class Painter:
    """A picture in the making.

    Args:
        width: of the picture, in pixels.
        height: of the picture, in pixels.
        background: its first colour.

    Everything is cut at the picture's edges. ``behind`` is the plain colour that lies under what
    is drawn; boxes are (left, top, right, bottom), without the last column and row.
    """

    def __init__(self, width: int, height: int, background: Colour) -> None:
        self.width, self.height = width, height
        self.pixels: Pixels = np.empty((height, width, 3), np.uint8)
        # Rows of bytes: a plain colour is copied into them at the speed of memory.
        self._rows = self.pixels.reshape(height, width * 3)
        self._rows[:] = _row(background)[: width * 3]

    def rect(self, box: IntBox, colour: Colour) -> None:
        """Fill ``box``."""
        left, top, right, bottom = box
        left, right = max(left, 0), min(right, self.width)
        if left < right and top < bottom:
            row = _row(colour)[: (right - left) * 3]
            self._rows[max(top, 0) : max(bottom, 0), left * 3 : right * 3] = row

    def round_rect(
        self,
        box: IntBox,
        fill: Colour,
        behind: Colour,
        radius: int = 8,
        outline: Colour | None = None,
    ) -> None:
        """Fill ``box`` with round corners, and draw its ``outline``, one pixel wide."""
        left, top, right, bottom = box
        outline = outline or fill
        radius = max(1, min(radius, (right - left) // 2, (bottom - top) // 2))
        sides = _sides(bottom - top, radius, fill, behind, outline)
        self.image(sides[0], left, top)
        self.image(sides[1], right - radius, top)
        self.rect((left + radius, top, right - radius, bottom), fill)
        if outline != fill:
            self.rect((left + radius, top, right - radius, top + 1), outline)
            self.rect((left + radius, bottom - 1, right - radius, bottom), outline)

    def text(
        self,
        x: int,
        y: int,
        text: str,
        size: int,
        colour: Colour,
        behind: Colour,
        anchor: str = "la",
        width: int | None = None,
    ) -> int:
        """Write a line of text, and return its width in pixels.

        Args:
            x: where the anchor lies.
            y: where the anchor lies.
            text: one line.
            size: of the font, in pixels.
            colour: of the text.
            behind: the colour it lies on.
            anchor: ``l``, ``m`` or ``r`` (left, middle, right), then ``a`` (top of the line) or
                ``m`` (its middle).
            width: where the text is cut with "…".
        """
        if width is not None:
            text = cut(text, size, width)
        if not text:
            return 0
        sprite = _text(text, size, colour, behind)
        height, wide, _ = sprite.shape
        if anchor[0] != "l":
            x -= wide // 2 if anchor[0] == "m" else wide
        if anchor[1] == "m":
            y -= height // 2
        self.image(sprite, x, y)
        return int(wide)

    def icon(self, name: str, x: int, y: int, size: int, colour: Colour, behind: Colour) -> None:
        """Draw an icon with its centre at (x, y)."""
        self.image(_icon(name, size, colour, behind), x - size // 2, y - size // 2)

    def image(self, pixels: Pixels, left: int, top: int) -> None:
        """Copy ``pixels``, uint8 [h, w, 3]."""
        height, width = pixels.shape[:2]
        if left >= 0 and top >= 0 and left + width <= self.width and top + height <= self.height:
            # By rows of bytes: numpy copies two axes faster than three.
            row = pixels.reshape(height, width * 3)
            self._rows[top : top + height, left * 3 : (left + width) * 3] = row
            return
        x0, y0 = max(left, 0), max(top, 0)
        x1, y1 = min(left + width, self.width), min(top + height, self.height)
        if x0 < x1 and y0 < y1:
            self.pixels[y0:y1, x0:x1] = pixels[y0 - top : y1 - top, x0 - left : x1 - left]
