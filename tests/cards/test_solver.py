"""The search misses nothing, and finishes what was begun."""

from __future__ import annotations

import itertools
import random

import pytest

from vl_envs.cards.arithmetic import value_of
from vl_envs.cards.points24 import Points24Env
from vl_envs.cards.solver import completion, solutions

OPERATORS = Points24Env.operators


def test_566_of_715_sets_of_numbers_make_24() -> None:
    """The number is well known: of all sets of four numbers from 1 to 10 so many make 24."""
    sets = list(itertools.combinations_with_replacement(range(1, 11), 4))
    found = {values: solutions(values, OPERATORS, 24) for values in sets}
    assert (len(sets), sum(map(bool, found.values()))) == (715, 566)
    for values, formulas in found.items():
        for formula in formulas[:3] + formulas[-3:]:
            assert value_of(formula) == 24
            assert sorted(int(s) for s in formula if s.isdigit()) == list(values)


def _by_force(values: tuple[int, ...]) -> set[tuple[str, ...]]:
    """Try every row of symbols with at most one pair of parentheses that makes 24."""
    found = set()
    for numbers in set(itertools.permutations(map(str, values))):
        for signs in itertools.product("+-*/", repeat=len(values) - 1):
            row = [numbers[0]]
            for sign, number in zip(signs, numbers[1:], strict=True):
                row += [sign, number]
            for first, last in itertools.combinations(range(0, len(row), 2), 2):
                grouped = (*row[:first], "(", *row[first : last + 1], ")", *row[last + 1 :])
                needless = value_of(row) == value_of(grouped) and _same(row, first, last)
                if value_of(grouped) == 24 and not needless:
                    found.add(grouped)
            if value_of(row) == 24:
                found.add(tuple(row))
    return found


def _same(row: list[str], first: int, last: int) -> bool:
    """Tell whether parentheses around ``row[first:last + 1]`` change no operation's meaning."""
    inside, before, behind = row[first : last + 1], row[first - 1 : first], row[last + 1 : last + 2]
    weak = any(sign in inside for sign in "+-")
    if weak:
        return not {*before, *behind} & {*"*/"} and "-" not in before
    return "/" not in before


@pytest.mark.parametrize("values", [(1, 3, 4, 6), (3, 3, 8, 8), (2, 4, 10, 10), (1, 5, 5, 5)])
def test_nothing_is_missed(values: tuple[int, ...]) -> None:
    """All formulas with at most one pair of parentheses are those that force finds."""
    found = {f for f in solutions(values, OPERATORS, 24) if f.count("(") < 2}
    assert found == _by_force(values)
    assert found


def test_games_without_parentheses_get_none() -> None:
    """EZPoints has sums and products only, and every formula that makes 12 is found."""
    assert solutions((2, 6), ("+", "*"), 12) == (("2", "*", "6"), ("6", "*", "2"))
    assert solutions((2, 10), ("+", "*"), 12) == (("10", "+", "2"), ("2", "+", "10"))
    assert solutions((5, 6), ("+", "*"), 12) == ()
    assert solutions((7,), ("+",), 7) == (("7",),)


def test_completion_begins_with_the_first_card_where_it_can() -> None:
    """Of equally short formulas the one in the order of the cards is taken."""
    assert completion((), (10, 2), ("+", "*"), 12) == ("10", "+", "2")
    assert completion((), (2, 10), ("+", "*"), 12) == ("2", "+", "10")
    assert completion(("10",), (2, 10), ("+", "*"), 12) == ("+", "2")


def test_what_was_begun_is_finished_or_given_up() -> None:
    """From any beginning of a formula the end makes 24; where there is none, force finds none."""
    rng = random.Random(0)
    finished = lost = 0
    for _ in range(80):
        values = tuple(rng.randint(1, 10) for _ in range(3))
        formulas = solutions(tuple(sorted(values)), OPERATORS, 24)
        if not formulas:
            continue
        good = rng.choice(formulas)
        begun = good[: rng.randrange(len(good) + 1)]
        for wrap in (begun, ("(", *begun), (*begun[:-1], *rng.choices("1234567890+-*/()", k=1))):
            end = completion(wrap, values, OPERATORS, 24)
            if end is None:
                assert wrap != begun
                assert not any(formula[: len(wrap)] == wrap for formula in formulas)
                lost += 1
                continue
            whole = (*wrap, *end)
            assert value_of(whole) == 24
            assert sorted(s for s in whole if s.isdigit()) == sorted(map(str, values))
            finished += 1
    assert finished > 30 and lost > 3


def test_impossible_beginnings_are_given_up() -> None:
    """A number that is not there, a broken formula, and one that cannot become 24."""
    for begun in (("9",), ("2", "2"), ("+",), ("2", "+", "3"), ("2", "*", "*")):
        assert completion(begun, (2, 12), ("+", "*"), 24) is None
    assert completion(("2", "*", "12"), (2, 12), ("+", "*"), 24) == ()
    assert completion(("(", "(", "2"), (2, 12), OPERATORS, 24) == ("*", "12", ")", ")")
