"""What an instruction names is found in the pixels of its box."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from vl_envs.core.pictures import font
from vl_envs.gui import names
from vl_envs.gui.drawing.icons import icon_mask
from vl_envs.gui.grounding.acts import ACTS
from vl_envs.gui.grounding.board import TYPES, Element
from vl_envs.gui.grounding.screens import Drawn, ScreenSource

Mask = npt.NDArray[np.float64]


def likeness(ink: Mask, mask: Mask) -> float:
    """Return how well a mask is found somewhere in a picture of ink: 1 is exactly."""
    rows, columns = ink.shape[0] - mask.shape[0] + 1, ink.shape[1] - mask.shape[1] + 1
    if rows < 1 or columns < 1:
        return 0.0
    shape = tuple(a + b for a, b in zip(ink.shape, mask.shape, strict=True))

    def slide(picture: Mask, under: Mask) -> Mask:
        product = np.fft.rfft2(picture, shape) * np.conj(np.fft.rfft2(under, shape))
        return np.asarray(np.fft.irfft2(product, shape)[:rows, :columns])

    energy = slide(ink**2, np.ones_like(mask)) * (mask**2).sum()
    return float((slide(ink, mask) / np.sqrt(np.maximum(energy, 1e-3))).max())


def inks(one: Drawn, box: tuple[int, int, int, int]) -> Iterator[Mask]:
    """Give how far each pixel of a box is from each of the colours that are common there."""
    left, top, right, bottom = (int(v) for v in box)
    crop = one.task.picture[max(top, 0) : bottom, max(left, 0) : right].astype(np.float64)
    colours = Counter(map(tuple, crop.reshape(-1, 3).astype(int).tolist()))
    for colour, _ in colours.most_common(3):
        yield np.abs(crop - np.array(colour)).sum(-1) / 765


def written(name: str, size: int) -> Mask:
    """Draw a text as plainly as can be, cut to its ink."""
    face = font(size)
    mask = np.asarray(face.getmask(name)).reshape(face.getmask(name).size[::-1])
    return np.asarray(mask, np.float64) / 255


def glyph_of(element: Element) -> str:
    """Find the glyph of a bare icon."""
    if element.act:
        return ACTS[element.act].glyph
    pictures = (*names.ICONS, *zip(names.UNSEEN_LABELS, names.UNSEEN_GLYPHS, strict=True))
    return next(glyph for label, glyph in pictures if label.lower() == element.look)


def test_what_is_named_is_drawn_in_its_box() -> None:
    """The target's own name, or its icon, is found in the pixels of its box."""
    texts = icons = 0
    source, rng = ScreenSource(), np.random.default_rng(3)
    for _ in range(150):
        one = source.draw(rng)
        target = one.target
        if TYPES[target.kind] == "text" and target.kind != "label":
            best = max(
                likeness(ink, written(target.name.split(" ")[0], size))
                for ink in inks(one, target.box)
                for size in (10, 11, 12, 13, 14, 19)
            )
            assert best > 0.85, (target, best)
            texts += 1
        elif target.kind == "icon":
            best = max(
                likeness(ink, icon_mask(glyph_of(target), size) / 255.0)
                for ink in inks(one, target.box)
                for size in (14, 16, 17, 18, 22, 24, 25, 27, 30)
            )
            assert best > 0.85, (target, best)
            icons += 1
    assert texts > 40 and icons > 25


def test_likeness_tells_one_word_from_another() -> None:
    """The measure above fails where another word is drawn."""
    word, other = written("Storage", 13), written("Garages", 13)
    assert likeness(np.pad(word, 20), word) > 0.99
    assert likeness(np.pad(other, 20), word) < 0.85
