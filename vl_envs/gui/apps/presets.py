"""Ways to make navigation graphs: trees, trees with short cuts, and apps that lead in circles.

All are pure functions of their parameters and, where something is drawn, of a random generator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any

import numpy as np

from vl_envs.core.env import is_count
from vl_envs.core.errors import unknown
from vl_envs.gui.apps.graph import Graph

MAX_SCREENS = 400
"""Most screens that a generator makes: each needs a name of its own."""
MAX_ICONS = 12
"""Most icons that a generator gives a screen."""


def tree(branching: Sequence[int]) -> Graph:
    """Make a tree in which every screen at depth ``d`` has ``branching[d]`` icons.

    Screens are numbered level by level. GUI Exploration Lab's tree (arXiv 2512.02423) is
    ``tree((5, 3, 2, 2, 1, 1))``: 231 screens, a root and five subtrees of 46.

    Raises:
        ValueError: a number is no whole number from 1 to `MAX_ICONS`, or the tree has more than
            `MAX_SCREENS` screens.
    """
    if isinstance(branching, str) or not isinstance(branching, Sequence) or not branching:
        raise ValueError(f"branching must be a list of whole numbers, got {branching!r}")
    for number in branching:
        _check_range("branching", number, 1, MAX_ICONS)
    _check_total(branching)
    parent, level = [0], range(1)
    for count in branching:
        start = len(parent)
        parent += [screen for screen in level for _ in range(count)]
        level = range(start, len(parent))
    return _tree_of(parent)


def random_tree(
    rng: np.random.Generator, depth: int = 4, branching: Sequence[int] = (1, 4)
) -> Graph:
    """Make a tree whose screens above ``depth`` have ``low`` to ``high`` icons, drawn evenly.

    Args:
        rng: where the numbers come from.
        depth: levels below the root, 1 to 12; some branch may end earlier where ``low`` is 0.
        branching: ``(low, high)``; the root has one icon at least.

    Raises:
        ValueError: a number is out of its range, or such a tree could pass `MAX_SCREENS` screens.
    """
    _check_range("depth", depth, 1, 12)
    low, high = _check_pair(branching, 0)
    _check_total([high] * depth)
    parent, level = [0], range(1)
    for _ in range(depth):
        start = len(parent)
        for screen in level:
            count = int(rng.integers(low, high + 1))
            parent += [screen] * (count if screen else max(1, count))
        level = range(start, len(parent))
    return _tree_of(parent)


def dag(
    rng: np.random.Generator,
    screens: int = 60,
    branching: Sequence[int] = (1, 3),
    shortcuts: int = 20,
    icons: int = 5,
) -> Graph:
    """Make a tree with short cuts: further icons that open deeper screens, so never in a circle.

    ``back`` leads to the tree's parent, whichever way a screen was reached.

    Args:
        rng: where the numbers come from.
        screens: how many, 2 to `MAX_SCREENS`.
        branching: ``(low, high)``, the icons of a screen before short cuts are added.
        shortcuts: how many are added; fewer where no screen has room for another icon.
        icons: most icons of a screen, from ``high`` to `MAX_ICONS`.

    Raises:
        ValueError: a number is out of its range.
    """
    parent = _grown(rng, screens, branching, icons)
    _check_range("shortcuts", shortcuts, 0, MAX_SCREENS * MAX_ICONS)
    return _linked(rng, parent, ["down"], shortcuts, icons)


def cyclic(
    rng: np.random.Generator,
    screens: int = 60,
    branching: Sequence[int] = (1, 3),
    links: int = 30,
    icons: int = 5,
) -> Graph:
    """Make a tree with cross links in all directions, so that opening icons can lead in circles.

    In turn a link leads upwards (to a screen above, the root excepted), sideways (to one of the
    same depth) and downwards. ``back`` leads to the tree's parent, whichever way a screen was
    reached.

    Args:
        rng: where the numbers come from.
        screens: how many, 2 to `MAX_SCREENS`.
        branching: ``(low, high)``, the icons of a screen before links are added.
        links: how many are added; fewer where no screen has room for another icon.
        icons: most icons of a screen, from ``high`` to `MAX_ICONS`.

    Raises:
        ValueError: a number is out of its range.
    """
    parent = _grown(rng, screens, branching, icons)
    _check_range("links", links, 0, MAX_SCREENS * MAX_ICONS)
    return _linked(rng, parent, ["up", "side", "down"], links, icons)


@dataclass(frozen=True)
class Preset:
    """A named way to make a graph.

    Attributes:
        description: what it is, in one line.
        make: makes a graph from a random generator and the parameters.
        params: the parameters it takes, and what they are by default.
    """

    description: str
    make: Callable[..., Graph]
    params: Mapping[str, Any]


PRESETS: Mapping[str, Preset] = {
    "gelab": Preset(
        "GUI Exploration Lab's tree: 231 screens, five subtrees of 46",
        lambda rng: tree((5, 3, 2, 2, 1, 1)),
        {},
    ),
    "small": Preset("a tree of 16 screens, three subtrees of 5", lambda rng: tree((3, 2, 1)), {}),
    "tree": Preset(
        "a tree with branching[d] icons on each screen at depth d",
        lambda rng, branching: tree(branching),
        {"branching": (4, 3, 2)},
    ),
    "random": Preset(
        "a tree with a random number of icons on each screen",
        random_tree,
        {"depth": 4, "branching": (1, 4)},
    ),
    "dag": Preset(
        "a tree with short cuts to deeper screens",
        dag,
        {"screens": 60, "branching": (1, 3), "shortcuts": 20, "icons": 5},
    ),
    "cyclic": Preset(
        "a tree with links upwards, sideways and downwards",
        cyclic,
        {"screens": 60, "branching": (1, 3), "links": 30, "icons": 5},
    ),
}
"""The graphs that `make_graph` makes, by name."""


def make_graph(name: str, rng: np.random.Generator, **params: Any) -> Graph:
    """Make the graph ``name`` of `PRESETS`; the same state of ``rng`` gives the same graph.

    Raises:
        ValueError: no such graph or parameter (with the nearest names), or a value out of range.
    """
    if not isinstance(name, str) or name not in PRESETS:
        raise unknown("graph", name, PRESETS)
    preset = PRESETS[name]
    for given in params.keys() - preset.params.keys():
        if not preset.params:
            raise ValueError(f"graph {name!r} takes no parameters, got {given!r}")
        raise unknown(f"parameter of graph {name!r}", given, preset.params)
    return preset.make(rng, **{**preset.params, **params})


def _tree_of(parent: Sequence[int]) -> Graph:
    children: list[tuple[int, ...]] = [()] * len(parent)
    for screen, above in enumerate(parent[1:], start=1):
        children[above] += (screen,)
    return Graph(tuple(children), tuple(parent))


def _grown(
    rng: np.random.Generator, screens: int, branching: Sequence[int], icons: int
) -> list[int]:
    """Draw a tree of exactly so many ``screens``, level by level; return each one's parent."""
    _check_range("screens", screens, 2, MAX_SCREENS)
    low, high = _check_pair(branching, 1)
    _check_range("icons", icons, high, MAX_ICONS)
    parent = [0]
    screen = 0
    while len(parent) < screens:
        count = int(rng.integers(low, high + 1))
        parent += [screen] * min(count, screens - len(parent))
        screen += 1
    return parent


def _linked(
    rng: np.random.Generator, parent: list[int], ways: list[str], count: int, icons: int
) -> Graph:
    """Add up to ``count`` links, in turn in each of the ``ways``; then mix each screen's icons."""
    bare = _tree_of(parent)
    children = [list(opened) for opened in bare.children]
    left = {way: _pairs(rng, bare, way) for way in ways}
    added = 0
    for way in cycle(ways):
        if added == count or not any(left.values()):
            break
        while left[way]:
            screen, target = left[way].pop()
            if len(children[screen]) < icons and target not in children[screen]:
                children[screen].append(target)
                added += 1
                break
    mixed = [tuple(int(target) for target in rng.permutation(opened)) for opened in children]
    return Graph(tuple(mixed), tuple(parent))


def _pairs(rng: np.random.Generator, graph: Graph, way: str) -> list[tuple[int, int]]:
    """List, in random order, the pairs of screens of which the first could open the second."""
    pairs: list[tuple[int, int]] = []
    depth = graph.depth
    for screen in range(len(graph)):
        if way == "up":
            above = graph.parent[screen]
            while above:
                pairs.append((screen, above))
                above = graph.parent[above]
        else:
            pairs += [
                (screen, other)
                for other in range(len(graph))
                if other != screen
                and (
                    depth[other] > depth[screen] if way == "down" else depth[other] == depth[screen]
                )
            ]
    return [pairs[index] for index in rng.permutation(len(pairs))]


def _check_range(what: str, value: Any, low: int, high: int) -> None:
    if not is_count(value) or not low <= value <= high:
        raise ValueError(f"{what} must be a whole number from {low} to {high}, got {value!r}")


def _check_pair(branching: Sequence[int], least: int) -> tuple[int, int]:
    """Return (low, high), the fewest and most icons of a screen, or raise ValueError."""
    if isinstance(branching, str) or not isinstance(branching, Sequence) or len(branching) != 2:
        raise ValueError(f"branching must be two whole numbers (low, high), got {branching!r}")
    low, high = branching
    _check_range("the low end of branching", low, least, MAX_ICONS)
    _check_range("the high end of branching", high, max(1, low), MAX_ICONS)
    return low, high


def _check_total(branching: Sequence[int]) -> None:
    """Raise ValueError where so many icons on the levels could make too many screens."""
    total = level = 1
    for number in branching:
        level *= number
        total += level
    if total > MAX_SCREENS:
        raise ValueError(
            f"{list(branching)} icons on the levels make up to {total} screens; at most "
            f"{MAX_SCREENS} are possible"
        )
