"""What fills a window, a page or a phone: tables, lists, forms, cards, settings, text.

A pane draws itself into a box of a `Board` that was filled with the colour ``bg``, as dense as the
box allows, and leaves out what has no room.
"""

from __future__ import annotations

from vl_envs.gui.drawing.painter import IntBox
from vl_envs.gui.drawing.theme import Colour
from vl_envs.gui.grounding.acts import GROUPS
from vl_envs.gui.grounding.board import UNREAD, Board
from vl_envs.gui.grounding.widgets import (
    button,
    button_width,
    buttons_in_a_row,
    icons_in_a_row,
    labelled_field,
    mix,
    photo,
    picture,
    slider,
    tick,
    toggle,
)
from vl_envs.gui.grounding.words import POOLS

LISTED = ("people", "files", "goods", "titles", "cities", "apps")
"""Pools of names that lists and tables are made of."""


def sheet(b: Board, box: IntBox, bg: Colour) -> None:
    """Draw a spreadsheet with named rows and columns, and a number in every cell."""
    t, u, dice = b.theme, b.u, b.dice
    left, top, right, bottom = box
    b.place = "sheet"
    height, column = u(32 if b.touch else 21), u(dice.pick((62, 74, 88)))
    head = u(104)
    columns = b.words.some(dice.pick(("months", "columns")), (right - left - head) // column)
    rows = b.words.some(dice.pick(("cities", "people")), (bottom - top) // height - 1)
    end = left + head + column * len(columns)
    low = top + height * (len(rows) + 1)
    band = mix(t.surface, t.border, 0.4)
    b.rect(box, t.surface)
    b.rect((left, top, right, top + height), band)
    b.rect((left, top, left + head, low), band)
    for number in range(len(columns) + 1):
        x = left + head + number * column
        b.rect((x, top, x + 1, low), t.border)
    for number, name in enumerate(columns):
        x = left + head + number * column + column // 2
        b.label(x, top + height // 2, name, band, anchor="mm", width=column - u(4), size=u(12))
    y = top
    for name in rows:
        y += height
        b.rect((left, y, end, y + 1), t.border)
        b.label(left + u(6), y + height // 2, name, band, width=head - u(8), size=u(12))
        x = left + head
        for over in columns:
            value = b.words.number()
            b.text(x + column - u(6), y + height // 2, value, u(12), t.text, t.surface, "rm")
            b.add((x, y, x + column, y + height), "cell", value, row=name, column=over)
            x += column
    b.rect((left, low, end, low + 1), t.border)
    if rows and columns:
        x = left + head + dice.below(len(columns)) * column
        y = top + height * dice.between(1, len(rows))
        b.frame((x, y, x + column + 1, y + height + 1), b.accent)
        b.frame((x + 1, y + 1, x + column, y + height), b.accent)


def table(b: Board, box: IntBox, bg: Colour) -> None:
    """Draw a table whose entries have a name to open, a check box, numbers and icons."""
    t, u, dice = b.theme, b.u, b.dice
    left, top, right, bottom = box
    b.place = "table"
    height = u(44 if b.touch else dice.pick((28, 32, 38)))
    names = b.words.some(dice.pick(LISTED), (bottom - top) // height - 1)
    acts = dice.sample(GROUPS["row"], dice.between(1, 3)) if right - left > u(360) else ["more"]
    ticks, pitch = dice.chance(0.6), u(30)
    columns = b.words.some("columns", max(0, min(5, (right - left - u(330)) // u(100))))
    start = left + (u(36) if ticks else u(10))
    actions = right - u(8) - pitch * len(acts)
    step = (actions - start - u(150)) // len(columns) if columns else 0
    band = mix(bg, t.border, 0.35)
    b.rect((left, top, right, top + height), band)
    middle = top + height // 2
    b.label(start, middle, "Name", band, size=u(12), colour=t.muted)
    for number, name in enumerate(columns):
        x = start + u(150) + number * step
        wide = b.text(x, middle, name, u(12), t.muted, band, "lm")
        b.icon("unfold-more-horizontal", x + wide + u(8), middle, u(12), t.muted, band)
        b.add((x, top + u(3), x + wide + u(16), top + height - u(3)), "button", name)
    y = top + height
    for name in names:
        b.rect((left, y, right, y + 1), t.border)
        middle = y + height // 2
        if ticks:
            _lone_tick(b, left + u(10), middle, name, bg)
        room = (u(142) if columns else actions - start) - u(8)
        wide = b.text(start, middle, name, b.size, b.accent, bg, "lm", width=room)
        readable = b.wide(name) <= room
        end = start + wide + u(2)
        b.add((start - u(2), middle - u(9), end, middle + u(9)), "link", name, pressable=readable)
        b.row = name if readable else UNREAD
        for number, column in enumerate(columns):
            x, value = start + u(150) + number * step, b.words.number()
            b.text(x, middle, value, b.size, t.text, bg, "lm")
            cell = (x - u(4), y + 1, x + step - u(4), y + height)
            b.add(cell, "cell", value, column=column, pressable=readable)
        icons_in_a_row(
            b, (actions, middle - u(13), right, middle + u(13)), acts, t.muted, bg, pitch
        )
        b.row = ""
        y += height
    b.rect((left, y, right, y + 1), t.border)


def _lone_tick(b: Board, x: int, y: int, row: str, bg: Colour) -> None:
    """Draw a check box that belongs to an entry of a table."""
    on = b.dice.chance(0.25)
    glyph, colour = (
        ("checkbox-marked", b.accent) if on else ("checkbox-blank-outline", b.theme.muted)
    )
    half = b.u(9)
    b.icon(glyph, x + half, y, half * 2, colour, bg)
    state = "on" if on else "off"
    b.add((x - 1, y - half - 1, x + half * 2 + 1, y + half + 1), "checkbox", state=state, row=row)


def listing(b: Board, box: IntBox, bg: Colour) -> None:
    """Draw a list: a picture, a name, a line of text, and a time or an icon at the end."""
    t, u, dice = b.theme, b.u, b.dice
    left, top, right, bottom = box
    b.place = "list"
    height = u(dice.pick((58, 66, 74) if b.touch else (40, 46, 54)))
    names = b.words.some(dice.pick(LISTED), (bottom - top) // height)
    pictures = b.words.pictures(len(names))
    act = dice.pick(("", "", "more", "star", "call", "delete", "play", "download", "mail", "info"))
    y = top
    for name, (look, glyph) in zip(names, pictures, strict=False):
        middle = y + height // 2
        end = right - u(46 if act else 8)
        picture(b, left + u(30), middle, u(34 if b.touch else 28), glyph, bg)
        x = left + u(58)
        room = end - x - u(52)
        b.text(x, middle - u(9), name, b.size, t.text, bg, "lm", width=room)
        b.text(x, middle + u(9), dice.pick(_LINES), u(11), t.muted, bg, "lm", width=end - x - u(8))
        readable = b.wide(name) <= room
        b.add((left, y, end, y + height), "item", name, look=look, pressable=readable)
        if act:
            b.row = name if readable else UNREAD
            b.icon_button((end, middle - u(20), right - u(6), middle + u(20)), act, t.muted, bg)
            b.row = ""
        else:
            b.text(right - u(12), middle - u(9), b.words.time(), u(11), t.muted, bg, "rm")
        y += height
        b.rect((x, y - 1, right, y), t.border)


_LINES = (
    *("Seen a moment ago", "Waiting for an answer", "Nothing new since then", "Two new entries"),
    *("Sent this morning", "Kept for later", "Part of the old plan", "Changed by someone else"),
    *("Needs a closer look", "Ready to be collected", "From last week", "Not opened yet"),
)


def form(b: Board, box: IntBox, bg: Colour) -> None:
    """Draw a form: named fields and lists, boxes to tick, a choice of several, buttons."""
    t, u, dice = b.theme, b.u, b.dice
    left, top, right, bottom = (box[0] + u(16), box[1] + u(10), box[2] - u(16), box[3] - u(8))
    b.place = "form"
    b.label(left, top + u(10), b.words.one("titles"), bg, size=u(18))
    y = top + u(32)
    columns = max(1, min(3, (right - left) // u(240)))
    pitch, step = (right - left + u(14)) // columns, u(72 if b.touch else 58)
    foot = bottom - u(96)
    rows = min(max(1, (foot - y) // step), dice.between(3, 7))
    names = b.words.some("fields", rows * columns)
    for number, name in enumerate(names):
        x, line = left + number % columns * pitch, y + number // columns * step
        drop = dice.chance(0.25)
        value = dice.pick(("", b.words.one("words"))) or ("Choose" if drop else "")
        inner = (x, line, min(x + pitch - u(14), right), line + step - u(12))
        labelled_field(b, inner, name, bg, value, drop=drop)
    y += rows * step + u(6)
    for number, name in enumerate(b.words.some("settings", 2 * columns)):
        line = y + u(10) + number // columns * u(30)
        if line + u(14) > bottom - u(40):
            break
        tick(b, left + number % columns * pitch, line, name, bg, dice.chance(0.4))
    y += u(70)
    if y + u(40) < bottom - u(40):
        x = left + b.label(left, y, b.words.one("fields"), bg, colour=t.muted) + u(14)
        chosen = dice.below(2)
        for number, name in enumerate(b.words.some("titles", 4)):
            if x + b.wide(name) + u(30) > right:
                break
            x = tick(b, x, y, name, bg, number == chosen, radio=True) + u(16)
    buttons_in_a_row(b, right, bottom - u(22), b.words.some("buttons", 3), bg, left)


def cards(b: Board, box: IntBox, bg: Colour) -> None:
    """Draw cards with a photo, a name, a price, a button and an icon."""
    t, u, dice = b.theme, b.u, b.dice
    left, top, right, bottom = box
    b.place = "cards"
    gap = u(12)
    columns = max(1, (right - left - gap) // u(dice.pick((170, 200, 240))))
    width = (right - left - gap) // columns - gap
    height = u(dice.pick((186, 214, 248)))
    rows = max(1, (bottom - top - gap // 2) // (height + gap))
    names = b.words.some(dice.pick(("goods", "goods", "titles", "cities")), rows * columns)
    offer, act = b.words.one("buttons"), dice.pick(("like", "bookmark", "share", "more", "info"))
    priced = dice.chance(0.7)
    for number, name in enumerate(names):
        x = left + gap + number % columns * (width + gap)
        y = top + gap // 2 + number // columns * (height + gap)
        b.panel((x, y, x + width, y + height), t.surface, bg, outline=t.border)
        photo(b, (x + 1, y + 1, x + width - 1, y + height - u(86)))
        room = width - u(20)
        b.text(x + u(10), y + height - u(72), name, b.size, t.text, t.surface, "lm", width=room)
        readable = b.wide(name) <= room
        # The whole upper part opens what the card is about.
        b.add((x, y, x + width, y + height - u(44)), "link", name, pressable=readable)
        line = y + height - u(22)
        if priced:
            b.text(x + u(10), y + height - u(54), b.words.price(), u(12), t.muted, t.surface, "lm")
        b.row = name if readable else UNREAD
        wide = button_width(b, offer)
        if wide < width - u(44):
            box = (x + u(8), line - u(14), x + u(8) + wide, line + u(14))
            button(b, box, offer, t.surface, "primary" if priced else "plain")
        end = x + width - u(6)
        b.icon_button((end - u(32), line - u(16), end, line + u(16)), act, t.muted, t.surface)
        b.row = ""


def settings(b: Board, box: IntBox, bg: Colour) -> None:
    """Draw settings: names with a switch, a list, a slider or a page of their own."""
    t, u, dice = b.theme, b.u, b.dice
    left, top, right, bottom = box
    b.place = "settings"
    height = u(54 if b.touch else 36)
    y = top + u(4)
    names = b.words.some("settings", (bottom - top) // height)
    pictures = b.words.pictures(len(names)) if dice.chance(0.4) else []
    for number, name in enumerate(names):
        if number % 5 == 0:
            if y + height + u(30) > bottom:
                break
            b.label(left + u(14), y + u(15), b.words.one("titles"), bg, size=u(12), colour=b.accent)
            y += u(28)
        if y + height > bottom:
            break
        middle, x, look = y + height // 2, left + u(14), ""
        if number < len(pictures):
            look, glyph = pictures[number]
            b.icon(glyph, x + u(10), middle, u(20), t.muted, bg)
            x += u(34)
        room = right - x - u(190 if right - left > u(420) else 70)
        b.text(x, middle, name, b.size, t.text, bg, "lm", width=room)
        sort = dice.random()
        fits = b.wide(name) <= room
        line = (left, y, right, y + height)
        if sort < 0.55 or right - left < u(300):
            on = dice.chance(0.5)
            switch = toggle(b, right - u(14), middle, on, bg)
            # A finger may press the whole line.
            b.add(
                line if b.touch else switch,
                "switch",
                name,
                look,
                state="on" if on else "off",
                pressable=fits,
            )
        elif sort < 0.75:
            _choice(b, right - u(160), right - u(14), middle, name, bg)
        elif sort < 0.88:
            slider(b, right - u(160), right - u(14), middle, name, bg)
        else:
            b.icon("chevron-right", right - u(20), middle, u(20), t.muted, bg)
            b.add(line, "item", name, look, pressable=fits)
        y += height
        b.rect((x, y - 1, right, y), t.border)


def _choice(b: Board, left: int, right: int, middle: int, name: str, bg: Colour) -> None:
    """Draw the drop-down list of a setting whose name stands to the left."""
    t, u = b.theme, b.u
    box = (left, middle - u(13), right, middle + u(13))
    b.panel(box, t.surface, bg, outline=t.border)
    value = b.words.one("words").title()
    b.text(left + u(8), middle, value, b.size, t.text, t.surface, "lm", width=right - left - u(30))
    b.icon("chevron-down", right - u(14), middle, u(16), t.muted, t.surface)
    b.add(box, "list", name)


def article(b: Board, box: IntBox, bg: Colour) -> None:
    """Draw a text with a headline, a photo, and links to other texts."""
    t, u, dice = b.theme, b.u, b.dice
    left, top, right, bottom = box
    b.place = "article"
    left, right = left + u(18), min(right - u(18), left + u(760))
    title = b.words.one("headlines")
    b.label(left, top + u(24), title, bg, size=u(22), width=right - left)
    y = top + u(46)
    x = left
    for name in b.words.some("titles", dice.between(2, 4)):
        wide = b.wide(name) + u(18)
        if x + wide > right:
            break
        b.panel((x, y, x + wide, y + u(22)), mix(bg, b.accent, 0.14), bg, radius=u(11))
        b.text(x + wide // 2, y + u(11), name, b.size, t.text, mix(bg, b.accent, 0.14), "mm")
        b.add((x, y, x + wide, y + u(22)), "chip", name)
        x += wide + u(8)
    y += u(32)
    if dice.chance(0.6) and bottom - y > u(260):
        photo(b, (left, y, right, y + u(150)))
        y += u(162)
    line, number = u(20), 0
    while y + line < bottom:
        if number % 6 == 5:
            name = b.words.one("headlines")
            b.rect((left, y + u(4), left + u(3), y + line - u(2)), b.accent)
            room = right - left - u(12)
            wide = b.text(left + u(12), y + line // 2, name, b.size, b.accent, bg, "lm", width=room)
            readable = b.wide(name) <= room
            b.add((left, y, left + u(14) + wide, y + line), "link", name, pressable=readable)
        else:
            text = " ".join(dice.pick(POOLS["sentences"]) for _ in range(3))
            b.text(left, y + line // 2, text, b.size, t.text, bg, "lm", width=right - left)
        y += line + (u(6) if number % 6 == 4 else 0)
        number += 1
