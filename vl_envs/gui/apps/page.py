"""`Page`: where everything on a screen lies, what shows it, and what a press on it does."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from vl_envs.gui.apps.app import Icon, Look, Screen
from vl_envs.gui.drawing.painter import IntBox
from vl_envs.gui.drawing.theme import THEMES, Theme

COMPACT = 224
"""Below so many pixels a screen has no room for words: a bar, and cells with icons."""
_CELLS = 4
# Each row and each column of cells is seen in training, but these five places never are.
_SEEN_CELLS = (4, 5, 6, 9, 11, 12, 15)
_MOVED_CELLS = (7, 8, 10, 13, 14)


class Act(NamedTuple):
    """What a press does: ``open`` icon 2, ``tab`` 1, ``switch`` 0, ``back``, ``nothing``."""

    kind: str
    number: int = 0


NOTHING = Act("nothing")


@dataclass
class Ui:
    """What a person has changed on the shown screen: the tab, how far it is scrolled, a dialog."""

    tab: int = 0
    scroll: int = 0
    dialog: bool = False


class Entry(NamedTuple):
    """Something in the content of a screen.

    Attributes:
        act: what pressing it does.
        kind: ``tile``, ``row``, ``switch``, ``field`` or ``banner``.
        text: its label.
        icon: its glyph, ``""`` for none.
        tab: the tab it stands on.
        box: in pixels, relative to the content's upper left corner.
        disabled: whether it is shown as not to be pressed.
    """

    act: Act
    kind: str
    text: str
    icon: str
    tab: int
    box: IntBox
    disabled: bool = False


def inside(box: IntBox, x: float, y: float) -> bool:
    """Tell whether a point lies in ``box``; its last column and row do not belong to it."""
    return box[0] <= x < box[2] and box[1] <= y < box[3]


class _Measures(dict[float, int]):
    """Pixels for measures; looked up some fifty times a screen, so they are kept."""

    def __init__(self, unit: float) -> None:
        super().__init__()
        self.unit = unit

    def __missing__(self, measure: float) -> int:
        self[measure] = pixels = max(1, round(measure * self.unit))
        return pixels


@lru_cache(maxsize=64)
def measures(unit: float) -> _Measures:
    """Return the table that turns measures of a plain screen into pixels of another."""
    return _Measures(unit)


class Page:
    """The layout of one screen, for one look and one size of canvas.

    Attributes:
        bars: the boxes of ``back`` and ``home``.
        title: the box of the title.
        unit: pixels for one pixel of a plain screen of 448.
        px: turns a measure of a plain screen of 448 pixels into pixels of this one.
        tabs: the boxes of tabs, empty without any.
        view: the box in which the content is seen.
        entries: the content.
        heights: the content's height, tab by tab.
        step: how far one scroll goes, in pixels.
        dialog: the boxes of a dialog and of its buttons.
    """

    def __init__(self, screen: Screen, index: int, look: Look, width: int, height: int) -> None:
        self.screen, self.index, self.look = screen, index, look
        self.order: list[int] = look.order[index].tolist()
        self.width, self.height = width, height
        self.theme: Theme = THEMES[look.theme]
        self.compact = min(width, height) < COMPACT
        self.unit = min(width, height) / 448 * self.theme.scale * look.scale
        self.px = measures(self.unit).__getitem__
        self.tabs: list[IntBox] = []
        if self.compact:
            self._lay_out_compactly()
        else:
            self._lay_out()
        self.step = max(1, round((self.view[3] - self.view[1]) * 0.6))
        self.dialog: tuple[IntBox, ...] = self._dialog_boxes()

    def lowest(self, tab: int) -> int:
        """Return how far a tab can be scrolled, in pixels."""
        return max(0, self.heights[tab] - (self.view[3] - self.view[1]))

    def place(self, entry: Entry, scroll: int) -> IntBox:
        """Return where an entry lies on the picture; it may be out of view."""
        left, top, right, bottom = entry.box
        x, y = self.view[0], self.view[1] - scroll
        return left + x, top + y, right + x, bottom + y

    def seen(self, entry: Entry, ui: Ui) -> bool:
        """Tell whether an entry is wholly in view."""
        _, top, _, bottom = self.place(entry, ui.scroll)
        return entry.tab == ui.tab and self.view[1] <= top and bottom <= self.view[3]

    def find(self, act: Act) -> Entry:
        """Return the entry that does ``act``."""
        return next(entry for entry in self.entries if entry.act == act)

    def hit(self, x: float, y: float, ui: Ui) -> Act:
        """Tell what a press on a point of the picture does."""
        if ui.dialog:
            buttons = self.dialog[1:]
            return Act("dismiss") if any(inside(b, x, y) for b in buttons) else NOTHING
        for kind, box in self.bars.items():
            if inside(box, x, y):
                return Act(kind)
        for number, box in enumerate(self.tabs):
            if inside(box, x, y):
                return Act("tab", number)
        if inside(self.view, x, y):
            for entry in self.entries:
                if entry.tab == ui.tab and inside(self.place(entry, ui.scroll), x, y):
                    return entry.act
        return NOTHING

    # The layout of screens with words.

    def _lay_out(self) -> None:
        px, width = self.px, self.width
        top = px(22) if self.theme.frame == "desktop" else px(20)
        bar = px(38) if self.theme.frame == "desktop" else px(44)
        side = bar
        self.bars = {
            "back": (0, top, side, top + bar),
            "home": (width - side, top, width, top + bar),
        }
        self.title = (side, top, width - side, top + bar)
        top += bar
        if self.screen.layout == "tabs":
            count, high = 2, px(34)
            edges = [round(width * i / count) for i in range(count + 1)]
            self.tabs = [(edges[i], top, edges[i + 1], top + high) for i in range(count)]
            top += high
        self.view: IntBox = (0, top, width, self.height)
        self.heights = [0] * max(1, len(self.tabs))
        self.entries: list[Entry] = []
        for tab in range(len(self.heights)):
            self._fill(tab)

    def _fill(self, tab: int) -> None:
        px, width = self.px, self.width
        edge, y = px(12), px(10)
        screen = self.screen
        if screen.banner and tab == 0:
            box = (edge, y, width - edge, y + px(84))
            icon, colour = screen.banner
            self.entries.append(Entry(NOTHING, "banner", colour, icon.glyph, tab, box))
            y = box[3] + px(8)
        icons = self._icons(tab)
        y = self._rows(icons, tab, y) if screen.layout == "list" else self._tiles(icons, tab, y)
        if tab == 0:
            rows = [(Act("switch", i), "switch", s) for i, s in enumerate(screen.switches)]
            rows += [(Act("field", i), "field", f) for i, f in enumerate(screen.fields)]
            for act, kind, text in rows:
                box = (edge, y, width - edge, y + px(44))
                self.entries.append(Entry(act, kind, text, "", tab, box))
                y = box[3] + px(6)
        self.heights[tab] = y + px(6)

    def _icons(self, tab: int) -> list[tuple[Act, Icon, bool]]:
        """List a tab's icons in the order in which they stand."""
        screen = self.screen
        icons = [(Act("open", i), icon, False) for i, icon in enumerate(screen.icons)]
        icons += [(Act("dead", i), icon, False) for i, icon in enumerate(screen.dead)]
        icons += [(Act("disabled", i), icon, True) for i, icon in enumerate(screen.disabled)]
        icons = [icons[i] for i in self.order if i < len(icons)]
        first = len(screen.dead)
        icons += [(Act("dead", first + i), icon, False) for i, icon in enumerate(screen.noise)]
        return icons[tab :: len(self.heights)]

    def _tiles(self, icons: list[tuple[Act, Icon, bool]], tab: int, y: int) -> int:
        """Stand icons in a grid, as on a phone: with gaps, so that few are not always in front."""
        # Moved, one column fewer: no icon's centre lies where one lay before.
        columns = self.theme.columns - self.look.moved
        rows = max(2, -(-len(icons) // columns))
        base = sum(not self._is_noise(act) for act, _, _ in icons)
        # What is noise takes cells that are left, so that nothing else moves.
        cells = [cell for cell in reversed(self.order) if cell < self._cells(base, columns)]
        cells = sorted(cells[:base])
        cells += [cell for cell in range(rows * columns) if cell not in cells]
        return self._grid(icons, "tile", tab, y, columns, self.px(92), cells)

    def _rows(self, icons: list[tuple[Act, Icon, bool]], tab: int, y: int) -> int:
        columns = 2 if self.look.moved else 1
        return self._grid(icons, "row", tab, y, columns, self.px(64), list(range(len(icons))))

    def _cells(self, count: int, columns: int) -> int:
        """Return how many cells a grid with so many icons has."""
        return max(2, -(-count // columns)) * columns

    def _is_noise(self, act: Act) -> bool:
        return act.kind == "dead" and act.number >= len(self.screen.dead)

    def _grid(
        self,
        icons: list[tuple[Act, Icon, bool]],
        kind: str,
        tab: int,
        y: int,
        columns: int,
        high: int,
        cells: list[int],
    ) -> int:
        """Put icons into ``cells``, counted row by row from ``y``; return where the grid ends."""
        edge = self.px(12)
        edges = [edge + round((self.width - 2 * edge) * i / columns) for i in range(columns + 1)]
        last = 0
        for (act, icon, disabled), cell in zip(icons, cells, strict=False):
            row, column = divmod(cell, columns)
            top = y + row * high
            box = (edges[column], top, edges[column + 1], top + high)
            self.entries.append(Entry(act, kind, icon.label, icon.glyph, tab, box, disabled))
            last = max(last, row + 1)
        return y + last * high

    def _dialog_boxes(self) -> tuple[IntBox, ...]:
        if not self.screen.dialog or self.compact:
            return ()
        px, middle = self.px, self.height // 2
        left, right = px(40), self.width - px(40)
        top, bottom = middle - px(70), middle + px(70)
        half, high = (left + right) // 2, px(40)
        foot = bottom - px(14)
        return (
            (left, top, right, bottom),
            (left + px(16), foot - high, half - px(6), foot),
            (half + px(6), foot - high, right - px(16), foot),
        )

    # The layout of screens that are too small for words: cells.

    def _cell(self, place: int) -> IntBox:
        row, column = divmod(place, _CELLS)
        across = [round(self.width * i / _CELLS) for i in range(_CELLS + 1)]
        down = [round(self.height * i / _CELLS) for i in range(_CELLS + 1)]
        return across[column], down[row], across[column + 1], down[row + 1]

    def _lay_out_compactly(self) -> None:
        self.bars = {"back": self._cell(0), "home": self._cell(3)}
        self.title = (*self._cell(1)[:2], *self._cell(2)[2:])
        self.view = (0, 0, self.width, self.height)
        self.heights = [self.height]
        allowed = _MOVED_CELLS if self.look.moved else _SEEN_CELLS
        cells = [place for place in self.order if place in allowed]
        self.entries = [
            Entry(act, "tile", icon.label, icon.glyph, 0, self._cell(place), disabled)
            for (act, icon, disabled), place in zip(self._icons(0), cells, strict=False)
        ]
