"""Breakthrough: a race of pawns on a chessboard. OpenSpiel keeps the rules."""

from __future__ import annotations

from typing import Any

import numpy as np

from vl_envs.core.env import Image
from vl_envs.games.alpha_beta import best_move
from vl_envs.games.drawing import Pen, Sheet
from vl_envs.games.game import Game, Question
from vl_envs.games.openspiel import OpenSpielGame
from vl_envs.games.players import anyone, mcts

FILES, RANKS = "abcdefgh", "12345678"
SIDES = {"b": "black", "w": "white"}
CELL, LEFT, TOP = 50, 32, 12
DEPTH = 5
"""Half-moves that ``alpha_beta`` looks ahead: VS-Bench's reference."""


def alpha_beta(game: Game[Any], state: Any, seat: int, rng: np.random.Generator) -> str:
    """Look five half-moves ahead."""
    return best_move(rows_of(state), seat, DEPTH, rng)


class Breakthrough(OpenSpielGame):
    """Reach the other side."""

    name = "breakthrough"
    engine = "breakthrough"
    title = "Breakthrough"
    kind = "against"
    actions = tuple(
        f"{file}{rank}{FILES[column + step]}{RANKS[row + way]}"
        for row, rank in enumerate(RANKS)
        for column, file in enumerate(FILES)
        for way in (-1, 1)
        if 0 <= row + way < 8
        for step in (-1, 0, 1)
        if 0 <= column + step < 8
    )
    horizon = 105
    rules = (
        "Breakthrough on a chessboard. Black (player_0) moves first, from row 8 down; white "
        "(player_1) moves up from row 1. In turns each moves one piece by one square forward, "
        "straight or diagonally. A square that is taken can be entered only diagonally, where "
        "the other's piece stands: it is captured. Whoever first has a piece on the farthest row "
        "wins, as does who captures all. A move names both squares, as a7a6."
    )
    roles = ("You play black, and move down.", "You play white, and move up.")
    players = {"random": anyone, "mcts": mcts, "alpha_beta": alpha_beta}  # noqa: RUF012
    reference = "alpha_beta"
    opponent = "mcts"
    published = (-1.0, 1.0)
    lenient = ((r"([a-h][1-8][a-h][1-8])", "{word}"),)

    def word(self, state: Any, seat: int, action: int) -> str:
        """See `OpenSpielGame.word`: OpenSpiel marks captures by a star."""
        return str(state.action_to_string(seat, action)).rstrip("*")

    def worst(self, state: Any, seat: int) -> float:
        """See `Game.worst`: a loss."""
        return -1.0

    def picture(self, state: Any, seat: int, size: tuple[int, int]) -> Image:
        """See `Game.picture`: the board with its letters and numbers; the last move is marked."""
        sheet = Sheet(size, _board)
        if said := self.said(state):
            word = said[-1][1]
            for square in (word[:2], word[2:]):
                x, y = _corner(FILES.index(square[0]), RANKS.index(square[1]))
                sheet.box(x, y, x + CELL, y + CELL, "#f6e05e")
        for row, line in zip(reversed(range(8)), rows_of(state), strict=True):
            for column, piece in enumerate(line):
                if piece in SIDES:
                    x, y = _corner(column, row)
                    sheet.stamp(x + CELL / 2, y + CELL / 2, CELL - 6, _pawn, piece)
        return sheet.pixels()

    def question(self, state: Any, seat: int, rng: np.random.Generator) -> Question:
        """See `Game.question`: what stands on a square."""
        column, row = int(rng.integers(8)), int(rng.integers(8))
        answers = ("black", "white", "empty")
        piece = rows_of(state)[7 - row][column]
        text = f"What is on {FILES[column]}{RANKS[row]}?"
        return Question(text, answers, SIDES.get(piece, "empty"))


def rows_of(state: Any) -> list[str]:
    """Give the board's rows, from the eighth down, as ``b``, ``w`` and ``.``."""
    return [line[1:] for line in str(state).split("\n")[:8]]


def _corner(column: int, row: int) -> tuple[int, int]:
    return LEFT + column * CELL, TOP + (7 - row) * CELL


def _board(sheet: Sheet) -> None:
    for row in range(8):
        for column in range(8):
            x, y = _corner(column, row)
            sheet.box(x, y, x + CELL, y + CELL, "#b58863" if (row + column) % 2 == 0 else "#f0d9b5")
        sheet.text(16, TOP + (7 - row + 0.5) * CELL, RANKS[row], 22, bold=True)
        sheet.text(LEFT + (row + 0.5) * CELL, 430, FILES[row], 22, bold=True)


def _pawn(pen: Pen, piece: str) -> None:
    fill, edge = ("#303030", "#000000") if piece == "b" else ("#ffffff", "#505050")
    pen.shape((0.5, 0.2), (0.78, 0.95), (0.22, 0.95), fill=edge)
    pen.box(0.14, 0.8, 0.86, 0.97, fill, edge, radius=0.05)
    pen.shape((0.5, 0.25), (0.7, 0.84), (0.3, 0.84), fill=fill)
    pen.disc(0.5, 0.28, 0.22, fill, edge)
