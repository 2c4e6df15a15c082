"""Kuhn poker, the smallest poker: three cards, one bet. OpenSpiel keeps the rules."""

from __future__ import annotations

from typing import Any

import numpy as np

from vl_envs.core.env import Image
from vl_envs.games.drawing import Pen, Sheet
from vl_envs.games.game import SEATS, Game, Question
from vl_envs.games.openspiel import OpenSpielGame
from vl_envs.games.players import anyone

CARDS = ("J", "Q", "K")
PASS, BET = "<PASS>", "<BET>"
DEALT = 2
"""Actions of a history that deal."""


def nash(game: Game[Any], state: Any, seat: int, rng: np.random.Generator) -> str:
    """Play Kuhn's equilibrium in which the first player never opens (alpha = 0).

    The probability of betting, or of calling, for each card; H. W. Kuhn 1950, "A simplified
    two-person poker".
    """
    cards, said = state.history()[:DEALT], state.history()[DEALT:]
    bet = {
        (): (0.0, 0.0, 0.0),
        (0,): (1 / 3, 0.0, 1.0),
        (1,): (0.0, 1 / 3, 1.0),
        (0, 1): (0.0, 1 / 3, 1.0),
    }[tuple(said)][cards[seat]]
    return BET if rng.random() < bet else PASS


class KuhnPoker(OpenSpielGame):
    """Bluff or fold: each has one of three cards."""

    name = "kuhn_poker"
    engine = "kuhn_poker"
    title = "Kuhn poker"
    kind = "against"
    actions = (PASS, BET)
    horizon = 2
    rules = (
        "Kuhn poker. From the cards J, Q and K, of which K is the highest, each player is dealt "
        "one, and sees it alone. Both have put 1 chip into the pot. In turns, beginning with "
        "player_0, they say <PASS> or <BET>, which puts 1 more chip. If both pass, or one bets and "
        "the other bets as well, the higher card wins the pot. If one bets and the other passes, "
        "the one who has bet wins the pot."
    )
    roles = ("You are player_0.", "You are player_1.")
    players = {"random": anyone, "nash": nash}  # noqa: RUF012
    reference = opponent = "nash"
    published = (-1 / 9, 0.0)
    lenient = (
        (r'"card"\s*:\s*"([^"]+)"', "{word}"),
        (r"<\s*(pass)\s*>", PASS),
        (r"<\s*(bet)\s*>", BET),
        (r"\b(pass|bet)\b", "<{upper}>"),
    )

    def word(self, state: Any, seat: int, action: int) -> str:
        """See `OpenSpielGame.word`."""
        return self.actions[action]

    def worst(self, state: Any, seat: int) -> float:
        """See `Game.worst`: a called bet."""
        return -2.0

    def picture(self, state: Any, seat: int, size: tuple[int, int]) -> Image:
        """See `Game.picture`: one's own card above, chips, and what was said."""
        sheet = Sheet(size, _table)
        cards, said = state.history()[:DEALT], state.history()[DEALT:]
        # Who bets and is answered by a bet shows: only then has the other's card been seen.
        shown = state.is_terminal() and list(said) != [0, 1, 0] and list(said) != [1, 0]
        for row in SEATS:
            y = 124 + 200 * row
            card = CARDS[cards[row]] if row == seat or shown else ""
            sheet.stamp(100, y, 176, _card, card)
            sheet.text(
                300, y - 70, f"player_{row}" + (" (you)" if row == seat else ""), 24, "#ffffff"
            )
            words = [(PASS, BET)[word] for word in list(said)[row::2]]
            sheet.text(300, y + 70, " ".join(words), 24, "#ffffff")
            chips = 1 + sum(list(said)[row::2])
            for chip in range(chips):
                sheet.stamp(300 + 90 * (chip - (chips - 1) / 2), y, 84, _chip)
        return sheet.pixels()

    def question(self, state: Any, seat: int, rng: np.random.Generator) -> Question:
        """See `Game.question`: one's card, or the chips of either."""
        if rng.random() < 0.5:
            return Question("Which card do you have?", CARDS, CARDS[state.history()[seat]])
        row, said = int(rng.integers(2)), list(state.history()[DEALT:])
        return Question(
            f"How many chips has player_{row} put into the pot?",
            ("1", "2"),
            str(1 + sum(said[row::2])),
        )


def _table(sheet: Sheet) -> None:
    sheet.box(0, 0, 448, 448, "#2e7d32")


def _card(pen: Pen, card: str) -> None:
    pen.box(0.15, 0.0, 0.85, 1.0, "#ffffff", "#212121", radius=0.06)
    if card:
        pen.text(0.5, 0.5, card, 0.8, {"J": "#1565c0", "Q": "#c62828", "K": "#212121"}[card])
    else:
        pen.box(0.2, 0.05, 0.8, 0.95, "#5c6bc0", radius=0.04)
        pen.text(0.5, 0.5, "?", 0.6, "#c5cae9")


def _chip(pen: Pen) -> None:
    pen.disc(0.5, 0.5, 0.48, "#ffb300", "#212121")
    pen.disc(0.5, 0.5, 0.32, "#fff8e1")
    pen.text(0.5, 0.5, "1", 0.4, "#212121")
