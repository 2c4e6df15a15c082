"""What the environments of the shop share: the check of their options, and how it looks."""

from __future__ import annotations

import numpy as np

from vl_envs.core.env import is_count
from vl_envs.core.errors import unknown
from vl_envs.gui.drawing.theme import SEEN_THEMES, THEMES

SMALLEST = 320
"""Fewest pixels of a side of the screen."""


def check_shop_options(image_size: tuple[int, int], catalogue_seed: object, theme: str) -> None:
    """Raise ValueError, saying what would be right, for what no shop can be."""
    if min(image_size) < SMALLEST:
        raise ValueError(f"a shop needs image_size from {SMALLEST} pixels a side, got {image_size}")
    if not is_count(catalogue_seed) or catalogue_seed < 0:  # type: ignore[operator]
        raise ValueError(f"catalogue_seed must be a whole number from 0, got {catalogue_seed!r}")
    if theme != "random" and theme not in THEMES:
        raise unknown("theme", theme, ["random", *THEMES])


def draw_theme(theme: str, rng: np.random.Generator) -> str:
    """Return the named theme, or one that is drawn."""
    drawn = SEEN_THEMES[int(rng.integers(len(SEEN_THEMES)))]
    return drawn if theme == "random" else theme
