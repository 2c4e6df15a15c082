"""Hanabi: fireworks built together, by players who see all cards but their own.

OpenSpiel keeps the rules (which are those of DeepMind's Hanabi learning environment).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vl_envs.core.env import Image
from vl_envs.games.drawing import INK, Pen, Sheet
from vl_envs.games.game import Question
from vl_envs.games.hanabi_rules import by_rules
from vl_envs.games.hanabi_table import COLOURS, HAND, RANKS, table_of
from vl_envs.games.openspiel import OpenSpielGame
from vl_envs.games.players import anyone

LAST = 4
"""So many last actions are shown."""


class Hanabi(OpenSpielGame):
    """Five colours, five ranks, five cards a hand, eight hints, three lives."""

    name = "hanabi"
    title = "Hanabi"
    engine = "hanabi"
    parameters = {  # noqa: RUF012
        "players": 2,
        "colors": 5,
        "ranks": 5,
        "hand_size": HAND,
        "max_information_tokens": 8,
        "max_life_tokens": 3,
    }
    kind = "team"
    actions = (
        *(f"(Discard {card})" for card in range(HAND)),
        *(f"(Play {card})" for card in range(HAND)),
        *(f"(Reveal player +1 color {colour})" for colour in COLOURS),
        *(f"(Reveal player +1 rank {rank})" for rank in RANKS),
    )
    horizon = 59
    rules = (
        "Hanabi, for two who play together. Cards have a color, R, Y, G, W or B, and a rank: three "
        "1s, two each of 2, 3 and 4, and one 5 of each color. You see the other's five cards, not "
        "your own. In turns one plays a card, discards one, or gives a hint. A card that is the "
        "next of its color's firework (1, 2, ... 5) builds it; any other costs one of three lives. "
        "A hint tells the other all cards of one color or rank, and costs one of eight information "
        "tokens; a discard, and a 5 that is built, brings one back. Each card built is 1 point. "
        "Without lives all points are lost. When the deck is empty each has one more turn. Moves: "
        "(Play 0) and (Discard 0) for your card 0, the oldest; (Reveal player +1 color R), (Reveal "
        "player +1 rank 1)."
    )
    roles = ("You are player 0.", "You are player 1.")
    players = {"random": anyone, "rules": by_rules}  # noqa: RUF012
    reference = opponent = "rules"
    published = (0.0, 24.0)
    lenient = (
        (r"Play\s+(\d+)", "(Play {word})"),
        (r"Discard\s+(\d+)", "(Discard {word})"),
        (r"Reveal player \+1 color\s+([A-Za-z])", "(Reveal player +1 color {word})"),
        (r"Reveal player \+1 rank\s+(\d+)", "(Reveal player +1 rank {word})"),
        (r"(\([^()]+\))", "{word}"),
    )

    def worst(self, state: Any, seat: int) -> float:
        """See `Game.worst`: all lives lost, and so all points."""
        return -float(state.returns()[0])

    def picture(self, state: Any, seat: int, size: tuple[int, int]) -> Image:
        """See `Game.picture`: tokens, discards, last actions, fireworks and both hands."""
        sheet, table = Sheet(size), table_of(state, seat)
        sheet.text(10, 14, f"Lives: {table.lives}", 17, anchor="l", bold=True)
        sheet.text(110, 14, f"Information tokens: {table.hints}", 17, anchor="l", bold=True)
        sheet.text(438, 14, f"Deck: {table.deck}", 17, anchor="r", bold=True)
        sheet.text(10, 36, "Discarded:", 13, anchor="l")
        for number, card in enumerate(sorted(table.discards, key=_order)):
            row, column = divmod(number, 17)
            x, y = 86 + 21.4 * column, 36 + 17 * row
            sheet.stamp(x, y, 19, _chip, card)
        for number, (who, words) in enumerate(self.said(state)[: -LAST - 1 : -1]):
            you = "you" if who == seat else "other"
            sheet.text(10, 84 + 15 * number, f"{number + 1} ago, {you}: {words}", 13, anchor="l")
        sheet.text(290, 84, "Fireworks:", 13, anchor="l")
        for number, (colour, rank) in enumerate(table.fireworks.items()):
            sheet.stamp(292 + 32 * number, 114, 44, _card, f"{colour}{rank}")
        for top, title, hand in (
            (152, "You", table.own),
            (302, f"Player {1 - seat}", table.other),
        ):
            sheet.text(10, top + 8, title, 16, anchor="l", bold=True)
            for number, known in enumerate(hand):
                x = 48 + 88 * number
                sheet.stamp(x, top + 62, 92, _card, known.card)
                sheet.text(x, top + 116, f"{number}: {known.colours}", 13)
                sheet.text(x, top + 131, known.ranks, 13)
        return sheet.pixels()

    def question(self, state: Any, seat: int, rng: np.random.Generator) -> Question:
        """See `Game.question`: a token, a firework, or a card of the other's."""
        table, what = table_of(state, seat), int(rng.integers(4))
        if what == 0:
            lives = ("1", "2", "3")
            return Question("How many lives are left?", lives, str(table.lives))
        if what == 1:
            tokens = tuple(str(n) for n in range(9))
            return Question("How many information tokens are left?", tokens, str(table.hints))
        if what == 2:
            colour = COLOURS[int(rng.integers(5))]
            text = f"How high is the firework of color {colour}?"
            return Question(text, ("0", *RANKS), str(table.fireworks[colour]))
        cards = tuple(colour + rank for colour in COLOURS for rank in RANKS)
        number = int(rng.integers(len(table.other)))
        return Question(f"Which is card {number} of the other?", cards, table.other[number].card)


def _order(card: str) -> tuple[int, str]:
    return COLOURS.index(card[0]), card[1]


PAINT = {"R": "#c62828", "Y": "#f9a825", "G": "#388e3c", "W": "#ffffff", "B": "#1976d2"}


def _card(pen: Pen, card: str) -> None:
    """Draw a card as high as the stamp; one that is not known is grey."""
    fill = PAINT[card[0]] if card else "#9e9e9e"
    pen.box(0.17, 0.0, 0.83, 1.0, fill, INK, radius=0.06)
    ink = INK if card[:1] in ("W", "Y") else "#ffffff"
    pen.text(0.5, 0.44, card[1] if card else "?", 0.6, ink)
    if card:
        pen.text(0.5, 0.84, card[0], 0.22, ink)


def _chip(pen: Pen, card: str) -> None:
    pen.box(0.0, 0.0, 1.0, 1.0, PAINT[card[0]], INK, radius=0.1)
    pen.text(0.5, 0.5, card[1], 0.8, INK if card[0] in "WY" else "#ffffff")
