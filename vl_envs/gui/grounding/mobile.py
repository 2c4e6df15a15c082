"""Screens of phones and tablets: bars at the top and the bottom, and what fingers press."""

from __future__ import annotations

from collections.abc import Callable

from vl_envs.gui.drawing.painter import IntBox
from vl_envs.gui.drawing.theme import Colour
from vl_envs.gui.grounding.acts import ACTS, GROUPS
from vl_envs.gui.grounding.board import Board
from vl_envs.gui.grounding.fronts import question
from vl_envs.gui.grounding.panes import article, cards, form, listing, settings, table
from vl_envs.gui.grounding.widgets import (
    entries,
    field,
    icons_in_a_row,
    mix,
    tabs,
)
from vl_envs.gui.grounding.works import calendar, chat, files, keypad, player, shelf

Pane = Callable[[Board, IntBox, Colour], None]

CONTENTS: tuple[Pane, ...] = (
    *(settings, settings, settings, listing, listing, cards, form, article, calendar, files),
    *(player, keypad, chat, table),
)


def mobile(b: Board) -> None:
    """Draw the screen of a phone, or of a tablet where it is large."""
    t, u, dice = b.theme, b.u, b.dice
    b.touch = True
    b.size = u(14)
    width, height = b.width, b.height
    b.rect((0, 0, width, height), t.background)
    top, bottom = u(26), height - u(20)
    home = dice.chance(0.1)
    fill = t.background if home else t.bar
    _status(b, (0, 0, width, top), fill, t.text if home else t.on_bar)
    middle = width // 2
    line = (middle - u(50), height - u(10), middle + u(50), height - u(6))
    b.panel(line, t.muted, t.background, radius=u(2))
    if home:
        _home(b, (0, top, width, bottom))
    elif width > u(720) and dice.chance(0.7):
        _two_panes(b, (0, top, width, bottom))
    else:
        _one_pane(b, (0, top, width, bottom))
    if dice.chance(0.14):
        question(b)


def _status(b: Board, box: IntBox, fill: Colour, ink: Colour) -> None:
    """Draw the line with the time and the state of the phone; nothing on it is pressed."""
    left, top, right, bottom = box
    b.rect(box, fill)
    middle = (top + bottom) // 2
    b.text(left + b.u(16), middle, b.words.time(), b.u(12), ink, fill, "lm")
    for number, glyph in enumerate(("battery-70", "signal-cellular-2", "bluetooth")):
        b.icon(glyph, right - b.u(20 + 20 * number), middle, b.u(15), ink, fill)


def _home(b: Board, box: IntBox) -> None:
    """Draw the first screen: programs, a search field, the favourites below."""
    u = b.u
    left, top, right, bottom = box
    bg = b.theme.background
    if b.dice.chance(0.6):
        b.place = "start screen"
        inner = (left + u(18), top + u(12), right - u(18), top + u(56))
        field(b, inner, "Search", bg, icon="search")
        top += u(66)
    shelf(b, (left + u(10), top, right - u(10), bottom - u(84)), bg)
    b.place = "favourites"
    fill = mix(bg, b.theme.surface, 0.7)
    b.panel((left + u(10), bottom - u(78), right - u(10), bottom - u(6)), fill, bg, radius=u(18))
    pitch = (right - left - u(40)) // 4
    for number, act in enumerate(b.dice.sample(("call", "mail", "photo", "home", "calendar"), 4)):
        x = left + u(20) + number * pitch
        box = (x, bottom - u(74), x + pitch, bottom - u(10))
        b.icon_button(box, act, b.accent, fill, u(30))


def _one_pane(b: Board, box: IntBox) -> None:
    t, u, dice = b.theme, b.u, b.dice
    left, top, right, bottom = box
    top = _bar(b, (left, top, right, top + u(56)))
    if dice.chance(0.35):
        b.place = "tab bar"
        names = b.words.some("titles", dice.between(2, 4))
        tabs(b, (left, top, right, top + u(44)), names, t.background, fill=True)
        top += u(44)
    elif dice.chance(0.25):
        b.place = "filters"
        x = left + u(12)
        for name in b.words.some("titles", 6):
            wide = b.wide(name) + u(26)
            if x + wide > right - u(8):
                break
            fill = mix(t.background, b.accent, 0.15)
            b.panel((x, top + u(9), x + wide, top + u(41)), fill, t.background, radius=u(16))
            b.text(x + wide // 2, top + u(25), name, b.size, t.text, fill, "mm")
            b.add((x, top + u(9), x + wide, top + u(41)), "chip", name)
            x += wide + u(8)
        top += u(50)
    low = bottom
    if dice.chance(0.6):
        low = bottom - u(60)
        _foot(b, (left, low, right, bottom + u(2)))
    dice.pick(CONTENTS)(b, (left, top, right, low), t.background)
    if dice.chance(0.25):
        _floating(b, right - u(18), low - u(18))


def _bar(b: Board, box: IntBox, place: str = "title bar") -> int:
    """Draw the bar with the title, or with a search field in its place."""
    t, u, dice = b.theme, b.u, b.dice
    left, top, right, bottom = box
    b.rect(box, t.bar)
    b.place = place
    x = left + u(16)
    sort = dice.random()
    if sort < 0.75:
        act = "back" if sort < 0.45 else "menu"
        b.icon_button((left, top, left + u(52), bottom), act, t.on_bar, t.bar, u(22))
        x = left + u(58)
    acts = dice.sample(GROUPS["app"], dice.between(1, 2)) + ["more"] * dice.chance(0.4)
    line = (right - u(160), top, right, bottom)
    end = icons_in_a_row(b, line, acts[::-1], t.on_bar, t.bar, u(46), from_right=True)
    middle = (top + bottom) // 2
    if dice.chance(0.2) and "search" not in acts:
        field(b, (x, middle - u(20), end - u(6), middle + u(20)), "Search", t.bar, icon="search")
    else:
        name = b.words.one("titles")
        b.label(x, middle, name, t.bar, size=u(19), colour=t.on_bar, width=end - x - u(6))
    return bottom


def _foot(b: Board, box: IntBox) -> None:
    """Draw the bar below that leads to the parts of the program."""
    t, u, dice = b.theme, b.u, b.dice
    left, top, right, bottom = box
    fill = mix(t.background, t.surface, 0.8)
    b.rect(box, fill)
    b.rect((left, top, right, top + 1), t.border)
    b.place = "bottom bar"
    count = dice.between(3, 5)
    pitch = (right - left) // count
    acts = dice.sample(GROUPS["tabs"], count)
    named = dice.chance(0.6)
    for number, (act, name) in enumerate(zip(acts, b.words.some("titles", count), strict=False)):
        x = left + number * pitch
        inner = (x, top + 1, x + pitch, bottom)
        ink = b.accent if number == 0 else t.muted
        if not named:
            b.icon_button(inner, act, ink, fill, u(24))
            continue
        # With a name of its own it does what the name says, whatever the icon shows.
        glyph, look = ACTS[act][:2]
        b.icon(glyph, x + pitch // 2, top + u(20), u(22), ink, fill)
        room = pitch - u(4)
        b.text(x + pitch // 2, top + u(43), name, u(11), ink, fill, "mm", width=room)
        b.add(inner, "tab", name, look=look, pressable=b.wide(name, u(11)) <= room)


def _floating(b: Board, right: int, bottom: int) -> None:
    """Draw a round button that floats over the rest."""
    t, u = b.theme, b.u
    side = u(54)
    box = (right - side, bottom - side, right, bottom)
    b.cover(box)
    b.place = ""
    b.panel(box, b.accent, t.background, radius=u(18))
    act = b.dice.pick(("add", "edit", "photo", "call", "voice"))
    b.icon_button(box, act, t.on_primary, b.accent, u(24))


def _two_panes(b: Board, box: IntBox) -> None:
    """Draw a list at the left and what belongs to its active entry at the right."""
    t, u, dice = b.theme, b.u, b.dice
    left, top, right, bottom = box
    middle = left + int((right - left) * (0.3 + 0.12 * dice.random()))
    if dice.chance(0.4):
        rail = left + u(72)
        b.rect((left, top, rail, bottom), mix(t.background, t.surface, 0.8))
        b.place = "side bar"
        acts = dice.sample(GROUPS["tabs"], min(6, (bottom - top) // u(64)))
        for number, act in enumerate(acts):
            y = top + u(8) + number * u(64)
            fill = mix(t.background, t.surface, 0.8)
            b.icon_button((left, y, rail, y + u(60)), act, t.muted, fill, u(24))
        left = rail
    inner = _bar(b, (left, top, middle, top + u(56)), "left title bar")
    if dice.chance(0.5):
        b.place = "list"
        names = b.words.some("titles", (bottom - inner) // u(48))
        entries(b, (left, inner, middle, bottom), names, t.background, b.words.pictures(len(names)))
    else:
        listing(b, (left, inner, middle, bottom), t.background)
    b.rect((middle, top, middle + 1, bottom), t.border)
    inner = _bar(b, (middle + 1, top, right, top + u(56)), "right title bar")
    dice.pick(CONTENTS)(b, (middle + 1, inner, right, bottom), t.background)
