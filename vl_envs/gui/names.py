"""Names and pictures that drawn screens are made of, in pools that share no name.

The pools are the file ``data/names.json``; ``data/README.md`` tells how it was made.
"""

from __future__ import annotations

import json
from importlib.resources import files

_POOLS = json.loads(files(__package__).joinpath("data/names.json").read_text("utf-8"))

SCREEN_NAMES: tuple[str, ...] = tuple(_POOLS["screens"])
"""Titles of screens, such as ``Orders`` and ``Gift Cards``: one or two words."""
ICONS: tuple[tuple[str, str], ...] = tuple((label, glyph) for label, glyph in _POOLS["icons"])
"""Labels of icons, each with its glyph in the Material Design Icons font."""
UNSEEN_LABELS: tuple[str, ...] = tuple(_POOLS["unseen_labels"])
"""Labels that `ICONS` does not use: for the axis ``name``."""
UNSEEN_GLYPHS: tuple[str, ...] = tuple(_POOLS["unseen_glyphs"])
"""Glyphs that `ICONS` does not use, nor anything that looks like them: for the axis ``image``.

Glyph ``k`` shows what ``UNSEEN_LABELS[k]`` says.
"""
SETTINGS: tuple[str, ...] = tuple(_POOLS["settings"])
"""Names of switches, such as ``Auto Save``."""
FIELDS: tuple[str, ...] = tuple(_POOLS["fields"])
"""Names of text fields, such as ``Nickname``."""
WORDS: tuple[str, ...] = tuple(_POOLS["words"])
"""Short words in lower case, to be typed."""
