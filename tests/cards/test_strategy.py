"""The best play of blackjack: known tables, exact sums, and games played out."""

from __future__ import annotations

import numpy as np
import pytest

from vl_envs.cards.strategy import (
    BUST,
    PACK,
    Hand,
    best_worth,
    dealer_ends,
    hand_of,
    should_stand,
    worth,
)


@pytest.mark.parametrize(
    ("values", "hand"),
    [
        ([1, 10], Hand(21, True)),
        ([1, 1], Hand(12, True)),
        ([10, 5, 1], Hand(16, False)),
        ([1, 5, 10], Hand(16, False)),
        ([1, 1, 9], Hand(21, True)),
        ([10, 10, 1], Hand(21, False)),
        ([10, 10, 2], Hand(BUST, False)),
        ([1] * 21, Hand(21, False)),
        ([1] * 22, Hand(BUST, False)),
    ],
)
def test_hands_are_counted(values: list[int], hand: Hand) -> None:
    """An ace counts 11 where it can, whenever it came."""
    assert hand_of(values) == hand == hand_of(reversed(values))


def test_probabilities_sum_to_one() -> None:
    """The pack's, and those of the dealer's ends for every open card."""
    assert sum(PACK.values()) == pytest.approx(1)
    for shown in PACK:
        ends = dict(dealer_ends(hand_of([shown])))
        assert sum(ends.values()) == pytest.approx(1)
        assert set(ends) <= {17, 18, 19, 20, 21, BUST}


def test_the_table_is_the_known_one() -> None:
    """Sutton and Barto's figure 5.2: without a usable ace 12 stands on 4 to 6, 13 to 16 on 2 to 6;
    with one 18 hits against nine, ten and ace."""  # noqa: D209, D205
    for total in range(4, 22):
        for shown in PACK:
            stands = total >= 17 or shown in range(2, 7)
            if total == 12:
                stands = shown in (4, 5, 6)
            assert should_stand(Hand(total, False), shown, -1.0) == (stands and total >= 12)
    for total in range(12, 22):
        for shown in PACK:
            stands = total >= 19 or (total == 18 and shown in range(2, 9))
            assert should_stand(Hand(total, True), shown, -1.0) == stands


def test_worth_is_what_games_bring() -> None:
    """Played out by chance, standing and hitting bring what was computed."""
    rng = np.random.default_rng(0)
    cards, chances = list(PACK), list(PACK.values())

    def play(hand: Hand, shown: int, stand: bool) -> float:
        while not stand:
            hand = hand.draw(int(rng.choice(cards, p=chances)))
            if hand.total == BUST:
                return -1.0
            stand = should_stand(hand, shown, -1.0)
        dealer = hand_of([shown])
        while dealer.total < 17:
            dealer = dealer.draw(int(rng.choice(cards, p=chances)))
        if dealer.total == BUST:
            return 1.0
        return float(np.sign(hand.total - dealer.total))

    for hand, shown in ((Hand(16, False), 10), (Hand(13, True), 5)):
        for stand in (True, False):
            mean = np.mean([play(hand, shown, stand) for _ in range(1500)])
            assert mean == pytest.approx(worth(hand, shown, stand, -1.0), abs=0.09)


def test_best_play_is_worth_what_the_docstring_says() -> None:
    """About -.047 a game, as published with Gymnasium's rules; 43.2 wins of 100 at most."""
    assert best_worth(-1.0) == pytest.approx(-0.0466, abs=1e-4)
    assert best_worth(0.0) == pytest.approx(0.4316, abs=1e-4)
