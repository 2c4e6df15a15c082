"""Screens drawn anew for every task, with an instruction that fits one element of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from vl_envs.core.env import is_count
from vl_envs.core.errors import unknown
from vl_envs.core.tasks import SPLITS, split_of
from vl_envs.gui import names
from vl_envs.gui.drawing.painter import IntBox
from vl_envs.gui.drawing.theme import SEEN_THEMES, THEMES, UNSEEN_THEMES
from vl_envs.gui.grounding.acts import ACTS
from vl_envs.gui.grounding.board import TYPES, Board, Element
from vl_envs.gui.grounding.desktop import desktop
from vl_envs.gui.grounding.mobile import mobile
from vl_envs.gui.grounding.say import NOUNS, ORDER, REGIONS, SAID, Speaker
from vl_envs.gui.grounding.task import GroundSource, GroundTask
from vl_envs.gui.grounding.web import web
from vl_envs.gui.grounding.widgets import COLOURS
from vl_envs.gui.grounding.words import (
    ALWAYS,
    KEYS,
    POOLS,
    SITES,
    Dice,
    Words,
    unseen_pictures,
)

PLATFORMS: Mapping[str, Callable[[Board], None]] = {
    "desktop": desktop,
    "web": web,
    "mobile": mobile,
}
"""Kinds of screens, and what draws them."""
AXES = ("theme", "resolution", "name", "image")
"""Splits that change one thing against ``train``."""
KINDS = (*sorted(set(TYPES.values())), *sorted(set(TYPES) - {"icon", "label"}))
"""Types of elements, and the kinds of which they consist."""
LARGEST: Mapping[str, float] = {"desktop": 0.03, "web": 0.03, "mobile": 0.07}
"""No target covers a larger share of its screen."""


class Shape(NamedTuple):
    """Size of a screen: width and height in pixels, the scale of what is on it, its platforms."""

    width: int
    height: int
    scale: float
    platforms: tuple[str, ...]


_ALL, _BIG, _SMALL = ("desktop", "web", "mobile"), ("desktop", "web"), ("mobile",)
SCREENS: Mapping[str, tuple[Shape, ...]] = {
    "laptop": (Shape(1280, 720, 1.0, _ALL),),
    "desktop": (Shape(1920, 1080, 1.0, _BIG), Shape(1920, 1080, 1.3, _BIG)),
    "web": (Shape(1280, 720, 1.0, ("web",)),),
    "tablet": (Shape(800, 1280, 1.0, ("web", "mobile")), Shape(1280, 800, 1.0, ("web", "mobile"))),
    "phone": (
        Shape(412, 915, 1.0, _SMALL),
        Shape(390, 844, 1.0, _SMALL),
        Shape(720, 1560, 1.75, _SMALL),
    ),
}
"""Screens by name; ``random`` is any of them."""
UNSEEN_SHAPES: tuple[Shape, ...] = (
    Shape(1366, 768, 1.1, _BIG),
    Shape(1024, 640, 0.9, _BIG),
    Shape(1600, 900, 1.3, _BIG),
    Shape(480, 854, 1.2, _SMALL),
    Shape(600, 960, 1.12, _SMALL),
    Shape(375, 667, 0.92, _SMALL),
)
"""Sizes for the axis ``resolution``."""


class Drawn(NamedTuple):
    """A task with all that can be seen on its screen; ``target`` is one of ``elements``."""

    task: GroundTask
    target: Element
    elements: list[Element]


class ScreenSource(GroundSource):
    """Dense screens of computers, web pages and phones, without end.

    Each task draws a screen, chooses an element that can be seen wholly and read, and an
    instruction that fits it alone. To which of ``train``, ``val`` and ``test`` an element belongs
    is decided by a hash of its platform and what it is called (an icon: what it shows or does), so
    no target of one is a target of another; on screens they appear side by side. The axes
    ``theme``, ``resolution``, ``name`` and ``image`` have what is nowhere else seen: colours,
    sizes, names of things, icons; all else is as in ``train``, and for ``theme`` the same seed
    gives the same screen in other colours.
    """

    splits = (*SPLITS, *AXES)

    def __init__(
        self,
        split: str = "train",
        level: str = "all",
        kinds: Sequence[str] | None = None,
        screen: str | tuple[int, int] | None = None,
        theme: str | None = None,
    ) -> None:
        """Prepare.

        Args:
            split: one of `splits`.
            level: ``all``, or one of `PLATFORMS`.
            kinds: types or kinds of targets, of `KINDS`; None for all.
            screen: a name of `SCREENS`, ``random``, or (width, height); None is ``laptop``, or
                ``phone`` for the level ``mobile``.
            theme: a name of `theme.THEMES`; None draws one.

        Raises:
            ValueError: an option is unknown, or options do not go together.
        """
        super().__init__(split)
        if level not in ("all", *PLATFORMS):
            raise unknown("level", level, ("all", *PLATFORMS))
        for kind in kinds or ():
            if kind not in KINDS:
                raise unknown("kind", kind, KINDS)
        if theme is not None and theme not in THEMES:
            raise unknown("theme", theme, THEMES)
        if theme is not None and split == "theme" and theme not in UNSEEN_THEMES:
            raise ValueError(f"split 'theme' shows {', '.join(UNSEEN_THEMES)}, got {theme!r}")
        self.kinds = None if kinds is None else frozenset(kinds)
        seen = UNSEEN_THEMES if split == "theme" else SEEN_THEMES
        self.themes = seen if theme is None else (theme,)
        self.shapes = _shapes(split, level, screen)
        self._novel = frozenset(names.UNSEEN_LABELS)
        self._looks = frozenset(label.lower() for label, _ in unseen_pictures())

    def sample(self, rng: np.random.Generator) -> GroundTask:
        """Draw one task; the same state of ``rng`` gives the same task."""
        return self.draw(rng).task

    def draw(self, rng: np.random.Generator) -> Drawn:
        """Draw one task, with what is known of its screen."""
        style, rest = (Dice(np.random.default_rng(int(n))) for n in rng.integers(2**63, size=2))
        for _ in range(1000):
            drawn = self._try(style, rest)
            if drawn is not None:
                return drawn
        raise AssertionError(f"no screen of {self.shapes} has a target of {self.kinds}")

    def _try(self, style: Dice, dice: Dice) -> Drawn | None:
        """Draw a screen, and a task on it if there is one in this split."""
        shape = dice.pick(self.shapes)
        platform = dice.pick(shape.platforms)
        theme = THEMES[style.pick(self.themes)]
        words = Words(dice, self.split)
        board = Board(shape.width, shape.height, theme, shape.scale, dice, words)
        PLATFORMS[platform](board)
        size, seen = (shape.width, shape.height), board.seen()
        largest = LARGEST[platform] * shape.width * shape.height
        targets = [element for element in seen if self._can_be_asked(element, largest)]
        speaker = Speaker(seen, size, dice, touch=platform == "mobile")
        by = "look" if self.split == "image" else ""
        tries = 0
        for target in _some_of_each_kind(targets, dice, 60):
            if not self._belongs(target, platform):
                continue
            tries += 1
            if tries > 6:
                break
            said = speaker.describe(target, by)
            if said is not None:
                name = target.name or target.look or target.act
                task = GroundTask(
                    f"{platform}/{size[0]}x{size[1]}/{theme.name}/{target.kind}/{name}",
                    board.pixels,
                    said,
                    target.box,
                    _nearest(target, seen),
                    {"element": TYPES[target.kind], "platform": platform, "kind": target.kind},
                )
                return Drawn(task, target, seen)
        return None

    def _can_be_asked(self, element: Element, largest: float) -> bool:
        """Tell whether an element can be a target at all."""
        if not element.pressable:
            return False
        if self.kinds is not None and self.kinds.isdisjoint((element.kind, TYPES[element.kind])):
            return False
        left, top, right, bottom = element.box
        return (right - left) * (bottom - top) <= largest

    def _belongs(self, element: Element, platform: str) -> bool:
        """Tell whether an element belongs to this split."""
        if self.split == "name":
            return not self._novel.isdisjoint((element.name, element.row, element.column))
        if self.split == "image":
            return element.look in self._looks
        split = split_of("ground", platform, target_key(element))
        return split == (self.split if self.split in SPLITS else "train")

    def vocabulary(self) -> Iterable[str]:
        """Give texts that together hold every word of an instruction."""
        return _vocabulary()


def target_key(element: Element) -> str:
    """Name an element by what decides its split: what it is called, or shows, or does."""
    called = element.name or element.look or element.act
    return f"{called}/{element.row}/{element.column}".casefold()


def _shapes(split: str, level: str, screen: str | tuple[int, int] | None) -> tuple[Shape, ...]:
    """Choose the sizes of screens, with the platforms that ``level`` allows."""
    if split == "resolution":
        if screen is not None:
            raise ValueError(f"split 'resolution' has sizes of its own; got screen={screen!r}")
        shapes = UNSEEN_SHAPES
    elif screen is None:
        shapes = SCREENS["phone" if level == "mobile" else "laptop"]
    elif screen == "random":
        shapes = tuple(shape for several in SCREENS.values() for shape in several)
    elif isinstance(screen, str):
        if screen not in SCREENS:
            raise unknown("screen", screen, (*SCREENS, "random"))
        shapes = SCREENS[screen]
    else:
        shapes = (_shape_of(screen),)
    if level != "all":
        shapes = tuple(s._replace(platforms=(level,)) for s in shapes if level in s.platforms)
    if not shapes:
        raise ValueError(f"screen {screen!r} shows nothing of level {level!r}")
    return shapes


def _shape_of(screen: object) -> Shape:
    sides = screen if isinstance(screen, (tuple, list)) else ()
    if len(sides) != 2 or not all(is_count(side) and 240 <= side <= 4096 for side in sides):
        raise ValueError(
            "screen must be a name such as 'laptop', or (width, height) of 240 to 4096 pixels, "
            f"got {screen!r}"
        )
    width, height = int(sides[0]), int(sides[1])
    if height > width:
        return Shape(width, height, max(0.8, width / 412 if width < 760 else 1.0), ("mobile",))
    return Shape(width, height, max(0.8, min(width / 1920, height / 1080)), _ALL)


def _some_of_each_kind(targets: Sequence[Element], dice: Dice, count: int) -> Iterator[Element]:
    """Draw targets: first a kind in a part of the screen, by the root of how many there are."""
    kinds: dict[tuple[str, str], list[Element]] = {}
    for target in targets:
        kinds.setdefault((target.place, target.kind), []).append(target)
    # Neither is each title bar's one icon asked for all the time, nor a table's cells only.
    groups = [group for group in kinds.values() for _ in range(round(2 * len(group) ** 0.5))]
    for _ in range(count if groups else 0):
        yield dice.pick(dice.pick(groups))


def _nearest(target: Element, elements: Sequence[Element]) -> IntBox:
    """Find what else could be pressed near the target, for a player who takes the wrong thing."""
    left, top, right, bottom = target.box
    # Twice the middle, to keep to whole numbers.
    x, y = left + right, top + bottom
    best, least = (0, 0, 1, 1), float("inf")
    for element in elements:
        a, b, c, d = element.box
        if not element.pressable or (a < right and left < c and b < bottom and top < d):
            continue
        far = (a + c - x) ** 2 + (b + d - y) ** 2
        if far < least:
            best, least = element.box, far
    return best


def _vocabulary() -> Iterator[str]:
    for pool in POOLS.values():
        yield from pool
    yield from (*names.UNSEEN_LABELS, *COLOURS, *SITES, *KEYS, *ALWAYS)
    yield from (label.lower() for label, _ in (*names.ICONS, *unseen_pictures()))
    for act in ACTS.values():
        yield from (act.look, *act.phrases, act.of_row)
    yield from (*REGIONS, *ORDER, *(noun for nouns in NOUNS.values() for noun in nouns))
    yield from SAID
