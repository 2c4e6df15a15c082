"""Exact arithmetic against Python's own fractions, and against hostile formulas."""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vl_envs.cards.arithmetic import OPERATORS, read, value_of

Tree = int | tuple["Tree", str, "Tree"]
COMPUTE: dict[str, Callable[[Fraction, Fraction], Fraction]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}
trees: st.SearchStrategy[Tree] = st.recursive(
    st.integers(0, 13),
    lambda inner: st.tuples(inner, st.sampled_from(OPERATORS), inner),
    max_leaves=12,
)


def compute(tree: Tree) -> Fraction | None:
    """Compute a tree with Python's fractions; None where it divides by zero."""
    if isinstance(tree, int):
        return Fraction(tree)
    left, right = compute(tree[0]), compute(tree[2])
    if left is None or right is None or (tree[1] == "/" and not right):
        return None
    return COMPUTE[tree[1]](left, right)


def write(tree: Tree, needless: bool, parent: str = "", right: bool = False) -> list[str]:
    """Write a tree, with all parentheses or just those that school asks for."""
    if isinstance(tree, int):
        return ["(", str(tree), ")"] if needless else [str(tree)]
    sign = tree[1]
    inner = [*write(tree[0], needless, sign), sign, *write(tree[2], needless, sign, right=True)]
    weaker = sign in "+-" and parent in ("*", "/")
    behind = right and (parent == "/" or (parent == "-" and sign in "+-"))
    return ["(", *inner, ")"] if needless or weaker or behind else inner


@settings(max_examples=400, deadline=None)
@given(tree=trees, needless=st.booleans())
def test_values_are_those_of_fractions(tree: Tree, needless: bool) -> None:
    """Any formula has the value that its tree has in Python's fractions."""
    assert value_of(write(tree, needless)) == compute(tree)


@pytest.mark.parametrize(
    ("formula", "value"),
    [
        ("8 / ( 3 - 8 / 3 )", 24),
        ("2 + 3 * 4 - 5", 9),
        ("7 - 2 - 3", 2),
        ("8 / 4 / 2", 1),
        ("2 * ( 3 + 4 ) * 5", 70),
        ("( ( 6 ) )", 6),
        ("1 / 3", Fraction(1, 3)),
    ],
)
def test_values_by_hand(formula: str, value: Fraction) -> None:
    """Precedence, order and exactness."""
    assert value_of(formula.split()) == value


@pytest.mark.parametrize(
    "formula",
    [
        *(
            "",
            "+",
            "3 +",
            "+ 3",
            "- 3",
            "3 3",
            "( 3",
            "3 )",
            "( )",
            "3 ( 4 )",
            "2 * * 3",
            "8 / / 3",
        ),
        *("3 / 0", "3 / ( 2 - 2 )", "3 = 3", "3 . 5", "1e3", "0x3", "３", "٣", "1_0", "-3", "3\n"),
        *("__import__('os')", "²", "½", "True"),
    ],
)
def test_what_is_no_formula_has_no_value(formula: str) -> None:
    """Whatever Python or a float would make of it."""
    assert value_of(formula.split(" ")) is None


def test_long_and_deep_formulas_do_not_raise() -> None:
    """Ten thousand parentheses, numbers of thousands of digits, thousands of factors."""
    deep = 10_000
    assert value_of(["("] * deep + ["7"] + [")"] * deep) == 7
    assert value_of(["("] * deep) is None
    assert value_of(["9" * 5000]) is None
    assert value_of(["13", *(["*", "13"] * 4000)]) == 13**4001
    assert value_of(["13", *(["/", "7"] * 2000)]) == Fraction(13, 7**2000)


@settings(max_examples=300, deadline=None)
@given(
    symbols=st.lists(
        st.one_of(st.sampled_from(["1", "7", "0", "(", ")", *OPERATORS]), st.text(max_size=5)),
        max_size=30,
    )
)
def test_no_row_of_texts_raises(symbols: list[str]) -> None:
    """A row of any texts is a formula or None, and so is each of its beginnings."""
    value = value_of(symbols)
    assert value is None or isinstance(value, Fraction)
    if value is not None:
        assert all(read(symbols[:count]) is not None for count in range(len(symbols)))
