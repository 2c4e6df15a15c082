"""Opacity masks of suits and texts, drawn large and reduced: the same on every machine."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from vl_envs.core.pictures import font

Mask = npt.NDArray[np.uint8]
_FINE = 8
"""Suits are drawn so many times larger, then reduced."""
_FONT = 256
"""Size, in pixels, in which fitted texts are drawn before they are reduced."""
_STROKE = 4
"""Widens the letters of fitted texts, in the same pixels: small pictures need bold ones."""


@lru_cache(maxsize=512)
def fitted_text(text: str, width: int, height: int) -> Mask:
    """Draw bold text whose ink is ``height`` pixels high, squeezed to ``width`` where it is wider.

    Returns:
        Opacity, uint8 [height, at most width]; shared, so never to be changed.
    """
    face = font(_FONT)
    left, top, right, bottom = (round(v) for v in face.getbbox(text, stroke_width=_STROKE))
    ink = Image.new("L", (right - left, bottom - top))
    ImageDraw.Draw(ink).text((-left, -top), text, 255, face, stroke_width=_STROKE)
    natural = round(ink.width * height / ink.height)
    size = (max(1, min(width, natural)), max(1, height))
    return np.asarray(ink.resize(size, Image.Resampling.BOX))


@lru_cache(maxsize=2048)
def line_of_text(text: str, size: int, width: int) -> Mask:
    """Draw a line of text, cut at ``width`` pixels; uint8 [height of the line, at most width]."""
    face = font(size)
    ascent, descent = face.getmetrics()
    wide = max(1, min(width, round(face.getlength(text))))
    mask = Image.new("L", (wide, ascent + descent))
    ImageDraw.Draw(mask).text((0, 0), text, 255, face)
    return np.asarray(mask)


@lru_cache(maxsize=256)
def suit_mask(suit: str, height: int) -> Mask:
    """Draw a suit; opacity, uint8 [height, height]."""
    side = height * _FINE
    mask = Image.new("L", (side, side))
    draw = ImageDraw.Draw(mask)
    for outline in _outlines(suit):
        draw.polygon([(x * (side - 1), y * (side - 1)) for x, y in outline], fill=255)
    return np.asarray(mask.resize((height, height), Image.Resampling.BOX))


Outline = list[tuple[float, float]]


def _outlines(suit: str) -> list[Outline]:
    """Return the polygons of a suit in the unit square, from the upper left."""
    if suit == "diamonds":
        return [[(0.5, 0.0), (0.86, 0.5), (0.5, 1.0), (0.14, 0.5)]]
    if suit == "hearts":
        return [_heart()]
    stem = [(0.5, 0.5), (0.56, 0.8), (0.7, 1.0), (0.3, 1.0), (0.44, 0.8)]
    if suit == "spades":
        return [[(x, 0.88 * (1 - y)) for x, y in _heart()], stem]
    leaves = [_disc(0.5, 0.24), _disc(0.25, 0.6), _disc(0.75, 0.6)]
    return [*leaves, [(0.4, 0.3), (0.6, 0.3), (0.6, 0.65), (0.4, 0.65)], stem]


def _heart() -> Outline:
    """Return the well-known curve x = 16 sin³ t, y = 13 cos t - 5 cos 2t - 2 cos 3t - cos 4t."""
    points = []
    for step in range(72):
        t = step * math.tau / 72
        y = 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)
        points.append((0.5 + 0.5 * math.sin(t) ** 3, (11.96 - y) / 28.96))
    return points


def _disc(x: float, y: float, radius: float = 0.235) -> Outline:
    turns = [step * math.tau / 48 for step in range(48)]
    return [(x + radius * math.cos(t), y + radius * math.sin(t)) for t in turns]
