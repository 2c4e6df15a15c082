"""`DrawnPage`: a page that draws itself, as it looks now."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from vl_envs.gui.apps.app import BANNER_COLOURS
from vl_envs.gui.apps.page import Act, Entry, Page, Ui, measures
from vl_envs.gui.drawing.painter import IntBox, Painter, Pixels
from vl_envs.gui.drawing.theme import THEMES, Colour


class DrawnPage(Page):
    """A page that can be looked at."""

    def paint(self, ui: Ui, values: Mapping[Act, str], focus: Act | None = None) -> Pixels:
        """Draw the page.

        Args:
            ui: tab, scroll and dialog.
            values: of switches (``"on"`` or ``""``) and fields (their text), by their act.
            focus: the field that takes what is typed.

        Returns:
            uint8 [height, width, 3].
        """
        painter = Painter(self.width, self.height, self.theme.background)
        for entry in self.entries:
            if entry.tab != ui.tab:
                continue
            box = self.place(entry, ui.scroll)
            if box[3] > self.view[1] and box[1] < self.view[3]:
                _ENTRIES[entry.kind](painter, self, entry, box, values.get(entry.act, ""), focus)
        if self.lowest(ui.tab):
            _scrollbar(painter, self, ui)
        # The bars lie over what is scrolled under them.
        _compact_bar(painter, self) if self.compact else _bars(painter, self, ui)
        if ui.dialog:
            _dialog(painter, self)
        return painter.pixels


@lru_cache(maxsize=64)
def _header(theme_name: str, width: int, unit: float, title: IntBox, side: int) -> Pixels:
    """Draw what is the same on all screens: status bar and title bar, without time and title."""
    theme = THEMES[theme_name]
    top, bottom = title[1], title[3]
    painter = Painter(width, bottom + 1, theme.bar)
    px = measures(unit).__getitem__

    if theme.frame == "desktop":
        painter.rect((0, 0, width, top), theme.border)
        painter.text(px(10), top // 2, "Workspace", px(12), theme.text, theme.border, "lm")
        for i, name in enumerate(("close", "square-outline", "minus")):
            painter.icon(name, width - px(16 + 24 * i), top // 2, px(13), theme.text, theme.border)
    else:
        for i, name in enumerate(("battery-80", "wifi", "signal")):
            painter.icon(name, width - px(16 + 20 * i), top // 2, px(14), theme.on_bar, theme.bar)
    middle = (top + bottom) // 2
    painter.icon("arrow-left", side // 2, middle, px(24), theme.on_bar, theme.bar)
    painter.icon("home-outline", width - side // 2, middle, px(24), theme.on_bar, theme.bar)
    painter.rect((0, bottom, width, bottom + 1), theme.border)
    return painter.pixels


def _bars(painter: Painter, page: Page, ui: Ui) -> None:
    theme, px = page.theme, page.px
    left, top, right, bottom = page.title
    header = _header(theme.name, page.width, page.unit, page.title, page.bars["back"][2])
    painter.image(header if not page.tabs else header[:-1], 0, 0)
    if theme.frame == "mobile":
        painter.text(px(12), top // 2, page.look.clock, px(12), theme.on_bar, theme.bar, "lm")
    x, anchor = (left + px(6), "lm") if theme.frame == "desktop" else ((left + right) // 2, "mm")
    middle, room = (top + bottom) // 2, right - left - px(8)
    painter.text(x, middle, page.screen.title, px(17), theme.on_bar, theme.bar, anchor, room)
    for number, box in enumerate(page.tabs):
        painter.rect(box, theme.bar)
        active = number == ui.tab
        colour = theme.on_bar if active else _between(theme.on_bar, theme.bar)
        word = ("First", "Second", "Third")[number]
        x, y = (box[0] + box[2]) // 2, (box[1] + box[3]) // 2
        painter.text(x, y, word, px(14), colour, theme.bar, "mm")
        if active:
            painter.rect((box[0], box[3] - px(3), box[2], box[3]), theme.primary)
    if page.tabs:
        painter.rect((0, page.view[1] - 1, page.width, page.view[1]), theme.border)


def _scrollbar(painter: Painter, page: Page, ui: Ui) -> None:
    """Draw at the right edge how much of the content is in view, and where."""
    top, bottom = page.view[1], page.view[3]
    share = (bottom - top) / page.heights[ui.tab]
    first = top + round(ui.scroll * share)
    box = (
        page.width - page.px(5),
        first,
        page.width - page.px(1),
        first + round((bottom - top) * share),
    )
    painter.rect(box, page.theme.muted)


def _compact_bar(painter: Painter, page: Page) -> None:
    theme = page.theme
    painter.rect((0, 0, page.width, page.title[3]), theme.bar)
    size = max(6, round((page.title[3] - page.title[1]) * 0.75))
    for kind, name in (("back", "arrow-left"), ("home", "home")):
        left, top, right, bottom = page.bars[kind]
        x, y = (left + right) // 2, (top + bottom) // 2
        painter.icon(name, x, y, size, theme.on_bar, theme.bar)
    left, top, right, bottom = page.title
    x, y = (left + right) // 2, (top + bottom) // 2
    size = max(6, round((bottom - top) * 0.62))
    painter.text(x, y, page.screen.title, size, theme.on_bar, theme.bar, "mm", right - left)


def _tile(
    painter: Painter, page: Page, entry: Entry, box: IntBox, value: str, focus: Act | None
) -> None:
    theme, px = page.theme, page.px
    fill = _tile_colour(page, entry)
    x = (box[0] + box[2]) // 2
    if page.compact:
        size = box[2] - box[0] - 2
        painter.icon(entry.icon, x, (box[1] + box[3]) // 2, size, fill, theme.background)
        return
    half, top = px(28), box[1] + px(4)
    tile = _tile_sprite(entry.icon, px(36), 2 * half, fill, theme.background, theme.name, page.unit)
    painter.image(tile, x - half, top)
    colour = theme.disabled if entry.disabled else theme.text
    room = box[2] - box[0] - px(4)
    y = top + 2 * half + px(5)
    painter.text(x, y, entry.text, px(13), colour, theme.background, "ma", room)


@lru_cache(maxsize=2048)
def _tile_sprite(
    icon: str, size: int, side: int, fill: Colour, behind: Colour, theme_name: str, unit: float
) -> Pixels:
    """Draw an icon of ``size`` on its tile."""
    theme = THEMES[theme_name]
    painter = Painter(side, side, behind)
    outline = theme.border if fill == behind else None
    radius = measures(unit)[theme.radius]
    painter.round_rect((0, 0, side, side), fill, behind, radius, outline)
    painter.icon(icon, side // 2, side // 2, size, theme.on_tile, fill)
    return painter.pixels


@lru_cache(maxsize=128)
def _card_sprite(
    width: int, height: int, fill: Colour, behind: Colour, radius: int, outline: Colour | None
) -> Pixels:
    """Draw an empty card."""
    painter = Painter(width, height, behind)
    painter.round_rect((0, 0, width, height), fill, behind, radius, outline)
    return painter.pixels


def _tile_colour(page: Page, entry: Entry) -> Colour:
    theme = page.theme
    if entry.disabled:
        return theme.disabled if not page.compact else theme.border
    if page.compact:
        return theme.text
    # By its glyph, so that an icon has its colour wherever it stands.
    return theme.tiles[sum(entry.icon.encode()) % len(theme.tiles)]


def _row(
    painter: Painter, page: Page, entry: Entry, box: IntBox, value: str, focus: Act | None
) -> None:
    theme, px = page.theme, page.px
    inner, middle = _card(painter, page, box)
    fill = _tile_colour(page, entry)
    half = px(20)
    x = inner[0] + px(10) + half
    tile = _tile_sprite(entry.icon, px(26), 2 * half, fill, theme.surface, theme.name, page.unit)
    painter.image(tile, x - half, middle - half)
    colour = theme.disabled if entry.disabled else theme.text
    left = x + half + px(12)
    room = inner[2] - left - px(30)
    painter.text(left, middle, entry.text, px(15), colour, theme.surface, "lm", room)
    x = inner[2] - px(18)
    painter.icon("chevron-right", x, middle, px(20), theme.muted, theme.surface)


def _switch(
    painter: Painter, page: Page, entry: Entry, box: IntBox, value: str, focus: Act | None
) -> None:
    theme, px = page.theme, page.px
    inner, middle = _card(painter, page, box)
    room = inner[2] - inner[0] - px(90)
    x = inner[0] + px(14)
    painter.text(x, middle, entry.text, px(15), theme.text, theme.surface, "lm", room)
    track = _switch_sprite(theme.name, page.unit, bool(value))
    painter.image(track, inner[2] - px(56), middle - px(11))


@lru_cache(maxsize=128)
def _switch_sprite(theme_name: str, unit: float, on: bool) -> Pixels:
    """Draw a switch's track and knob."""
    theme, px = THEMES[theme_name], measures(unit).__getitem__
    width, high = px(56) - px(14), 2 * px(11)
    fill, dot = (theme.primary, theme.on_primary) if on else (theme.border, theme.surface)
    painter = Painter(width, high, theme.surface)
    painter.round_rect((0, 0, width, high), fill, theme.surface, high // 2)
    gap = px(3)
    knob = high - 2 * gap
    left = width - gap - knob if on else gap
    painter.round_rect((left, gap, left + knob, gap + knob), dot, fill, knob // 2)
    return painter.pixels


def _field(
    painter: Painter, page: Page, entry: Entry, box: IntBox, value: str, focus: Act | None
) -> None:
    theme, px = page.theme, page.px
    inner = (box[0], box[1] + px(2), box[2], box[3] - px(2))
    middle = (inner[1] + inner[3]) // 2
    has_focus = focus == entry.act
    outline = theme.primary if has_focus else theme.border
    painter.round_rect(inner, theme.surface, theme.background, px(theme.radius), outline)
    x = inner[0] + px(12)
    x += painter.text(x, middle, f"{entry.text}:", px(14), theme.muted, theme.surface, "lm")
    room = inner[2] - x - px(24)
    x += px(8)
    x += painter.text(x, middle, value, px(15), theme.text, theme.surface, "lm", room)
    if has_focus:
        painter.rect((x + 2, middle - px(9), x + 2 + px(1), middle + px(9)), theme.primary)


def _banner(
    painter: Painter, page: Page, entry: Entry, box: IntBox, value: str, focus: Act | None
) -> None:
    fill = BANNER_COLOURS[entry.text]
    size, radius = (box[2] - box[0], box[3] - box[1]), page.px(page.theme.radius)
    card = _card_sprite(*size, fill, page.theme.background, radius, None)
    painter.image(card, box[0], box[1])
    x, y = (box[0] + box[2]) // 2, (box[1] + box[3]) // 2
    painter.icon(entry.icon, x, y, page.px(64), (255, 255, 255), fill)


_ENTRIES = {"tile": _tile, "row": _row, "switch": _switch, "field": _field, "banner": _banner}


def _card(painter: Painter, page: Page, box: IntBox) -> tuple[IntBox, int]:
    """Draw the card of a row; return its box and its middle."""
    theme, gap = page.theme, page.px(2)
    inner = (box[0], box[1] + gap, box[2], box[3] - gap)
    radius = page.px(theme.radius)
    size = inner[2] - inner[0], inner[3] - inner[1]
    card = _card_sprite(*size, theme.surface, theme.background, radius, theme.border)
    painter.image(card, inner[0], inner[1])
    return inner, (inner[1] + inner[3]) // 2


def _dialog(painter: Painter, page: Page) -> None:
    theme, px = page.theme, page.px
    # Everything else lies in the shade.
    painter.pixels //= 2
    box, *buttons = page.dialog
    painter.rect(box, theme.border)
    painter.rect((box[0] + 2, box[1] + 2, box[2] - 2, box[3] - 2), theme.surface)
    x, y = (box[0] + box[2]) // 2, box[1] + px(44)
    room = box[2] - box[0] - px(16)
    painter.text(x, y, page.screen.dialog, px(17), theme.text, theme.surface, "mm", room)
    for button, word, fill, ink in zip(
        buttons,
        ("Not now", "OK"),
        (theme.background, theme.primary),
        (theme.text, theme.on_primary),
        strict=True,
    ):
        painter.round_rect(button, fill, theme.surface, px(theme.radius), theme.border)
        x, y = (button[0] + button[2]) // 2, (button[1] + button[3]) // 2
        painter.text(x, y, word, px(15), ink, fill, "mm")


def _between(one: Colour, other: Colour) -> Colour:
    return (one[0] + other[0]) // 2, (one[1] + other[1]) // 2, (one[2] + other[2]) // 2
