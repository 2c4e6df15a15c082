"""Answers are compared as wholes: nothing is won by saying nothing, or everything."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vl_envs.core.rewards import answer_tokens, exact_match, token_f1

answers = st.text(st.characters(codec=None), max_size=30) | st.sampled_from(
    ["", "A", "the", "a an", "Paris", "1,234", "-3.5", "北京", "\ud800", "…", "A or B"]
)
many = settings(max_examples=300, deadline=None)


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("Paris", "paris"),
        (" Paris. ", "Paris"),
        ("The Hague", "Hague"),
        ("“The Starry Night”", "Starry Night"),
        ("an apple", "apple"),
        # Mistake 2: the answer "A" is no article.
        ("A", "A"),
        ("a.", "A"),
        ("(A)", "A"),
        ("THE", "the"),
        ("Vitamin A", "vitamin a"),
        # Numbers.
        ("1,234,567", "1234567"),
        ("1,234.5", "1234.5"),
        ("−5", "-5"),
        ("+5", "5"),
        ("-3.5", "-3.5"),
        ("2010", "2010"),
        ("20 %", "20%"),
        ("$5", "5"),
        ("1990–2000", "1990-2000"),
        # Other scripts, and other ways to write the same character.
        ("北京", "北京"),
        ("北京。", "北京"),
        ("Côte d'Ivoire", "Co\u0302te d’Ivoire"),
        ("ＡＢＣ１２", "abc12"),
        ("STRASSE", "straße"),
        ("हिन्दी", "हिन्दी"),
        ("Saint-Denis", "saint denis"),
    ],
)
def test_equal_answers(said: str, right: str) -> None:
    """Case, punctuation, articles and thousands separators do not count."""
    assert exact_match(said, [right]) == token_f1(said, [right]) == 1
    assert exact_match(right, [said]) == 1


@pytest.mark.parametrize(
    ("said", "right"),
    [
        # Mistake 1: nothing, a part, or everything.
        ("", "Paris"),
        ("", ""),
        (" \n", "Paris"),
        ("...", "Paris"),
        ("…", "…"),
        ("Par", "Paris"),
        ("Paris", "Par"),
        ("Paris, France", "Paris"),
        ("Paris or London or Rome", "Paris"),
        ("A or B or C", "A"),
        ("A or B", "B"),
        ("A, B", "B"),
        ("A / B", "B"),
        ("A B", "B"),
        ("(A) (B)", "B"),
        ("A and B", "A"),
        ("B, A", "B"),
        ("not Paris", "Paris"),
        ("Paris Paris", "Paris"),
        # Mistake 2: an article that is none.
        ("the", "a"),
        ("A", "the"),
        ("A", "B"),
        ("Vitamin A", "Vitamin"),
        ("Hepatitis", "Hepatitis A"),
        ("A: Paris", "Paris"),
        # Mistake 4: years, codes and numbers are exact.
        ("2008", "2010"),
        ("2010", "2009"),
        ("20", "2010"),
        ("20,10", "2010"),
        ("3,5", "35"),
        ("35", "3.5"),
        (".5", "5"),
        ("-5", "5"),
        ("5", "-5"),
        ("-3.5", "3.5"),
        ("1.234", "1234"),
        ("007", "7"),
        ("12345", "1,2345"),
        ("1 000", "1"),
        ("H20", "H2O"),
        ("50%", "5"),
        # Other scripts.
        ("北", "北京"),
        ("京北", "北京"),
        ("की", "का"),
        ("กา", "กิ"),
    ],
)
def test_different_answers(said: str, right: str) -> None:
    """What is not the whole answer is not the answer."""
    assert exact_match(said, [right]) == 0
    assert exact_match(right, [said]) == 0


@pytest.mark.parametrize(
    ("said", "right", "f1"),
    [
        ("", "Paris", 0),
        ("London", "Paris", 0),
        ("Paris France", "Paris", 2 / 3),
        ("Paris or London or Rome", "Paris", 1 / 3),
        ("Paris Paris", "Paris", 2 / 3),
        ("New York City", "New York", 4 / 5),
        ("2008", "2010", 0),
        ("北海", "北京", 1 / 2),
        ("东京都", "东京", 4 / 5),
        ("the cat sat", "a cat", 2 / 3),
    ],
)
def test_f1_by_hand(said: str, right: str, f1: float) -> None:
    """F1 = 2pr/(p + r) over tokens; Chinese at character level."""
    assert token_f1(said, [right]) == pytest.approx(f1)
    assert token_f1(right, [said]) == pytest.approx(f1)


def test_the_best_accepted_answer_counts() -> None:
    """Several answers may be right; none accepted means none is right."""
    accepted = ["USA", "United States", "United States of America"]
    assert exact_match("united states", accepted) == 1
    assert token_f1("united states", accepted) == 1
    assert token_f1("United Kingdom", accepted) == pytest.approx(1 / 2)
    assert exact_match("USA", []) == token_f1("USA", []) == 0
    assert exact_match("USA", iter(accepted)) == token_f1("USA", iter(accepted)) == 1


def test_tokens() -> None:
    """What the tokens of an answer are."""
    assert answer_tokens("The 1,234.50 cats, no. -7 (北京) of H2O") == (
        *("1234.50", "cats", "no", "-7", "北", "京", "of", "h2o"),
    )
    assert answer_tokens("a_b") == ("a", "b")
    assert answer_tokens("") == ()


@many
@given(said=answers, right=st.lists(answers, max_size=3))
def test_rewards_lie_between_0_and_1(said: str, right: list[str]) -> None:
    """No text raises; EM is 0 or 1, F1 in between, and 1 where EM is."""
    em, f1 = exact_match(said, right), token_f1(said, right)
    assert em in (0, 1) and 0 <= f1 <= 1
    assert f1 == 1 or not em
    if not answer_tokens(said):
        assert em == f1 == 0


@many
@given(one=answers, other=answers)
def test_rewards_are_symmetric(one: str, other: str) -> None:
    """Said and right can be exchanged; an answer that has words equals itself."""
    assert exact_match(one, [other]) == exact_match(other, [one])
    assert token_f1(one, [other]) == pytest.approx(token_f1(other, [one]))
    assert exact_match(one, [one]) == token_f1(one, [one]) == bool(answer_tokens(one))


@many
@given(
    right=answers.filter(answer_tokens), others=st.lists(answers.filter(answer_tokens), min_size=1)
)
def test_saying_more_never_makes_it_right(right: str, others: list[str]) -> None:
    """Mistake 1: an answer with other words behind it is not exactly right."""
    said = " or ".join([right, *others])
    assert exact_match(said, [right]) == 0
    assert token_f1(said, [right]) < 1
