"""`Board`: a picture of a screen in the making, and the list of all that can be named on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from vl_envs.core.pictures import font
from vl_envs.gui.drawing.painter import IntBox, Painter, Pixels, blend
from vl_envs.gui.drawing.theme import Colour, Theme
from vl_envs.gui.grounding.acts import ACTS
from vl_envs.gui.grounding.words import Dice, Words

Flags = npt.NDArray[np.bool_]

TYPES = {
    **dict.fromkeys(("button", "link", "tab", "menu", "item", "cell", "chip", "file"), "text"),
    **dict.fromkeys(("day", "key", "label"), "text"),
    **dict.fromkeys(("checkbox", "radio", "switch", "field", "slider", "list"), "widget"),
    **dict.fromkeys(("icon", "swatch"), "icon"),
}
"""Kind of element -> its type, as in ScreenSpot: ``text``, ``icon``, or ``widget``."""


UNREAD = "…"
"""Stands for the name of a row that has no room to be read whole: nothing is said of such a row."""


class Element(NamedTuple):
    """Something on a screen that an instruction could mean.

    Attributes:
        box: (left, top, right, bottom) in pixels: what is to be pressed.
        kind: a key of `TYPES`; a ``label`` cannot be pressed.
        name: the words on it or at its side, ``""`` for a bare icon.
        look: what its icon shows, ``""`` where it has none or where that is hard to say.
        act: what it does, a key of `ACTS`, or ``""``.
        place: the part of the screen, such as ``toolbar``.
        window: the title of the window that holds it, ``""`` outside windows.
        row: the entry of a list or table that it belongs to.
        column: the column of a table.
        state: ``on`` or ``off`` for what can be switched.
        pressable: False for labels, and for what cannot be read or lies behind a dialog.
    """

    box: IntBox
    kind: str
    name: str = ""
    look: str = ""
    act: str = ""
    place: str = ""
    window: str = ""
    row: str = ""
    column: str = ""
    state: str = ""
    pressable: bool = True


_PIECE = re.compile(r"\d|\s|[^\d\s]+")


@lru_cache(maxsize=24576)
def _mask(piece: str, size: int) -> Pixels:
    face = font(size)
    ascent, descent = face.getmetrics()
    mask = Image.new("L", (max(1, round(face.getlength(piece))), ascent + descent))
    ImageDraw.Draw(mask).text((0, 0), piece, 255, face)
    return np.asarray(mask)


@lru_cache(maxsize=16384)
def line_mask(text: str, size: int) -> Pixels:
    """Write a line of text in white, uint8 [h, w]: words and digits are drawn once, then joined."""
    pieces = _PIECE.findall(text)
    if len(pieces) == 1:
        return _mask(text, size)
    return np.concatenate([_mask(piece, size) for piece in pieces], axis=1)


@lru_cache(maxsize=2048)
def _shades(colour: Colour, behind: Colour) -> npt.NDArray[np.void]:
    """Give the 256 colours from ``behind`` to ``colour``, three bytes each in one item."""
    mixed = blend(np.arange(256, dtype=np.uint8), colour, behind)
    return np.ascontiguousarray(mixed).view("V3").ravel()


def write(text: str, size: int, colour: Colour, behind: Colour) -> Pixels:
    """Write a line of text, uint8 [h, w, 3]."""
    mask = line_mask(text, size)
    # Whole pixels are looked up, and no index can be too large: half the time of plain colours.
    line = _shades(colour, behind).take(mask, mode="clip")
    return line.view(np.uint8).reshape(*mask.shape, 3)


class _Units(dict[float, int]):
    """Measures at a scale, worked out once."""

    def __init__(self, scale: float) -> None:
        super().__init__()
        self._scale = scale

    def __missing__(self, units: float) -> int:
        self[units] = max(1, int(units * self._scale + 0.5))
        return self[units]


class Board(Painter):
    """A screen in the making.

    Args:
        width: of the screen, in pixels.
        height: of the screen, in pixels.
        theme: its colours and corners.
        scale: of all measures: 1 on a plain monitor, 2 and more on a sharp phone.
        dice: what is drawn is drawn by it.
        words: the names on it.

    What is drawn through `add` is remembered as an `Element`, with the ``place``, ``window`` and
    ``row`` that are set at that time.
    """

    def __init__(
        self,
        width: int,
        height: int,
        theme: Theme,
        scale: float,
        dice: Dice,
        words: Words,
    ) -> None:
        super().__init__(width, height, theme.background)
        self.theme, self.dice, self.words = theme, dice, words
        self.u: Callable[[float], int] = _Units(scale).__getitem__
        """Turns a measure of a plain monitor into pixels of this screen."""
        self.accent = theme.primary
        self.size = self.u(13)
        """Size of plain text, in pixels."""
        self.touch = False
        """Whether fingers press: what is pressed is larger."""
        self.place = self.window = self.row = ""
        self.elements: list[Element] = []
        self._covers: list[tuple[int, IntBox, bool]] = []

    # What is remembered.

    def add(
        self,
        box: IntBox,
        kind: str,
        name: str = "",
        look: str = "",
        act: str = "",
        column: str = "",
        state: str = "",
        pressable: bool = True,
        row: str | None = None,
    ) -> None:
        """Remember an element of the present place, window and row."""
        row = self.row if row is None else row
        place, window = self.place, self.window
        element = Element(box, kind, name, look, act, place, window, row, column, state, pressable)
        self.elements.append(element)

    def cover(self, box: IntBox, modal: bool = False) -> None:
        """Lay something over ``box``; if ``modal``, nothing drawn so far can be pressed."""
        self._covers.append((len(self.elements), box, modal))

    def seen(self) -> list[Element]:
        """List the elements that can be seen at all; the partly covered ones cannot be pressed."""
        if not self.elements:
            return []
        boxes = np.array([element.box for element in self.elements])
        corner = np.array((self.width, self.height))
        hidden: Flags = np.any((boxes[:, :2] >= corner) | (boxes[:, 2:] <= 0), axis=1)
        partly: Flags = np.any((boxes[:, :2] < 0) | (boxes[:, 2:] > corner), axis=1)
        for count, (left, top, right, bottom), modal in self._covers:
            below = boxes[:count]
            meets = (below[:, 0] < right) & (below[:, 1] < bottom)
            meets &= (below[:, 2] > left) & (below[:, 3] > top)
            within = (below[:, 0] >= left) & (below[:, 1] >= top)
            within &= (below[:, 2] <= right) & (below[:, 3] <= bottom)
            hidden[:count] |= within
            partly[:count] |= meets | modal
        return [
            element._replace(pressable=False) if part and element.pressable else element
            for element, gone, part in zip(
                self.elements, hidden.tolist(), partly.tolist(), strict=True
            )
            if not gone
        ]

    # What is drawn.

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
        """Write a line of text as `Painter.text`, but cut within a letter; return its width."""
        if not text:
            return 0
        sprite = write(text, size, colour, behind)
        if width is not None and sprite.shape[1] > width:
            dots = write("…", size, colour, behind)
            sprite = np.concatenate(
                (sprite[:, : max(0, width - dots.shape[1])], dots[:, : max(0, width)]), axis=1
            )
        height, wide = sprite.shape[:2]
        if anchor[0] != "l":
            x -= wide // 2 if anchor[0] == "m" else wide
        if anchor[1] == "m":
            y -= height // 2
        self.image(sprite, x, y)
        return int(wide)

    def wide(self, text: str, size: int | None = None) -> int:
        """Measure a line of text, in pixels."""
        return int(line_mask(text, size or self.size).shape[1]) if text else 0

    def panel(
        self,
        box: IntBox,
        fill: Colour,
        behind: Colour,
        radius: int | None = None,
        outline: Colour | None = None,
    ) -> None:
        """Fill a box with the theme's round corners, and draw its outline."""
        if radius is None:
            radius = self.u(min(self.theme.radius, 10))
        if box[0] < box[2] and box[1] < box[3]:
            self.round_rect(box, fill, behind, radius, outline)

    def dim(self) -> None:
        """Darken all that was drawn so far, as behind a question that must be answered."""
        np.right_shift(self.pixels, 1, out=self.pixels)

    def frame(self, box: IntBox, colour: Colour) -> None:
        """Draw the four edges of a box, one pixel wide."""
        left, top, right, bottom = box
        self.rect((left, top, right, top + 1), colour)
        self.rect((left, bottom - 1, right, bottom), colour)
        self.rect((left, top, left + 1, bottom), colour)
        self.rect((right - 1, top, right, bottom), colour)

    def label(
        self,
        x: int,
        y: int,
        text: str,
        behind: Colour,
        *,
        size: int | None = None,
        colour: Colour | None = None,
        anchor: str = "lm",
        width: int | None = None,
    ) -> int:
        """Write text that cannot be pressed, and remember it; return its width."""
        size = size or self.size
        wide = self.text(x, y, text, size, colour or self.theme.text, behind, anchor, width)
        left = x - (0 if anchor[0] == "l" else wide // 2 if anchor[0] == "m" else wide)
        top = y if anchor[1] == "a" else y - size // 2
        self.add((left, top, left + wide, top + size), "label", text, pressable=False)
        return wide

    def icon_button(
        self, box: IntBox, act: str, colour: Colour, behind: Colour, size: int | None = None
    ) -> None:
        """Draw the icon of an act in the middle of ``box``, all of which can be pressed."""
        left, top, right, bottom = box
        glyph, look = ACTS[act][:2]
        self.icon(
            glyph, (left + right) // 2, (top + bottom) // 2, size or self.u(18), colour, behind
        )
        self.add(box, "icon", look=look, act=act)
