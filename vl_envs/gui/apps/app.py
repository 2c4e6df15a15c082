"""`App`: a navigation graph with all that its screens show; `Look`: how an episode shows it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from vl_envs.gui import names
from vl_envs.gui.apps.graph import Graph

PLACES = 16
"""Places of a screen's icons, in `Look.order`."""
MOST_COMPACT = 5
"""Most icons of a screen that is too small for words; two more fit as noise."""

WIDGETS = ("lists", "tabs", "dialogs", "dead", "disabled", "banners", "switches", "fields")
"""What screens may have beside a grid of icons."""
LAYOUTS = ("grid", "list", "tabs")
BANNER_COLOURS: dict[str, tuple[int, int, int]] = {
    "red": (200, 45, 45),
    "blue": (40, 90, 210),
    "green": (30, 130, 70),
    "orange": (220, 120, 20),
    "purple": (120, 60, 180),
    "grey": (95, 100, 110),
}


@dataclass(frozen=True)
class Icon:
    """A picture and a word to press; ``glyph`` names it in the icon font."""

    label: str
    glyph: str


@dataclass(frozen=True)
class Screen:
    """What one screen of an app holds.

    Attributes:
        title: its name, on the title bar.
        icons: icon k opens the graph's child k.
        dead: icons that open nothing.
        noise: more of them, behind all others (the axis ``noise``).
        disabled: icons shown as not to be pressed.
        layout: ``grid``, ``list`` or ``tabs``.
        banner: a large picture and the name of its colour, or None.
        switches: names of settings that are on or off.
        fields: names of fields to type into.
        dialog: what a dialog says when the screen is opened first, or ``""``.
    """

    title: str
    icons: tuple[Icon, ...]
    dead: tuple[Icon, ...] = ()
    noise: tuple[Icon, ...] = ()
    disabled: tuple[Icon, ...] = ()
    layout: str = "grid"
    banner: tuple[Icon, str] | None = None
    switches: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    dialog: str = ""


@dataclass(frozen=True)
class App:
    """A graph and its screens, screen by screen. It never changes, and is shared by copies."""

    graph: Graph
    screens: tuple[Screen, ...]

    def __deepcopy__(self, memo: dict[int, Any]) -> App:
        """Share the app."""
        return self


@dataclass(frozen=True, eq=False)
class Look:
    """How an episode shows an app.

    Attributes:
        theme: a name of `theme.THEMES`.
        order: int64 [screens, places]; the icons of a screen stand in the order of its row.
        moved: whether icons stand where they never stand otherwise (the axis ``position``).
        scale: of all measures (the axis ``resolution``).
        clock: the time on the status bar.
    """

    theme: str
    order: npt.NDArray[np.int64]
    moved: bool = False
    scale: float = 1.0
    clock: str = "9:41"

    def __deepcopy__(self, memo: dict[int, Any]) -> Look:
        """Share the look."""
        return self


_DIALOGS = (
    "Rate this app?",
    "A new version is here.",
    "Allow notifications?",
    "Keep your data in sync?",
    "Your trial ends soon.",
    "Take a short tour?",
)


def _dialog(chance: float) -> str:
    """Choose a dialog for one screen in seven, none for the others."""
    return _DIALOGS[int(chance * 7 * len(_DIALOGS))] if chance < 1 / 7 else ""


_ICONS = tuple(Icon(*pair) for pair in names.ICONS)
_BANNERS = tuple((icon, colour) for icon in _ICONS for colour in BANNER_COLOURS)


class _Deck:
    """Deals what it holds in random order, and shuffles again when it runs out."""

    def __init__(self, rng: np.random.Generator, cards: Sequence[Any]) -> None:
        self.rng, self.cards = rng, cards
        self.order: list[int] = []

    def deal(self, count: int, but: Collection[Any] = ()) -> list[Any]:
        dealt: list[Any] = []
        while len(dealt) < count:
            if not self.order:
                self.order = self.rng.permutation(len(self.cards)).tolist()
            card = self.cards[self.order.pop()]
            if card not in dealt and card not in but:
                dealt.append(card)
        return dealt


def make_app(
    graph: Graph,
    rng: np.random.Generator,
    widgets: Collection[str],
    labels: str = "own",
    short: bool = False,
) -> App:
    """Give every screen of ``graph`` a name, its icons, and what ``widgets`` allow.

    Args:
        graph: what leads where.
        rng: of all choices.
        widgets: names from `WIDGETS`.
        labels: ``own`` (icons have words of their own: where they lead must be learned) or
            ``target`` (an icon is labelled with the name of the screen it opens).
        short: whether titles are short words and icons few, for small screens.

    Raises:
        ValueError: the graph has more screens than there are names.
    """
    size = len(graph.children)
    pool = [name for name in names.SCREEN_NAMES if not short or (name.isalpha() and len(name) < 7)]
    if size > len(pool):
        raise ValueError(f"there are names for {len(pool)} screens of this size, not for {size}")
    most = MOST_COMPACT if short else PLACES - 4
    if max(map(len, graph.children)) > most:
        raise ValueError(f"a screen of this size holds at most {most} icons that open others")
    titles = _Deck(rng, pool).deal(size)
    icons, banners = _Deck(rng, _ICONS), _Deck(rng, _BANNERS)
    switches, fields = _Deck(rng, names.SETTINGS), _Deck(rng, names.FIELDS)
    chances = rng.random((size, 6)).tolist()
    screens = []
    for i, children in enumerate(graph.children):
        by_kind, dialog, dead, disabled, switch, text = chances[i]
        spare = (
            int(min(dead * 3, most - len(children))) if "dead" in widgets else 0,
            int(disabled * 1.5) if "disabled" in widgets else 0,
        )
        dealt = icons.deal(len(children) + sum(spare))
        own = dealt[: len(children)]
        if labels == "target":
            own = [Icon(titles[to], icon.glyph) for to, icon in zip(children, own, strict=True)]
        layout = "grid"
        if i and by_kind > 0.75 and "lists" in widgets:
            layout = "list"
        elif i and by_kind < 0.2 and "tabs" in widgets and len(dealt) > 1:
            layout = "tabs"
        screens.append(
            Screen(
                titles[i],
                tuple(own),
                dead=tuple(dealt[len(children) : len(children) + spare[0]]),
                disabled=tuple(dealt[len(children) + spare[0] :]),
                layout=layout,
                banner=banners.deal(1)[0] if i and "banners" in widgets else None,
                switches=tuple(switches.deal(int(switch * 3))) if "switches" in widgets else (),
                fields=tuple(fields.deal(int(text * 2))) if "fields" in widgets else (),
                dialog=_dialog(dialog) if i and "dialogs" in widgets else "",
            )
        )
    return App(graph, tuple(screens))


def with_axis(app: App, axis: str, rng: np.random.Generator) -> App:
    """Return ``app`` with one thing changed: ``image``, ``name`` or ``noise``; else as it is.

    ``image`` gives every icon a glyph, ``name`` a label, that occurs in no other split; ``noise``
    adds dead icons to every screen. All else stays: titles, places of the icons, where they lead.
    """
    if axis == "noise":
        deck = _Deck(rng, _ICONS)

        def noisy(screen: Screen) -> Screen:
            shown = {*screen.icons, *screen.dead, *screen.disabled}
            return replace(screen, noise=tuple(deck.deal(3, but=shown)))

        return replace(app, screens=tuple(map(noisy, app.screens)))
    if axis not in ("image", "name"):
        return app
    pool = names.UNSEEN_GLYPHS if axis == "image" else names.UNSEEN_LABELS
    deck = _Deck(rng, pool)

    def renamed(group: tuple[Icon, ...]) -> tuple[Icon, ...]:
        dealt = deck.deal(len(group))
        if axis == "image":
            return tuple(replace(icon, glyph=new) for icon, new in zip(group, dealt, strict=True))
        return tuple(replace(icon, label=new) for icon, new in zip(group, dealt, strict=True))

    def changed(screen: Screen) -> Screen:
        # Dealt together, so that no two icons of a screen are alike.
        group = renamed(screen.icons + screen.dead + screen.disabled)
        a, b = len(screen.icons), len(screen.icons) + len(screen.dead)
        return replace(screen, icons=group[:a], dead=group[a:b], disabled=group[b:])

    return replace(app, screens=tuple(map(changed, app.screens)))
