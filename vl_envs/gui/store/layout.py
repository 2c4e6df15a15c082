"""Where everything lies on a page of the shop: pieces with boxes, and what pressing them does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from vl_envs.gui.drawing.painter import IntBox, text_width
from vl_envs.gui.drawing.theme import Theme
from vl_envs.gui.store.browser import Act

LARGEST_PICTURE = 360
"""Pictures are drawn at most so many pixels wide, however large the screen is."""


class Piece(NamedTuple):
    """Something on a page.

    Attributes:
        look: how it is drawn, a key of the painter's table.
        box: (left, top, right, bottom) in pixels of the page, as if it were not scrolled.
        text: the words on it.
        act: what pressing it does; None where nothing does.
        on: the theme's colour that lies behind it.
        value: what else its look needs.
        name: what it is called; its words, where it has no other name.
    """

    look: str
    box: IntBox
    text: str = ""
    act: Act | None = None
    on: str = "background"
    value: Any = None
    name: str = ""


@lru_cache(maxsize=4096)
def wrap(text: str, size: int, width: int) -> tuple[str, ...]:
    """Break ``text`` between words into lines of at most ``width`` pixels, where words allow."""
    lines: list[str] = []
    line, used, space = "", 0, text_width(" ", size)
    for word in text.split():
        room = text_width(word, size)
        if line and used + space + room > width:
            lines.append(line)
            line, used = word, room
        else:
            line, used = f"{line} {word}" if line else word, used + (space if line else 0) + room
    return (*lines, line)


class Sheet:
    """A page while it is laid out, from top to bottom.

    Args:
        size: (width, height) of the screen, in pixels.
        theme: how it looks.

    Attributes:
        bar: pieces of the bar at the top, which stays where it is.
        body: pieces below it, which scroll.
        y: where the next piece goes.
    """

    def __init__(self, size: tuple[int, int], theme: Theme) -> None:
        self.width, self.height = size
        self.theme = theme
        side = max(0.86, min(size) / 448)
        self.unit, self.side = side * theme.scale, side
        self.bar: list[Piece] = []
        self.body: list[Piece] = []
        self.top = self.y = self.px(46)
        self.margin = self.px(12)

    def px(self, measure: float) -> int:
        """Turn a measure of a screen of 448 pixels into pixels of this one."""
        return max(1, round(measure * self.unit))

    def picture_side(self, measure: float) -> int:
        """Give the side of a picture; themes do not scale pictures."""
        return min(LARGEST_PICTURE, round(measure * self.side))

    def put(self, look: str, box: IntBox, text: str = "", **rest: Any) -> None:
        """Add a piece to the body."""
        self.body.append(Piece(look, box, text, **rest))

    def write(
        self,
        text: str,
        x: int,
        y: int,
        size: int,
        *,
        tone: str = "text",
        on: str = "background",
        width: int | None = None,
        most: int = 9,
    ) -> int:
        """Write ``text`` in lines from (x, y) on; return where the next line would begin."""
        room = self.width - self.margin - x if width is None else width
        for line in wrap(text, size, room)[:most]:
            self.put("text", (x, y, x + room, y + size), line, on=on, value=(size, tone))
            y += round(size * 1.3)
        return y

    def heading(self, text: str) -> None:
        """Write a heading on a line of its own."""
        self.y += self.px(10)
        self.y = self.write(text, self.margin, self.y, self.px(17)) + self.px(4)

    def flow(self, pieces: Iterable[tuple[str, str, Act, Any, str]], left: int) -> None:
        """Set chips side by side from ``left`` on, in as many lines as they need.

        Args:
            pieces: (look, text, act, value, name) of each.
            left: where every line begins.
        """
        x, high, gap = left, self.px(30), self.px(7)
        for look, text, act, value, name in pieces:
            wide = high if look == "swatch" else text_width(text, self.px(14)) + self.px(20)
            if x + wide > self.width - self.margin and x > left:
                x, self.y = left, self.y + high + gap
            box = (x, self.y, x + wide, self.y + high)
            self.put(look, box, text, act=act, value=value, name=name)
            x += wide + gap
        self.y += high + gap

    def button(self, text: str, act: Act, look: str = "button") -> None:
        """Set a button across the page."""
        box = (self.margin, self.y, self.width - self.margin, self.y + self.px(38))
        self.put(look, box, text, act=act)
        self.y += self.px(46)


class Layout:
    """A page that is laid out.

    Args:
        sheet: what was laid out.

    Attributes:
        view: the part of the screen that scrolls, as a box.
        lowest: how far the page can be scrolled, in pixels.
    """

    def __init__(self, sheet: Sheet) -> None:
        self.bar, self.body = tuple(sheet.bar), tuple(sheet.body)
        self.view: IntBox = (0, sheet.top, sheet.width, sheet.height)
        self.bottom = sheet.y + sheet.px(8)
        self.lowest = max(0, self.bottom - sheet.height)
        self.step = max(1, round((sheet.height - sheet.top) * 0.75))
        self.unit = sheet.unit

    def px(self, measure: float) -> int:
        """Turn a measure of a screen of 448 pixels into pixels of this one."""
        return max(1, round(measure * self.unit))

    def hit(self, x: float, y: float, scroll: int) -> Piece | None:
        """Return the topmost piece at a point of the screen that does something when pressed."""
        if y < self.view[1]:
            return _topmost(self.bar, x, y)
        return _topmost(self.body, x, y + scroll)

    def place(self, piece: Piece, scroll: int) -> IntBox:
        """Return where on the screen a piece lies, as far as it is in view.

        The box is empty (right <= left or bottom <= top) where it is out of view.
        """
        left, top, right, bottom = piece.box
        if piece in self.bar:
            return piece.box
        return left, max(top - scroll, self.view[1]), right, min(bottom - scroll, self.view[3])

    def find(self, act: Act) -> Piece | None:
        """Return the piece that does ``act``."""
        return next((piece for piece in self.pieces if piece.act == act), None)

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """All pieces, the bar's first."""
        return self.bar + self.body


def _topmost(pieces: Sequence[Piece], x: float, y: float) -> Piece | None:
    piece: Piece
    for piece in reversed(pieces):
        left, top, right, bottom = piece.box
        if piece.act is not None and left <= x < right and top <= y < bottom:
            return piece
    return None
