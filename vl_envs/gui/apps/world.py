"""`AppWorld`: draws apps, how they look, and what is to be done in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from vl_envs.core.env import is_count
from vl_envs.core.errors import unknown
from vl_envs.core.tasks import split_of
from vl_envs.gui import names
from vl_envs.gui.apps.app import PLACES, WIDGETS, App, Look, make_app, with_axis
from vl_envs.gui.apps.device import Device
from vl_envs.gui.apps.graph import Graph
from vl_envs.gui.apps.page import COMPACT
from vl_envs.gui.apps.page_painter import DrawnPage
from vl_envs.gui.apps.presets import PRESETS, make_graph
from vl_envs.gui.apps.task import (
    AXES,
    KINDS,
    NAVIGATE_SPLITS,
    PARTS,
    NavigateTask,
    commands_left,
    describe,
    pairs,
)
from vl_envs.gui.drawing.theme import SEEN_THEMES, THEMES, UNSEEN_THEMES

SCALES = (0.8, 1.25)
"""How large things are on the axis ``resolution``; 1 otherwise."""
APPS, DRAWS = 30, 100
"""How many apps (or looks of the one app), and tasks in each, are tried to find one that fits."""
STEPS = {"open": 0.8, "back": 0.1, "home": 0.1}
"""How often each kind of step is the right one where an episode is a single step."""
NEEDS = {"shows": "banners", "switch": "switches", "type": "fields"}
"""Which widget a kind of task is about."""


Ways = Mapping[str, Mapping[int, tuple[tuple[int, int], ...]]]
"""Pairs of (start, goal), by the kind of the first step (or ``any``), then by length."""


@dataclass(frozen=True)
class Pages:
    """Makes the pages of an app's screens."""

    app: App
    look: Look
    size: tuple[int, int]

    def __call__(self, screen: int) -> DrawnPage:
        """Lay out one screen."""
        return DrawnPage(self.app.screens[screen], screen, self.look, *self.size)


@dataclass(frozen=True)
class WorldOptions:
    """Which apps and tasks are drawn; see `NavigateEnv` for what each means.

    Attributes:
        graph: name of a graph preset.
        graph_params: its parameters.
        graph_seed: which app; None draws one for each episode.
        split: one of `NAVIGATE_SPLITS`.
        labels: ``own`` or ``target``.
        tasks: kinds of tasks.
        lengths: of ways; None is all.
        longest: most commands of a perfect player.
        widgets: names from `WIDGETS`.
        theme: a name, or ``random``.
        layout: ``shuffled`` or ``fixed``.
        single: whether an episode is one step: then the kind of the right step is drawn first, by
            `STEPS`, for otherwise "back" or "home" would be right most of the time.
    """

    graph: str = "gelab"
    graph_params: Mapping[str, Any] = field(default_factory=dict)
    graph_seed: int | None = 0
    split: str = "train"
    labels: str = "own"
    tasks: Sequence[str] = ("name",)
    lengths: Sequence[int] | None = None
    longest: int = 12
    widgets: Sequence[str] = WIDGETS
    theme: str = "random"
    layout: str = "shuffled"
    single: bool = False

    def check(self, size: tuple[int, int]) -> None:
        """Raise ValueError, saying what would be right, for what cannot be on such screens."""
        for name in _names("widgets", self.widgets):
            if name not in WIDGETS:
                raise unknown("widget", name, WIDGETS)
        for name in _names("tasks", self.tasks):
            if name not in KINDS:
                raise unknown("kind of task", name, KINDS)
        for what, given, valid in (
            ("graph", self.graph, PRESETS),
            ("split", self.split, NAVIGATE_SPLITS),
            ("labels", self.labels, ("own", "target")),
            ("theme", self.theme, ("random", *THEMES)),
            ("layout", self.layout, ("shuffled", "fixed")),
        ):
            if not isinstance(given, str) or given not in valid:
                raise unknown(what, given, valid)
        if not is_count(self.longest) or not 1 <= self.longest <= 60:
            raise ValueError(f"longest must be a whole number from 1 to 60, got {self.longest!r}")
        if self.lengths is not None and (
            not isinstance(self.lengths, (list, tuple)) or not all(map(is_count, self.lengths))
        ):
            raise ValueError(
                f"lengths must be a list such as (1, 2), or None; got {self.lengths!r}"
            )
        if self.split == "name" and self.labels == "target":
            raise ValueError(
                "split 'name' gives icons other labels, but with labels='target' they say where "
                "icons lead: nobody could know it"
            )
        seed = self.graph_seed
        if seed is not None and (not is_count(seed) or seed < 0):
            raise ValueError(f"graph_seed must be a whole number from 0, or None; got {seed!r}")
        if seed is None and self.split in PARTS:
            raise ValueError(f"split {self.split!r} is a part of one app: it needs a graph_seed")
        if not self.tasks:
            raise ValueError(f"tasks must name at least one of {', '.join(KINDS)}")
        for kind in self.tasks:
            if kind in NEEDS and NEEDS[kind] not in self.widgets:
                raise ValueError(f"tasks of the kind {kind!r} need widgets with {NEEDS[kind]!r}")
        wordless = self.split in ("name", "resolution") or {*self.tasks} - {"name", "icon"}
        if min(size) < COMPACT and wordless:
            raise ValueError(
                f"pictures below {COMPACT} pixels show no labels and no other widgets: they have "
                "no splits 'name' and 'resolution', and only tasks of the kinds 'name' and 'icon'"
            )


class AppWorld:
    """A source of apps and tasks.

    Args:
        size: (width, height) of the screens, in pixels.
        options: which apps and tasks.

    Raises:
        ValueError: an option is wrong, or the split has no way of a wanted length.
    """

    def __init__(self, size: tuple[int, int], options: WorldOptions) -> None:
        options.check(size)
        params = options.graph_params
        if not isinstance(params, Mapping) or not all(isinstance(name, str) for name in params):
            raise ValueError(f"graph_params must be an object with names as keys, got {params!r}")
        self.size, self.options = size, options
        self.compact = min(size) < COMPACT
        shown = ("dead",) if self.compact else WIDGETS
        self.widgets = tuple(name for name in shown if name in options.widgets)
        self._one: App | None = None
        self._ways: Ways = {}
        if options.graph_seed is not None:
            self._one = self._app(options.graph_seed)
            self._ways = self._find_ways(self._one)
        self.draw(np.random.default_rng(0))  # options that fit no task are told here

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the options alone: the app and its ways are made again from them."""
        return AppWorld, (self.size, self.options)

    def draw(self, rng: np.random.Generator) -> tuple[NavigateTask, Device]:
        """Draw a task, and a device on which it begins.

        Raises:
            ValueError: no task of these kinds and lengths can be done in ``longest`` commands.
        """
        for _ in range(APPS):
            app = self._one or self._app(self._new_seed(rng))
            device = Device(app.graph, Pages(app, self._look(app, rng), self.size))
            if "switches" in self.widgets:
                device.on = rng.random((len(app.screens), 4)) < 0.5
            for _ in range(DRAWS):
                task = self._draw_task(app, device, rng)
                if task is None:
                    continue
                device.go(task.start)
                if commands_left(task, device, self.options.longest + 2) <= self.options.longest:
                    return task, device
        raise ValueError(
            f"in {APPS * DRAWS} draws no task of {list(self.options.tasks)}, with ways of lengths "
            f"{self.options.lengths or 'any'}, took {self.options.longest} commands or fewer"
        )

    def words(self) -> Iterable[str]:
        """Give every name that a task may say."""
        for screen in self._one.screens if self._one else ():
            yield describe(screen, "name", 0, "")
            yield "Press the icon."
            yield from (icon.label for icon in (*screen.icons, *screen.dead))
        if self._one is None:
            yield from names.SCREEN_NAMES

    def _draw_task(self, app: App, device: Device, rng: np.random.Generator) -> NavigateTask | None:
        """Draw a kind, a length and a way; None where the goal has nothing of the kind."""
        kind = self.options.tasks[int(rng.integers(len(self.options.tasks)))]
        if kind == "icon":
            return self._draw_icon(app, rng)
        start, goal = self._draw_way(app.graph, rng)
        screen = app.screens[goal]
        count = {"switch": len(screen.switches), "type": len(screen.fields)}.get(kind, 1)
        if not count or start == goal or (kind == "shows" and screen.banner is None):
            return None
        number = int(rng.integers(count))
        wanted = ""
        if kind == "switch":
            wanted = "" if device.is_on(goal, number) else "on"
        elif kind == "type":
            wanted = names.WORDS[int(rng.integers(len(names.WORDS)))]
        return NavigateTask(
            kind,
            start,
            goal,
            describe(screen, kind, number, wanted),
            app.graph.distance(start, goal),
            f"{self.options.graph}/{self.options.split}/{kind}/{start}-{goal}",
            number,
            wanted,
        )

    def _draw_icon(self, app: App, rng: np.random.Generator) -> NavigateTask | None:
        """Draw a screen, of any part of the app, and an icon that stands on it."""
        at = int(rng.integers(len(app.screens)))
        screen = app.screens[at]
        acts = [("open", i) for i in range(len(screen.icons))]
        acts += [("dead", i) for i in range(len(screen.dead))]
        if not acts:
            return None
        wanted, number = acts[int(rng.integers(len(acts)))]
        told = describe(screen, "icon", number, wanted)
        name = f"{self.options.graph}/{self.options.split}/icon/{at}-{wanted}-{number}"
        return NavigateTask("icon", at, at, told, 0, name, number, wanted)

    def _draw_way(self, graph: Graph, rng: np.random.Generator) -> tuple[int, int]:
        """Draw a pair of screens: the kind of its first step if that is all, then its length."""
        ways = self._ways or self._ways_to(graph, int(rng.integers(1, len(graph))))
        if not ways:
            return 0, 0
        kinds = list(ways)
        weights = np.array([STEPS.get(kind, 1.0) for kind in kinds])
        by_length = ways[kinds[int(rng.choice(len(kinds), p=weights / weights.sum()))]]
        lengths = list(by_length)
        pairs_of_length = by_length[lengths[int(rng.integers(len(lengths)))]]
        return pairs_of_length[int(rng.integers(len(pairs_of_length)))]

    def _ways_to(self, graph: Graph, goal: int) -> Ways:
        """List the wanted ways of a new app to one goal; all belong to the app's split."""
        found: dict[int, list[tuple[int, int]]] = {}
        for start in range(len(graph)):
            found.setdefault(graph.distance(start, goal), []).append((start, goal))
        return self._wanted(graph, {n: tuple(found[n]) for n in sorted(found) if n})

    def _wanted(self, graph: Graph, ways: Mapping[int, tuple[tuple[int, int], ...]]) -> Ways:
        """Keep the ways of a wanted length, by the kind of their first step where that counts."""
        lengths = self.options.lengths
        kept = {n: found for n, found in ways.items() if lengths is None or n in lengths}
        if not kept or not self.options.single:
            return {"any": kept} if kept else {}
        by_kind: dict[str, dict[int, list[tuple[int, int]]]] = {}
        for length, found in kept.items():
            for way in found:
                move = graph.next_move(*way)
                assert move is not None, "a way has a first move"
                by_kind.setdefault(move.kind, {}).setdefault(length, []).append(way)
        return {
            kind: {length: tuple(found) for length, found in by_kind[kind].items()}
            for kind in STEPS
            if kind in by_kind
        }

    def _find_ways(self, app: App) -> Ways:
        """Return the wanted ways of the split."""
        options = self.options
        ways = pairs(app.graph, "train" if options.split in AXES else options.split)
        wanted = self._wanted(app.graph, ways)
        if not wanted:
            raise ValueError(
                f"split {options.split!r} of graph {options.graph!r} has ways of {list(ways)} "
                f"moves, none of {list(options.lengths or ())}"
            )
        return wanted

    def _app(self, seed: int) -> App:
        params = tuple((k, _frozen(v)) for k, v in sorted(self.options.graph_params.items()))
        axis = self.options.split if self.options.split in AXES else ""
        return _make_app(
            self.options.graph, params, seed, self.widgets, self.options.labels, axis, self.compact
        )

    def _new_seed(self, rng: np.random.Generator) -> int:
        """Draw the seed of an app of the split: the hash of a seed decides to which it belongs."""
        wanted = self.options.split if self.options.split in ("val", "test") else "train"
        while True:
            seed = int(rng.integers(2**31))
            if split_of("app", seed) == wanted:
                return seed

    def _look(self, app: App, rng: np.random.Generator) -> Look:
        """Draw how the app looks. Each split draws the same numbers: only what it names differs."""
        order = rng.random((len(app.screens), PLACES))
        theme, minutes, scale = (int(number) for number in rng.integers(2**31, size=3))
        if self.options.layout == "fixed":
            order = np.random.default_rng(0).random(order.shape)
        themes: Sequence[str] = (
            SEEN_THEMES if self.options.theme == "random" else (self.options.theme,)
        )
        if self.options.split == "theme":
            themes = [name for name in UNSEEN_THEMES if name != self.options.theme]
        return Look(
            themes[theme % len(themes)],
            np.argsort(order, axis=1),
            moved=self.options.split == "position",
            scale=SCALES[scale % len(SCALES)] if self.options.split == "resolution" else 1.0,
            clock=f"{minutes % 12 + 1}:{minutes // 12 % 60:02d}",
        )


def _frozen(value: Any) -> Any:
    """Turn a list (as JSON has it) into a tuple, which can be a key."""
    return tuple(value) if isinstance(value, list) else value


def _names(what: str, given: object) -> Sequence[str]:
    if not isinstance(given, (list, tuple)) or not all(isinstance(one, str) for one in given):
        raise ValueError(f"{what} must be a list of names such as ('name',), got {given!r}")
    return given


@lru_cache(maxsize=32, typed=True)
def _make_app(
    graph: str,
    params: tuple[tuple[str, Any], ...],
    seed: int,
    widgets: tuple[str, ...],
    labels: str,
    axis: str,
    short: bool,
) -> App:
    """Make an app, once for all environments that share it."""
    rng = np.random.default_rng(seed)
    app = make_app(make_graph(graph, rng, **dict(params)), rng, widgets, labels, short)
    return with_axis(app, axis, np.random.default_rng([seed, 1]))
