"""Icon glyphs as masks, from the Material Design Icons font (a pip package, extra ``gui``)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from vl_envs.core.errors import require, unknown


def _font() -> Any:
    return require("fonticon_mdi7", "gui").MDI7


@lru_cache(maxsize=64)
def _face(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(_font().__font_file__, size)


def has_icon(name: str) -> bool:
    """Tell whether the font has a glyph of this name."""
    return not name.startswith("_") and hasattr(_font(), name.replace("-", "_"))


@lru_cache(maxsize=4096)
def icon_mask(name: str, size: int) -> npt.NDArray[np.uint8]:
    """Draw the glyph ``name`` (such as ``magnify`` or ``chevron-left``), centred, in white.

    Returns:
        Its opacity, uint8 [size, size]; shared, so never to be changed.

    Raises:
        ValueError: the font has no such glyph.
        ImportError: the font is not installed.
    """
    if not has_icon(name):
        names = [key for key in vars(_font()) if not key.startswith("_")]
        raise unknown("icon", name, [key for key in names if key[:2] == name[:2]] or names[:20])
    glyph = getattr(_font(), name.replace("-", "_")).rpartition(".")[2]
    face = _face(size)
    left, top, right, bottom = face.getbbox(glyph)
    mask = Image.new("L", (size, size))
    # By its ink: the font's own box is not quite centred.
    corner = (round((size - right - left) / 2), round((size - bottom - top) / 2))
    ImageDraw.Draw(mask).text(corner, glyph, 255, face)
    return np.asarray(mask)
