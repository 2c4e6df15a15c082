"""Pictures of products: one drawn shape for each type, in the product's colour and pattern.

A shape is a list of strokes (``data/shop_shapes.json``), each a form, a tone and coordinates from
0 to 100, x before y: ``poly`` corners; ``oval``, ``chord`` and ``arc`` a box (then angles in
degrees, clockwise from three o'clock, and a width); ``rrect`` a box and a radius; ``line`` a width
and corners; ``grid`` a box, columns, rows and a gap. The shape is drawn once in tones; which share
of each pixel a tone covers is kept, so that a colour is one product of matrices.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from vl_envs.gui.drawing.theme import Colour
from vl_envs.gui.store.catalogue import shop_words

Pixels = npt.NDArray[np.uint8]

TONES = ("none", "main", "second", "dark", "light", "black", "grey", "white", "gold", "edge")
_FIXED: dict[str, Colour] = {
    "none": (255, 255, 255),
    "black": (52, 54, 60),
    "grey": (160, 164, 170),
    "white": (250, 250, 250),
    "gold": (220, 178, 60),
    "edge": (96, 98, 104),
}
_FINE = 4
"""A pixel is drawn as so many by so many."""
_DATA = Path(__file__).parent.parent / "data" / "shop_shapes.json"


@lru_cache(maxsize=1)
def _shapes() -> dict[str, list[str]]:
    shapes: dict[str, list[str]] = json.loads(_DATA.read_text(encoding="utf-8"))
    return shapes


@lru_cache(maxsize=512)
def small_picture(category: str, colour: str, pattern: str, side: int) -> Pixels:
    """Draw a product for a list; uint8 [side, side, 3] on white, shared: never to be changed."""
    return _draw(category, colour, pattern, side)


@lru_cache(maxsize=64)
def large_picture(category: str, colour: str, pattern: str, side: int) -> Pixels:
    """Draw a product for its page; uint8 [side, side, 3] on white, shared: never to be changed."""
    return _draw(category, colour, pattern, side)


def _draw(category: str, colour: str, pattern: str, side: int) -> Pixels:
    shares = _shares(category, pattern, side)
    drawn = shares.astype(np.float32) @ _palette(shop_words().colours[colour])
    pixels: Pixels = np.ascontiguousarray((drawn + 0.5).astype(np.uint8))
    return pixels


def _palette(colour: Colour) -> npt.NDArray[np.float32]:
    """Give the colour of every tone over the number of dots of a pixel, float [tones, 3]."""
    main = np.array(colour, float)
    bright = main @ (0.3, 0.59, 0.11) > 150
    # What is drawn on it must stand out from it, on white as on black.
    tones: dict[str, npt.NDArray[np.float64]] = {
        "main": main,
        "second": main * 0.45 if bright else main * 0.25 + 190,
        "dark": main * 0.74 if bright else main * 0.6,
        "light": main * 0.88 if bright else main * 0.7 + 76,
        **{name: np.array(rgb, float) for name, rgb in _FIXED.items()},
    }
    palette = np.array([tones[name] for name in TONES]) / _FINE**2
    return palette.astype(np.float32)


@lru_cache(maxsize=192)
def _shares(category: str, pattern: str, side: int) -> Pixels:
    """Count the dots of each tone in every pixel, uint8 [side, side, tones], of `_FINE`² = 16."""
    fine = side * _FINE
    image = Image.new("L", (fine, fine))
    pen, unit = ImageDraw.Draw(image), fine / 100
    for stroke in _shapes()[category]:
        form, tone, *numbers = stroke.split()
        _stroke(pen, form, TONES.index(tone), [float(number) for number in numbers], unit)
    tones = np.array(image)
    tones[_grown(tones > 0, max(1, round(fine / 160))) & (tones == 0)] = TONES.index("edge")
    if pattern != "plain":
        second = _pattern(pattern, fine) & (tones == TONES.index("main"))
        tones[second] = TONES.index("second")
    image = Image.fromarray(tones)
    shares: Pixels = np.zeros((side, side, len(TONES)), np.uint8)
    for tone in np.bincount(tones.ravel()).nonzero()[0].tolist():
        # A mean over _FINE² dots of which each counts 240 or nothing is a multiple of 15.
        only = image.point([240 * (tone == value) for value in range(256)])
        shares[..., tone] = np.asarray(only.reduce(_FINE)) // (240 // _FINE**2)
    return shares


def _grown(inside: npt.NDArray[np.bool_], by: int) -> npt.NDArray[np.bool_]:
    """Add a border of ``by`` dots to what is ``inside``, bool [fine, fine]."""
    grown: npt.NDArray[np.bool_] = inside.copy()
    for _ in range(by):
        last = np.copy(grown)
        grown[1:] |= last[:-1]
        grown[:-1] |= last[1:]
        grown[:, 1:] |= last[:, :-1]
        grown[:, :-1] |= last[:, 1:]
    return grown


def _stroke(
    pen: ImageDraw.ImageDraw, form: str, tone: int, numbers: list[float], unit: float
) -> None:
    """Draw one stroke; ``unit`` is the size of a hundredth in dots."""
    if form == "line":
        width, *corners = (number * unit for number in numbers)
        pen.line(corners, tone, max(1, round(width)), joint="curve")
    elif form == "poly":
        pen.polygon([number * unit for number in numbers], tone)
    elif form == "oval":
        pen.ellipse([number * unit for number in numbers], tone)
    elif form == "rrect":
        box = [number * unit for number in numbers[:4]]
        pen.rounded_rectangle(box, numbers[4] * unit, tone)
    elif form == "grid":
        _grid(pen, tone, numbers, unit)
    else:
        box, (start, end) = [number * unit for number in numbers[:4]], numbers[4:6]
        if form == "chord":
            pen.chord(box, start, end, tone)
        else:
            assert form == "arc", f"no such stroke: {form}"
            pen.arc(box, start, end, tone, max(1, round(numbers[6] * unit)))


def _grid(pen: ImageDraw.ImageDraw, tone: int, numbers: list[float], unit: float) -> None:
    left, top, right, bottom, columns, rows, gap = numbers
    wide, high = (right - left + gap) / columns, (bottom - top + gap) / rows
    for row in range(int(rows)):
        for column in range(int(columns)):
            x, y = left + column * wide, top + row * high
            box = (x * unit, y * unit, (x + wide - gap) * unit, (y + high - gap) * unit)
            pen.rectangle(box, tone)


@lru_cache(maxsize=8)
def _pattern(pattern: str, fine: int) -> npt.NDArray[np.bool_]:
    """Say where the second colour goes, bool [fine, fine]."""
    y, x = np.ogrid[0:fine, 0:fine]
    y, x = y * (100 / fine), x * (100 / fine)
    if pattern == "striped":
        return np.broadcast_to(y % 14 < 6, (fine, fine))
    if pattern == "checked":
        return np.asarray((x % 20 < 10) ^ (y % 20 < 10))
    if pattern == "dotted":
        shifted = x + 8 * (y // 16 % 2)
        return np.asarray((shifted % 16 - 8) ** 2 + (y % 16 - 8) ** 2 < 18)
    return np.zeros((fine, fine), bool)
