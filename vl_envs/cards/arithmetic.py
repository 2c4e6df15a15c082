"""Exact arithmetic of formulas that are written symbol by symbol; nothing is ever evaluated.

A formula is a row of symbols: whole numbers, ``+ - * /`` and parentheses. Signs in front of a
number, numbers side by side and powers (``**``) are no formula.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

OPERATORS = ("+", "-", "*", "/")
_NUMBER = re.compile("[0-9]{1,9}")
_ZERO = Fraction(0)


class Level(NamedTuple):
    """What was read inside one pair of parentheses: ``total + product``, then an operator.

    Attributes:
        total: sum of the finished terms.
        product: the term in the making, with its sign; 0 before it begins.
        operator: what waits for its right side; ``""`` where nothing does.
    """

    total: Fraction = _ZERO
    product: Fraction = _ZERO
    operator: str = "+"

    def operate(self, operator: str) -> Level:
        """Put an operator behind a number."""
        if operator in "*/":
            return Level(self.total, self.product, operator)
        return Level(self.total + self.product, _ZERO, operator)

    def operand(self, value: Fraction) -> Level | None:
        """Put a number behind an operator; None for a division by zero."""
        if self.operator == "+":
            return Level(self.total, value, "")
        if self.operator == "-":
            return Level(self.total, -value, "")
        if self.operator == "*":
            return Level(self.total, self.product * value, "")
        return Level(self.total, self.product / value, "") if value else None


class Partial(NamedTuple):
    """A formula read so far; all that its continuation depends on, and no more.

    Attributes:
        levels: one for each open pair of parentheses, inside the outermost one.
    """

    levels: tuple[Level, ...] = (Level(),)

    @property
    def wants_number(self) -> bool:
        """Whether a number or an opening parenthesis comes next, rather than an operator."""
        return self.levels[-1].operator != ""

    @property
    def depth(self) -> int:
        """How many parentheses are open."""
        return len(self.levels) - 1

    @property
    def value(self) -> Fraction | None:
        """The value of a finished formula; None before it is finished."""
        if self.depth or self.wants_number:
            return None
        return self.levels[0].total + self.levels[0].product

    def push(self, symbol: str) -> Partial | None:
        """Read one more symbol; None where none of that kind can stand here."""
        if symbol == "(":
            return Partial((*self.levels, Level())) if self.wants_number else None
        *outer, last = self.levels
        if symbol in OPERATORS:
            return None if self.wants_number else Partial((*outer, last.operate(symbol)))
        if symbol == ")" and outer and not self.wants_number:
            value, last = last.total + last.product, outer.pop()
        elif self.wants_number and _NUMBER.fullmatch(symbol):
            value = Fraction(int(symbol))
        else:
            return None
        grown = last.operand(value)
        return None if grown is None else Partial((*outer, grown))


def read(symbols: Iterable[str]) -> Partial | None:
    """Read the beginning of a formula; None where it can begin no formula."""
    partial = Partial()
    for symbol in symbols:
        grown = partial.push(symbol)
        if grown is None:
            return None
        partial = grown
    return partial


def value_of(symbols: Iterable[str]) -> Fraction | None:
    """Return the exact value of a formula; None for what is no formula, or divides by zero."""
    partial = read(symbols)
    return None if partial is None else partial.value
