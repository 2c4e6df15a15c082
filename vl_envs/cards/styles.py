"""Decks: how cards and numbers look. The same hand in another deck is another picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Colour = tuple[int, int, int]

_RED, _BLACK = (200, 16, 32), (16, 16, 16)
_TWO = {"spades": _BLACK, "hearts": _RED, "diamonds": _RED, "clubs": _BLACK}


@dataclass(frozen=True)
class Style:
    """How a deck looks. Colours are (red, green, blue), 0 to 255.

    Attributes:
        table: behind the cards.
        on_table: of words on the table.
        face: of a card.
        edge: of a card's outline.
        suits: colour of each suit.
        back: of a card that lies face down.
        big: one big rank and suit, legible on small pictures, instead of corners and pips.
    """

    table: Colour
    on_table: Colour
    face: Colour
    edge: Colour
    suits: Mapping[str, Colour]
    back: Colour
    big: bool = False


STYLES: Mapping[str, Style] = {
    "classic": Style(
        table=(53, 101, 77),
        on_table=(255, 255, 255),
        face=(255, 255, 255),
        edge=(120, 120, 120),
        suits=_TWO,
        back=(36, 64, 142),
    ),
    "large": Style(
        table=(53, 101, 77),
        on_table=(255, 255, 255),
        face=(255, 255, 255),
        edge=(255, 255, 255),
        suits=_TWO,
        back=(36, 64, 142),
        big=True,
    ),
    "four_color": Style(
        table=(236, 226, 200),
        on_table=(70, 50, 20),
        face=(255, 253, 245),
        edge=(150, 130, 90),
        suits={
            "spades": _BLACK,
            "hearts": _RED,
            "diamonds": (22, 84, 200),
            "clubs": (14, 122, 50),
        },
        back=(140, 40, 60),
    ),
    "dark": Style(
        table=(12, 14, 20),
        on_table=(210, 214, 224),
        face=(42, 46, 58),
        edge=(96, 102, 120),
        suits={
            "spades": (226, 230, 240),
            "hearts": (255, 112, 112),
            "diamonds": (255, 112, 112),
            "clubs": (226, 230, 240),
        },
        back=(84, 60, 130),
    ),
}
DECKS = (*STYLES, "random")
"""What ``deck`` may be: a style, or another one in every episode."""
