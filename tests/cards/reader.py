"""A reader of pixels: knows how cards look, sees the picture alone, and says which they are."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from vl_envs.cards.blackjack import BlackjackEnv
from vl_envs.cards.deck import RANKS, SUITS, Card
from vl_envs.cards.ez_points import EZPointsEnv
from vl_envs.cards.faces import Pixels, card_back, card_face
from vl_envs.cards.number_line import NumberLineEnv
from vl_envs.cards.points24 import Points24Env
from vl_envs.cards.table import Box, Table, places

CARDS = [Card(rank, suit) for rank in RANKS for suit in SUITS]
Game = NumberLineEnv | EZPointsEnv | Points24Env | BlackjackEnv
GAMES: tuple[Callable[..., Game], ...] = (NumberLineEnv, EZPointsEnv, Points24Env, BlackjackEnv)


def cut(picture: Pixels, box: Box) -> Pixels:
    """Cut a box out."""
    return picture[box.top : box.top + box.height, box.left : box.left + box.width]


@lru_cache(maxsize=64)
def _known(deck: str, width: int, height: int) -> dict[bytes, Card | None]:
    """Map the pixels of every card to it; two cards that look alike would be one entry."""
    known: dict[bytes, Card | None] = {
        card_face(card, deck, width, height).tobytes(): card for card in CARDS
    }
    known[card_back(deck, width, height).tobytes()] = None
    assert len(known) == len(CARDS) + 1
    return known


def read_cards(picture: Pixels, deck: str, count: int, field: Box) -> list[Card | None] | None:
    """Read ``count`` cards from a field; None where another number of cards lies there."""
    gap = Table((picture.shape[0], picture.shape[1]), deck).gap
    boxes = places(count, field, gap)
    known = _known(deck, boxes[0].width, boxes[0].height)
    pieces = [cut(picture, box).tobytes() for box in boxes]
    return [known[piece] for piece in pieces] if all(piece in known for piece in pieces) else None


def read_points(picture: Pixels, deck: str, count: int) -> list[Card | None] | None:
    """Read the hand of a points game."""
    height, width, _ = picture.shape
    strip = height // 8 if min(height, width) >= 128 else 0
    return read_cards(picture, deck, count, Box(0, 0, width, height - strip))


def read_blackjack(picture: Pixels, deck: str) -> list[list[Card | None]]:
    """Read both hands, however many cards they have."""
    height, width, _ = picture.shape
    strip = height // 12 if min(height, width) >= 128 else 0
    hands = []
    for row in range(2):
        field = Box(0, row * (height // 2) + strip, width, height // 2 - strip)
        found = [
            hand for n in range(2, 12) if (hand := read_cards(picture, deck, n, field)) is not None
        ]
        assert len(found) == 1, "a hand should be read in one way"
        hands += found
    return hands


@lru_cache(maxsize=64)
def _numbers(deck: str, side: int, most: int) -> tuple[dict[bytes, int], dict[bytes, int]]:
    """Map the upper and lower half of pictures to their numbers, from an episode of its own."""
    env: Any = NumberLineEnv(deck=deck, image_size=side, max_position=most)
    env.reset(seed=0)
    halves: tuple[dict[bytes, int], dict[bytes, int]] = ({}, {})
    for number in range(most + 1):
        env.state.target = env.state.current = number
        picture = env._observe().image
        halves[0][picture[: side // 2].tobytes()] = number
        halves[1][picture[side // 2 :].tobytes()] = number
    assert all(len(half) == most + 1 for half in halves)
    return halves


def read_line(picture: Pixels, deck: str, most: int = 5) -> tuple[int, int]:
    """Read (target, current)."""
    side = picture.shape[0]
    upper, lower = _numbers(deck, side, most)
    return upper[picture[: side // 2].tobytes()], lower[picture[side // 2 :].tobytes()]


def difference(one: Pixels, two: Pixels) -> float:
    """Return the share of pixels that differ clearly: by a quarter of the scale in a channel."""
    gap = np.abs(one.astype(int) - two.astype(int)).max(axis=2)
    return float((gap > 64).mean())
