"""`Device`: a running app: which screen is open, what was switched, typed, scrolled, closed."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from vl_envs.gui.apps.graph import BACK, HOME, Graph, Open
from vl_envs.gui.apps.page import NOTHING, Act, Entry, Ui
from vl_envs.gui.drawing.painter import IntBox, Pixels

EFFECTS = {
    "a screen opened": "opened",
    "nothing happened": "nothing",
    "the dialog closed": "closed",
    "a tab opened": "tab",
    "a switch moved": "moved",
    "a field has the focus": "focus",
    "the field was filled": "filled",
    "no field has the focus": "no focus",
    "the screen scrolled": "scrolled",
    "this is disabled": "disabled",
}
"""All that a device says of what came of a command, and the same in short."""


LONGEST_TEXT = 200
"""Most characters that a field takes; the rest is cut off."""


class Shown(Protocol):
    """A screen that can be looked at and pressed: a drawn `Page`, or a published picture."""

    bars: dict[str, IntBox]
    tabs: list[IntBox]
    view: IntBox
    step: int
    entries: list[Entry]
    dialog: tuple[IntBox, ...]

    def find(self, act: Act) -> Entry:
        """Return the entry that does ``act``."""
        ...

    def place(self, entry: Entry, scroll: int) -> IntBox:
        """Return where an entry lies."""
        ...

    def seen(self, entry: Entry, ui: Ui) -> bool:
        """Tell whether an entry is wholly in view."""
        ...

    def hit(self, x: float, y: float, ui: Ui) -> Act:
        """Tell what a press does."""
        ...

    def lowest(self, tab: int) -> int:
        """Return how far a tab can be scrolled."""
        ...

    def paint(self, ui: Ui, values: dict[Act, str], focus: Act | None) -> Pixels:
        """Draw the screen."""
        ...


@dataclass
class Device:
    """The state of a running app.

    Attributes:
        graph: what leads where.
        open_page: makes the page of a screen; pages are kept while the device runs.
        screen: the one that is open.
        ui: its tab, scroll and dialog.
        dismissed: screens whose dialog was closed.
        on: which switches were on at first, bool [screens, switches].
        moved: switches that were moved since, as (screen, number).
        texts: what fields hold, by (screen, number).
        focus: the field that takes what is typed.
        last: what was done last, and on which screen.
    """

    graph: Graph
    open_page: Callable[[int], Shown]
    on: npt.NDArray[np.bool_] | None = None
    screen: int = 0
    ui: Ui = field(default_factory=Ui)
    dismissed: set[int] = field(default_factory=set)
    moved: set[tuple[int, int]] = field(default_factory=set)
    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    focus: Act | None = None
    last: tuple[int, Act] | None = None
    _pages: dict[int, Shown] = field(default_factory=dict, repr=False)

    def __deepcopy__(self, memo: dict[int, Any]) -> Device:
        """Copy what changes; pages never do."""
        twin = copy.copy(self)
        twin._pages = self._pages
        twin.ui = copy.copy(self.ui)
        twin.dismissed, twin.moved = set(self.dismissed), set(self.moved)
        twin.texts = dict(self.texts)
        return twin

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the pages: they are made again when they are looked at."""
        return {**self.__dict__, "_pages": {}}

    @property
    def page(self) -> Shown:
        """The page of the open screen."""
        return self.page_of(self.screen)

    def page_of(self, screen: int) -> Shown:
        """Return the page of any screen."""
        if screen not in self._pages:
            self._pages[screen] = self.open_page(screen)
        return self._pages[screen]

    def go(self, screen: int) -> None:
        """Open a screen."""
        self.screen, self.focus = screen, None
        self.ui = Ui(dialog=bool(self.page.dialog) and screen not in self.dismissed)

    def do(self, act: Act) -> str:
        """Do an act, and say in words what came of it."""
        kind, number = act
        self.last = self.screen, act
        if kind in ("open", "back", "home"):
            return self._move(act)
        if kind == "dismiss":
            self.ui.dialog = False
            self.dismissed.add(self.screen)
            return "the dialog closed"
        if kind == "tab":
            self.ui = Ui(tab=number)
            return "a tab opened"
        if kind == "switch":
            self.moved ^= {(self.screen, number)}
            return "a switch moved"
        if kind == "field":
            self.focus = act
            return "a field has the focus"
        return "this is disabled" if kind == "disabled" else "nothing happened"

    def _move(self, act: Act) -> str:
        if act.kind == "back" and self.ui.dialog:
            return self.do(Act("dismiss"))
        before = self.screen
        move = {"back": BACK, "home": HOME}.get(act.kind) or Open(act.number)
        self.go(self.graph.step(self.screen, move))
        return "nothing happened" if self.screen == before else "a screen opened"

    def scroll(self, direction: str) -> str:
        """Scroll the shown tab; return what came of it."""
        ui = self.ui
        step = {"up": -self.page.step, "down": self.page.step}.get(direction, 0)
        to = min(max(ui.scroll + step, 0), self.page.lowest(ui.tab))
        if ui.dialog or to == ui.scroll:
            return "nothing happened"
        ui.scroll = to
        return "the screen scrolled"

    def type(self, text: str) -> str:
        """Put ``text`` into the field that has the focus, in place of what it held."""
        if self.focus is None or self.ui.dialog:
            return "no field has the focus"
        # No longer than anybody would type: what is drawn must be measured, letter by letter.
        self.texts[self.screen, self.focus.number] = " ".join(text[:LONGEST_TEXT].split())
        return "the field was filled"

    def is_on(self, screen: int, number: int) -> bool:
        """Tell whether a switch is on."""
        first = self.on is not None and bool(self.on[screen, number])
        return first != ((screen, number) in self.moved)

    def paint(self) -> Pixels:
        """Draw the open screen, uint8 [height, width, 3]."""
        values: dict[Act, str] = {}
        for entry in self.page.entries:
            act = entry.act
            if act.kind == "switch":
                values[act] = "on" if self.is_on(self.screen, act.number) else ""
            elif act.kind == "field":
                values[act] = self.texts.get((self.screen, act.number), "")
        return self.page.paint(self.ui, values, self.focus)

    # What a perfect player would do.

    def way_to(self, act: Act) -> tuple[str, Any]:
        """Say how to do ``act`` on the open screen, as a command's name and argument.

        Returns:
            ``("click", box)`` or ``("scroll", direction)``: the act itself, or a step towards it.
        """
        page, ui = self.page, self.ui
        if ui.dialog:
            return "click", page.dialog[-1]
        if act.kind in ("back", "home"):
            box = page.bars.get(act.kind)  # some published screens have none
            return ("click", box) if box else (act.kind, None)
        entry = page.find(act)
        if entry.tab != ui.tab:
            return "click", page.tabs[entry.tab]
        if not page.seen(entry, ui):
            below = page.place(entry, ui.scroll)[3] > page.view[3]
            return "scroll", "down" if below else "up"
        return "click", page.place(entry, ui.scroll)

    def toward(self, goal: int) -> Act:
        """Return the act that leads on to screen ``goal`` by the shortest way."""
        move = self.graph.next_move(self.screen, goal)
        if move is None:
            return NOTHING
        return Act("open", move.icon) if move.kind == "open" else Act(move.kind)
