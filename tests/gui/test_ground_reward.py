"""Rewards of a click, at and near the edges of boxes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vl_envs.gui.grounding.reward import (
    NEAREST,
    click_reward,
    distance_reward,
    distance_to,
    inside,
)

BOX = (10.0, 20.0, 30.0, 25.0)
SIZE = (300, 400)  # its diagonal is 500


@pytest.mark.parametrize(
    ("point", "hit"),
    [
        ((10, 20), True),
        ((29.99, 24.99), True),
        ((20, 22), True),
        ((9.99, 22), False),
        ((30, 22), False),
        ((20, 25), False),
        ((20, 19.99), False),
        ((30, 25), False),
        # What was lost in rounding decides nothing.
        ((9.9999999999, 20), True),
        ((29.9999999999, 22), False),
        ((float("nan"), 22), False),
    ],
)
def test_boxes_are_half_open(point: tuple[float, float], hit: bool) -> None:
    """Left and top edges belong to a box, right and bottom edges do not."""
    assert inside(point, BOX) is hit
    assert click_reward(point, BOX) == float(hit)


def test_an_empty_box_is_never_hit() -> None:
    """Not even by its own corner."""
    assert not inside((5, 5), (5, 5, 5, 9)) and not inside((5, 5), (5, 5, 9, 5))


@pytest.mark.parametrize(
    ("point", "far"),
    [((20, 22), 0), ((10, 20), 0), ((4, 22), 6), ((20, 31), 6), ((33, 29), 5), ((7, 16), 5)],
)
def test_distance(point: tuple[float, float], far: float) -> None:
    """Euclid's, to the nearest point of the box."""
    assert distance_to(point, BOX) == pytest.approx(far)


def test_shaped_reward_by_hand() -> None:
    """1 inside; 0.49 at the edge; e-times less for each tenth of the diagonal; 0 outside."""
    assert distance_reward((20, 22), BOX, SIZE) == 1
    assert distance_reward((30, 22), BOX, SIZE) == NEAREST == 0.49
    assert distance_reward((80, 22), BOX, SIZE) == pytest.approx(0.49 / math.e)
    assert distance_reward((20, 125), BOX, SIZE) == pytest.approx(0.49 * math.exp(-2))
    assert distance_reward((-1, 22), BOX, SIZE) == 0
    assert distance_reward((20, 400), BOX, SIZE) == 0
    assert distance_reward((1e15, -1e15), BOX, SIZE) == 0


numbers = st.floats(-400, 800)


@settings(max_examples=300, deadline=None)
@given(a=st.tuples(numbers, numbers), b=st.tuples(numbers, numbers))
def test_nearer_is_better_and_only_a_hit_is_1(
    a: tuple[float, float], b: tuple[float, float]
) -> None:
    """Of two points of the screen the nearer one earns more; beside the box it is below a half."""
    screen = (0, 0, *SIZE)
    values = [distance_reward(point, BOX, SIZE) for point in (a, b)]
    for point, value in zip((a, b), values, strict=True):
        assert value == 1 if inside(point, BOX) else 0 <= value <= NEAREST < 0.5
        assert (value > 0) == inside(point, screen)
    if inside(a, screen) and inside(b, screen) and distance_to(a, BOX) < distance_to(b, BOX):
        assert values[0] >= values[1]
