"""Draw the contact sheets of `VLCards`, to look at: every game in every deck, and all cards.

python -m scripts.card_sheet
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from vl_envs.cards.blackjack import BlackjackEnv
from vl_envs.cards.deck import RANKS, SUITS, Card
from vl_envs.cards.ez_points import EZPointsEnv
from vl_envs.cards.faces import Pixels, card_face
from vl_envs.cards.number_line import NumberLineEnv
from vl_envs.cards.points24 import Points24Env
from vl_envs.cards.styles import STYLES

FOLDER = Path("docs/cards")
GAP = 8
Game = NumberLineEnv | EZPointsEnv | Points24Env | BlackjackEnv
GAMES: tuple[tuple[Callable[..., Game], int], ...] = (
    (NumberLineEnv, 0),
    (EZPointsEnv, 1),
    (Points24Env, 4),
    (BlackjackEnv, 0),
)
"""Games, and turns that the expert has played when the picture is taken."""


def main() -> None:
    """Write all sheets."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    sheets = {"games": games_sheet(224), "small": games_sheet(48, scale=4)}
    sheets |= {f"deck_{deck}": deck_sheet(deck) for deck in STYLES}
    for name, sheet in sheets.items():
        path = FOLDER / f"{name}.png"
        # Flat colours: a palette of 256 loses nothing that one could see.
        sheet.quantize(256).save(path, optimize=True)
        print(path)


def games_sheet(side: int, scale: int = 1) -> Image.Image:
    """Draw the games, a row each, in all decks, a column each; every pixel ``scale`` times."""
    pictures = []
    for game, turns in GAMES:
        for deck in STYLES:
            env = game(deck=deck, image_size=side)
            picture = env.reset(seed=5)[0]["image"]
            for _ in range(turns):
                picture = env.step(env.expert_action())[0]["image"]
            pictures.append(picture.repeat(scale, 0).repeat(scale, 1))
    return _sheet(pictures, len(STYLES))


def deck_sheet(deck: str) -> Image.Image:
    """Draw all cards of a deck, a row for each suit."""
    return _sheet([card_face(Card(r, s), deck, 75, 105) for s in SUITS for r in RANKS], len(RANKS))


def _sheet(pictures: Sequence[Pixels], columns: int) -> Image.Image:
    """Lay pictures of one size out on a grey sheet."""
    height, width = pictures[0].shape[:2]
    rows = -(-len(pictures) // columns)
    size = (rows * (height + GAP) + GAP, columns * (width + GAP) + GAP, 3)
    sheet = np.full(size, 128, np.uint8)
    for i, picture in enumerate(pictures):
        row, column = divmod(i, columns)
        top, left = GAP + row * (height + GAP), GAP + column * (width + GAP)
        sheet[top : top + height, left : left + width] = picture
    return Image.fromarray(sheet)


if __name__ == "__main__":
    main()
