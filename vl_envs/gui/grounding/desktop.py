"""Screens of a computer: windows over a desktop, with bars, menus and dialogs."""

from __future__ import annotations

from collections.abc import Callable

from vl_envs.gui.drawing.painter import IntBox
from vl_envs.gui.drawing.theme import Colour
from vl_envs.gui.grounding.acts import GROUPS
from vl_envs.gui.grounding.board import UNREAD, Board
from vl_envs.gui.grounding.fronts import dialog, open_menu
from vl_envs.gui.grounding.panes import article, form, listing, settings, sheet, table
from vl_envs.gui.grounding.web import page
from vl_envs.gui.grounding.widgets import (
    dropdown,
    field,
    icons_in_a_row,
    mix,
    picture,
)
from vl_envs.gui.grounding.works import (
    calendar,
    chat,
    code,
    dashboard,
    files,
    grid_entry,
    keypad,
    paint,
    player,
    side,
)

Pane = Callable[[Board, IntBox, Colour], None]

# What a program shows, the groups of its tool bar, and whether it has a side bar.
PROGRAMS: tuple[tuple[Pane, tuple[str, ...], bool], ...] = (
    (sheet, ("file", "format", "sheet"), False),
    (sheet, ("file", "sheet"), False),
    (sheet, ("sheet", "format"), False),
    (article, ("file", "format", "insert"), False),
    (files, ("browser", "view"), True),
    (table, ("browser", "view"), True),
    (table, ("file", "view"), False),
    (listing, ("mail",), True),
    (settings, (), True),
    (settings, ("browser",), True),
    (form, (), False),
    (code, ("file",), True),
    (paint, ("turn", "file"), False),
    (chat, (), False),
    (player, (), True),
    (calendar, ("view",), True),
    (dashboard, ("view",), True),
    (keypad, (), False),
)


def desktop(b: Board) -> None:
    """Draw the screen of a computer."""
    t, dice = b.theme, b.dice
    wall = mix(t.background, dice.pick(t.tiles), 0.35)
    b.rect((0, 0, b.width, b.height), wall)
    style = dice.pick(("bar", "bar", "dock", "panel"))
    room = _shell(b, style, wall)
    _icons_on_the_desktop(b, room, wall)
    count = dice.pick((1, 1, 2, 2, 3))
    titles = b.words.some("apps", count + 1)
    for number in range(count):
        last = number == count - 1
        window(b, _somewhere(b, room, last), titles[number], last)
    b.place = b.window = ""
    if dice.chance(0.22):
        dialog(b, room, titles[-1])
    elif dice.chance(0.25):
        open_menu(b, room)


def _somewhere(b: Board, room: IntBox, last: bool) -> IntBox:
    """Choose the box of a window; the last one, in front, is large."""
    left, top, right, bottom = room
    dice = b.dice
    if last and dice.chance(0.35):
        return room
    low = 0.6 if last else 0.4
    width = int((right - left) * (low + (0.96 - low) * dice.random()))
    height = int((bottom - top) * (low + (0.96 - low) * dice.random()))
    x, y = left + dice.below(right - left - width + 1), top + dice.below(bottom - top - height + 1)
    return (x, y, x + width, y + height)


# The desktop itself.


def _shell(b: Board, style: str, wall: Colour) -> IntBox:
    """Draw the bars at the edges; return what they leave for windows."""
    t, u, dice = b.theme, b.u, b.dice
    width, height = b.width, b.height
    if style == "bar":
        top = height - u(40)
        b.rect((0, top, width, height), t.bar)
        b.place = "task bar"
        b.icon_button((0, top, u(46), height), "start", t.on_bar, t.bar)
        x = u(50)
        if dice.chance(0.5):
            field(b, (x, top + u(6), x + u(220), height - u(6)), "Search", t.bar, icon="search")
            x += u(230)
        x = _launchers(b, x, top, height, t.bar)
        for name in b.words.some("files", dice.between(0, 3)):
            box = (x + u(2), top + u(3), x + u(146), height - u(3))
            fill = mix(t.bar, t.on_bar, 0.12)
            b.panel(box, fill, t.bar)
            middle = (top + height) // 2
            b.text(box[0] + u(10), middle, name, b.size, t.on_bar, fill, "lm", width=u(126))
            b.add(box, "button", name, pressable=b.wide(name) <= u(126))
            x += u(150)
        _tray(b, (width - u(220), top, width, height))
        return (0, 0, width, top)
    bar = u(28)
    b.rect((0, 0, width, bar), t.bar)
    b.place = "top bar"
    if style == "dock":
        _menus(b, (u(8), 0, width // 2, bar), t.bar, t.on_bar)
        _tray(b, (width - u(220), 0, width, bar))
        icons = b.words.pictures(dice.between(6, 12))
        side = u(56)
        left = (width - side * len(icons)) // 2
        box = (left - u(8), height - u(66), left + side * len(icons) + u(8), height - u(4))
        fill = mix(wall, t.surface, 0.5)
        b.panel(box, fill, wall, radius=u(14), outline=t.border)
        b.place = "dock"
        for number, (look, glyph) in enumerate(icons):
            x = left + number * side
            picture(b, x + side // 2, height - u(35), u(44), glyph, fill)
            b.add((x + u(2), height - u(61), x + side - u(2), height - u(9)), "icon", look=look)
        return (0, bar, width, height - u(70))
    b.icon_button((0, 0, u(40), bar), "start", t.on_bar, t.bar)
    b.text(
        width // 2, bar // 2, f"{b.words.date()}  {b.words.time()}", b.size, t.on_bar, t.bar, "mm"
    )
    _tray(b, (width - u(220), 0, width, bar))
    b.place = "launcher"
    b.rect((0, bar, u(52), height), mix(t.bar, t.on_bar, 0.08))
    icons = b.words.pictures(min(11, (height - bar - u(20)) // u(50)))
    for number, (look, glyph) in enumerate(icons):
        y = bar + u(6) + number * u(50)
        picture(b, u(26), y + u(24), u(40), glyph, mix(t.bar, t.on_bar, 0.08))
        b.add((u(2), y, u(50), y + u(48)), "icon", look=look)
    return (u(52), bar, width, height)


def _launchers(b: Board, x: int, top: int, bottom: int, bg: Colour) -> int:
    """Draw pictures of programs on the task bar; return where they end."""
    for look, glyph in b.words.pictures(b.dice.between(4, 9)):
        middle = (top + bottom) // 2
        picture(b, x + b.u(21), middle, b.u(28), glyph, bg)
        b.add((x, top, x + b.u(42), bottom), "icon", look=look)
        x += b.u(42)
    return x + b.u(4)


def _tray(b: Board, box: IntBox) -> None:
    """Draw the small icons and the clock at the end of a bar."""
    t, u = b.theme, b.u
    left, top, right, bottom = box
    b.place = "tray"
    clock = b.words.time()
    b.text(right - u(10), (top + bottom) // 2, clock, u(12), t.on_bar, t.bar, "rm")
    acts = b.dice.sample(GROUPS["tray"], b.dice.between(2, 4))
    line = (left, top, right - u(54), bottom)
    icons_in_a_row(b, line, acts, t.on_bar, t.bar, u(32), from_right=True)


def _icons_on_the_desktop(b: Board, room: IntBox, wall: Colour) -> None:
    b.place = "desktop"
    u, (left, top, _, bottom) = b.u, room
    rows = (bottom - top - u(10)) // u(92)
    names = b.words.some("files", b.dice.between(2, rows * 2)) if rows > 0 else []
    for number, (name, (look, glyph)) in enumerate(
        zip(names, b.words.pictures(len(names)), strict=False)
    ):
        x, y = left + u(6) + number // rows * u(104), top + u(6) + number % rows * u(92)
        grid_entry(b, (x, y, x + u(92), y + u(84)), name, look, glyph, wall)


def _menus(b: Board, box: IntBox, bg: Colour, ink: Colour) -> None:
    """Draw a line of menus."""
    x, top, right, bottom = box
    for name in b.words.some("menus", b.dice.between(5, 8)):
        wide = b.wide(name) + b.u(18)
        if x + wide > right:
            break
        b.text(x + wide // 2, (top + bottom) // 2, name, b.size, ink, bg, "mm")
        b.add((x, top, x + wide, bottom), "menu", name)
        x += wide


# Windows.


def window(b: Board, box: IntBox, title: str, front: bool) -> None:
    """Draw a window with a program in it."""
    t, u, dice = b.theme, b.u, b.dice
    left, top, right, bottom = box
    b.cover(box)
    b.window = title
    b.frame(box, t.border)
    left, top, right, bottom = left + 1, top + 1, right - 1, bottom - 1
    bar = t.bar if front else mix(t.bar, t.background, 0.5)
    ink = t.on_bar if front else t.muted
    if dice.chance(0.2) and right - left > u(420):
        _browser(b, (left, top, right, bottom), title, bar, ink)
        return
    _title(b, (left, top, right, top + u(30)), title, bar, ink)
    y = top + u(30)
    pane, groups, sided = dice.pick(PROGRAMS)
    b.rect((left, y, right, bottom), t.surface)
    if groups:
        b.place = "menu bar"
        _menus(b, (left + u(4), y, right, y + u(26)), t.surface, t.text)
        y += u(26)
        y = _tool_bar(b, (left, y, right, y + u(36)), groups)
    if dice.chance(0.55) and bottom - y > u(200):
        _status(b, (left, bottom - u(24), right, bottom))
        bottom -= u(24)
    if sided and right - left > u(460) and bottom - y > u(140):
        wide = u(dice.pick((150, 180, 210)))
        side(b, (left, y, left + wide, bottom), mix(t.surface, t.background, 0.6))
        left += wide
    if bottom - y > u(90):
        pane(b, (left, y, right, bottom), t.surface)


def _title(b: Board, box: IntBox, title: str, bar: Colour, ink: Colour) -> None:
    left, top, right, bottom = box
    b.rect(box, bar)
    b.place = "title bar"
    middle = (top + bottom) // 2
    if b.dice.chance(0.75):
        acts = ("close", "maximise", "minimise")
        icons_in_a_row(b, box, acts, ink, bar, b.u(42), from_right=True)
        b.label(left + b.u(12), middle, title, bar, colour=ink, width=right - left - b.u(150))
    else:
        icons_in_a_row(b, box, ("close", "minimise", "maximise"), ink, bar, b.u(30))
        b.label((left + right) // 2, middle, title, bar, colour=ink, anchor="mm", width=b.u(200))


def _tool_bar(b: Board, box: IntBox, groups: tuple[str, ...]) -> int:
    """Draw icons in groups, with a list of sizes and a search field where there is room."""
    t, u, dice = b.theme, b.u, b.dice
    left, top, right, bottom = box
    b.place = "tool bar"
    b.rect((left, bottom - 1, right, bottom), t.border)
    x, used = left + u(4), set[str]()
    for group in groups:
        acts = [act for act in GROUPS[group] if act not in used]
        used |= set(acts)
        x = icons_in_a_row(b, (x, top, right - u(8), bottom - 1), acts, t.text, t.surface, u(32))
        b.rect((x + u(3), top + u(6), x + u(4), bottom - u(7)), t.border)
        x += u(8)
    if x + u(120) < right and dice.chance(0.5):
        name = b.words.one("columns")
        dropdown(b, (x, top + u(5), x + u(110), bottom - u(6)), name, t.surface, name)
        x += u(118)
    if x + u(190) < right and dice.chance(0.6):
        box = (right - u(184), top + u(4), right - u(6), bottom - u(5))
        field(b, box, "Search", t.surface, icon="search")
    return bottom


def _status(b: Board, box: IntBox) -> None:
    t, u = b.theme, b.u
    left, top, right, bottom = box
    fill = mix(t.surface, t.border, 0.35)
    b.rect(box, fill)
    b.place = "status bar"
    middle = (top + bottom) // 2
    wide = b.text(left + u(10), middle, f"{b.words.number()} entries", u(11), t.muted, fill, "lm")
    x = left + wide + u(30)
    for name in b.words.some("commands", 2):
        step = b.wide(name, u(11)) + u(18)
        if x + step > right - u(110):
            break
        b.text(x + step // 2, middle, name, u(11), t.text, fill, "mm")
        b.add((x, top, x + step, bottom), "button", name)
        x += step
    acts = ("whole", "zoom in", "zoom out")
    line = (right - u(84), top, right, bottom)
    icons_in_a_row(b, line, acts, t.muted, fill, u(28), from_right=True)


def _browser(b: Board, box: IntBox, title: str, bar: Colour, ink: Colour) -> None:
    """Draw a browser: its pages as tabs, its address, and a page."""
    t, u = b.theme, b.u
    left, top, right, bottom = box
    b.rect((left, top, right, top + u(34)), bar)
    b.place = "tab bar"
    x = left + u(6)
    for number, name in enumerate([title, *b.words.some("headlines", b.dice.between(1, 4))]):
        if x + u(176) > right - u(170):
            break
        fill = t.surface if number == 0 else mix(bar, t.surface, 0.3)
        tab = (x, top + u(5), x + u(170), top + u(34))
        b.rect(tab, fill)
        middle, room = top + u(20), u(120)
        colour = t.text if number == 0 else mix(t.text, fill, 0.25)
        b.text(x + u(10), middle, name, u(12), colour, fill, "lm", width=room)
        readable = b.wide(name, u(12)) <= room
        b.add((x, tab[1], x + u(140), tab[3]), "tab", name, pressable=readable)
        b.row = name if readable else UNREAD
        b.icon_button((x + u(142), tab[1], x + u(168), tab[3]), "close", colour, fill, u(14))
        b.row = ""
        x += u(174)
    b.icon_button((x, top + u(5), x + u(30), top + u(34)), "new tab", ink, bar, u(16))
    b.place = "title bar"
    line = (right - u(130), top, right, top + u(34))
    acts = ("close", "maximise", "minimise")
    icons_in_a_row(b, line, acts, ink, bar, u(42), from_right=True)
    b.place = "address bar"
    y = top + u(34)
    b.rect((left, y, right, y + u(40)), t.surface)
    x = icons_in_a_row(b, (left, y, right, y + u(40)), GROUPS["browser"], t.text, t.surface, u(36))
    icons_in_a_row(
        b, (right - u(108), y, right, y + u(40)), ("menu", "download", "bookmark"), t.text,
        t.surface, u(36), from_right=True,
    )  # fmt: skip
    address = f"www.{b.words.one('words')}.net/{b.words.one('words')}"
    box = (x + u(6), y + u(5), right - u(114), y + u(35))
    field(b, box, "Address", t.surface, value=address)
    b.rect((left, y + u(40), right, bottom), t.background)
    page(b, (left, y + u(40), right, bottom))
