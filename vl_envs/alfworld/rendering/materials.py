"""Colours and textures: what a style number makes of walls, floor, furniture and cloth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vl_envs.alfworld.rendering.mesh import rgba

SIZE = 128
"""Pixels along the side of a texture: a power of two."""
TEXTURES = ("floor", "wall", "tiles", "rug")
"""Textures that differ from style to style."""


@dataclass(frozen=True)
class Palette:
    """Colours of one style.

    Attributes:
        wall: of the walls.
        skirt: skirting and frames.
        wood: of chairs, tables and chests.
        front: of cabinet doors and drawers.
        slab: of counters.
        cloth: of sofas and beds.
        accent: of curtains and rugs.
    """

    wall: str
    skirt: str
    wood: str
    front: str
    slab: str
    cloth: str
    accent: str


PALETTES = (
    Palette("#e9dcc3", "#f7f3ea", "#b98a57", "#f1ede2", "#8d8a86", "#5f7f9e", "#b0503f"),
    Palette("#c9d8d3", "#fbfbf7", "#9a6a43", "#7f9a8f", "#d9d4c8", "#a9745c", "#3f6f7a"),
    Palette("#dfd6e2", "#f8f4f8", "#8a5a3c", "#d9c6a5", "#6f6a70", "#6e8f6b", "#7a4f86"),
    Palette("#cfdcea", "#ffffff", "#c9a06a", "#55718f", "#e6e1d6", "#c08a3e", "#31567f"),
    Palette("#f0e3d0", "#efe6d8", "#7b4c2e", "#b07d4e", "#4f5a5c", "#8c4a4f", "#4d7a4a"),
    Palette("#d8dccb", "#f5f5ec", "#a67c52", "#eef0ea", "#a8917a", "#7b7fa6", "#c07f2f"),
)


def palette(style: int) -> Palette:
    """Return the colours of a style."""
    return PALETTES[style % len(PALETTES)]


def _noise(rng: np.random.Generator, across: int, up: int) -> NDArray[np.float64]:
    """Return smooth noise, mean 0, that repeats at the edges: waves of random phase."""
    x, y = np.meshgrid(np.arange(SIZE) / SIZE, np.arange(SIZE) / SIZE)
    total = np.zeros((SIZE, SIZE))
    for _ in range(14):
        i, j = rng.integers(-across, across + 1), rng.integers(-up, up + 1)
        total += np.sin(2 * np.pi * (i * x + j * y + rng.random())) / (1 + 0.15 * (abs(i) + abs(j)))
    noise: NDArray[np.float64] = total / np.abs(total).max()
    return noise


def _tinted(shade: NDArray[np.float64], colour: str) -> NDArray[np.float64]:
    tinted: NDArray[np.float64] = shade[..., None] * np.array(rgba(colour)[:3])
    return tinted


def _planks(rng: np.random.Generator) -> NDArray[np.float64]:
    shade = 0.9 + 0.07 * _noise(rng, 3, 24)
    wide = SIZE // 4
    for plank in range(4):
        rows = slice(plank * wide, (plank + 1) * wide)
        shade[rows] *= 0.9 + 0.14 * rng.random()
        shade[rows] = np.roll(shade[rows], int(rng.integers(SIZE)), axis=1)
        shade[plank * wide : plank * wide + 2] *= 0.62
        joint = int(rng.integers(SIZE))
        shade[rows, joint : joint + 2] *= 0.7
    return shade


def _squares(rng: np.random.Generator, count: int, grout: float) -> NDArray[np.float64]:
    shade = 0.94 + 0.04 * _noise(rng, 8, 8)
    wide = SIZE // count
    for i in range(count):
        for j in range(count):
            cell = slice(i * wide, (i + 1) * wide), slice(j * wide, (j + 1) * wide)
            shade[cell] *= 0.96 + 0.06 * rng.random()
    for line in range(0, SIZE, wide):
        shade[line : line + 2] = shade[:, line : line + 2] = grout
    return shade


def _floor(rng: np.random.Generator, style: int) -> NDArray[np.float64]:
    woods = ("#c79a66", "#a9764a", "#8d5f3d", "#d3b083", "#9b7a5c", "#b98857")
    return _tinted(_planks(rng), woods[style % len(woods)])


def _tiles(rng: np.random.Generator, style: int) -> NDArray[np.float64]:
    stones = ("#d8d2c6", "#c3ccd0", "#cfc2b2", "#b9c4bd", "#dcd8d2", "#bfb4ac")
    picture = _tinted(_squares(rng, 2, 0.72), stones[style % len(stones)])
    if style % 3 == 1:
        half = SIZE // 2
        picture[:half, :half] *= 0.78
        picture[half:, half:] *= 0.78
    return picture


def _wall(rng: np.random.Generator, style: int) -> NDArray[np.float64]:
    shade = 0.98 + 0.015 * _noise(rng, 12, 12)
    if style % 3 == 1:
        shade[:, : SIZE // 2] *= 0.965
    elif style % 3 == 2:
        x, y = np.meshgrid(np.arange(SIZE) % 32 - 16, np.arange(SIZE) % 32 - 16)
        shade[np.hypot(x, y) < 5] *= 0.95
    return _tinted(shade, "#ffffff")


def _rug(rng: np.random.Generator, style: int) -> NDArray[np.float64]:
    look = palette(style)
    picture = _tinted(0.95 + 0.05 * _noise(rng, 20, 20), look.accent)
    x, y = np.meshgrid(np.abs(np.arange(SIZE) - 63.5), np.abs(np.arange(SIZE) - 63.5))
    edge = np.maximum(x, y)
    picture[(edge > 52) & (edge < 57)] = rgba("#efe3c8")[:3]
    star = x + y
    picture[(star < 44) & (star > 36)] = rgba("#efe3c8")[:3]
    picture[star < 16] = rgba("#efe3c8")[:3]
    return picture


def _wood(rng: np.random.Generator, style: int) -> NDArray[np.float64]:
    del style
    return _tinted(0.93 + 0.07 * _noise(rng, 2, 30), "#ffffff")


def _weave(rng: np.random.Generator, style: int) -> NDArray[np.float64]:
    del style
    x, y = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
    return _tinted(0.95 + 0.05 * np.sin(x * np.pi / 4) * np.sin(y * np.pi / 4), "#ffffff")


def _checks(rng: np.random.Generator, style: int) -> NDArray[np.float64]:
    del rng, style
    x, y = np.meshgrid(np.arange(SIZE) // 16 % 2, np.arange(SIZE) // 16 % 2)
    return _tinted(1 - 0.3 * x - 0.3 * y, "#ffffff")


def _stone(rng: np.random.Generator, style: int) -> NDArray[np.float64]:
    del style
    return _tinted(0.93 + 0.05 * _noise(rng, 18, 18) + 0.04 * rng.random((SIZE, SIZE)), "#ffffff")


def _print(rng: np.random.Generator, style: int) -> NDArray[np.float64]:
    """Columns of print under a headline and beside a picture: a newspaper."""
    del style
    page = np.full((SIZE, SIZE), 0.93)
    page[8:24, 8:120] = 0.15
    page[12:14, 8:120] = page[18:20, 30:36] = page[8:24, 70:76] = 0.93
    page[32:70, 66:120] = 0.5 + 0.25 * _noise(rng, 4, 4)[32:70, 66:120]
    for row in range(32, 122, 6):
        for left in (8, 66):
            if left == 8 or row > 72:
                page[row : row + 3, left : left + int(rng.integers(38, 54))] = 0.35
    return _tinted(page, "#f4f1e6")


def _art(rng: np.random.Generator, style: int) -> NDArray[np.float64]:
    """Hills under an evening sky."""
    del style
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    picture = np.stack((0.95 - 0.2 * y, 0.72 - 0.1 * y, 0.5 + 0.25 * (1 - y)), 2)
    picture[np.hypot(x - 0.68, y - 0.32) < 0.1] = (1, 0.93, 0.6)
    for level, colour in ((0.5, "#7d8fb3"), (0.64, "#56795f"), (0.8, "#36543c")):
        hill = level + 0.07 * np.sin(2 * np.pi * (x * (1 + rng.random()) + rng.random()))
        picture[y > hill] = rgba(colour)[:3]
    return picture


def _sky(rng: np.random.Generator, style: int) -> NDArray[np.float64]:
    """Sky with clouds over trees, as a window shows it."""
    del style
    y, x = np.mgrid[0:SIZE, 0:SIZE] / SIZE
    picture: NDArray[np.float64] = np.stack((0.62 + 0.3 * y, 0.8 + 0.14 * y, 0.98 + 0 * y), 2)
    cloud = np.clip(_noise(rng, 3, 4) * 1.6 - 0.35, 0, 1)[..., None] * (y < 0.6)[..., None]
    picture = picture * (1 - cloud) + cloud
    trees = 0.72 + 0.06 * np.sin(2 * np.pi * x * 3) + 0.03 * np.sin(2 * np.pi * x * 8 + 1)
    picture[y > trees] = rgba("#7fa86b")[:3]
    picture[y > trees + 0.13] = rgba("#93bb77")[:3]
    return picture


_MAKERS = {
    "floor": _floor,
    "tiles": _tiles,
    "wall": _wall,
    "rug": _rug,
    "wood": _wood,
    "weave": _weave,
    "checks": _checks,
    "stone": _stone,
    "print": _print,
    "art": _art,
    "sky": _sky,
}


@lru_cache(maxsize=64)
def texture(name: str, style: int) -> NDArray[np.uint8]:
    """Return a texture, uint8 [128, 128, 3], first row at the top; the same for the same style."""
    rng = np.random.default_rng((style, *name.encode()))
    pixels: NDArray[np.uint8] = np.round(np.clip(_MAKERS[name](rng, style), 0, 1) * 255).astype(
        "u1"
    )
    return pixels
