"""Intervals and pass@k, against numbers worked out by hand and brute force."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms.statistics import bootstrap_interval, pass_at_k


def rng(seed: int = 0) -> np.random.Generator:
    """Make a generator with a fixed seed."""
    return np.random.default_rng(seed)


def test_interval_agrees_with_normal_theory() -> None:
    """For 400 normal draws the ends lie near mean +- 1.96 std / 20."""
    values = rng().normal(size=400)
    low, high = bootstrap_interval(values, rng=rng(1))
    half = 1.96 * values.std() / 20
    assert low == pytest.approx(values.mean() - half, abs=0.01)
    assert high == pytest.approx(values.mean() + half, abs=0.01)


def test_interval_depends_on_its_generator_alone() -> None:
    """The same generator state gives the same interval, whatever global numpy draws."""
    values = [0.0, 1.0, 1.0, 0.3, 0.9]
    first = bootstrap_interval(values, resamples=100, rng=rng(3))
    np.random.rand()
    assert bootstrap_interval(values, resamples=100, rng=rng(3)) == first


def test_a_higher_level_is_wider() -> None:
    """With the same resamples, 99 % encloses 50 %."""
    values = rng().random(30)
    outer = bootstrap_interval(values, 0.99, 500, rng=rng(1))
    inner = bootstrap_interval(values, 0.5, 500, rng=rng(1))
    assert outer[0] < inner[0] < inner[1] < outer[1]


@pytest.mark.parametrize("values", [[0.25], [0.25] * 4, [[0.25, 0.25], [0.25]]])
def test_equal_values_have_no_width(values: list[Any]) -> None:
    """Whatever is drawn from equal values, the mean is that value."""
    assert bootstrap_interval(values, resamples=20, rng=rng()) == (0.25, 0.25)


def test_two_seeds_that_disagree() -> None:
    """Means of two drawn seeds are 0, 1/2, 1 with chances 1/4, 1/2, 1/4: 95 % spans them all."""
    assert bootstrap_interval([[0.0] * 9, [1.0] * 9], rng=rng()) == (0.0, 1.0)
    assert bootstrap_interval([[0.0] * 9, [1.0] * 9], level=0.4, rng=rng()) == (0.5, 0.5)


def test_seeds_widen_the_interval() -> None:
    """Pooled, 150 values look precise; by seed, one of three runs failed and it shows."""
    grouped = np.array([[0.9] * 50, [0.9] * 50, [0.0] * 50])
    pooled = bootstrap_interval(grouped.ravel(), rng=rng())
    by_seed = bootstrap_interval(grouped, rng=rng())
    assert by_seed[1] - by_seed[0] > 3 * (pooled[1] - pooled[0])


def test_seeds_of_different_length_weigh_the_same() -> None:
    """One seed with one task counts as much as one with 99: the middle is 1/2, not 0.99."""
    uneven = [np.zeros(1), np.ones(99)]
    assert bootstrap_interval(uneven, level=0.4, rng=rng()) == (0.5, 0.5)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([], "came none"),
        ([[1.0], []], "empty"),
        ([0.0, float("nan")], "finite"),
        ([1.0, [1.0, 2.0]], "one array per seed"),
        (np.zeros((2, 2, 2)), "one array per seed"),
    ],
)
def test_bad_values(values: Any, wanted: str) -> None:
    """Nothing, an empty seed, nan and a wrong nesting are refused by name."""
    with pytest.raises(ValueError, match=wanted):
        bootstrap_interval(values, rng=rng())


def test_bad_level_and_resamples() -> None:
    """A level in percent and zero resamples are refused."""
    with pytest.raises(ValueError, match="level"):
        bootstrap_interval([1.0, 2.0], level=95, rng=rng())
    with pytest.raises(ValueError, match="resamples"):
        bootstrap_interval([1.0, 2.0], resamples=0, rng=rng())


@pytest.mark.parametrize(("k", "wanted"), [(1, 1 / 6), (2, 1 / 3), (3, 1 / 2)])
def test_pass_at_k(k: int, wanted: float) -> None:
    """One success of three gives 1/3, 2/3, 1; no success gives 0; the mean is halved."""
    assert pass_at_k([[1, 0, 0], [0, 0, 0]], k) == pytest.approx(wanted)


@given(
    table=st.integers(1, 5).flatmap(
        lambda n: st.lists(st.lists(st.booleans(), min_size=n, max_size=n), min_size=1, max_size=4)
    ),
    data=st.data(),
)
@settings(deadline=None)
def test_pass_at_k_is_the_mean_over_all_subsets(
    table: list[list[bool]], data: st.DataObject
) -> None:
    """The estimator equals trying every choice of k attempts."""
    k = data.draw(st.integers(1, len(table[0])))
    wanted = [np.mean([any(s) for s in itertools.combinations(row, k)]) for row in table]
    assert pass_at_k(table, k) == pytest.approx(np.mean(wanted))


@pytest.mark.parametrize(
    ("successes", "k", "wanted"),
    [
        ([[1, 0]], 3, "between 1 and the 2 attempts"),
        ([[1, 0]], 0, "between 1 and the 2 attempts"),
        ([1, 0], 1, r"\[tasks, n\]"),
        (np.zeros((0, 4)), 1, r"\[tasks, n\]"),
        ([[0.5, 1.0]], 1, "0 or 1"),
    ],
)
def test_bad_arguments_of_pass_at_k(successes: Any, k: int, wanted: str) -> None:
    """Too large or small a k, a wrong shape, no task and graded rewards are refused."""
    with pytest.raises(ValueError, match=wanted):
        pass_at_k(successes, k)
