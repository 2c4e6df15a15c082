"""Search: every formula that makes a target of given numbers, and how to finish one begun."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from fractions import Fraction
from functools import lru_cache
from typing import NamedTuple

from vl_envs.cards.arithmetic import Partial, read

Values = tuple[int, ...]
Symbols = tuple[str, ...]


class Formula(NamedTuple):
    """Symbols, and the weakest operator outside parentheses (``""`` for a number)."""

    symbols: Symbols
    weakest: str


@lru_cache(maxsize=512)
def solutions(values: Values, operators: Symbols, target: int) -> tuple[Symbols, ...]:
    """Find all formulas that use each of ``values`` once and make ``target``, shortest first.

    Formulas have no parentheses that could be left out, and none at all where ``operators`` have no
    ``(``. An operation's sides are all ways to share the values out, so nothing is missed.

    Args:
        values: the numbers, sorted.
        operators: ``+ - * /`` and ``(``, as many as there are in the game.
        target: what the formula must make.
    """
    goal = Fraction(target)
    found: set[Symbols] = set()
    for left, right in _shares(values):
        ones, others = _reachable(left, operators), _reachable(right, operators)
        for value, formulas in ones.items():
            for operator, wanted in _partners(value, goal, operators):
                for one, other in itertools.product(formulas, others.get(wanted, ())):
                    joined = _join(one, operator, other, "(" in operators)
                    if joined:
                        found.add(joined.symbols)
    if len(values) == 1 and values[0] == target:
        found.add((str(target),))
    return tuple(sorted(found, key=lambda symbols: (len(symbols), symbols)))


@lru_cache(maxsize=4096)
def _reachable(values: Values, operators: Symbols) -> dict[Fraction, tuple[Formula, ...]]:
    """Map every number that ``values`` can make to the formulas that make it."""
    if len(values) == 1:
        return {Fraction(values[0]): (Formula((str(values[0]),), ""),)}
    found: dict[Fraction, set[Formula]] = {}
    for left, right in _shares(values):
        ones, others = _reachable(left, operators), _reachable(right, operators)
        for (a, formulas), (b, more) in itertools.product(ones.items(), others.items()):
            for operator in operators:
                value = _apply(a, operator, b)
                if value is None:
                    continue
                for one, other in itertools.product(formulas, more):
                    joined = _join(one, operator, other, "(" in operators)
                    if joined:
                        found.setdefault(value, set()).add(joined)
    return {value: tuple(sorted(formulas)) for value, formulas in found.items()}


@lru_cache(maxsize=4096)
def _shares(values: Values) -> tuple[tuple[Values, Values], ...]:
    """List the ways to share values out to a left and a right side, none of them empty."""
    places = range(len(values))
    ways: dict[tuple[Values, Values], None] = {}
    for count in range(1, len(values)):
        for chosen in itertools.combinations(places, count):
            left = tuple(values[i] for i in chosen)
            right = tuple(values[i] for i in places if i not in chosen)
            ways[left, right] = None
    return tuple(ways)


def _apply(a: Fraction, operator: str, b: Fraction) -> Fraction | None:
    if operator == "+":
        return a + b
    if operator == "-":
        return a - b
    if operator == "*":
        return a * b
    return a / b if operator == "/" and b else None


def _partners(a: Fraction, goal: Fraction, operators: Symbols) -> list[tuple[str, Fraction]]:
    """List the operators, each with the right sides, that make ``goal`` of the left side ``a``."""
    found = [("+", goal - a), ("-", a - goal)]
    if a:
        found.append(("*", goal / a))
    if a and goal:
        found.append(("/", a / goal))
    return [pair for pair in found if pair[0] in operators]


def _join(one: Formula, operator: str, other: Formula, parentheses: bool) -> Formula | None:
    """Write two formulas side by side, with the parentheses they need; None if there are none."""
    left, right = one.symbols, other.symbols
    strong = operator in "*/"
    around_left = strong and one.weakest in ("+", "-")
    around_right = other.weakest in ("+", "-") and (strong or operator == "-")
    around_right |= other.weakest in ("*", "/") and operator == "/"
    if (around_left or around_right) and not parentheses:
        return None
    left = ("(", *left, ")") if around_left else left
    right = ("(", *right, ")") if around_right else right
    return Formula((*left, operator, *right), operator)


def completion(
    begun: Sequence[str], values: Sequence[int], operators: Symbols, target: int
) -> Symbols | None:
    """Find the symbols that finish a formula and make ``target``; None where nothing does.

    Of the shortest formulas without needless parentheses that begin like this, the one is taken
    whose numbers stand most nearly in the order of ``values``. Where none begins like this, any
    shortest end is found by search.

    Args:
        begun: the symbols so far.
        values: the numbers to use, each once; those already used included.
        operators: those of the game, with ``(`` where it has parentheses.
        target: what the formula must make.
    """
    start = tuple(begun)
    known = solutions(tuple(sorted(values)), operators, target)
    fitting = [symbols for symbols in known if symbols[: len(start)] == start]
    if fitting:
        shortest = [symbols for symbols in fitting if len(symbols) == len(fitting[0])]
        row = [str(value) for value in values]
        best = min(shortest, key=lambda symbols: [row.index(s) for s in symbols if s in row])
        return best[len(start) :]
    partial = read(start)
    left = list(map(str, values))
    for symbol in start:
        if symbol.isdigit():
            if symbol not in left:
                return None
            left.remove(symbol)
    return partial and _search(partial, tuple(sorted(left)), operators, Fraction(target))


@lru_cache(maxsize=512)
def _search(start: Partial, left: Symbols, operators: Symbols, goal: Fraction) -> Symbols | None:
    """Find the shortest end of a formula, breadth first over what its continuation depends on."""
    row: list[tuple[Partial, Symbols, Symbols]] = [(start, left, ())]
    seen = {(start, left)}
    while row:
        longer = []
        for partial, numbers, end in row:
            if not numbers and partial.value == goal:
                return end
            for symbol in _next_symbols(partial, numbers, operators):
                grown = partial.push(symbol)
                rest = numbers
                if symbol in numbers:
                    place = numbers.index(symbol)
                    rest = numbers[:place] + numbers[place + 1 :]
                if grown is not None and (grown, rest) not in seen:
                    seen.add((grown, rest))
                    longer.append((grown, rest, (*end, symbol)))
        row = longer
    return None


def _next_symbols(partial: Partial, numbers: Symbols, operators: Symbols) -> list[str]:
    """List what can come next; parentheses around a single number help nobody."""
    if partial.wants_number:
        opening = "(" in operators and len(numbers) > 1 and partial.depth < len(numbers)
        return [*dict.fromkeys(numbers), *(["("] if opening else [])]
    if not numbers:
        return [")"] if partial.depth else []
    return [o for o in operators if o != "("] + ([")"] if partial.depth else [])
