"""Themes: the colours, corners and sizes that make one screen look like another application."""

from __future__ import annotations

from dataclasses import dataclass

Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Theme:
    """How a screen looks. Colours are (red, green, blue), 0 to 255.

    Attributes:
        name: of the theme.
        background: behind everything.
        surface: of cards, rows, fields and dialogs.
        bar: of the title bar.
        on_bar: of text and icons on the title bar.
        text: of plain text.
        muted: of secondary text.
        border: of lines and outlines.
        primary: of what is active: buttons, switches, the chosen tab.
        on_primary: of text and icons on ``primary``.
        disabled: of what cannot be pressed.
        tiles: fills of icon tiles, one after the other.
        on_tile: of icons on tiles.
        radius: of corners, in pixels of a screen of 448 pixels.
        scale: of all measures; a dense theme shows more.
        frame: ``mobile`` has a status bar, ``desktop`` a window's title line.
        columns: of icon grids.
    """

    name: str
    background: Colour
    surface: Colour
    bar: Colour
    on_bar: Colour
    text: Colour
    muted: Colour
    border: Colour
    primary: Colour
    on_primary: Colour
    disabled: Colour
    tiles: tuple[Colour, ...]
    on_tile: Colour = (255, 255, 255)
    radius: int = 8
    scale: float = 1.0
    frame: str = "mobile"
    columns: int = 3


_VIVID = ((37, 99, 235), (5, 150, 105), (217, 119, 6), (220, 38, 38), (124, 58, 237), (8, 145, 178))
_SOFT = ((96, 125, 139), (121, 134, 203), (77, 182, 172), (240, 98, 146), (255, 138, 101))
_NEON = ((56, 189, 248), (74, 222, 128), (250, 204, 21), (248, 113, 113), (192, 132, 252))
_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)

_TABLE = (
    Theme(
        "light",
        background=(246, 247, 249),
        surface=_WHITE,
        bar=_WHITE,
        on_bar=(31, 41, 55),
        text=(31, 41, 55),
        muted=(107, 114, 128),
        border=(221, 225, 230),
        primary=(37, 99, 235),
        on_primary=_WHITE,
        disabled=(190, 195, 202),
        tiles=_VIVID,
    ),
    Theme(
        "dark",
        background=(17, 20, 26),
        surface=(31, 36, 46),
        bar=(24, 28, 36),
        on_bar=(232, 234, 240),
        text=(232, 234, 240),
        muted=(146, 154, 168),
        border=(52, 59, 72),
        primary=(96, 165, 250),
        on_primary=(12, 20, 33),
        disabled=(84, 92, 106),
        tiles=_NEON,
        on_tile=(17, 20, 26),
    ),
    Theme(
        "dense",
        background=_WHITE,
        surface=(248, 249, 250),
        bar=(52, 64, 84),
        on_bar=_WHITE,
        text=(29, 41, 57),
        muted=(102, 112, 133),
        border=(208, 213, 221),
        primary=(2, 122, 72),
        on_primary=_WHITE,
        disabled=(184, 190, 200),
        tiles=_SOFT,
        radius=3,
        scale=0.82,
        columns=4,
    ),
    Theme(
        "mobile",
        background=(254, 247, 255),
        surface=(243, 237, 247),
        bar=(254, 247, 255),
        on_bar=(29, 27, 32),
        text=(29, 27, 32),
        muted=(98, 91, 113),
        border=(202, 196, 208),
        primary=(103, 80, 164),
        on_primary=_WHITE,
        disabled=(190, 184, 196),
        tiles=((103, 80, 164), (125, 82, 96), (98, 91, 113), (0, 99, 154), (56, 106, 32)),
        radius=16,
        scale=1.06,
    ),
    Theme(
        "desktop",
        background=(236, 233, 228),
        surface=(250, 249, 247),
        bar=(214, 210, 203),
        on_bar=(36, 34, 31),
        text=(36, 34, 31),
        muted=(110, 105, 98),
        border=(178, 173, 165),
        primary=(0, 103, 192),
        on_primary=_WHITE,
        disabled=(170, 166, 160),
        tiles=((0, 103, 192), (16, 124, 65), (196, 89, 17), (164, 38, 44), (92, 45, 145)),
        radius=4,
        scale=0.9,
        frame="desktop",
        columns=4,
    ),
    Theme(
        "high_contrast",
        background=_BLACK,
        surface=_BLACK,
        bar=_BLACK,
        on_bar=(255, 255, 0),
        text=_WHITE,
        muted=(255, 255, 0),
        border=_WHITE,
        primary=(26, 235, 255),
        on_primary=_BLACK,
        disabled=(120, 120, 120),
        tiles=(_BLACK,),
        on_tile=_WHITE,
        radius=0,
        scale=1.06,
    ),
    Theme(
        "warm",
        background=(253, 246, 236),
        surface=(255, 252, 246),
        bar=(194, 87, 61),
        on_bar=(255, 248, 240),
        text=(67, 48, 38),
        muted=(143, 118, 101),
        border=(232, 216, 198),
        primary=(194, 87, 61),
        on_primary=(255, 248, 240),
        disabled=(206, 192, 178),
        tiles=((194, 87, 61), (122, 132, 80), (201, 148, 58), (87, 117, 119), (140, 84, 96)),
        radius=12,
    ),
    Theme(
        "ocean",
        background=(226, 240, 245),
        surface=(240, 249, 252),
        bar=(11, 79, 108),
        on_bar=(240, 249, 252),
        text=(8, 45, 62),
        muted=(84, 122, 138),
        border=(178, 208, 219),
        primary=(1, 122, 135),
        on_primary=_WHITE,
        disabled=(160, 184, 194),
        tiles=((11, 79, 108), (1, 122, 135), (56, 134, 151), (30, 96, 145), (82, 121, 111)),
        radius=20,
        scale=0.94,
    ),
    Theme(
        "terminal",
        background=(12, 26, 20),
        surface=(18, 38, 30),
        bar=(8, 18, 14),
        on_bar=(112, 224, 150),
        text=(168, 240, 190),
        muted=(92, 158, 116),
        border=(44, 84, 64),
        primary=(112, 224, 150),
        on_primary=(8, 18, 14),
        disabled=(56, 92, 72),
        tiles=((44, 84, 64), (60, 96, 44), (36, 88, 92)),
        on_tile=(190, 250, 206),
        radius=2,
        frame="desktop",
    ),
    Theme(
        "candy",
        background=(255, 240, 246),
        surface=(255, 250, 252),
        bar=(214, 51, 132),
        on_bar=_WHITE,
        text=(74, 20, 52),
        muted=(158, 96, 130),
        border=(247, 207, 224),
        primary=(214, 51, 132),
        on_primary=_WHITE,
        disabled=(226, 190, 206),
        tiles=((214, 51, 132), (111, 66, 193), (13, 148, 136), (232, 121, 49), (66, 99, 235)),
        radius=22,
    ),
)

THEMES: dict[str, Theme] = {theme.name: theme for theme in _TABLE}
UNSEEN_THEMES = ("terminal", "candy")
"""Kept for the out-of-distribution axis ``theme``."""
SEEN_THEMES = tuple(name for name in THEMES if name not in UNSEEN_THEMES)
