"""What an agent writes is judged in the source's pixels, exactly, for every pair of sizes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from vl_envs.core.canvas import COORDINATES, Box, Canvas, fit
from vl_envs.gui.grounding.reward import inside

CONVENTION = pytest.mark.parametrize("coordinates", COORDINATES)
many = settings(max_examples=300, deadline=None)

sources = st.tuples(st.integers(1, 4000), st.integers(1, 4000))
canvases = st.tuples(st.integers(8, 2200), st.integers(8, 2200))
shares = st.floats(0, 1)


def step(canvas: Canvas, coordinates: str) -> tuple[float, float]:
    """Return how many source pixels lie between two numbers that an agent can write."""
    across = canvas.shown if coordinates == "pixel" else (1000, 1000)
    return canvas.source_size[0] / across[0], canvas.source_size[1] / across[1]


def some_box(
    canvas: Canvas, coordinates: str, at: tuple[float, float], side: tuple[float, float]
) -> Box:
    """Choose a box of whole source pixels that is at least a step wide and high."""
    edges = []
    for full, one, u, v in zip(
        canvas.source_size, step(canvas, coordinates), at, side, strict=True
    ):
        least = int(np.ceil(one - 1e-9))
        length = least + int(v**4 * (full - least))  # mostly small ones
        first = int(u * (full - length))
        edges.append((first, first + length))
    return edges[0][0], edges[1][0], edges[0][1], edges[1][1]


@CONVENTION
@many
@given(source=sources, size=canvases, at=st.tuples(shares, shares), side=st.tuples(shares, shares))
def test_the_middle_of_any_box_comes_back_inside(
    coordinates: str,
    source: tuple[int, int],
    size: tuple[int, int],
    at: tuple[float, float],
    side: tuple[float, float],
) -> None:
    """A box of a step or more is hit by its middle, written in whole steps."""
    canvas = Canvas(source, size)
    box = some_box(canvas, coordinates, at, side)
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    written = canvas.nearest(middle, coordinates)
    assert inside(canvas.to_source(written, coordinates), box)
    # What is written has no more digits than the convention asks for.
    digits = 3 if coordinates == "norm_1" else 0
    assert written == (round(written[0], digits), round(written[1], digits))


@CONVENTION
@pytest.mark.parametrize("full", [1, 2, 3, 7, 100, 250, 333, 500, 999, 1000])
def test_every_single_pixel_of_a_small_picture_can_be_hit(coordinates: str, full: int) -> None:
    """Where a step is a pixel or less, each pixel is hit by its middle and by no other's."""
    for size in ((8, 8), (97, 1000), (1000, 1000)):
        canvas = Canvas((full, 1), size)
        if step(canvas, coordinates)[0] > 1:
            continue
        for x in range(full):
            written = canvas.nearest((x + 0.5, 0.5), coordinates)
            point = canvas.to_source(written, coordinates)
            assert inside(point, (x, 0, x + 1, 1)), (full, size, x, written)
            assert not inside(point, (x + 1, 0, x + 2, 1))
            assert not inside(point, (x - 1, 0, x, 1))


@CONVENTION
@many
@given(source=sources, size=canvases, at=st.tuples(shares, shares))
def test_there_and_back_within_a_millionth_of_a_pixel(
    coordinates: str, source: tuple[int, int], size: tuple[int, int], at: tuple[float, float]
) -> None:
    """No point of the source moves on its way to an agent and back."""
    canvas = Canvas(source, size)
    point = at[0] * source[0], at[1] * source[1]
    back = canvas.to_source(canvas.from_source(point, coordinates), coordinates)
    assert abs(back[0] - point[0]) <= 1e-6 and abs(back[1] - point[1]) <= 1e-6


@many
@given(source=sources, size=canvases, number=st.integers(0, 1000), row=st.integers(0, 1000))
def test_numbers_that_name_an_edge_give_exactly_that_edge(
    source: tuple[int, int], size: tuple[int, int], number: int, row: int
) -> None:
    """A whole number of ``norm_1000`` on a pixel's edge is that edge, to the last bit."""
    x, y = Canvas(source, size).to_source((number, row), "norm_1000")
    assert x == number * source[0] / 1000 and y == row * source[1] / 1000
    if number * source[0] % 1000 == 0:
        assert x == number * source[0] // 1000


@many
@given(source=sources, size=canvases, cell=st.tuples(st.integers(0, 3000), st.integers(0, 3000)))
def test_a_displayed_pixel_is_hit_by_itself_alone(
    source: tuple[int, int], size: tuple[int, int], cell: tuple[int, int]
) -> None:
    """What one displayed pixel shows of the source is pressed by that pixel and no neighbour."""
    canvas = Canvas(source, size)
    x = canvas.offset[0] + cell[0] % canvas.shown[0]
    y = canvas.offset[1] + cell[1] % canvas.shown[1]
    left, top = canvas.to_source((x, y), "pixel")
    right, bottom = canvas.to_source((x + 1, y + 1), "pixel")
    box = (left, top, right, bottom)
    for dx, dy in itertools.product((-1, 0, 1), repeat=2):
        point = canvas.to_source((x + dx, y + dy), "pixel")
        assert inside(point, box) == (dx == dy == 0)


@settings(max_examples=100, deadline=None)
@given(
    source=st.tuples(st.integers(1, 24), st.integers(1, 24)),
    times=st.integers(1, 5),
    margin=st.integers(0, 30),
    beside=st.booleans(),
    at=st.tuples(shares, shares),
)
def test_a_source_pixel_is_hit_by_the_pixels_that_show_it(
    source: tuple[int, int], times: int, margin: int, beside: bool, at: tuple[float, float]
) -> None:
    """Enlarged whole times, the pixels that have the colour are those that hit, and no others."""
    width, height = source[0] * times, source[1] * times
    size = (height, width + margin) if beside else (height + margin, width)
    canvas = Canvas(source, size)
    assert canvas.shown == (width, height)
    x, y = (min(full - 1, int(u * full)) for u, full in zip(at, source, strict=True))
    picture = Image.new("RGB", source, (1, 1, 1))
    picture.putpixel((x, y), (255, 9, 9))
    shown = fit(picture, size)[..., 0] == 255
    hits = np.zeros_like(shown)
    for row, column in np.ndindex(hits.shape):
        hits[row, column] = inside(canvas.to_source((column, row), "pixel"), (x, y, x + 1, y + 1))
    assert shown.any() and np.array_equal(shown, hits)


@settings(max_examples=60, deadline=None)
@given(
    times=st.integers(1, 6),
    shown=st.tuples(st.integers(8, 30), st.integers(8, 30)),
    at=st.tuples(shares, shares),
)
def test_what_is_made_smaller_is_hit_by_the_pixel_that_shows_it(
    times: int, shown: tuple[int, int], at: tuple[float, float]
) -> None:
    """Made smaller whole times, a block of the source is one pixel, and hit by it alone."""
    source = shown[0] * times, shown[1] * times
    x, y = (min(full - 1, int(u * full)) for u, full in zip(at, shown, strict=True))
    box = (x * times, y * times, (x + 1) * times, (y + 1) * times)
    canvas = Canvas(source, shown[::-1])
    hits = {
        (column, row)
        for column in range(shown[0])
        for row in range(shown[1])
        if inside(canvas.to_source((column, row), "pixel"), box)
    }
    assert hits == {(x, y)}


@CONVENTION
@many
@given(
    source=sources,
    size=canvases,
    edges=st.lists(shares, min_size=2, max_size=8),
    number=st.integers(0, 1000),
)
def test_boxes_side_by_side_share_no_point(
    coordinates: str,
    source: tuple[int, int],
    size: tuple[int, int],
    edges: list[float],
    number: int,
) -> None:
    """A row of boxes that fill the picture is hit exactly once by any point of it."""
    canvas = Canvas(source, size)
    cuts = sorted({0, source[0], *(int(u * source[0]) for u in edges)})
    number = min(number, 999)
    x: float = number
    if coordinates == "norm_1":
        x = number / 1000
    elif coordinates == "pixel":
        x = canvas.offset[0] + number * canvas.shown[0] // 1000
    point = canvas.to_source((x, canvas.offset[1] if coordinates == "pixel" else 0), coordinates)
    hit = [inside(point, (a, 0, b, source[1])) for a, b in itertools.pairwise(cuts)]
    assert sum(hit) == 1
