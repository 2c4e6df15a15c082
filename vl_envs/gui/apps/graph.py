"""Navigation graphs: which screen each icon opens, where *back* leads, and the shortest way.

Screens are numbered from 0, the root. Icon ``k`` of a screen opens one other screen, *back* leads
to the screen's parent and *home* to the root. Graphs are plain immutable data; nothing is drawn.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from vl_envs.core.env import is_count
from vl_envs.core.errors import unknown

_TABLES = 256
"""Goals whose distances a graph keeps at a time; every goal of the largest preset fits."""


class Move(NamedTuple):
    """One step through a graph.

    Attributes:
        kind: ``open``, ``back`` or ``home``.
        icon: which icon is opened; -1 for the other kinds.
    """

    kind: str
    icon: int = -1


BACK = Move("back")
HOME = Move("home")


def Open(icon: int) -> Move:
    """Return the move that opens icon number ``icon`` (from 0)."""
    return Move("open", icon)


@dataclass(frozen=True)
class Graph:
    """A navigation graph. Every screen can be reached from the root by opening icons.

    Attributes:
        children: icon ``k`` of screen ``i`` opens screen ``children[i][k]``.
        parent: ``back`` leads from screen ``i`` to ``parent[i]``; the root's parent is itself, and
            every chain of parents ends there.

    Raises:
        ValueError: a number names no screen, an icon opens its own screen, or a screen cannot be
            reached from the root, or does not lead back to it.
    """

    children: tuple[tuple[int, ...], ...]
    parent: tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "children", tuple(map(tuple, self.children)))
        object.__setattr__(self, "parent", tuple(self.parent))
        count = len(self.children)
        if not count or len(self.parent) != count:
            raise ValueError(
                f"a graph needs a root, and one parent for each screen; got {count} screens and "
                f"{len(self.parent)} parents"
            )
        for screen, opened in enumerate(self.children):
            for target in (*opened, self.parent[screen]):
                if not is_count(target) or not 0 <= target < count:
                    raise ValueError(
                        f"screen {screen} leads to {target!r}, but screens are numbered 0 to "
                        f"{count - 1}"
                    )
            if screen in opened:
                raise ValueError(f"screen {screen} opens itself; leave such an icon out")
        if self.parent[0] != 0:
            raise ValueError(f"the root's parent must be 0, got {self.parent[0]}")
        lost = set(range(count)) - set(_spread(self.children))
        if lost:
            raise ValueError(f"screen {min(lost)} cannot be reached from the root")
        stray = set(range(count)) - set(_spread(self._below))
        if stray:
            raise ValueError(f"back never leads from screen {min(stray)} to the root")

    def __len__(self) -> int:
        """Count the screens."""
        return len(self.children)

    def __deepcopy__(self, memo: dict[int, Any]) -> Graph:
        """Return itself: a graph never changes."""
        return self

    def __reduce__(self) -> tuple[type[Graph], tuple[Any, ...]]:
        """Pickle what it is made of, and none of its tables."""
        return Graph, (self.children, self.parent)

    @cached_property
    def _below(self) -> tuple[tuple[int, ...], ...]:
        """The screens from which ``back`` leads to each screen."""
        below: list[list[int]] = [[] for _ in self.parent]
        for screen, parent in enumerate(self.parent[1:], start=1):
            below[parent].append(screen)
        return tuple(map(tuple, below))

    @cached_property
    def depth(self) -> tuple[int, ...]:
        """How many times ``back`` leads from each screen to the root."""
        depth = [0] * len(self)
        for screen in _spread(self._below):
            if screen:
                depth[screen] = depth[self.parent[screen]] + 1
        return tuple(depth)

    @cached_property
    def branch(self) -> tuple[int, ...]:
        """Which subtree of the root each screen belongs to, by its parents; -1 for the root.

        Subtrees are numbered as the root's icons show them.
        """
        tops = [top for top in dict.fromkeys(self.children[0]) if self.parent[top] == 0]
        tops += [top for top in self._below[0] if top not in tops]
        branch = [-1] * len(self)
        for screen in _spread(self._below):
            parent = self.parent[screen]
            if screen:
                branch[screen] = branch[parent] if parent else tops.index(screen)
        return tuple(branch)

    def moves(self, screen: int) -> tuple[Move, ...]:
        """Return every move that leads away from ``screen``: its icons, then back and home."""
        self._check(screen)
        opens = tuple(map(Open, range(len(self.children[screen]))))
        return (*opens, BACK, HOME) if screen else opens

    def step(self, screen: int, move: Move) -> int:
        """Return where ``move`` leads; back and home stay at the root when they are made there.

        Raises:
            ValueError: there is no such screen, icon or kind of move.
        """
        self._check(screen)
        if move.kind == "back":
            return self.parent[screen]
        if move.kind == "home":
            return 0
        if move.kind != "open":
            raise unknown("kind of move", move.kind, ["open", "back", "home"])
        opened = self.children[screen]
        if not 0 <= move.icon < len(opened):
            raise ValueError(f"screen {screen} has {len(opened)} icons, and no icon {move.icon}")
        return opened[move.icon]

    def distance(self, start: int, goal: int) -> int:
        """Return how many moves the shortest way from ``start`` to ``goal`` takes."""
        self._check(start)
        return self._steps_to(goal)[start]

    def next_move(self, start: int, goal: int) -> Move | None:
        """Return the first move of the shortest way, or None at the goal.

        Among equally short ways an icon is preferred (the lowest number first), then back, then
        home.
        """
        self._check(start)
        steps = self._steps_to(goal)
        left = steps[start] - 1
        if left < 0:
            return None
        for icon, target in enumerate(self.children[start]):
            if steps[target] == left:
                return Open(icon)
        return BACK if steps[self.parent[start]] == left else HOME

    def path(self, start: int, goal: int) -> tuple[Move, ...]:
        """Return the shortest way from ``start`` to ``goal``, ``()`` where they are the same."""
        way: list[Move] = []
        screen = start
        while (move := self.next_move(screen, goal)) is not None:
            way.append(move)
            screen = self.step(screen, move)
        return tuple(way)

    def _check(self, screen: int) -> None:
        if not 0 <= screen < len(self.parent):
            raise ValueError(f"screens are numbered 0 to {len(self) - 1}, got {screen!r}")

    @cached_property
    def _openers(self) -> tuple[tuple[int, ...], ...]:
        """The screens with an icon that opens each screen."""
        openers: list[list[int]] = [[] for _ in self.parent]
        for screen, opened in enumerate(self.children):
            for target in opened:
                openers[target].append(screen)
        return tuple(map(tuple, openers))

    @cached_property
    def _tables(self) -> OrderedDict[int, list[int]]:
        return OrderedDict()

    def _steps_to(self, goal: int) -> list[int]:
        """Return the number of moves from each screen to ``goal`` (breadth-first, backwards)."""
        found = self._tables.get(goal)
        if found is not None:
            return found
        self._check(goal)
        steps = [-1] * len(self)
        steps[goal] = 0
        queue = deque([goal])
        while queue:
            screen = queue.popleft()
            # Home leads from everywhere to the root.
            before = range(1, len(self)) if screen == 0 else self._below[screen]
            for other in (*self._openers[screen], *before):
                if steps[other] < 0:
                    steps[other] = steps[screen] + 1
                    queue.append(other)
        self._tables[goal] = steps
        if len(self._tables) > _TABLES:
            self._tables.popitem(last=False)
        return steps


def _spread(following: Sequence[Sequence[int]]) -> Iterator[int]:
    """Give the root and all screens that follow from it, breadth-first, each once."""
    seen = {0}
    queue = deque([0])
    while queue:
        screen = queue.popleft()
        yield screen
        for other in following[screen]:
            if other not in seen:
                seen.add(other)
                queue.append(other)
