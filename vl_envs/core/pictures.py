"""Pictures from files that others made, opened safely; and the font of those that we draw."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageFont


@contextmanager
def opened(path: Path, failure: str) -> Iterator[Image.Image]:
    """Open a picture while the block runs; what fails in it is the file's fault, too.

    Args:
        path: of the file.
        failure: what the error says first: which file, and who asked for it.

    Raises:
        ValueError: the file is missing, broken, no picture, or far too large.
    """
    try:
        with warnings.catch_warnings():
            # Pillow only warns of a picture of one to two times its limit of pixels.
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as file:
                yield file
    except (
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise ValueError(f"{failure}: {error}") from error


def on_white(picture: Image.Image) -> Image.Image:
    """Return ``picture`` as RGB, what is transparent in it laid over white."""
    if picture.mode.endswith(("A", "a")) or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        white = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(white, picture)
    return picture.convert("RGB")


@lru_cache(maxsize=64)
def font(size: int) -> ImageFont.FreeTypeFont:
    """Return Pillow's built-in font in ``size`` pixels."""
    face = ImageFont.load_default(max(size, 1))
    assert isinstance(face, ImageFont.FreeTypeFont), "Pillow was built without FreeType"
    return face
