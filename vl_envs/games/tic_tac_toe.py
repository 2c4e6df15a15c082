"""Tic-tac-toe, the smallest game: how one writes a `Game`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from vl_envs.core.env import Image
from vl_envs.games.drawing import INK, PAPER, Pen, Sheet
from vl_envs.games.game import Game, Question, Rewards
from vl_envs.games.players import anyone

LINES = (
    *((row * 3, row * 3 + 1, row * 3 + 2) for row in range(3)),
    *((column, column + 3, column + 6) for column in range(3)),
    (0, 4, 8),
    (2, 4, 6),
)
MARKS = ("X", "O")
COLOURS = ("#c62828", "#1565c0")
EMPTY = -1


@dataclass
class Board:
    """A position: for each of nine cells, by rows from the upper left, whose it is."""

    cells: list[int] = field(default_factory=lambda: [EMPTY] * 9)
    last: int = EMPTY


def perfect(game: Game[Any], state: Board, seat: int, rng: np.random.Generator) -> str:
    """Make a move that cannot be bettered; of several, each as likely."""
    best = best_moves(state, seat)
    return game.actions[best[int(rng.integers(len(best)))]]


def best_moves(state: Board, seat: int) -> list[int]:
    """Give the cells that cannot be bettered, of a seat that is to move."""
    values = {}
    for cell, owner in enumerate(state.cells):
        if owner == EMPTY:
            cells = (*state.cells[:cell], seat, *state.cells[cell + 1 :])
            values[cell] = -_value(cells, 1 - seat)
    return [cell for cell, value in values.items() if value == max(values.values())]


@cache
def _value(cells: tuple[int, ...], seat: int) -> int:
    """Give what the player to move will come to, if both play perfectly: 1, 0 or -1."""
    if winner(cells) != EMPTY:
        return -1
    free = [cell for cell, owner in enumerate(cells) if owner == EMPTY]
    return max(
        (-_value((*cells[:cell], seat, *cells[cell + 1 :]), 1 - seat) for cell in free), default=0
    )


class TicTacToe(Game[Board]):
    """Three in a row win."""

    name = "tic_tac_toe"
    title = "Tic-tac-toe"
    kind = "against"
    actions = tuple(f"{row}{column}" for row in "abc" for column in "123")
    horizon = 5
    rules = (
        "Tic-tac-toe on a board of three rows, a to c, and three columns, 1 to 3. X moves first; "
        "then both mark an empty cell in turns. Three of one's marks in a row, a column or a "
        "diagonal win. A move names row and column, as b2."
    )
    roles = ("You are X.", "You are O.")
    players = {"random": anyone, "perfect": perfect}  # noqa: RUF012
    reference = opponent = "perfect"

    def start(self, rng: np.random.Generator) -> Board:
        """See `Game.start`."""
        return Board()

    def to_move(self, state: Board) -> Sequence[int]:
        """See `Game.to_move`."""
        taken = 9 - state.cells.count(EMPTY)
        return () if taken == 9 or winner(state.cells) != EMPTY else (taken % 2,)

    def legal(self, state: Board, seat: int) -> tuple[str, ...]:
        """See `Game.legal`."""
        if seat not in self.to_move(state):
            return ()
        return tuple(a for a, c in zip(self.actions, state.cells, strict=True) if c == EMPTY)

    def play(self, state: Board, moves: Mapping[int, str], rng: np.random.Generator) -> Rewards:
        """See `Game.play`."""
        ((seat, move),) = moves.items()
        state.last = self.actions.index(move)
        state.cells[state.last] = seat
        if winner(state.cells) == EMPTY:
            return 0.0, 0.0
        return (1.0, -1.0) if seat == 0 else (-1.0, 1.0)

    def won(self, state: Board, returns: Rewards, seat: int) -> bool:
        """See `Game.won`: not to lose, for against a perfect player there is no more."""
        return returns[seat] >= 0

    def worst(self, state: Board, seat: int) -> float:
        """See `Game.worst`: a loss."""
        return -1.0

    def copy(self, state: Board) -> Board:
        """See `Game.copy`."""
        return Board(list(state.cells), state.last)

    def picture(self, state: Board, seat: int, size: tuple[int, int]) -> Image:
        """See `Game.picture`: the board; the last mark's cell is yellow."""
        sheet = Sheet(size, _board)
        for cell, owner in enumerate(state.cells):
            x, y = 114 + 130 * (cell % 3), 94 + 130 * (cell // 3)
            if cell == state.last:
                sheet.box(x - 62, y - 62, x + 62, y + 62, "#fff3b0")
            if owner != EMPTY:
                sheet.stamp(x, y, 100, _mark, owner)
        return sheet.pixels()

    def question(self, state: Board, seat: int, rng: np.random.Generator) -> Question:
        """See `Game.question`: what a cell holds."""
        cell = int(rng.integers(9))
        answers = (*MARKS, "empty")
        return Question(f"What is in {self.actions[cell]}?", answers, answers[state.cells[cell]])


def winner(cells: Sequence[int]) -> int:
    """Tell who has three in a row, `EMPTY` if nobody has."""
    for a, b, c in LINES:
        if cells[a] == cells[b] == cells[c] != EMPTY:
            return cells[a]
    return EMPTY


def _board(sheet: Sheet) -> None:
    for step in range(3):
        sheet.text(114 + 130 * step, 16, "123"[step], 22, bold=True)
        sheet.text(26, 94 + 130 * step, "abc"[step], 22, bold=True)
    for step in (1, 2):
        sheet.line((49 + 130 * step, 34), (49 + 130 * step, 414), fill=INK, width=4)
        sheet.line((54, 29 + 130 * step), (434, 29 + 130 * step), fill=INK, width=4)


def _mark(pen: Pen, owner: int) -> None:
    if owner == 0:
        for ends in (((0.15, 0.15), (0.85, 0.85)), ((0.85, 0.15), (0.15, 0.85))):
            pen.line(*ends, fill=COLOURS[0], width=0.16)
    else:
        pen.disc(0.5, 0.5, 0.4, COLOURS[1])
        pen.disc(0.5, 0.5, 0.25, PAPER)
