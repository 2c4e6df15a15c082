"""Honest floors of the points games: players who see no picture, and what a mask gives away."""

from __future__ import annotations

import itertools
from functools import cache, lru_cache

import pytest

from vl_envs.cards.deck import RANKS, value_of_rank
from vl_envs.cards.ez_points import EZPointsEnv, partners
from vl_envs.cards.points24 import Points24Env
from vl_envs.cards.solver import solutions
from vl_envs.core.tasks import split_of

Hand = tuple[int, ...]
EZ, ALL = EZPointsEnv.operators, Points24Env.operators


def _deals() -> dict[Hand, float]:
    """Return the chance of each pair of numbers in EZPoints."""
    found = {rank: partners(rank, 12, "ten") for rank in RANKS}
    ranks = [rank for rank in RANKS if found[rank]]
    deals: dict[Hand, float] = {}
    for rank in ranks:
        for value in found[rank]:
            hand = tuple(sorted((value_of_rank(rank), value)))
            deals[hand] = deals.get(hand, 0) + 1 / len(ranks) / len(found[rank])
    return deals


DEALS = _deals()


@cache
def blind(hands: tuple[Hand, ...], written: tuple[str, ...], blanks: int, most: int) -> float:
    """Return the chance of the best blind player, who reads which numbers are refused.

    Args:
        hands: what the cards can still be.
        written: the formula.
        blanks: numbers that were refused.
        most: so many refused in a row end the episode.
    """
    if len(written) + blanks > EZPointsEnv.most_symbols:
        return 0.0
    if len(written) == 3:
        return sum(DEALS[hand] for hand in hands if written in solutions(hand, EZ, 12))
    if len(written) == 1:
        return max(blind(hands, (*written, sign), blanks, most) for sign in EZ)
    chances = []
    for number in range(1, 11):
        accepted = tuple(hand for hand in hands if _has(hand, written, number))
        refused = tuple(hand for hand in hands if hand not in accepted)
        chance = blind(accepted, (*written, str(number)), blanks, most) if accepted else 0.0
        # A formula has room for two blanks: with ``most`` 1 or 3 a row of them is all of them.
        if accepted and refused and blanks + 1 < most:
            chance += blind(refused, written, blanks + 1, most)
        chances.append(chance)
    return max(chances)


def _has(hand: Hand, written: tuple[str, ...], number: int) -> bool:
    left = list(hand)
    if written:
        left.remove(int(written[0]))
    return number in left


def test_ez_points_blind_players() -> None:
    """One fixed formula wins .375; who tries numbers, two thirds; the expert wins all."""
    fixed = [
        sum(chance for hand, chance in DEALS.items() if formula in solutions(hand, EZ, 12))
        for formula in itertools.product(map(str, range(1, 11)), EZ, map(str, range(1, 11)))
    ]
    assert max(fixed) == pytest.approx(0.375)
    hands = tuple(DEALS)
    assert blind(hands, (), 0, 1) == pytest.approx(0.375)
    assert blind(hands, (), 0, 3) == pytest.approx(2 / 3)


def test_ez_points_masked_players() -> None:
    """Who is told the cards by the mask, and adds, wins the five sixths that are sums."""
    assert sum(chance for hand, chance in DEALS.items() if sum(hand) == 12) == pytest.approx(5 / 6)
    env = EZPointsEnv(image_size=32, thought=False)
    wins = 0
    for seed in range(300):
        _, info = env.reset(seed=seed)
        ended = False
        while not ended:
            choices = info["admissible_actions"]
            plus = "<write> + </write>"
            _, _, ended, _, info = env.step(plus if plus in choices else choices[0])
        wins += info["success"]
    assert wins / 300 == pytest.approx(5 / 6, abs=0.08)


@lru_cache(maxsize=1)
def _hands24() -> dict[Hand, int]:
    """Count the deals of each set of numbers in Points24's split ``train``."""
    counts: dict[Hand, int] = {}
    for values in itertools.product([value_of_rank(rank) for rank in RANKS], repeat=4):
        hand = tuple(sorted(values))
        counts[hand] = counts.get(hand, 0) + 1
    return {
        hand: count
        for hand, count in counts.items()
        if split_of("cards", "24", *hand) == "train" and solutions(hand, ALL, 24)
    }


def test_points24_blind_players() -> None:
    """The best fixed formula wins .015; who writes what most remaining hands need, .04."""
    hands = _hands24()
    total = sum(hands.values())
    fixed: dict[tuple[str, ...], int] = {}
    for hand, count in hands.items():
        for formula in solutions(hand, ALL, 24):
            fixed[formula] = fixed.get(formula, 0) + count
    assert max(fixed.values()) / total == pytest.approx(0.0146, abs=1e-3)
    assert _greedy(list(hands), (), 0, 0, most=3) / total == pytest.approx(0.039, abs=2e-3)
    assert _greedy(list(hands), (), 0, 0, most=22) / total == pytest.approx(0.065, abs=2e-3)


def _greedy(hands: list[Hand], written: tuple[str, ...], blanks: int, row: int, most: int) -> int:
    """Count the deals won by who writes what most hands that are still possible need next."""
    counts, place = _hands24(), len(written)
    if place + blanks > Points24Env.most_symbols:
        return 0
    done = 0
    wanted: dict[str, int] = {}
    for hand in hands:
        fitting = [f for f in solutions(hand, ALL, 24) if f[:place] == written]
        done += counts[hand] * (written in fitting)
        for symbol in {formula[place] for formula in fitting if len(formula) > place}:
            wanted[symbol] = wanted.get(symbol, 0) + counts[hand]
    symbol = max(sorted(wanted), key=lambda each: wanted[each], default="=")
    if done >= wanted.get(symbol, 0):
        return done
    longer = (*written, symbol)
    if not symbol.isdigit():
        return _greedy(hands, longer, blanks, 0, most)
    used = sum(each == symbol for each in written)
    yes = [hand for hand in hands if hand.count(int(symbol)) > used]
    no = [hand for hand in hands if hand.count(int(symbol)) <= used]
    won = _greedy(yes, longer, blanks, 0, most)
    return won + (_greedy(no, written, blanks + 1, row + 1, most) if no and row + 1 < most else 0)


def test_text_tells_nothing_of_the_cards() -> None:
    """At reset, and after any formula, the text is the same for all hands."""
    for prompt in ("full", "brief"):
        texts, brief = set(), prompt == "brief"
        for seed in range(40):
            env = EZPointsEnv(prompt=prompt, image_size=32)
            first = env.reset(seed=seed)[0]["text"]
            second = env.step("<write> + </write>")[0]["text"]
            texts.add((first, second))
        assert len(texts) == 1
        assert not brief or texts == {("Make 12:", "Make 12: +")}
