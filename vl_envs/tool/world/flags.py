"""Pictures of flags, drawn from the table of shapes."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image

from vl_envs.core.errors import unknown
from vl_envs.tool.world.flag_table import flags
from vl_envs.tool.world.shapes import Canvas

BASE = 320  # pixels of a cached flag's longer side
SUPERSAMPLE = 4


@cache
def codes() -> tuple[str, ...]:
    """Give the ISO codes of the countries whose flag can be drawn."""
    return tuple(flags())


@cache
def _base(code: str) -> Image.Image:
    table = flags()
    if code not in table:
        raise unknown("flag", code, table)
    width, height, shapes = table[code]
    canvas = Canvas(width, height, BASE * SUPERSAMPLE / max(width, height))
    for shape in shapes:
        shape(canvas)
    return canvas.image.reduce(SUPERSAMPLE)


def draw_flag(code: str, size: int = BASE) -> Image.Image:
    """Draw a flag whose longer side has ``size`` pixels, in its own proportions.

    Raises:
        ValueError: no flag of this ISO code is in the table.
    """
    base = _base(code)
    if size == BASE:
        return base.copy()
    scale = size / BASE
    return base.resize(
        (round(base.width * scale), round(base.height * scale)), Image.Resampling.BILINEAR
    )


def flag_picture(code: str, rng: np.random.Generator, size: int = 320) -> Image.Image:
    """Draw a flag on a pale card of ``size`` by 3/4 ``size``: place, scale and card vary."""
    card = tuple(int(c) for c in rng.integers(196, 233, 3))
    picture = Image.new("RGB", (size, size * 3 // 4), card)
    flag = draw_flag(code, int(size * rng.uniform(0.72, 0.86)))
    if flag.height > picture.height * 0.9:
        flag = flag.resize(
            (int(flag.width * picture.height * 0.9 / flag.height), int(picture.height * 0.9))
        )
    x = int(rng.integers(4, picture.width - flag.width - 3))
    y = int(rng.integers(4, picture.height - flag.height - 3))
    # A thin dark rim keeps a white stripe apart from the card.
    picture.paste((70, 70, 70), (x - 1, y - 1, x + flag.width + 1, y + flag.height + 1))
    picture.paste(flag, (x, y))
    return picture
