"""Write docs/world_pictures.png: every picture of the world source, with names, to check by eye."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from vl_envs.tool.world import WorldSource
from vl_envs.tool.world.flags import draw_flag

TARGET = Path(__file__).resolve().parent.parent / "docs" / "world_pictures.png"
COLUMNS, WIDTH, HEIGHT = 16, 112, 96


def main() -> None:
    """Draw the sheet."""
    source = WorldSource()
    subjects = source.subjects()
    rows = -(-len(subjects) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * WIDTH, rows * HEIGHT), (205, 205, 205))
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(10)
    for i, subject in enumerate(subjects):
        x, y = i % COLUMNS * WIDTH, i // COLUMNS * HEIGHT
        kind, code = subject.split("/")
        if kind == "flag":
            picture = draw_flag(code)
        else:
            picture = source.draw(subject, np.random.default_rng(0))
        picture.thumbnail((WIDTH - 8, HEIGHT - 18), Image.Resampling.LANCZOS)
        sheet.paste(picture, (x + 4, y + 15))
        pen.text((x + 4, y + 2), source.name(subject)[:20], fill=(0, 0, 0), font=font)
    TARGET.parent.mkdir(exist_ok=True)
    sheet.save(TARGET, optimize=True)


if __name__ == "__main__":
    main()
