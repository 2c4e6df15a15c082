"""What opens in front of a screen: dialogs and menus, and questions that must be answered."""

from __future__ import annotations

from vl_envs.gui.drawing.painter import IntBox
from vl_envs.gui.grounding.acts import GROUPS
from vl_envs.gui.grounding.board import Board
from vl_envs.gui.grounding.widgets import buttons_in_a_row, field, mix, tabs, tick


def dialog(b: Board, room: IntBox, title: str) -> None:
    """Open a dialog that must be answered before anything else."""
    t, u, dice = b.theme, b.u, b.dice
    left, top, right, bottom = room
    width, height = min(u(dice.between(340, 520)), right - left), u(dice.between(170, 340))
    height = min(height, bottom - top)
    x, y = left + dice.below(right - left - width + 1), top + dice.below(bottom - top - height + 1)
    box = (x, y, x + width, y + height)
    if dice.chance(0.4):
        b.dim()
    b.cover(box, modal=True)
    b.window = title
    b.rect((x - 1, y - 1, x + width + 1, y + height + 1), t.muted)
    b.rect(box, t.surface)
    b.place = "dialog"
    bar = (x, y, x + width, y + u(32))
    b.rect(bar, t.bar)
    b.label(x + u(12), y + u(16), title, t.bar, colour=t.on_bar)
    b.icon_button((x + width - u(40), y, x + width, y + u(32)), "close", t.on_bar, t.bar)
    line = y + u(50)
    b.text(
        x + u(16), line, dice.pick(_QUESTIONS), b.size, t.text, t.surface, "lm", width=width - u(30)
    )
    line += u(26)
    if height > u(230):
        if dice.chance(0.5):
            tabs(
                b,
                (x + u(12), line - u(8), x + width - u(12), line + u(22)),
                b.words.some("titles", 4),
                t.surface,
            )
            line += u(40)
        name = b.words.one("fields")
        wide = b.label(x + u(16), line + u(6), name, t.surface, colour=t.muted)
        if wide < width // 2:
            box = (x + u(28) + wide, line - u(8), x + width - u(16), line + u(20))
            field(b, box, name, t.surface, value=b.words.one("words"))
        line += u(34)
    for name in b.words.some("settings", 4):
        if line + u(20) > y + height - u(50):
            break
        tick(b, x + u(16), line + u(4), name, t.surface, dice.chance(0.4))
        line += u(26)
    names = b.words.some("buttons", dice.between(2, 3))
    buttons_in_a_row(b, x + width - u(14), y + height - u(24), names, t.surface, x)


_QUESTIONS = (
    "This cannot be taken back. What do you want to do?",
    "Some entries were changed in the meantime.",
    "Choose how this should be kept.",
    "A copy of this already exists in the same place.",
)


def open_menu(b: Board, room: IntBox) -> None:
    """Open a menu of commands somewhere."""
    t, u, dice = b.theme, b.u, b.dice
    left, top, right, bottom = room
    names = b.words.some("commands", dice.between(5, 11))
    width, pitch = u(210), u(27)
    height = pitch * len(names) + u(10)
    x = left + dice.below(max(1, right - left - width))
    y = top + dice.below(max(1, bottom - top - height))
    box = (x, y, x + width, y + height)
    b.cover(box)
    b.rect(box, t.surface)
    b.frame(box, t.muted)
    b.place = "open menu"
    acts = dice.sample(sorted(GROUPS["file"]), len(names))
    for number, name in enumerate(names):
        line = (x + 1, y + u(5) + number * pitch, x + width - 1, y + u(5) + (number + 1) * pitch)
        middle = (line[1] + line[3]) // 2
        fill = mix(t.surface, b.accent, 0.2) if number == 1 else t.surface
        if number == 1:
            b.rect(line, fill)
        b.text(x + u(36), middle, name, b.size, t.text, fill, "lm")
        if number < len(acts) and dice.chance(0.3):
            b.text(x + width - u(12), middle, f"Ctrl+{name[0]}", u(11), t.muted, fill, "rm")
        b.add(line, "item", name)


def pop_up(b: Board) -> None:
    """Open a box in front of the page that asks for something."""
    t, u, dice = b.theme, b.u, b.dice
    width, height = (
        min(u(dice.between(320, 440)), b.width),
        min(u(dice.between(200, 300)), b.height),
    )
    x, y = dice.below(b.width - width + 1), dice.below(b.height - height + 1)
    box = (x, y, x + width, y + height)
    b.dim()
    b.cover(box, modal=True)
    b.rect(box, t.surface)
    b.frame(box, t.muted)
    b.window, b.place = "", "pop-up"
    b.label(
        x + u(20), y + u(34), b.words.one("headlines"), t.surface, size=u(18), width=width - u(80)
    )
    b.icon_button(
        (x + width - u(46), y + u(8), x + width - u(8), y + u(46)), "close", t.muted, t.surface
    )
    name = b.words.one("fields")
    field(b, (x + u(20), y + u(70), x + width - u(20), y + u(106)), name, t.surface)
    tick(b, x + u(20), y + u(132), b.words.one("settings"), t.surface, on=False)
    buttons_in_a_row(
        b, x + width - u(18), y + height - u(28), b.words.some("buttons", 2), t.surface, x
    )


def question(b: Board) -> None:
    """Open a question at the bottom, or in the middle, that must be answered."""
    t, u, dice = b.theme, b.u, b.dice
    names = b.words.some("settings", dice.between(2, 4))
    height = u(120) + u(44) * len(names)
    width = min(b.width, u(460))
    x = (b.width - width) // 2
    y = b.height - height if dice.chance(0.5) else (b.height - height) // 2
    box = (x, y, x + width, y + height)
    b.dim()
    b.cover(box, modal=True)
    b.place, b.window = "pop-up", ""
    b.rect(box, t.surface)
    b.frame(box, t.muted)
    b.label(x + u(20), y + u(28), b.words.one("titles"), t.surface, size=u(18), width=width - u(40))
    radio, chosen = dice.chance(0.5), dice.below(len(names))
    for number, name in enumerate(names):
        on = number == chosen if radio else dice.chance(0.4)
        tick(b, x + u(22), y + u(66) + number * u(44), name, t.surface, on, radio=radio)
    buttons_in_a_row(
        b, x + width - u(18), y + height - u(32), b.words.some("buttons", 2), t.surface, x
    )
