"""Cards: ranks, suits, and what they count."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

RANKS = range(1, 14)
SUITS = ("spades", "hearts", "diamonds", "clubs")
FACE_CARDS = ("ten", "rank")
"""What jack, queen and king count: ten each, or 11, 12 and 13."""
_LETTERS = {1: "A", 11: "J", 12: "Q", 13: "K"}


class Card(NamedTuple):
    """One card.

    Attributes:
        rank: 1 (ace) to 13 (king).
        suit: one of `SUITS`.
    """

    rank: int
    suit: str

    @property
    def label(self) -> str:
        """What stands in its corner: ``A``, ``2`` to ``10``, ``J``, ``Q`` or ``K``."""
        return _LETTERS.get(self.rank, str(self.rank))

    @property
    def name(self) -> str:
        """A short name, such as ``10h`` for the ten of hearts."""
        return f"{self.label}{self.suit[0]}"


def value_of_rank(rank: int, face_cards: str = "ten") -> int:
    """Return what a rank counts in the points games; the ace counts 1."""
    return rank if face_cards == "rank" else min(rank, 10)


def draw_card(rng: np.random.Generator) -> Card:
    """Draw from an endless pack: every rank and suit is as likely, whatever was drawn before."""
    return Card(int(rng.integers(1, 14)), draw_suit(rng))


def draw_suit(rng: np.random.Generator) -> str:
    """Draw one of the four suits."""
    return SUITS[int(rng.integers(4))]
