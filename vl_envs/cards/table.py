"""`Table`: a picture in the making, on which cards, numbers and words are laid."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from vl_envs.cards.deck import Card
from vl_envs.cards.faces import ASPECT, Pixels, blend, card_back, card_face
from vl_envs.cards.shapes import fitted_text, line_of_text
from vl_envs.cards.styles import STYLES, Colour

WORDS_FROM = 128
"""Height in pixels from which a picture has words on it."""


class Box(NamedTuple):
    """A rectangle, in pixels."""

    left: int
    top: int
    width: int
    height: int


@lru_cache(maxsize=256)
def places(count: int, field: Box, gap: int) -> tuple[Box, ...]:
    """Lay ``count`` cards, as large as they fit, in rows in the middle of a field."""
    sizes = []
    for rows in range(1, count + 1):
        columns = -(-count // rows)
        width = (field.width - gap) // columns - gap
        height = (field.height - gap) // rows - gap
        sizes.append((min(width, int(height * ASPECT)), -rows))
    width, rows = max(sizes)
    width, rows = max(width, 4), -rows
    height, columns = round(width / ASPECT), -(-count // rows)
    found = []
    for number in range(count):
        row, column = divmod(number, columns)
        used = (columns * (width + gap) - gap, rows * (height + gap) - gap)
        left = field.left + (field.width - used[0]) // 2 + column * (width + gap)
        top = field.top + (field.height - used[1]) // 2 + row * (height + gap)
        found.append(Box(left, top, width, height))
    return tuple(found)


class Table:
    """A picture in the making.

    Args:
        size: (height, width) in pixels.
        deck: name of a style.
    """

    def __init__(self, size: tuple[int, int], deck: str) -> None:
        self.deck, self.style = deck, STYLES[deck]
        self.height, self.width = size
        self.gap = max(1, min(size) // 40)
        self.pixels: Pixels = np.empty((*size, 3), np.uint8)
        self.pixels[:] = self.style.table

    @property
    def has_words(self) -> bool:
        """Whether there is room for words."""
        return self.height >= WORDS_FROM and self.width >= WORDS_FROM

    def lay(self, cards: Sequence[Card | None], field: Box) -> None:
        """Lay cards in a field; None is one that lies face down."""
        for card, box in zip(cards, places(len(cards), field, self.gap), strict=True):
            size = (box.width, box.height)
            face = (
                card_back(self.deck, *size) if card is None else card_face(card, self.deck, *size)
            )
            self.image(face, box.left, box.top)

    def image(self, pixels: Pixels, left: int, top: int) -> None:
        """Copy a picture; what sticks out is cut off."""
        part = self.pixels[top : top + pixels.shape[0], left : left + pixels.shape[1]]
        part[:] = pixels[: part.shape[0], : part.shape[1]]

    def panel(self, box: Box, colour: Colour) -> None:
        """Fill a box."""
        self.pixels[box.top : box.top + box.height, box.left : box.left + box.width] = colour

    def number(self, text: str, box: Box, colour: Colour) -> None:
        """Write as large as it fits in the middle of a box."""
        mask = fitted_text(text, box.width, box.height)
        left = box.left + (box.width - mask.shape[1]) // 2
        blend(self.pixels, mask, colour, left, box.top)

    def words(self, text: str, left: int, top: int, size: int, colour: Colour) -> None:
        """Write a line of ``size`` pixels, cut at the picture's edge."""
        if text:
            mask = line_of_text(text, size, self.width - left)
            blend(self.pixels, mask, colour, left, top)
