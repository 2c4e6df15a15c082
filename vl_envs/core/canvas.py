"""The canvas a picture is shown on, and the one place where coordinates are converted.

A picture of any size is fitted on the environment's fixed canvas with its aspect kept and centred;
`Canvas` remembers the affine map, so that what an agent points at *as displayed* is found again in
the source. Three conventions say how an agent writes a point: ``norm_1000`` (0 to 1000 across the
displayed picture), ``norm_1`` (0 to 1) and ``pixel`` (of the canvas).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PIL import Image

from vl_envs.core.errors import unknown

COORDINATES = ("norm_1000", "norm_1", "pixel")
MIN_CROP = 32
"""Fewest source pixels along a side of a crop."""
MAX_ASPECT = 200
"""Longest side of a crop over its shortest."""

_FAR = 1e9

Point = tuple[float, float]
Box = tuple[float, float, float, float]


def check_coordinates(coordinates: str) -> str:
    """Return ``coordinates``, or raise ValueError with the nearest valid convention."""
    if coordinates not in COORDINATES:
        raise unknown("coordinates", coordinates, COORDINATES)
    return coordinates


@dataclass(frozen=True)
class Canvas:
    """Where a source picture lies on a canvas.

    Attributes:
        source_size: (width, height) of the source, in its pixels.
        size: (height, width) of the canvas, in its pixels.
    """

    source_size: tuple[int, int]
    size: tuple[int, int]
    shown: tuple[int, int] = field(init=False)
    """(width, height) of the picture as displayed, in canvas pixels."""
    offset: tuple[int, int] = field(init=False)
    """(left, top) of the displayed picture on the canvas."""

    def __post_init__(self) -> None:
        (width, height), (rows, columns) = self.source_size, self.size
        scale = min(columns / width, rows / height)
        shown = (max(1, round(width * scale)), max(1, round(height * scale)))
        object.__setattr__(self, "shown", shown)
        object.__setattr__(self, "offset", ((columns - shown[0]) // 2, (rows - shown[1]) // 2))

    def to_source(self, point: Point, coordinates: str) -> Point:
        """Map a point, written in ``coordinates``, to source pixels (as floats, edge to edge).

        The result lies outside ``[0, width] x [0, height]`` where the point misses the picture.
        """
        (x, y), (width, height) = point, self.source_size
        # Multiplied before it is divided, so that whole numbers give exact edges of pixels.
        if coordinates == "pixel":
            x, y = x - self.offset[0], y - self.offset[1]
            return x * width / self.shown[0], y * height / self.shown[1]
        full = 1000.0 if coordinates == "norm_1000" else 1.0
        return x * width / full, y * height / full

    def from_source(self, point: Point, coordinates: str) -> Point:
        """Map a point in source pixels to ``coordinates``: the inverse of `to_source`."""
        (x, y), (width, height) = point, self.source_size
        if coordinates == "pixel":
            u, v = x * self.shown[0] / width, y * self.shown[1] / height
            return u + self.offset[0], v + self.offset[1]
        full = 1000.0 if coordinates == "norm_1000" else 1.0
        return x * full / width, y * full / height

    def nearest(self, point: Point, coordinates: str) -> Point:
        """Map a point in source pixels to the nearest one that is written in whole steps.

        A step is 1, or 0.001 in ``norm_1``. Between two steps the lower is taken: so the middle of
        a box (without its right and bottom edges) that is a step wide and high stays inside it.
        """
        steps = 1000 if coordinates == "norm_1" else 1
        x, y = (
            math.ceil(value * steps - 0.5 - 1e-9) for value in self.from_source(point, coordinates)
        )
        return (x / steps, y / steps) if steps > 1 else (x, y)

    def crop_box(self, box: Box, coordinates: str) -> tuple[int, int, int, int] | str:
        """Map a crop box to whole source pixels, or say in plain words why it is no crop.

        The box is clipped to the picture; what is left must be at least `MIN_CROP` pixels a side
        and at most `MAX_ASPECT` times longer than wide.

        Returns:
            (left, top, right, bottom) in source pixels, or the reason as a text.
        """
        if not all(-_FAR < value < _FAR for value in box):  # False for NaN
            return "The box holds a number that is not finite, or far too large."
        x1, y1, x2, y2 = box
        if x1 >= x2 or y1 >= y2:
            return f"The box must be [left, top, right, bottom] with left < right, got {list(box)}."
        left, top = self.to_source((x1, y1), coordinates)
        right, bottom = self.to_source((x2, y2), coordinates)
        width, height = self.source_size
        if right <= 0 or bottom <= 0 or left >= width or top >= height:
            return "The box lies outside the picture."
        whole = (
            max(0, math.floor(left + 1e-6)),
            max(0, math.floor(top + 1e-6)),
            min(width, math.ceil(right - 1e-6)),
            min(height, math.ceil(bottom - 1e-6)),
        )
        w, h = whole[2] - whole[0], whole[3] - whole[1]
        if min(w, h) < MIN_CROP:
            return f"The crop would be {w} x {h} pixels; each side needs at least {MIN_CROP}."
        if max(w, h) > MAX_ASPECT * min(w, h):
            return f"The crop would be {w} x {h} pixels; no side may be {MAX_ASPECT} times longer."
        return whole


def fit(picture: Image.Image, size: tuple[int, int]) -> npt.NDArray[np.uint8]:
    """Draw ``picture`` centred on a black canvas of ``size`` (height, width), aspect kept.

    Returns:
        uint8 [height, width, 3].
    """
    if picture.mode != "RGB":
        picture = picture.convert("RGB")
    canvas = Canvas(picture.size, size)
    if picture.size != canvas.shown:
        # Whole multiples are repeated: five times faster, and crisp.
        whole = canvas.shown[0] % picture.width == 0 == canvas.shown[1] % picture.height
        way = Image.Resampling.NEAREST if whole else Image.Resampling.BILINEAR
        picture = picture.resize(canvas.shown, way)
    if canvas.shown == size[::-1]:
        return np.array(picture)
    pixels = np.zeros((*size, 3), np.uint8)
    left, top = canvas.offset
    pixels[top : top + canvas.shown[1], left : left + canvas.shown[0]] = np.asarray(picture)
    return pixels
