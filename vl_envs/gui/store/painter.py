"""Draws the shop's pages: one function for each look of a piece."""

from __future__ import annotations

from collections.abc import Callable

from vl_envs.gui.drawing.painter import IntBox, Painter, Pixels, text_width
from vl_envs.gui.drawing.theme import Colour, Theme
from vl_envs.gui.store.layout import Layout, Piece
from vl_envs.gui.store.products import large_picture, small_picture


def paint(layout: Layout, theme: Theme, scroll: int) -> Pixels:
    """Draw a page, scrolled by so many pixels; uint8 [height, width, 3]."""
    _, top, width, height = layout.view
    painter = Painter(width, height, theme.background)
    for piece in layout.body:
        left, upper, right, lower = piece.box
        if lower - scroll > top and upper - scroll < height:
            box = (left, upper - scroll, right, lower - scroll)
            _LOOKS[piece.look](painter, theme, piece, box, layout)
    for piece in layout.bar:  # over what is scrolled under it
        _LOOKS[piece.look](painter, theme, piece, piece.box, layout)
    if layout.lowest:
        _scroll_bar(painter, theme, layout, scroll)
    return painter.pixels


def _scroll_bar(painter: Painter, theme: Theme, layout: Layout, scroll: int) -> None:
    _, top, width, height = layout.view
    long = max(layout.px(24), (height - top) ** 2 // (layout.bottom - top))
    start = top + (height - top - long) * scroll // layout.lowest
    painter.rect((width - layout.px(4), start, width, start + long), theme.muted)


def _middle(box: IntBox) -> tuple[int, int]:
    return (box[0] + box[2]) // 2, (box[1] + box[3]) // 2


def _colour(theme: Theme, name: str) -> Colour:
    colour: Colour = getattr(theme, name)
    return colour


def _text(painter: Painter, theme: Theme, piece: Piece, box: IntBox, layout: Layout) -> None:
    size, tone = piece.value
    behind, colour = _colour(theme, piece.on), _colour(theme, tone)
    x, space = box[0], text_width(" ", size)
    for word in piece.text.split():  # there are many titles, but few words
        x += painter.text(x, box[1], word, size, colour, behind) + space


def _label(painter: Painter, theme: Theme, piece: Piece, box: IntBox, layout: Layout) -> None:
    size, tone = piece.value
    behind, colour = _colour(theme, piece.on), _colour(theme, tone)
    painter.text(*_middle(box), piece.text, size, colour, behind, "mm", box[2] - box[0])


def _side(painter: Painter, theme: Theme, piece: Piece, box: IntBox, layout: Layout) -> None:
    size, tone = piece.value
    behind, colour = _colour(theme, piece.on), _colour(theme, tone)
    y = _middle(box)[1]
    painter.text(box[0], y, piece.text, size, colour, behind, "lm", box[2] - box[0])


def _right(painter: Painter, theme: Theme, piece: Piece, box: IntBox, layout: Layout) -> None:
    size, tone = piece.value
    painter.text(
        box[2], box[1], piece.text, size, _colour(theme, tone), _colour(theme, piece.on), "ra"
    )


def _card(painter: Painter, theme: Theme, piece: Piece, box: IntBox, layout: Layout) -> None:
    radius = layout.px(min(theme.radius, 10))
    painter.round_rect(box, theme.surface, theme.background, radius, theme.border)


def _picture(painter: Painter, theme: Theme, piece: Piece, box: IntBox, layout: Layout) -> None:
    category, colour, pattern = piece.value
    side = box[2] - box[0]
    # The size decides which memory keeps it: large ones are few.
    draw = small_picture if side <= 100 else large_picture
    painter.image(draw(category, colour, pattern, side), box[0], box[1])


def _button(painter: Painter, theme: Theme, piece: Piece, box: IntBox, layout: Layout) -> None:
    behind = _colour(theme, piece.on)
    painter.round_rect(box, theme.primary, behind, layout.px(theme.radius))
    size = layout.px(15)
    painter.text(
        *_middle(box), piece.text, size, theme.on_primary, theme.primary, "mm", box[2] - box[0] - 8
    )


def _plain(painter: Painter, theme: Theme, piece: Piece, box: IntBox, layout: Layout) -> None:
    behind = _colour(theme, piece.on)
    painter.round_rect(box, theme.surface, behind, layout.px(theme.radius), theme.primary)
    size = layout.px(14)
    painter.text(
        *_middle(box), piece.text, size, theme.primary, theme.surface, "mm", box[2] - box[0] - 8
    )


def _chip(painter: Painter, theme: Theme, piece: Piece, box: IntBox, layout: Layout) -> None:
    behind = _colour(theme, piece.on)
    fill, ink, edge = theme.surface, theme.text, theme.border
    if piece.value:
        fill, ink, edge = theme.primary, theme.on_primary, theme.primary
    radius = layout.px(min(theme.radius * 2, 15))
    painter.round_rect(box, fill, behind, radius, edge)
    painter.text(*_middle(box), piece.text, layout.px(14), ink, fill, "mm")


def _swatch(painter: Painter, theme: Theme, piece: Piece, box: IntBox, layout: Layout) -> None:
    colour, on = piece.value
    behind = _colour(theme, piece.on)
    left, top, right, bottom = box
    half = (right - left) // 2
    if on:  # a frame whose corners lie outside the disc's box
        painter.round_rect(box, theme.primary, behind, layout.px(6))
        behind = theme.primary
    gap = layout.px(3)
    inner = (left + gap, top + gap, right - gap, bottom - gap)
    painter.round_rect(inner, colour, behind, half - gap, theme.muted)


def _dot(painter: Painter, theme: Theme, piece: Piece, box: IntBox, layout: Layout) -> None:
    half = (box[2] - box[0]) // 2
    painter.round_rect(box, piece.value, _colour(theme, piece.on), half, theme.muted)


def _tab(painter: Painter, theme: Theme, piece: Piece, box: IntBox, layout: Layout) -> None:
    on = bool(piece.value)
    ink = theme.primary if on else theme.muted
    painter.text(*_middle(box), piece.text, layout.px(15), ink, theme.background, "mm")
    thick = layout.px(3) if on else 1
    painter.rect((box[0], box[3] - thick, box[2], box[3]), ink if on else theme.border)


def _bar(painter: Painter, theme: Theme, piece: Piece, box: IntBox, layout: Layout) -> None:
    painter.rect(box, theme.bar)
    painter.rect((box[0], box[3] - 1, box[2], box[3]), theme.border)


def _icon(painter: Painter, theme: Theme, piece: Piece, box: IntBox, layout: Layout) -> None:
    name, size, tone = piece.value
    painter.icon(name, *_middle(box), size, _colour(theme, tone), _colour(theme, piece.on))


def _field(painter: Painter, theme: Theme, piece: Piece, box: IntBox, layout: Layout) -> None:
    typed, focused = piece.value
    px, edge = layout.px, theme.primary if focused else theme.border
    painter.round_rect(box, theme.surface, theme.bar, px(min(theme.radius, 12)), edge)
    x, y = box[0] + px(10), _middle(box)[1]
    ink = theme.text if typed else theme.muted
    room = box[2] - px(40) - x
    wide = painter.text(x, y, typed or piece.text, px(15), ink, theme.surface, "lm", room)
    if focused:
        x += (wide if typed else 0) + 1
        painter.rect((x, y - px(9), x + px(2), y + px(9)), theme.primary)


def _badge(painter: Painter, theme: Theme, piece: Piece, box: IntBox, layout: Layout) -> None:
    painter.round_rect(box, theme.primary, theme.bar, (box[2] - box[0]) // 2)
    size = layout.px(11)
    painter.text(*_middle(box), piece.text, size, theme.on_primary, theme.primary, "mm")


_LOOKS: dict[str, Callable[[Painter, Theme, Piece, IntBox, Layout], None]] = {
    "text": _text,
    "label": _label,
    "side": _side,
    "right": _right,
    "card": _card,
    "picture": _picture,
    "button": _button,
    "plain": _plain,
    "chip": _chip,
    "swatch": _swatch,
    "dot": _dot,
    "tab": _tab,
    "bar": _bar,
    "icon": _icon,
    "field": _field,
    "badge": _badge,
}
