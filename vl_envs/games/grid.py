"""What VS-Bench's three games on a grid share: moves, places, pictures with a table of events."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

import numpy as np

from vl_envs.core.env import Image
from vl_envs.games import shapes
from vl_envs.games.drawing import INK, Sheet
from vl_envs.games.game import SEATS, Game, Question, Rewards

Cell = tuple[int, int]
"""Column from the left, row from below."""
GRID = 5
STEPS = 50
WAYS: dict[str, Cell] = {
    "<STAY>": (0, 0),
    "<RIGHT>": (1, 0),
    "<LEFT>": (-1, 0),
    "<UP>": (0, 1),
    "<DOWN>": (0, -1),
}
SIDES = ("red", "blue")
"""How the players of seats 0 and 1 are called."""
COLOURS = {"red": "#d32f2f", "blue": "#1976d2"}


class Event(NamedTuple):
    """A row of the table: who came to what, and what each seat is paid for it."""

    who: str
    what: str
    paid: Rewards


@dataclass
class Grid:
    """A position.

    Attributes:
        spots: name of a thing -> where it is.
        counts: for each of the game's events, how often it happened.
        step: moves made by each player.
    """

    spots: dict[str, Cell]
    counts: list[int]
    step: int = 0
    happened: list[int] = field(default_factory=list)


class GridGame(Game[Grid]):
    """Two players on a grid of 5 x 5, both moving at once, for 50 steps.

    Attributes:
        things: what lies on the grid beside the players: name -> how it is drawn.
        events: what can happen, in the order of the table.
    """

    kind = "mixed"
    simultaneous = True
    horizon = STEPS
    actions = tuple(WAYS)
    things: ClassVar[Mapping[str, tuple[Callable[..., None], str]]]
    events: ClassVar[Sequence[Event]]
    lenient = (
        (r"<(UP|DOWN|LEFT|RIGHT|STAY)>", "<{upper}>"),
        (r"\b(UP|DOWN|LEFT|RIGHT|STAY)\b", "<{upper}>"),
    )
    roles = ("You are the red player.", "You are the blue player.")

    @abstractmethod
    def _after(self, state: Grid, rng: np.random.Generator) -> list[int]:
        """Change what changes once both players have moved; give the numbers of the events."""

    def start(self, rng: np.random.Generator) -> Grid:
        """See `Game.start`: everything in a cell of its own."""
        names = (*SIDES, *self.things)
        cells = rng.choice(GRID * GRID, len(names), replace=False).tolist()
        spots = {name: divmod(cell, GRID) for name, cell in zip(names, cells, strict=True)}
        return Grid(spots, [0] * len(self.events))

    def to_move(self, state: Grid) -> Sequence[int]:
        """See `Game.to_move`."""
        return SEATS if state.step < STEPS else ()

    def legal(self, state: Grid, seat: int) -> tuple[str, ...]:
        """See `Game.legal`: all moves always; who walks against the border stays."""
        return self.actions if state.step < STEPS else ()

    def play(self, state: Grid, moves: Mapping[int, str], rng: np.random.Generator) -> Rewards:
        """See `Game.play`."""
        for seat, move in moves.items():
            x, y = state.spots[SIDES[seat]]
            dx, dy = WAYS[move]
            state.spots[SIDES[seat]] = min(max(x + dx, 0), GRID - 1), min(max(y + dy, 0), GRID - 1)
        state.step += 1
        state.happened = self._after(state, rng)
        paid = [0.0, 0.0]
        for number in state.happened:
            state.counts[number] += 1
            for seat in SEATS:
                paid[seat] += self.events[number].paid[seat]
        return paid[0], paid[1]

    def copy(self, state: Grid) -> Grid:
        """See `Game.copy`."""
        return Grid(dict(state.spots), list(state.counts), state.step, list(state.happened))

    def _respawn(self, state: Grid, name: str, rng: np.random.Generator) -> None:
        """Lay a thing into a cell in which nothing else is."""
        taken = {spot for other, spot in state.spots.items() if other != name}
        while True:
            x, y = divmod(int(rng.integers(GRID * GRID)), GRID)
            if (x, y) not in taken:
                state.spots[name] = (x, y)
                return

    # What is seen.

    def picture(self, state: Grid, seat: int, size: tuple[int, int]) -> Image:
        """See `Game.picture`: the grid, and how often each event has happened."""
        sheet = Sheet(size, _ground)
        sheet.text(14, 26, self.title, 22, anchor="l", bold=True)
        sheet.text(84, 84, "you:", 20, bold=True)
        sheet.stamp(84, 140, 48, *self._stamp(SIDES[seat]))
        sheet.text(434, 26, f"step {state.step} of {STEPS}", 18, anchor="r")
        there: dict[Cell, list[str]] = {}
        for name, spot in state.spots.items():
            there.setdefault(spot, []).append(name)
        for spot, names in there.items():
            _fill(sheet, spot, [self._stamp(name) for name in reversed(names)])
        self._table(sheet, state)
        return sheet.pixels()

    def _stamp(self, name: str) -> tuple[Callable[..., None], str]:
        return (shapes.person, COLOURS[name]) if name in SIDES else self.things[name]

    def _table(self, sheet: Sheet, state: Grid) -> None:
        rows = -(-len(self.events) // 2)
        for number, event in enumerate(self.events):
            column, row = divmod(number, rows)
            x, y = 14 + 214 * column, 341 + 105 / rows * (row + 0.5)
            if number in state.happened:
                sheet.box(x - 4, y - 17, x + 204, y + 17, "#fff3b0")
            for player in SIDES if event.who == "both" else (event.who,):
                sheet.stamp(x + 12, y, 26, *self._stamp(player))
                x += 23
            sheet.text(x + 9, y, "+", 18)
            sheet.stamp(x + 30, y, 26, *self._stamp(event.what))
            sheet.stamp(x + 54, y, 16, shapes.arrow, INK)
            x += 66
            for side, paid in zip(SIDES, event.paid, strict=True):
                if paid:
                    sheet.text(x, y, f"{paid:+g}", 18, COLOURS[side], "l", bold=True)
                    x += 26
            if not any(event.paid):
                sheet.text(x, y, "0", 18, anchor="l", bold=True)
            sheet.text(214 + 214 * column, y, f"x {state.counts[number]}", 18, anchor="r")

    def question(self, state: Grid, seat: int, rng: np.random.Generator) -> Question:
        """See `Game.question`: in which column, or row, something is."""
        names = (*SIDES, *self.things)
        name, axis = names[int(rng.integers(len(names)))], int(rng.integers(2))
        what = f"{name} player" if name in SIDES else name
        line = ("column, counted from the left", "row, counted from below")[axis]
        answers = tuple(str(n) for n in range(1, GRID + 1))
        return Question(
            f"In which {line}, is the {what}?", answers, answers[state.spots[name][axis]]
        )


@dataclass(frozen=True)
class Walker:
    """A player that knows where to go: of the moves that bring it nearer, it makes any.

    Attributes:
        goal: gives the cell where a seat wants to be.
    """

    goal: Callable[[Grid, int], Cell]

    def __call__(self, game: Game[Any], state: Grid, seat: int, rng: np.random.Generator) -> str:
        """Step towards the goal: where two ways are as short, either is as likely."""
        ways = self.ways(state, seat)
        return ways[int(rng.integers(len(ways)))]

    def ways(self, state: Grid, seat: int) -> tuple[str, ...]:
        """Give all moves that it might make: one or two; at the goal, ``<STAY>``."""
        (x, y), (to_x, to_y) = state.spots[SIDES[seat]], self.goal(state, seat)
        ways = []
        if to_x != x:
            ways.append("<RIGHT>" if to_x > x else "<LEFT>")
        if to_y != y:
            ways.append("<UP>" if to_y > y else "<DOWN>")
        return tuple(ways) or ("<STAY>",)


def distance(one: Cell, other: Cell) -> int:
    """Count the steps between two cells."""
    return abs(one[0] - other[0]) + abs(one[1] - other[1])


# Eighths of the picture, so that a cell is one patch of a model that looks at 8 x 8 of them, and
# whole patches of those that look at more.
_CELL, _LEFT, _TOP = 56, 112, 56


def _ground(sheet: Sheet) -> None:
    side = GRID * _CELL
    sheet.box(_LEFT, _TOP, _LEFT + side, _TOP + side, "#ffffff")
    for n in range(GRID + 1):
        sheet.line((_LEFT + n * _CELL, _TOP), (_LEFT + n * _CELL, _TOP + side), fill=INK)
        sheet.line((_LEFT, _TOP + n * _CELL), (_LEFT + side, _TOP + n * _CELL), fill=INK)


def _fill(sheet: Sheet, spot: Cell, stamps: Sequence[tuple[Callable[..., None], str]]) -> None:
    """Draw what is in a cell: one large, two or more side by side."""
    x, y = _LEFT + (spot[0] + 0.5) * _CELL, _TOP + (GRID - spot[1] - 0.5) * _CELL
    if len(stamps) == 1:
        sheet.stamp(x, y, _CELL - 8, *stamps[0])
        return
    places = [(-14, -14), (14, -14), (-14, 14), (14, 14)][: len(stamps)]
    if len(stamps) == 2:
        places = [(-14, 0), (14, 0)]
    for (dx, dy), one in zip(places, stamps, strict=True):
        sheet.stamp(x + dx, y + dy, 30, *one)
