"""The pools of names and glyphs: large enough, well formed, apart, and really in the font."""

from __future__ import annotations

import re
from itertools import combinations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from vl_envs.gui import names
from vl_envs.gui.apps.presets import MAX_SCREENS
from vl_envs.gui.drawing.icons import has_icon

LABELS = tuple(label for label, _ in names.ICONS)
GLYPHS = tuple(glyph for _, glyph in names.ICONS)
TITLES = {
    "screens": names.SCREEN_NAMES,
    "icons": LABELS,
    "unseen": names.UNSEEN_LABELS,
    "settings": names.SETTINGS,
    "fields": names.FIELDS,
}


def test_pools_are_large_enough() -> None:
    """The largest graph can be drawn with a name for each screen and a picture for each icon."""
    assert len(names.SCREEN_NAMES) >= MAX_SCREENS
    assert len(names.ICONS) >= 300 and len(names.SETTINGS) >= 120
    assert len(names.UNSEEN_LABELS) == len(names.UNSEEN_GLYPHS) >= 230
    assert len(names.FIELDS) >= 40 and len(names.WORDS) >= 200


@pytest.mark.parametrize("pool", TITLES)
def test_names_are_short_and_plain(pool: str) -> None:
    """One or two words (three for a few settings) of at most 12 letters, none twice."""
    for name in TITLES[pool]:
        assert re.fullmatch(r"[A-Z0-9][\w-]*( [A-Z0-9][\w-]*){0,2}", name), name
        assert name.isascii() and max(map(len, name.split())) <= 12
        assert len(name.split()) <= (3 if pool == "settings" else 2)
    assert len({name.lower() for name in TITLES[pool]}) == len(TITLES[pool])


@pytest.mark.parametrize(("one", "other"), list(combinations(TITLES, 2)))
def test_pools_share_no_name(one: str, other: str) -> None:
    """A label seen in training never occurs on the axis ``name``, nor as anything else."""
    assert not {n.lower() for n in TITLES[one]} & {n.lower() for n in TITLES[other]}


def test_words_can_be_typed() -> None:
    """Words are three to eight small letters, none twice."""
    assert all(re.fullmatch("[a-z]{3,8}", word) for word in names.WORDS)
    assert len(set(names.WORDS)) == len(names.WORDS)


def test_glyphs_are_in_the_font() -> None:
    """Every glyph has an outline of its own name, and no pool has one twice."""
    for pool in (GLYPHS, names.UNSEEN_GLYPHS):
        assert [glyph for glyph in pool if not has_icon(glyph)] == []
        assert len(set(pool)) == len(pool)


def test_unseen_glyphs_are_no_variants_of_seen_ones() -> None:
    """No ``x-outline`` or ``x-off`` beside ``x``, in either direction."""
    variant = re.compile(r"-(outline|off|variant|\d+)$")

    def base(glyph: str) -> str:
        while variant.search(glyph):
            glyph = variant.sub("", glyph)
        return glyph

    assert not set(map(base, GLYPHS)) & set(map(base, names.UNSEEN_GLYPHS))


def ink(glyph: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Draw a glyph at 48 pixels, centred by its ink, without the package's own drawing."""
    mdi = pytest.importorskip("fonticon_mdi7").MDI7
    face = ImageFont.truetype(mdi.__font_file__, 48)
    letter = getattr(mdi, glyph.replace("-", "_")).rpartition(".")[2]
    left, top, right, bottom = face.getbbox(letter)
    mask = Image.new("L", (56, 56))
    corner = (round((56 - left - right) / 2), round((56 - top - bottom) / 2))
    ImageDraw.Draw(mask).text(corner, letter, 255, face)
    return (np.asarray(mask) > 127).ravel()


def test_no_two_glyphs_look_alike() -> None:
    """No two share more than 80 % of their ink; of a seen and an unseen one even less."""
    glyphs = (*GLYPHS, *names.UNSEEN_GLYPHS)
    masks = np.stack([ink(glyph) for glyph in glyphs])
    assert masks.sum(1).min() > 100  # each one is a picture
    assert len({mask.tobytes() for mask in masks}) == len(glyphs)
    counts = masks.astype(np.float32)
    shared = counts @ counts.T
    area = counts.sum(1)
    alike = shared / (area[:, None] + area[None] - shared)
    np.fill_diagonal(alike, 0)
    assert alike.max() < 0.82, [glyphs[i] for i in np.unravel_index(alike.argmax(), alike.shape)]
    across = alike[: len(GLYPHS), len(GLYPHS) :]
    assert across.max() < 0.77
