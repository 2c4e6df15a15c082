"""Card faces: pips and corners, or one big rank; each is drawn once and kept."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from vl_envs.cards.deck import Card
from vl_envs.cards.shapes import Mask, fitted_text, suit_mask
from vl_envs.cards.styles import STYLES, Colour

Pixels = npt.NDArray[np.uint8]

ASPECT = 5 / 7
"""A card's width over its height."""

_SIDES = [(x, y) for x in (0.0, 1.0) for y in (0.0, 1.0)]
_SIX = [*_SIDES, (0.0, 0.5), (1.0, 0.5)]
_EIGHT = [(x, y / 3) for x in (0.0, 1.0) for y in range(4)]
_MIDDLE = (0.5, 0.5)
PIPS: dict[int, list[tuple[float, float]]] = {
    1: [_MIDDLE],
    2: [(0.5, 0.0), (0.5, 1.0)],
    3: [(0.5, 0.0), _MIDDLE, (0.5, 1.0)],
    4: _SIDES,
    5: [*_SIDES, _MIDDLE],
    6: _SIX,
    7: [*_SIX, (0.5, 0.25)],
    8: [*_SIX, (0.5, 0.25), (0.5, 0.75)],
    9: [*_EIGHT, _MIDDLE],
    10: [*_EIGHT, (0.5, 1 / 6), (0.5, 5 / 6)],
}
"""Rank -> where its pips lie in the card's inner field, as shares of its width and height."""


@lru_cache(maxsize=1024)
def card_face(card: Card, deck: str, width: int, height: int) -> Pixels:
    """Draw a card on the table's colour; uint8 [height, width, 3], shared: never to be changed."""
    style = STYLES[deck]
    pixels = _blank(deck, style.face, width, height)
    ink = style.suits[card.suit]
    if style.big:
        _draw_big(pixels, card, ink)
    else:
        _draw_corners(pixels, card, ink)
    return pixels


@lru_cache(maxsize=64)
def card_back(deck: str, width: int, height: int) -> Pixels:
    """Draw a card that lies face down; uint8 [height, width, 3], shared: never to be changed."""
    style = STYLES[deck]
    pixels = _blank(deck, style.face, width, height)
    margin = max(1, width // 12)
    inner = pixels[margin:-margin, margin:-margin]
    rows, columns = np.indices(inner.shape[:2])
    step = max(2, width // 8)
    lattice = ((rows + columns) % step < step / 4) | ((rows - columns) % step < step / 4)
    inner[:] = np.where(lattice[..., None], np.array(style.face, np.uint8), style.back)
    return pixels


def blend(pixels: Pixels, mask: Mask, colour: Colour, left: int, top: int) -> None:
    """Lay ``colour`` with opacity ``mask`` on a picture, in place; what sticks out is cut off."""
    top, left = max(top, 0), max(left, 0)
    part = pixels[top : top + mask.shape[0], left : left + mask.shape[1]]
    opacity = mask[: part.shape[0], : part.shape[1], None].astype(np.uint16)
    mixed = np.array(colour, np.uint16) * opacity + part * (255 - opacity)
    part[:] = (mixed + 127) // 255


def _blank(deck: str, fill: Colour, width: int, height: int) -> Pixels:
    """Draw an empty card with round corners and an outline."""
    style, fine = STYLES[deck], 4
    card = Image.new("RGB", (width * fine, height * fine), style.table)
    ImageDraw.Draw(card).rounded_rectangle(
        (0, 0, width * fine - 1, height * fine - 1),
        radius=width * fine // 12,
        fill=fill,
        outline=style.edge,
        width=fine if width >= 24 else 0,
    )
    return np.array(card.resize((width, height), Image.Resampling.BOX))


def _draw_big(pixels: Pixels, card: Card, ink: Colour) -> None:
    """Draw one big rank, and the suit below it."""
    height, width, _ = pixels.shape
    rank = fitted_text(card.label, round(width * 0.86), round(height * 0.56))
    blend(pixels, rank, ink, round((width - rank.shape[1]) / 2), round(height * 0.06))
    suit = suit_mask(card.suit, max(4, round(height * 0.28)))
    top = round(height * 0.67)
    blend(pixels, suit, ink, round((width - suit.shape[1]) / 2), top)


def _draw_corners(pixels: Pixels, card: Card, ink: Colour) -> None:
    """Draw rank and suit in two corners, and pips (or a big letter in a frame) between."""
    height, width, _ = pixels.shape
    turned = pixels[::-1, ::-1]
    side = max(3, round(height * 0.1))
    index = fitted_text(card.label, round(width * 0.17), round(height * 0.13))
    for half in (pixels, turned):
        middle = round(width * 0.125)
        blend(half, index, ink, middle - index.shape[1] // 2, round(height * 0.05))
        suit = suit_mask(card.suit, side)
        blend(half, suit, ink, middle - side // 2, round(height * 0.21))
    if card.rank in PIPS:
        _draw_pips(pixels, card, ink)
        return
    frame = (slice(round(height * 0.14), round(height * 0.86)), slice(*_inner(width)))
    _outline(pixels[frame], ink, max(1, width // 60))
    letter = fitted_text(card.label, round(width * 0.44), round(height * 0.3))
    blend(
        pixels,
        letter,
        ink,
        round((width - letter.shape[1]) / 2),
        round(height * 0.5) - letter.shape[0] // 2,
    )
    for half in (pixels, turned):
        blend(
            half,
            suit_mask(card.suit, side),
            ink,
            _inner(width)[0] + side // 3,
            round(height * 0.17),
        )


def _inner(width: int) -> tuple[int, int]:
    return round(width * 0.25), round(width * 0.75)


def _outline(pixels: Pixels, colour: Colour, thick: int) -> None:
    pixels[:thick] = pixels[-thick:] = colour
    pixels[:, :thick] = pixels[:, -thick:] = colour


def _draw_pips(pixels: Pixels, card: Card, ink: Colour) -> None:
    """Draw the pips; those of the lower half stand on their heads."""
    height, width, _ = pixels.shape
    places = PIPS[card.rank]
    side = max(3, round(height * (0.36 if card.rank == 1 else 0.125)))
    pip = suit_mask(card.suit, side)
    for x, y in places:
        left = round(width * (0.32 + 0.36 * x) - side / 2)
        top = round(height * (0.17 + 0.66 * y) - side / 2)
        blend(pixels, pip[::-1] if y > 0.5 else pip, ink, left, top)
