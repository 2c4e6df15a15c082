"""Constellations as dots and lines on a night sky, turned a little and among faint strangers."""

from __future__ import annotations

import math
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from vl_envs.tool.world.facts import table

TILT = 15.0  # degrees to either side
LINE = (104, 128, 176)


@cache
def codes() -> tuple[str, ...]:
    """Give the abbreviations of the constellations that can be drawn."""
    return tuple(code for code, fact in table("constellation").items() if "stars" in fact)


@cache
def chart(code: str) -> tuple[NDArray[np.float64], tuple[float, ...], tuple[tuple[int, int], ...]]:
    """Give star places (x right, y down, within ±1), magnitudes, and the pairs that lines join.

    A gnomonic projection about the middle of the stars, north up and east to the left, as seen
    from the ground.
    """
    fact = table("constellation")[code]
    letters = list(fact["stars"])
    rows = np.array([fact["stars"][letter] for letter in letters])
    ra, dec = np.radians(rows[:, 0] * 15), np.radians(rows[:, 1])
    unit = np.stack([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)], axis=1)
    middle = unit.mean(axis=0)
    ra0, dec0 = math.atan2(middle[1], middle[0]), math.asin(middle[2] / np.linalg.norm(middle))
    depth = np.sin(dec0) * np.sin(dec) + np.cos(dec0) * np.cos(dec) * np.cos(ra - ra0)
    east = np.cos(dec) * np.sin(ra - ra0) / depth
    north = (np.cos(dec0) * np.sin(dec) - np.sin(dec0) * np.cos(dec) * np.cos(ra - ra0)) / depth
    places = np.stack([-east, -north], axis=1)
    places -= (places.max(axis=0) + places.min(axis=0)) / 2
    places /= np.hypot(*places.T).max()
    pairs = [
        (letters.index(a), letters.index(b))
        for stroke in fact["strokes"]
        for a, b in pairwise(stroke)
    ]
    return places, tuple(float(m) for m in rows[:, 2]), tuple(pairs)


def sky_picture(code: str, rng: np.random.Generator, size: int = 320) -> Image.Image:
    """Draw the figure within ±15° of north up, with faint background stars and a varying sky."""
    places, magnitudes, pairs = chart(code)
    night = (int(rng.integers(4, 14)), int(rng.integers(8, 22)), int(rng.integers(26, 50)))
    picture = Image.new("RGB", (size, size * 3 // 4), night)
    pen = ImageDraw.Draw(picture)
    for x, y, grey in zip(
        rng.integers(0, picture.width, 60),
        rng.integers(0, picture.height, 60),
        rng.integers(60, 120, 60),
        strict=True,
    ):
        pen.point((int(x), int(y)), fill=(int(grey), int(grey), int(grey)))
    angle = math.radians(rng.uniform(-TILT, TILT))
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    points = places @ turn.T * (picture.height / 2 * rng.uniform(0.8, 0.92))
    shift = (rng.uniform(-0.1, 0.1) * size, rng.uniform(-0.02, 0.02) * size)
    points += np.array([picture.width / 2 + shift[0], picture.height / 2 + shift[1]])
    for a, b in pairs:
        pen.line((*points[a], *points[b]), fill=LINE, width=2)
    for (x, y), magnitude in zip(points, magnitudes, strict=True):
        r = size / 320 * max(1.6, 5.0 - 0.85 * magnitude)
        pen.ellipse((x - r, y - r, x + r, y + r), fill=(255, 252, 235))
    return picture
