"""One affine map between canvas and source, for every canvas, picture size and convention."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from vl_envs.core.canvas import (
    COORDINATES,
    MAX_ASPECT,
    MIN_CROP,
    Box,
    Canvas,
    check_coordinates,
    fit,
)

CONVENTION = pytest.mark.parametrize("coordinates", COORDINATES)

pictures = st.tuples(st.integers(1, 9000), st.integers(1, 9000))
canvases = st.tuples(st.integers(8, 4096), st.integers(8, 4096))
shares = st.floats(0, 1)
few = settings(max_examples=200, deadline=None)


@CONVENTION
@few
@given(picture=pictures, size=canvases, at=st.tuples(st.floats(-2, 3), st.floats(-2, 3)))
def test_there_and_back_is_the_identity(
    coordinates: str, picture: tuple[int, int], size: tuple[int, int], at: tuple[float, float]
) -> None:
    """Mistake 7: a point comes back from the canvas where it was in the source, and vice versa."""
    canvas = Canvas(picture, size)
    point = (at[0] * picture[0], at[1] * picture[1])
    there = canvas.from_source(point, coordinates)
    assert canvas.to_source(there, coordinates) == pytest.approx(point, rel=1e-6, abs=1e-6)
    again = canvas.from_source(canvas.to_source(there, coordinates), coordinates)
    assert again == pytest.approx(there, rel=1e-6, abs=1e-6)


@CONVENTION
@few
@given(picture=pictures, size=canvases, u=shares, v=shares)
def test_inside_stays_inside(
    coordinates: str, picture: tuple[int, int], size: tuple[int, int], u: float, v: float
) -> None:
    """A point of the picture is written within the displayed picture's bounds, and only there."""
    canvas = Canvas(picture, size)
    x, y = canvas.from_source((u * picture[0], v * picture[1]), coordinates)
    if coordinates == "pixel":
        (left, top), (width, height) = canvas.offset, canvas.shown
        assert left <= x <= left + width and top <= y <= top + height
        assert 0 <= x <= size[1] and 0 <= y <= size[0]
    else:
        full = 1000 if coordinates == "norm_1000" else 1
        assert 0 <= x <= full and 0 <= y <= full


@few
@given(picture=pictures, size=canvases)
def test_corners_and_centre_map_exactly(picture: tuple[int, int], size: tuple[int, int]) -> None:
    """All three conventions agree on the corners and the middle of the picture."""
    canvas = Canvas(picture, size)
    width, height = picture
    (left, top), (w, h) = canvas.offset, canvas.shown
    for u, v in ((0, 0), (1, 0), (0, 1), (1, 1), (0.5, 0.5)):
        source = pytest.approx((u * width, v * height))
        assert canvas.to_source((u * 1000, v * 1000), "norm_1000") == source
        assert canvas.to_source((u, v), "norm_1") == source
        assert canvas.to_source((left + u * w, top + v * h), "pixel") == source


@few
@given(picture=pictures, size=canvases)
def test_the_picture_fills_the_canvas_and_keeps_its_aspect(
    picture: tuple[int, int], size: tuple[int, int]
) -> None:
    """The displayed picture touches two sides, is centred, and its scales differ by rounding."""
    canvas = Canvas(picture, size)
    (left, top), (w, h) = canvas.offset, canvas.shown
    rows, columns = size
    assert 1 <= w <= columns and 1 <= h <= rows and (w == columns or h == rows)
    assert left >= 0 and top >= 0
    assert 0 <= columns - w - 2 * left <= 1 and 0 <= rows - h - 2 * top <= 1
    scale = min(columns / picture[0], rows / picture[1])
    assert abs(w - picture[0] * scale) < 1 and abs(h - picture[1] * scale) < 1


@settings(max_examples=60, deadline=None)
@given(
    picture=st.tuples(st.integers(3, 300), st.integers(3, 300)),
    size=st.tuples(st.integers(8, 200), st.integers(8, 200)),
    u=shares,
    v=shares,
)
def test_fit_draws_where_canvas_says(
    picture: tuple[int, int], size: tuple[int, int], u: float, v: float
) -> None:
    """Mistake 7: a coloured block of the source is found on the canvas where the map puts it."""
    width, height = picture
    canvas = Canvas(picture, size)
    # A block of eight displayed pixels and three of the source: its middle is not blurred away.
    assume(min(picture) >= 3 and min(canvas.shown) >= 8)
    w = max(3, math.ceil(8 * width / canvas.shown[0]))
    h = max(3, math.ceil(8 * height / canvas.shown[1]))
    x, y = round(u * (width - w)), round(v * (height - h))
    image = Image.new("RGB", picture, (255, 255, 255))
    image.paste((200, 20, 20), (x, y, x + w, y + h))
    drawn = fit(image, size)
    assert drawn.shape == (*size, 3) and drawn.dtype == np.uint8

    column, row = canvas.from_source((x + w / 2, y + h / 2), "pixel")
    assert np.abs(drawn[int(row), int(column)] - np.array([200, 20, 20])).max() <= 2
    red = np.argwhere((drawn[..., 0] > 100) & (drawn[..., 1] < 137))  # half way to white
    (x1, y1), (x2, y2) = (canvas.from_source(point, "pixel") for point in ((x, y), (x + w, y + h)))
    assert red[:, 1].min() == pytest.approx(x1, abs=1.5)
    assert red[:, 1].max() + 1 == pytest.approx(x2, abs=1.5)
    assert red[:, 0].min() == pytest.approx(y1, abs=1.5)
    assert red[:, 0].max() + 1 == pytest.approx(y2, abs=1.5)

    (left, top), (shown_w, shown_h) = canvas.offset, canvas.shown
    drawn[top : top + shown_h, left : left + shown_w] = 0
    assert not drawn.any(), "something was drawn outside the displayed picture"


def test_fit_takes_any_mode_and_keeps_a_picture_of_the_right_size() -> None:
    """Grey, palette and transparent pictures become RGB; no pixel changes without resizing."""
    for mode in ("L", "P", "RGBA", "1", "CMYK"):
        assert fit(Image.new(mode, (20, 10)), (16, 16)).shape == (16, 16, 3)
    pixels = np.random.default_rng(0).integers(0, 256, (12, 20, 3), dtype=np.uint8)
    assert np.array_equal(fit(Image.fromarray(pixels), (12, 20)), pixels)


# Crops.


@CONVENTION
@few
@given(
    picture=st.tuples(st.integers(100, 9000), st.integers(100, 9000)),
    size=canvases,
    corner=st.tuples(shares, shares),
    side=st.tuples(shares, shares),
)
def test_a_crop_is_found_again_in_the_source(
    coordinates: str,
    picture: tuple[int, int],
    size: tuple[int, int],
    corner: tuple[float, float],
    side: tuple[float, float],
) -> None:
    """Mistake 7: a box as displayed cuts the source, not the resized picture, to the pixel."""
    width, height = picture
    w, h = (MIN_CROP + int(s * (full - MIN_CROP)) for s, full in zip(side, picture, strict=True))
    left, top = int(corner[0] * (width - w)), int(corner[1] * (height - h))
    assume(max(w, h) <= MAX_ASPECT * min(w, h))
    canvas = Canvas(picture, size)
    x1, y1 = canvas.from_source((left, top), coordinates)
    x2, y2 = canvas.from_source((left + w, top + h), coordinates)
    assert canvas.crop_box((x1, y1, x2, y2), coordinates) == (left, top, left + w, top + h)


@CONVENTION
@few
@given(
    picture=pictures,
    size=canvases,
    box=st.tuples(*[st.floats() | st.integers() | st.floats(-50, 1050)] * 4),
)
def test_any_box_is_a_crop_or_a_reason(
    coordinates: str, picture: tuple[int, int], size: tuple[int, int], box: Box
) -> None:
    """Mistake 9: no box raises; what is cut lies inside and is neither too small nor too thin."""
    cut = Canvas(picture, size).crop_box(box, coordinates)
    if isinstance(cut, str):
        assert cut.startswith("The ") and cut.endswith(".") and len(cut) < 300
        return
    left, top, right, bottom = cut
    assert 0 <= left < right <= picture[0] and 0 <= top < bottom <= picture[1]
    sides = right - left, bottom - top
    assert min(sides) >= MIN_CROP and max(sides) <= MAX_ASPECT * min(sides)
    assert all(isinstance(value, int) for value in cut)


@pytest.mark.parametrize(
    ("box", "reason"),
    [
        ((500, 500, 500, 700), "left < right"),
        ((700, 500, 500, 700), "left < right"),
        ((500, 700, 700, 500), "left < right"),
        ((1000, 0, 1200, 500), "outside the picture"),
        ((-300, 0, -1, 500), "outside the picture"),
        ((0, 1001, 500, 1100), "outside the picture"),
        ((0, 0, 31, 500), "31 x 500 pixels; each side needs at least 32"),
        ((0, 0, 500, 0.5), "500 x 1 pixels; each side needs at least 32"),
        ((990, 0, 1500, 500), "10 x 500 pixels; each side needs at least 32"),
        ((math.nan, 0, 500, 500), "not finite"),
        ((0, 0, math.inf, 500), "not finite"),
        ((0, 0, 1e308, 500), "far too large"),
        ((0, 0, 10**400, 500), "far too large"),
    ],
)
def test_degenerate_crops_say_why(box: Box, reason: str) -> None:
    """Mistake 9: each kind of impossible crop has a text that names the trouble."""
    cut = Canvas((1000, 1000), (448, 448)).crop_box(box, "norm_1000")
    assert isinstance(cut, str) and reason in cut


def test_thin_crops_say_why() -> None:
    """Mistake 9: an aspect beyond the limit is refused, the limit itself is not."""
    canvas = Canvas((8000, 1000), (448, 448))
    assert canvas.crop_box((0, 0, 800, 32), "norm_1000") == (0, 0, 6400, 32)
    cut = canvas.crop_box((0, 0, 900, 32), "norm_1000")
    assert cut == "The crop would be 7200 x 32 pixels; no side may be 200 times longer."


def test_a_box_beyond_the_edge_is_clipped() -> None:
    """What lies beyond the picture is cut off, in every convention."""
    canvas = Canvas((1000, 500), (448, 448))
    assert canvas.offset == (0, 112) and canvas.shown == (448, 224)
    assert canvas.crop_box((-50, 500, 1050, 2000), "norm_1000") == (0, 250, 1000, 500)
    assert canvas.crop_box((-1, 0.5, 2, 2), "norm_1") == (0, 250, 1000, 500)
    assert canvas.crop_box((0, 224, 448, 448), "pixel") == (0, 250, 1000, 500)
    assert canvas.crop_box((0, 0, 448, 100), "pixel") == "The box lies outside the picture."


def test_unknown_convention_names_the_nearest() -> None:
    """A misspelt convention brings the valid ones."""
    assert [check_coordinates(name) for name in COORDINATES] == list(COORDINATES)
    with pytest.raises(ValueError, match=r"unknown coordinates 'norm1000'.*mean 'norm_1000'"):
        check_coordinates("norm1000")
