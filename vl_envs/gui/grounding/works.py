"""What fills a window for work and play: files, months, code, pictures, talk, music, numbers.

Panes as in `grounding.panes`.
"""

from __future__ import annotations

from vl_envs.gui.drawing.painter import IntBox
from vl_envs.gui.drawing.theme import Colour
from vl_envs.gui.grounding.acts import GROUPS
from vl_envs.gui.grounding.board import Board
from vl_envs.gui.grounding.panes import listing, table
from vl_envs.gui.grounding.widgets import (
    COLOURS,
    button,
    entries,
    field,
    icons_in_a_row,
    mix,
    photo,
    picture,
    slider,
    tabs,
)
from vl_envs.gui.grounding.words import KEYS, POOLS

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def files(b: Board, box: IntBox, bg: Colour) -> None:
    """Draw files and programs as a grid of pictures with names."""
    u = b.u
    left, top, right, bottom = box
    b.place = "files"
    width, height = u(104), u(92)
    columns, rows = max(1, (right - left) // width), max(1, (bottom - top) // height)
    names = b.words.some(b.dice.pick(("files", "files", "titles", "apps")), columns * rows)
    pictures = b.words.pictures(len(names))
    for number, (name, (look, glyph)) in enumerate(zip(names, pictures, strict=False)):
        x, y = left + number % columns * width, top + number // columns * height
        grid_entry(
            b, (x + u(6), y + u(4), x + width - u(6), y + height - u(4)), name, look, glyph, bg
        )


def grid_entry(
    b: Board, box: IntBox, name: str, look: str, glyph: str, bg: Colour, kind: str = "file"
) -> None:
    """Draw a picture with a name below it."""
    left, top, right, bottom = box
    middle, size = (left + right) // 2, min(b.u(46), bottom - top - b.u(22))
    picture(b, middle, top + size // 2 + b.u(4), size, glyph, bg)
    room = right - left
    b.text(middle, bottom - b.u(10), name, b.u(12), b.theme.text, bg, "mm", width=room)
    b.add(box, kind, name, look=look, pressable=b.wide(name, b.u(12)) <= room)


def calendar(b: Board, box: IntBox, bg: Colour) -> None:
    """Draw a month with its days and what is planned on some of them."""
    t, u, dice = b.theme, b.u, b.dice
    left, top, right, bottom = box
    b.place = "calendar"
    b.label(left + u(12), top + u(18), b.words.one("months"), bg, size=u(17))
    top += u(36)
    width, height = (right - left) // 7, (bottom - top - u(22)) // 5
    for number, weekday in enumerate(_DAYS):
        x = left + number * width + width // 2
        b.text(x, top + u(11), weekday, u(11), t.muted, bg, "mm")
    top += u(22)
    first, today = dice.below(4), dice.between(1, 30)
    events = b.words.some("titles", 9)
    for day in range(1, 32):
        place = first + day - 1
        x, y = left + place % 7 * width, top + place // 7 * height
        b.rect((x, y, x + width, y + 1), t.border)
        b.rect((x, y, x + 1, y + height), t.border)
        fill, ink = (b.accent, t.on_primary) if day == today else (bg, t.text)
        if day == today:
            b.panel((x + u(4), y + u(3), x + u(28), y + u(21)), fill, bg)
        b.text(x + u(16), y + u(12), str(day), u(12), ink, fill, "mm")
        # What is planned lies below; the day itself is its head.
        b.add((x + 1, y + 1, x + width, y + min(height, u(24))), "day", str(day))
        if events and height > u(46) and dice.chance(0.26):
            name = events.pop()
            event = (x + u(3), y + u(25), x + width - u(3), y + u(43))
            colour = mix(bg, dice.pick(t.tiles), 0.3)
            b.panel(event, colour, bg, radius=u(4))
            room = width - u(12)
            b.text(event[0] + u(4), y + u(34), name, u(11), t.text, colour, "lm", width=room)
            b.add(event, "chip", name, pressable=b.wide(name, u(11)) <= room)


def code(b: Board, box: IntBox, bg: Colour) -> None:
    """Draw a program text with tabs above, and messages below."""
    t, u, dice = b.theme, b.u, b.dice
    left, top, right, bottom = box
    b.place = "editor"
    band = mix(bg, t.border, 0.35)
    b.rect((left, top, right, top + u(30)), band)
    tabs(b, (left, top, right, top + u(30)), b.words.some("files", 4), band)
    low = bottom - (u(120) if bottom - top > u(330) else 0)
    inks = (t.text, b.accent, mix(t.text, bg, 0.35))
    y, number = top + u(42), dice.between(1, 80)
    while y + u(10) < low:
        b.text(left + u(34), y, str(number), u(11), t.muted, bg, "rm")
        b.text(
            left + u(48), y, dice.pick(POOLS["code"]), u(12), dice.pick(inks), bg, "lm",
            width=right - left - u(60),
        )  # fmt: skip
        y, number = y + u(18), number + 1
    if low < bottom:
        b.place = "panel"
        b.rect((left, low, right, bottom), band)
        tabs(b, (left, low, right, low + u(28)), b.words.some("commands", 4), band)
        for line in range(4):
            text = f"{b.words.time()} {dice.pick(POOLS['sentences'])}"
            b.text(left + u(12), low + u(40) + line * u(18), text, u(11), t.muted, band, "lm")


def paint(b: Board, box: IntBox, bg: Colour) -> None:
    """Draw a picture to work on, with tools, colours and layers around it."""
    t, u, dice = b.theme, b.u, b.dice
    left, top, right, bottom = box
    band = mix(bg, t.border, 0.3)
    side, layers = u(72), u(190) if right - left > u(520) else 0
    b.rect(box, band)
    photo(b, (left + side + u(24), top + u(24), right - layers - u(24), bottom - u(24)))
    b.rect((left, top, left + side, bottom), bg)
    b.place = "tool box"
    tools = dice.sample(GROUPS["paint"], min(14, 2 * ((bottom - top - u(120)) // u(34))))
    for number, act in enumerate(tools):
        x, y = left + u(2) + number % 2 * u(34), top + u(4) + number // 2 * u(34)
        b.icon_button((x, y, x + u(34), y + u(34)), act, t.text, bg)
    b.place = "palette"
    y = top + u(12) + (len(tools) + 1) // 2 * u(34)
    for number, (name, colour) in enumerate(COLOURS.items()):
        x, line = left + u(4) + number % 3 * u(22), y + number // 3 * u(22)
        if line + u(20) > bottom:
            break
        b.rect((x, line, x + u(20), line + u(20)), t.border)
        b.rect((x + 1, line + 1, x + u(20) - 1, line + u(20) - 1), colour)
        b.add((x, line, x + u(20), line + u(20)), "swatch", look=name)
    if layers:
        b.place = "layers"
        x = right - layers
        b.rect((x, top, right, bottom), bg)
        b.label(x + u(10), top + u(14), "Layers", bg, colour=t.muted)
        y = top + u(28)
        for name in b.words.some("titles", (bottom - top - u(50)) // u(34)):
            b.rect((x, y, right, y + 1), t.border)
            b.row = name
            b.icon_button((x + u(4), y + u(3), x + u(32), y + u(31)), "eye", t.muted, bg)
            b.icon_button((right - u(32), y + u(3), right - u(4), y + u(31)), "lock", t.muted, bg)
            b.row = ""
            room = layers - u(74)
            b.text(x + u(38), y + u(17), name, b.size, t.text, bg, "lm", width=room)
            entry = (x + u(36), y + 1, right - u(34), y + u(34))
            b.add(entry, "item", name, pressable=b.wide(name) <= room)
            y += u(34)


def chat(b: Board, box: IntBox, bg: Colour) -> None:
    """Draw a talk with a bar to write in below."""
    t, u, dice = b.theme, b.u, b.dice
    left, top, right, bottom = box
    side = u(230) if right - left > u(620) else 0
    if side:
        listing(b, (left, top, left + side, bottom), bg)
        b.rect((left + side, top, left + side + 1, bottom), t.border)
        left += side + 1
    low = bottom - u(52)
    y = top + u(14)
    while y + u(40) < low:
        text, own = dice.pick(POOLS["sentences"]), dice.chance(0.45)
        wide = min(b.wide(text) + u(24), right - left - u(60))
        x = right - wide - u(14) if own else left + u(14)
        fill = mix(bg, b.accent, 0.25) if own else t.surface
        b.panel((x, y, x + wide, y + u(32)), fill, bg, radius=u(12), outline=t.border)
        b.text(x + u(12), y + u(16), text, b.size, t.text, fill, "lm", width=wide - u(20))
        b.text(
            x + wide if own else x, y + u(40), b.words.time(), u(10), t.muted, bg,
            "rm" if own else "lm",
        )  # fmt: skip
        y += u(54)
    b.place = "message bar"
    b.rect((left, low, right, low + 1), t.border)
    line = (left + u(6), low + u(8), right, low + u(44))
    x = icons_in_a_row(b, line, dice.sample(GROUPS["chat"], 2), t.muted, bg, u(36))
    field(b, (x + u(4), low + u(9), right - u(52), low + u(43)), "Message", bg)
    b.icon_button((right - u(46), low + u(8), right - u(8), low + u(44)), "send", b.accent, bg)


def player(b: Board, box: IntBox, bg: Colour) -> None:
    """Draw a player of music: a cover, what can be done with it, and the tracks."""
    t, u = b.theme, b.u
    left, top, right, bottom = box
    low = bottom - u(104)
    middle = (left + right) // 2
    if right - left > u(560):
        listing(b, (middle, top, right, low), bg)
        middle = (left + middle) // 2
    half = min(u(150), (low - top) // 2 - u(40), middle - left - u(14))
    if half > u(20):
        centre = (top + low) // 2 - u(14)
        photo(b, (middle - half, centre - half, middle + half, centre + half))
        b.label(middle, centre + half + u(20), b.words.one("goods"), bg, size=u(16), anchor="mm")
    b.place = "player"
    fill = mix(bg, t.border, 0.35)
    b.rect((left, low, right, bottom), fill)
    slider(b, left + u(60), right - u(60), low + u(22), "Position", fill)
    b.text(left + u(14), low + u(22), "1:48", u(11), t.muted, fill, "lm")
    b.text(right - u(14), low + u(22), "4:05", u(11), t.muted, fill, "rm")
    acts = GROUPS["music"]
    pitch = u(46)
    x = (left + right) // 2 - pitch * len(acts) // 2
    icons_in_a_row(b, (x, low + u(42), right, low + u(88)), acts, t.text, fill, pitch)
    if right - left > u(460):
        b.icon_button(
            (right - u(52), low + u(44), right - u(8), low + u(86)), "volume", t.text, fill
        )
        b.icon_button((left + u(8), low + u(44), left + u(52), low + u(86)), "like", t.text, fill)


def keypad(b: Board, box: IntBox, bg: Colour) -> None:
    """Draw a calculator."""
    u = b.u
    left, top, right, bottom = box
    b.place = "keypad"
    shown = b.words.number()
    b.text(right - u(18), top + u(30), shown, u(30), b.theme.text, bg, "rm")
    top += u(60)
    width, height = (right - left - u(10)) // 4, min((bottom - top - u(8)) // 5, u(84))
    for number, key in enumerate(KEYS):
        x, y = left + u(5) + number % 4 * width, top + number // 4 * height
        style = "primary" if key == "=" else "plain"
        button(b, (x + u(3), y + u(3), x + width - u(3), y + height - u(3)), key, bg, style, "key")


def dashboard(b: Board, box: IntBox, bg: Colour) -> None:
    """Draw numbers on cards, a chart, and a table below."""
    t, u, dice = b.theme, b.u, b.dice
    left, top, right, bottom = box
    b.place = "dashboard"
    count = max(2, min(5, (right - left) // u(170)))
    width = (right - left - u(10)) // count
    for number, name in enumerate(b.words.some("titles", count)):
        x = left + u(10) + number * width
        card = (x, top + u(8), x + width - u(10), top + u(84))
        b.panel(card, t.surface, bg, outline=t.border)
        room = width - u(30)
        b.text(x + u(10), top + u(26), name, u(12), t.muted, t.surface, "lm", width=room)
        b.text(x + u(10), top + u(58), b.words.number(), u(24), t.text, t.surface, "lm")
        b.add(card, "item", name, pressable=b.wide(name, u(12)) <= room)
    y = top + u(94)
    if bottom - y > u(250):
        b.place = "chart"
        b.panel((left + u(10), y, right - u(10), y + u(170)), t.surface, bg, outline=t.border)
        x = left + u(20)
        for name in b.words.some("columns", 5):
            wide = b.wide(name) + u(20)
            if x + wide > right - u(20):
                break
            fill = mix(t.surface, t.border, 0.45)
            b.panel((x, y + u(8), x + wide, y + u(32)), fill, t.surface, radius=u(12))
            b.text(x + wide // 2, y + u(20), name, b.size, t.text, fill, "mm")
            b.add((x, y + u(8), x + wide, y + u(32)), "chip", name)
            x += wide + u(8)
        step = u(26)
        for number in range((right - left - u(60)) // step):
            height = u(dice.between(14, 112))
            x = left + u(30) + number * step
            tile = dice.pick(t.tiles)
            fill = b.accent if tile == t.surface else tile
            b.rect((x, y + u(158) - height, x + u(16), y + u(158)), fill)
        y += u(182)
    table(b, (left + u(10), y, right - u(10), bottom - u(6)), bg)


def shelf(b: Board, box: IntBox, bg: Colour) -> None:
    """Draw programs or pages as a grid of tiles, as on the first screen of a phone."""
    u = b.u
    left, top, right, bottom = box
    b.place = "start screen"
    columns = max(3, (right - left) // u(104))
    width, height = (right - left) // columns, u(100)
    rows = max(1, (bottom - top) // height)
    names = b.words.some(b.dice.pick(("apps", "titles")), rows * columns)
    pictures = b.words.pictures(len(names))
    for number, (name, (look, glyph)) in enumerate(zip(names, pictures, strict=False)):
        x, y = left + number % columns * width, top + number // columns * height
        inner = (x + u(6), y + u(6), x + width - u(6), y + height - u(6))
        grid_entry(b, inner, name, look, glyph, bg, kind="item")


def side(b: Board, box: IntBox, bg: Colour) -> None:
    """Draw a column of places to go to, with a search field above them now and then."""
    t, u = b.theme, b.u
    left, top, right, bottom = box
    b.place = "side bar"
    b.rect(box, bg)
    b.rect((right - 1, top, right, bottom), t.border)
    y = top + u(8)
    if b.dice.chance(0.4):
        field(b, (left + u(8), y, right - u(9), y + u(30)), "Find", bg, icon="search")
        y += u(40)
    while y + u(90) < bottom:
        b.label(left + u(12), y + u(10), b.words.one("titles"), bg, size=u(11), colour=t.muted)
        names = b.words.some("titles", b.dice.between(4, 8))
        pictures = b.words.pictures(len(names)) if b.dice.chance(0.6) else []
        y = entries(b, (left, y + u(22), right - 1, bottom), names, bg, pictures) + u(12)
