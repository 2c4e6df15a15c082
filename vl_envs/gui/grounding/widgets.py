"""Parts of screens, drawn on a `Board`: buttons, fields, switches, tabs, rows of icons, tables."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from vl_envs.gui.drawing.painter import IntBox, Pixels
from vl_envs.gui.drawing.theme import Colour
from vl_envs.gui.grounding.acts import ACTS
from vl_envs.gui.grounding.board import Board

COLOURS: dict[str, Colour] = {
    "black": (20, 20, 20),
    "white": (250, 250, 250),
    "red": (214, 40, 40),
    "orange": (240, 140, 30),
    "yellow": (245, 215, 50),
    "green": (50, 150, 70),
    "blue": (40, 90, 210),
    "purple": (125, 60, 180),
    "pink": (240, 130, 180),
    "brown": (120, 75, 40),
}


SCENES = 12
"""So many landscapes stand for photos."""


def mix(one: Colour, two: Colour, share: float) -> Colour:
    """Go ``share`` of the way from one colour to another."""
    r, g, b = (round(a + (b - a) * share) for a, b in zip(one, two, strict=True))
    return r, g, b


@lru_cache(maxsize=64)
def _smaller(number: int, every: int) -> Pixels:
    return np.ascontiguousarray(scene(number)[::every, ::every])


@lru_cache(maxsize=SCENES)
def scene(number: int) -> Pixels:
    """Draw a landscape that stands for a photo, uint8 [640, 960, 3]."""
    rng = np.random.default_rng(number)
    down, across = np.mgrid[0:640, 0:960].astype(np.float32)
    sky = rng.integers(90, 250, (2, 3)).astype(np.float32)
    share = (down / 640)[..., None]
    pixels = sky[0] * (1 - share) + sky[1] * share
    sun = (down - rng.integers(60, 260)) ** 2 + (across - rng.integers(100, 860)) ** 2
    pixels[sun < rng.integers(30, 70) ** 2] = (250, 240, 190)
    for height in (260, 360, 470):
        wave = sum(
            rng.integers(10, 46) * np.sin(across / rng.integers(50, 220) + rng.random() * 6)
            for _ in range(3)
        )
        pixels[down > height + wave] = rng.integers(30, 190, 3)
    return np.asarray(pixels, np.uint8)


def photo(b: Board, box: IntBox) -> None:
    """Draw a part of some landscape into ``box``, as much of it as there is room for."""
    left, top, right, bottom = box
    width, height = min(right - left, 960), min(bottom - top, 640)
    if width > 0 and height > 0:
        every = max(1, min(6, 960 // width, 640 // height))
        seen = _smaller(b.dice.below(SCENES), every)
        x, y = (seen.shape[1] - width) // 2, (seen.shape[0] - height) // 2
        crop = seen[y : y + height, x : x + width]
        if left < 0 or top < 0 or left + width > b.width or top + height > b.height:
            b.image(crop, left, top)
        else:  # copied once rather than twice
            b.pixels[top : top + height, left : left + width] = crop


def button_width(b: Board, name: str) -> int:
    """Return the width of a button that holds a name well."""
    return b.wide(name) + b.u(26)


def button(
    b: Board, box: IntBox, name: str, behind: Colour, style: str = "plain", kind: str = "button"
) -> None:
    """Draw a button with a name: ``primary``, ``plain``, ``ghost`` or ``off`` (not to be used)."""
    t = b.theme
    left, top, right, bottom = box
    fill, ink, outline = t.surface, t.text, t.border
    if style == "primary":
        fill, ink, outline = b.accent, t.on_primary, b.accent
    elif style == "ghost":
        fill, ink, outline = behind, b.accent, behind
    elif style == "off":
        ink = t.disabled
    if style != "ghost":
        b.panel(box, fill, behind, outline=outline)
    room = right - left - b.u(8)
    wide = b.text(
        (left + right) // 2, (top + bottom) // 2, name, b.size, ink, fill, "mm", width=room
    )
    readable = wide <= room and b.wide(name) <= room
    b.add(box, kind, name, pressable=readable and style != "off")


def buttons_in_a_row(
    b: Board, right: int, middle: int, names: Sequence[str], behind: Colour, limit: int
) -> None:
    """Draw buttons from the right to the left, the first one active, as far as ``limit``."""
    height = b.u(36 if b.touch else 28)
    for number, name in enumerate(names):
        left = right - button_width(b, name)
        if left < limit:
            return
        box = (left, middle - height // 2, right, middle + height - height // 2)
        button(b, box, name, behind, "plain" if number else "primary")
        right = left - b.u(8)


def icons_in_a_row(
    b: Board,
    box: IntBox,
    acts: Sequence[str],
    colour: Colour,
    behind: Colour,
    pitch: int | None = None,
    from_right: bool = False,
) -> int:
    """Draw icons of acts side by side; return where the last one ends."""
    left, top, right, bottom = box
    pitch = pitch or bottom - top
    x = right if from_right else left
    for act in acts:
        if from_right:
            if x - pitch < left:
                break
            b.icon_button((x - pitch, top, x, bottom), act, colour, behind)
            x -= pitch
        else:
            if x + pitch > right:
                break
            b.icon_button((x, top, x + pitch, bottom), act, colour, behind)
            x += pitch
    return x


def picture(
    b: Board, x: int, y: int, size: int, glyph: str, behind: Colour, colour: Colour | None = None
) -> None:
    """Draw a picture's icon on a coloured tile with its middle at (x, y), or bare in a colour."""
    if colour is not None:
        b.icon(glyph, x, y, size, colour, behind)
        return
    tile = b.theme.tiles[len(glyph) % len(b.theme.tiles)]
    half = size // 2
    b.panel(
        (x - half, y - half, x + half, y + half), tile, behind, radius=min(half, b.u(8)),
        outline=b.theme.border,
    )  # fmt: skip
    b.icon(glyph, x, y, int(size * 0.62), b.theme.on_tile, tile)


def field(
    b: Board, box: IntBox, name: str, behind: Colour, value: str = "", icon: str = ""
) -> None:
    """Draw a text field: what is in it, or its name as a hint."""
    t = b.theme
    left, top, right, bottom = box
    b.panel(box, t.surface, behind, outline=t.border)
    x, middle = left + b.u(8), (top + bottom) // 2
    if icon:
        b.icon(ACTS[icon].glyph, x + b.u(8), middle, b.u(16), t.muted, t.surface)
        x += b.u(22)
    room = right - x - b.u(6)
    ink = t.text if value else t.muted
    b.text(x, middle, value or name, b.size, ink, t.surface, "lm", width=room)
    # A search field means what a search icon means.
    b.add(box, "field", name, act=icon, pressable=bool(value) or b.wide(name) <= room)


def labelled_field(
    b: Board, box: IntBox, name: str, behind: Colour, value: str, drop: bool = False
) -> None:
    """Draw a field, or a drop-down list, with its name above; ``box`` holds both."""
    left, top, right, bottom = box
    size = b.u(12)
    b.label(left, top, name, behind, size=size, colour=b.theme.muted, anchor="la")
    inner = (left, top + b.u(18), right, bottom)
    if drop:
        dropdown(b, inner, name, behind, value)
    else:
        field(b, inner, name, behind, value=value or " ")


def dropdown(b: Board, box: IntBox, name: str, behind: Colour, value: str) -> None:
    """Draw a closed drop-down list with its chosen value."""
    t = b.theme
    left, top, right, bottom = box
    b.panel(box, t.surface, behind, outline=t.border)
    middle = (top + bottom) // 2
    b.text(
        left + b.u(8), middle, value, b.size, t.text, t.surface, "lm",
        width=right - left - b.u(30),
    )  # fmt: skip
    b.icon("chevron-down", right - b.u(14), middle, b.u(16), t.muted, t.surface)
    b.add(box, "list", name)


def tick(
    b: Board, x: int, y: int, name: str, behind: Colour, on: bool, *, radio: bool = False
) -> int:
    """Draw a check box (or a radio button) with its name to the right; return where it ends."""
    t = b.theme
    glyphs = ("radiobox-blank", "radiobox-marked") if radio else (
        "checkbox-blank-outline", "checkbox-marked"
    )  # fmt: skip
    half = b.u(9)
    b.icon(glyphs[on], x + half, y, half * 2, b.accent if on else t.muted, behind)
    wide = b.text(x + half * 2 + b.u(5), y, name, b.size, t.text, behind, "lm")
    right = x + half * 2 + b.u(5) + wide
    box = (x, y - half - b.u(1), right + b.u(2), y + half + b.u(1))
    b.add(box, "radio" if radio else "checkbox", name, state="on" if on else "off")
    return right


def toggle(b: Board, right: int, y: int, on: bool, behind: Colour) -> IntBox:
    """Draw a switch that ends at ``right``; return its box."""
    t = b.theme
    width, height = b.u(36), b.u(20)
    box = (right - width, y - height // 2, right, y - height // 2 + height)
    fill = b.accent if on else t.disabled
    b.panel(box, fill, behind, radius=height // 2)
    knob, gap = height - b.u(6), b.u(3)
    x = box[2] - gap - knob if on else box[0] + gap
    knob_colour = t.on_primary if on else t.surface
    b.panel((x, box[1] + gap, x + knob, box[1] + gap + knob), knob_colour, fill, radius=knob // 2)
    return box


def slider(b: Board, left: int, right: int, y: int, name: str, behind: Colour) -> None:
    """Draw a slider that says nothing itself: its name stands beside it."""
    t = b.theme
    at = left + int((right - left) * (0.15 + 0.7 * b.dice.random()))
    half = b.u(2)
    b.rect((left, y - half, at, y + half), b.accent)
    b.rect((at, y - half, right, y + half), t.border)
    knob = b.u(7)
    b.panel((at - knob, y - knob, at + knob, y + knob), b.accent, behind, radius=knob)
    b.add((left, y - b.u(9), right, y + b.u(9)), "slider", name)


def tabs(b: Board, box: IntBox, names: Sequence[str], behind: Colour, fill: bool = False) -> None:
    """Draw tabs side by side, one of them active; ``fill`` divides the whole width among them."""
    t = b.theme
    left, top, right, bottom = box
    active = b.dice.below(len(names))
    share = (right - left) // len(names)
    x = left
    for number, name in enumerate(names):
        width = share if fill else b.wide(name) + b.u(28)
        if x + width > right:
            break
        ink = b.accent if number == active else t.muted
        wide = b.text(
            x + width // 2, (top + bottom) // 2, name, b.size, ink, behind, "mm",
            width=width - b.u(4),
        )  # fmt: skip
        if number == active:
            b.rect((x + b.u(4), bottom - b.u(3), x + width - b.u(4), bottom), b.accent)
        b.add((x, top, x + width, bottom), "tab", name, pressable=wide >= b.wide(name))
        x += width
    b.rect((left, bottom - 1, right, bottom), t.border)


def entries(
    b: Board,
    box: IntBox,
    names: Sequence[str],
    behind: Colour,
    pictures: Sequence[tuple[str, str]] = (),
    pitch: int | None = None,
    kind: str = "item",
    ink: Colour | None = None,
) -> int:
    """Draw a column of names, with pictures before them; one is active. Return where it ends."""
    t = b.theme
    left, top, right, bottom = box
    pitch = pitch or b.u(48 if b.touch else 28)
    ink = ink or t.text
    active = b.dice.below(len(names) + 3)
    y = top
    for number, name in enumerate(names):
        if y + pitch > bottom:
            break
        line = (left, y, right, y + pitch)
        fill = behind
        if number == active:
            fill = mix(behind, b.accent, 0.16)
            b.rect(line, fill)
        x, middle, look = left + b.u(12), y + pitch // 2, ""
        if number < len(pictures):
            look, glyph = pictures[number]
            b.icon(glyph, x + b.u(8), middle, b.u(18), b.accent if number == active else ink, fill)
            x += b.u(26)
        room = right - x - b.u(6)
        b.text(x, middle, name, b.size, ink, fill, "lm", width=room)
        b.add(line, kind, name, look=look, pressable=b.wide(name) <= room)
        y += pitch
    return y
