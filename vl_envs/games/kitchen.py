"""Overcooked's cramped room: what is where, and how chefs walk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

Cell = tuple[int, int]
"""Column from the left, row from above."""
ROOM = ("XXPXX", "O...O", "X...X", "XDXSX")
"""Counter, pot, onions, dishes, serving window; chefs walk on the dots."""
FLOOR = frozenset((x, y) for y, row in enumerate(ROOM) for x, tile in enumerate(row) if tile == ".")
WAYS: dict[str, Cell] = {"<UP>": (0, -1), "<DOWN>": (0, 1), "<RIGHT>": (1, 0), "<LEFT>": (-1, 0)}
STAY, INTERACT = "<STAY>", "<INTERACT>"
STEPS, COOKING, FULL = 50, 5, 3
USEFUL, DELIVERED = 2.0, 10.0


@dataclass
class Kitchen:
    """A position.

    Attributes:
        at: where each chef stands.
        facing: the way each looks.
        held: what each holds: ``""``, ``onion``, ``dish``, or ``soup`` and its number of onions.
        counters: what lies on counters.
        onions: in the pot.
        cooked: steps that the soup has cooked, -1 before it is begun.
        step: steps played.
        past: earlier positions that are shown, the oldest first, themselves without a past.
    """

    at: list[Cell] = field(default_factory=lambda: [(1, 2), (3, 1)])
    facing: list[Cell] = field(default_factory=lambda: [(0, -1), (0, -1)])
    held: list[str] = field(default_factory=lambda: ["", ""])
    counters: dict[Cell, str] = field(default_factory=dict)
    onions: int = 0
    cooked: int = -1
    step: int = 0
    past: list[Kitchen] = field(default_factory=list)

    def snapshot(self, past: Sequence[Kitchen] = ()) -> Kitchen:
        """Copy it, with another past."""
        lists = list(self.at), list(self.facing), list(self.held), dict(self.counters)
        return Kitchen(*lists, self.onions, self.cooked, self.step, list(past))

    @property
    def ready(self) -> bool:
        """Whether the soup is done."""
        return self.cooked >= COOKING


def tile(cell: Cell) -> str:
    """Give a cell's letter in `ROOM`."""
    return ROOM[cell[1]][cell[0]]


def walk(state: Kitchen, ways: Sequence[Cell | None]) -> None:
    """Turn and move both; who would meet or pass through each other stay where they are."""
    goals = list(state.at)
    for seat, way in enumerate(ways):
        if way is not None:
            state.facing[seat] = way
            goal = (state.at[seat][0] + way[0], state.at[seat][1] + way[1])
            goals[seat] = goal if goal in FLOOR else state.at[seat]
    if goals[0] != goals[1] and (goals[0], goals[1]) != (state.at[1], state.at[0]):
        state.at = goals
