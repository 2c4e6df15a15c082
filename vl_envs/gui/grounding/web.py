"""Pages of the web: a head with links and a search field, contents of many kinds, a foot."""

from __future__ import annotations

from collections.abc import Callable

from vl_envs.gui.drawing.painter import IntBox
from vl_envs.gui.drawing.theme import Colour
from vl_envs.gui.grounding.acts import GROUPS
from vl_envs.gui.grounding.board import Board
from vl_envs.gui.grounding.fronts import pop_up
from vl_envs.gui.grounding.panes import article, cards, form, listing, settings, table
from vl_envs.gui.grounding.widgets import (
    button,
    button_width,
    buttons_in_a_row,
    field,
    icons_in_a_row,
    mix,
    photo,
    tabs,
    tick,
)
from vl_envs.gui.grounding.words import SITES
from vl_envs.gui.grounding.works import calendar, dashboard, side

Pane = Callable[[Board, IntBox, Colour], None]

CONTENTS: tuple[Pane, ...] = (
    *(cards, cards, table, table, listing, form, article, article, dashboard, calendar),
    *(settings, settings),
)


def web(b: Board) -> None:
    """Draw a page that fills the whole screen."""
    page(b, (0, 0, b.width, b.height))  # whose background the board has already
    if b.dice.chance(0.15):
        pop_up(b)


def page(b: Board, box: IntBox) -> None:
    """Draw a page into a box."""
    t, u, dice = b.theme, b.u, b.dice
    left, top, right, bottom = box
    if dice.chance(0.12) and bottom - top > u(300):
        top = _notice(b, (left, top, right, top + u(38)))
    top = _head(b, (left, top, right, top + u(60)))
    if dice.chance(0.4) and right - left > u(500):
        b.place = "sub navigation"
        names = b.words.some("titles", dice.between(5, 9))
        b.rect((left, top, right, top + u(36)), t.surface)
        tabs(b, (left + u(10), top, right, top + u(36)), names, t.surface)
        top += u(36)
    low = bottom
    if dice.chance(0.45) and bottom - top > u(330):
        low = bottom - u(dice.pick((34, 96)))
        _foot(b, (left, low, right, bottom))
    if dice.chance(0.25) and low - top > u(420):
        _hero(b, (left, top, right, top + u(170)))
        top += u(170)
    elif dice.chance(0.35):
        _trail(b, left + u(16), top + u(18))
        top += u(34)
    if dice.chance(0.45) and right - left > u(640):
        wide = u(dice.pick((170, 200, 230)))
        at_right = dice.chance(0.3)
        edge = (right - wide, right) if at_right else (left, left + wide)
        column = (edge[0], top, edge[1], low)
        if dice.chance(0.5):
            side(b, column, t.background)
        else:
            _filters(b, column)
        left, right = (left, right - wide) if at_right else (left + wide, right)
    if low - top < u(60):
        return
    pane = dice.pick(CONTENTS)
    if right - left > u(980) and dice.chance(0.45):
        middle = left + int((right - left) * (0.45 + 0.2 * dice.random()))
        pane(b, (left, top, middle, low), t.background)
        b.rect((middle, top, middle + 1, low), t.border)
        left, pane = middle + 1, dice.pick(CONTENTS)
    pane(b, (left, top, right, low), t.background)


def _notice(b: Board, box: IntBox) -> int:
    """Draw a line across the page that can be sent away."""
    left, top, right, bottom = box
    fill = mix(b.theme.background, b.accent, 0.25)
    b.rect(box, fill)
    b.place = "notice"
    middle = (top + bottom) // 2
    x = left + b.u(16)
    x += b.text(x, middle, "We use cookies to see what is read.", b.size, b.theme.text, fill, "lm")
    for name in b.words.some("buttons", 2):
        wide = button_width(b, name)
        if x + wide + b.u(60) > right:
            break
        x += b.u(12)
        button(b, (x, top + b.u(5), x + wide, bottom - b.u(5)), name, fill)
        x += wide
    b.icon_button((right - b.u(40), top, right, bottom), "close", b.theme.text, fill)
    return bottom


def _head(b: Board, box: IntBox) -> int:
    """Draw the top of a page: its name, links, a search field, icons, buttons."""
    t, u, dice = b.theme, b.u, b.dice
    left, top, right, bottom = box
    b.place = "page head"
    b.rect(box, t.bar)
    b.rect((left, bottom - 1, right, bottom), t.border)
    middle = (top + bottom) // 2
    x = left + u(16)
    if dice.chance(0.3):
        b.icon_button((left, top, left + u(48), bottom), "menu", t.on_bar, t.bar)
        x += u(40)
    name = f"{b.words.one('words').title()} {dice.pick(SITES)}"
    wide = b.text(x, middle, name, u(19), t.on_bar, t.bar, "lm")
    b.add((x, middle - u(13), x + wide, middle + u(13)), "link", name)
    x += wide + u(22)
    acts = dice.sample(GROUPS["site"], dice.between(2, 4))
    line = (right - u(180), middle - u(20), right - u(8), middle + u(20))
    end = icons_in_a_row(b, line, acts, t.on_bar, t.bar, u(42), from_right=True)
    if dice.chance(0.4) and right - left > u(760):
        names = b.words.some("buttons", 2)
        widths = [button_width(b, name) for name in names]
        for name, wide, style in zip(names, widths, ("primary", "plain"), strict=True):
            button(b, (end - wide, middle - u(15), end, middle + u(15)), name, t.bar, style)
            end -= wide + u(8)
    if dice.chance(0.65) and "search" not in acts and end - x > u(420):
        wide = u(dice.between(180, 300))
        field(
            b,
            (end - wide, middle - u(16), end - u(8), middle + u(16)),
            "Search",
            t.bar,
            icon="search",
        )
        end -= wide + u(8)
    for name in b.words.some("titles", dice.between(3, 7)):
        wide = b.wide(name) + u(22)
        if x + wide > end:
            break
        b.text(x + wide // 2, middle, name, b.size, t.on_bar, t.bar, "mm")
        b.add((x, middle - u(16), x + wide, middle + u(16)), "link", name)
        x += wide
    return bottom


def _hero(b: Board, box: IntBox) -> None:
    """Draw a large greeting with two buttons, and a photo behind its right half."""
    t, u = b.theme, b.u
    left, top, right, bottom = box
    fill = mix(t.background, b.accent, 0.12)
    b.rect(box, fill)
    photo(b, (left + (right - left) * 3 // 5, top, right, bottom))
    b.place = "banner"
    room = (right - left) * 3 // 5 - u(30)
    b.label(left + u(24), top + u(46), b.words.one("headlines"), fill, size=u(24), width=room)
    x = left + u(24)
    for number, name in enumerate(b.words.some("buttons", 2)):
        wide = button_width(b, name) + u(10)
        style = "plain" if number else "primary"
        button(b, (x, bottom - u(62), x + wide, bottom - u(26)), name, fill, style)
        x += wide + u(12)


def _trail(b: Board, x: int, y: int) -> None:
    """Draw where the page stands, as links."""
    b.place = "path"
    t, u = b.theme, b.u
    for number, name in enumerate(b.words.some("titles", 3)):
        if number:
            b.icon("chevron-right", x + u(9), y, u(14), t.muted, t.background)
            x += u(20)
        wide = b.text(x, y, name, b.size, b.accent, t.background, "lm")
        b.add((x - u(2), y - u(10), x + wide + u(2), y + u(10)), "link", name)
        x += wide + u(2)


def _filters(b: Board, box: IntBox) -> None:
    """Draw a column of boxes to tick."""
    t, u = b.theme, b.u
    left, top, right, bottom = box
    b.place = "filters"
    y = top + u(16)
    while y + u(110) < bottom - u(50):
        b.label(left + u(16), y, b.words.one("columns"), t.background)
        y += u(26)
        pool = b.dice.pick(("cities", "settings", "goods"))
        for name in b.words.some(pool, b.dice.between(3, 6)):
            if y + u(14) > bottom - u(50):
                break
            if b.wide(name) < right - left - u(46):
                tick(b, left + u(16), y, name, t.background, b.dice.chance(0.4))
                y += u(25)
        y += u(12)
    buttons_in_a_row(
        b, right - u(12), bottom - u(26), b.words.some("buttons", 2), t.background, left
    )


def _foot(b: Board, box: IntBox) -> None:
    """Draw the links at the end of a page."""
    t, u = b.theme, b.u
    left, top, right, bottom = box
    fill = mix(t.background, t.text, 0.08)
    b.rect(box, fill)
    b.place = "page foot"
    rows = max(1, (bottom - top - u(8)) // u(26))
    columns = max(1, (right - left - u(30)) // u(150))
    for number, name in enumerate(b.words.some("titles", min(24, rows * columns))):
        x = left + u(20) + number // rows * u(150)
        y = top + u(17) + number % rows * u(26)
        room = u(140)
        wide = b.text(x, y, name, u(12), t.muted, fill, "lm", width=room)
        readable = b.wide(name, u(12)) <= room
        b.add((x - u(2), y - u(10), x + wide + u(2), y + u(10)), "link", name, pressable=readable)
