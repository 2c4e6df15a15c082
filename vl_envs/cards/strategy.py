"""The best play of blackjack against an endless pack, computed exactly."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

PACK = {**dict.fromkeys(range(1, 10), 1 / 13), 10: 4 / 13}
"""What a card counts -> how likely it is; tens and face cards count 10, an ace 1 or 11."""
BUST = 22
"""Stands for every sum above 21."""
DEALER_STANDS = 17


class Hand(NamedTuple):
    """What matters of a hand: its sum, and whether an ace in it counts 11."""

    total: int = 0
    soft: bool = False

    def draw(self, value: int) -> Hand:
        """Add a card of ``value``, 1 to 10; an ace counts 11 as long as that is no bust."""
        total, soft = self.total + value, self.soft
        if value == 1 and not soft and total + 10 <= 21:
            total, soft = total + 10, True
        if total > 21 and soft:
            total, soft = total - 10, False
        return Hand(min(total, BUST), soft)


def hand_of(values: Iterable[int]) -> Hand:
    """Count cards up; in whatever order, an ace counts 11 where it can."""
    hand = Hand()
    for value in values:
        hand = hand.draw(value)
    return hand


@lru_cache(maxsize=1024)
def dealer_ends(hand: Hand) -> tuple[tuple[int, float], ...]:
    """Give the dealer's final sums (`BUST` among them), each with its probability."""
    if hand.total >= DEALER_STANDS:
        return ((hand.total, 1.0),)
    ends: dict[int, float] = {}
    for value, chance in PACK.items():
        for total, share in dealer_ends(hand.draw(value)):
            ends[total] = ends.get(total, 0.0) + chance * share
    return tuple(sorted(ends.items()))


@lru_cache(maxsize=4096)
def worth(hand: Hand, shown: int, stand: bool, loss: float) -> float:
    """Return what a move is worth if one plays best from then on.

    A win is worth 1, a draw 0. The dealer's second card is unknown: it is one more draw.

    Args:
        hand: the player's.
        shown: the dealer's open card, 1 to 10.
        stand: the move: stand, or hit.
        loss: what losing is worth: -1 as published, 0 where only wins count.
    """
    if hand.total == BUST:
        return loss
    if stand:
        return sum(
            chance * _outcome(hand.total, total, loss)
            for total, chance in dealer_ends(hand_of([shown]))
        )
    return sum(
        chance * max(worth(hand.draw(value), shown, move, loss) for move in (True, False))
        for value, chance in PACK.items()
    )


def _outcome(player: int, dealer: int, loss: float) -> float:
    if dealer == BUST or player > dealer:
        return 1.0
    return 0.0 if player == dealer else loss


def should_stand(hand: Hand, shown: int, loss: float) -> bool:
    """Tell whether standing is at least as good as hitting."""
    return worth(hand, shown, True, loss) >= worth(hand, shown, False, loss)


def best_worth(loss: float) -> float:
    """Return what the best play is worth on average over all deals."""
    return sum(
        PACK[one]
        * PACK[two]
        * PACK[shown]
        * max(worth(hand_of([one, two]), shown, move, loss) for move in (True, False))
        for one in PACK
        for two in PACK
        for shown in PACK
    )
