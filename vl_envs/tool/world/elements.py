"""A periodic table without any letters, one cell lit: the place alone says which element."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image, ImageDraw

from vl_envs.tool.world.facts import table

BLOCK_TINTS = {
    "s": (238, 205, 205),
    "p": (246, 232, 196),
    "d": (206, 221, 241),
    "f": (211, 236, 212),
}
LIT = ((214, 40, 40), (20, 110, 220), (120, 40, 170), (10, 130, 70))


@cache
def cell(symbol: str) -> tuple[int, int]:
    """Give column (0–17) and row of an element; the f-block stands below, in rows 8 and 9."""
    fact = table("element")[symbol]
    number = int(fact["number"])
    for first, row in ((57, 8), (89, 9)):
        if first <= number <= first + 14:
            return number - first + 2, row
    return int(fact["group"]) - 1, int(fact["period"]) - 1


def element_picture(symbol: str, rng: np.random.Generator, size: int = 320) -> Image.Image:
    """Draw the table on a pale page; place, size and the colour of the lit cell vary."""
    page = tuple(int(c) for c in rng.integers(240, 256, 3))
    picture = Image.new("RGB", (size, size * 3 // 4), page)
    pen = ImageDraw.Draw(picture)
    side = int(size / 18 * rng.uniform(0.9, 0.98))
    x0 = int(rng.integers(2, size - 18 * side - 1))
    y0 = int(rng.integers(2, picture.height - 10 * side - 1))
    for other, fact in table("element").items():
        column, row = cell(other)
        x, y = x0 + column * side, y0 + row * side - (side // 2 if row > 7 else 0)
        colour = BLOCK_TINTS["f" if row > 7 else fact["block"]]
        pen.rectangle((x, y, x + side, y + side), fill=colour, outline=(120, 120, 120))
    column, row = cell(symbol)
    x, y = x0 + column * side, y0 + row * side - (side // 2 if row > 7 else 0)
    lit = LIT[int(rng.integers(len(LIT)))]
    pen.rectangle((x, y, x + side, y + side), fill=lit, outline=(0, 0, 0), width=2)
    return picture
