"""Draw the contact sheet of `VLGames`, to look at: every game in the middle, and a small picture.

python -m scripts.games_sheet
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vl_envs.games.game import Game
from vl_envs.games.table import GAMES, make_game

FOLDER = Path("docs/games")
SIDE = 336
"""Side of a picture in pixels."""
COLUMNS = 4
GAP, LABEL = 12, 26
STEPS = {
    "tic_tac_toe": 5,
    "kuhn_poker": 1,
    "breakthrough": 24,
    "pong": 75,
    "simple_push": 9,
    "hanabi": 28,
    "overcooked": 19,
    "knights_archers_zombies": 62,
    "coin_dilemma": 23,
    "monster_hunt": 26,
    "battle_of_the_colors": 21,
}
"""Game -> steps that its strongest players have played when the picture is taken."""
SEEDS = {"kuhn_poker": 1}
"""Seeds that are not 0."""
SMALL, ENLARGED = 64, 4


def main() -> None:
    """Write the pictures."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    pictures = {}
    for name in GAMES:
        game = make_game(name)
        pictures[game.title] = seen(game, 0, SIDE)
        if name == "kuhn_poker":
            pictures[f"{game.title}, as the other sees it"] = seen(game, 1, SIDE)
    small = seen(make_game("kuhn_poker"), 0, SMALL)
    large = small.resize((SMALL * ENLARGED, SMALL * ENLARGED), Image.Resampling.NEAREST)
    for name, drawn in {"sheet": sheet(pictures), "kuhn_64": large}.items():
        path = FOLDER / f"{name}.png"
        # Flat colours: a palette of 256 loses nothing that one could see.
        drawn.quantize(256).save(path, optimize=True)
        print(path)


def seen(game: Game[Any], seat: int, side: int) -> Image.Image:
    """Draw what a seat sees in the middle of a match between the strongest players."""
    rng = np.random.default_rng(SEEDS.get(game.name, 0))
    state, player = game.start(rng), game.players[game.reference]
    for _ in range(STEPS[game.name]):
        moves = {each: player(game, state, each, rng) for each in game.to_move(state)}
        game.play(state, moves, rng)
    return Image.fromarray(game.picture(state, seat, (side, side)))


def sheet(pictures: dict[str, Image.Image]) -> Image.Image:
    """Lay pictures of one size out on a grey sheet, each above its name."""
    rows = -(-len(pictures) // COLUMNS)
    width, height = SIDE + GAP, SIDE + LABEL + GAP
    drawn = Image.new("RGB", (COLUMNS * width + GAP, rows * height + GAP), (128, 128, 128))
    draw, font = ImageDraw.Draw(drawn), ImageFont.load_default(19)
    for i, (name, picture) in enumerate(pictures.items()):
        left, top = GAP + i % COLUMNS * width, GAP + i // COLUMNS * height
        drawn.paste(picture, (left, top))
        draw.text((left + SIDE // 2, top + SIDE + LABEL // 2), name, "white", font, "mm")
    return drawn


if __name__ == "__main__":
    main()
