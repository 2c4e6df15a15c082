"""Draw the contact sheet of `VLMiniWorld`, to look at: every task's view, and its world from above.

python -m scripts.miniworld_sheet
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vl_envs.miniworld.env import MiniWorldEnv
from vl_envs.miniworld.tasks import TASKS

FOLDER = Path("docs/miniworld")
SIDE = 160
"""Side of a view, and of a map, in pixels."""
COLUMNS = 4
GAP = 10
LABEL = 18
MOST = 1500
"""Turns after which a task is shown in any case."""
RANDOMISED = ("Hallway", "OneRoom", "Maze", "Sidewalk")


def main() -> None:
    """Write the sheets."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    sheets = {
        "tasks": sheet({name: seen(name) for name in TASKS}),
        "domain_rand": sheet(
            {
                f"{name}, seed {seed}": seen(name, seed, domain_rand=True)
                for name in RANDOMISED
                for seed in (1, 2)
            }
        ),
    }
    for name, drawn in sheets.items():
        path = FOLDER / f"{name}.png"
        drawn.quantize(256, Image.Quantize.FASTOCTREE).save(path, optimize=True)
        print(path)


def seen(task: str, seed: int = 0, domain_rand: bool = False) -> Image.Image:
    """Draw view and map at the first moment at which the expert sees what it looks for."""
    env = MiniWorldEnv(
        task, image_size=(SIDE, 2 * SIDE), map=True, dialect="words", domain_rand=domain_rand
    )
    picture = env.reset(seed=seed)[0]["image"]
    for _ in range(MOST):
        action = env.expert_action()
        if "hidden" not in action:
            break
        observation, _, ended, _, _ = env.step(action)
        if ended:
            break
        picture = observation["image"]
    return Image.fromarray(np.asarray(picture))


def sheet(pictures: dict[str, Image.Image]) -> Image.Image:
    """Lay pictures of one size out on a grey sheet, each under its name."""
    rows = -(-len(pictures) // COLUMNS)
    width, height = 2 * SIDE + GAP, SIDE + LABEL + GAP
    drawn = Image.new("RGB", (COLUMNS * width + GAP, rows * height + GAP), (128, 128, 128))
    draw, font = ImageDraw.Draw(drawn), ImageFont.load_default(13)
    for i, (name, picture) in enumerate(pictures.items()):
        left, top = GAP + i % COLUMNS * width, GAP + i // COLUMNS * height
        draw.text((left, top), name, "white", font)
        drawn.paste(picture, (left, top + LABEL))
    return drawn


if __name__ == "__main__":
    main()
