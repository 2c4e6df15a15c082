"""Overcooked's small pictures: tiles, things and chefs."""

from __future__ import annotations

from collections.abc import Callable

from vl_envs.games.drawing import Pen

HATS = ("#1976d2", "#2e7d32")
WOOD, DARK, WHITE = "#c49a6c", "#3e2723", "#ffffff"


def floor(pen: Pen) -> None:
    """Draw a tile of the floor."""
    pen.box(0, 0, 1, 1, "#e0e0e0", "#bdbdbd")


def counter(pen: Pen) -> None:
    """Draw an empty counter."""
    pen.box(0, 0, 1, 1, WOOD, "#8d6e63")


def onion(pen: Pen) -> None:
    """Draw an onion."""
    pen.oval(0.12, 0.28, 0.88, 0.95, "#f9e04b", "#b08d00")
    pen.shape((0.38, 0.34), (0.5, 0.02), (0.62, 0.34), fill="#8bc34a")
    pen.line((0.5, 0.36), (0.5, 0.9), fill="#b08d00", width=0.04)


def onions(pen: Pen) -> None:
    """Draw a box of onions."""
    counter(pen)
    pen.box(0.1, 0.3, 0.9, 0.9, "#795548", DARK, radius=0.05)
    for x in (0.28, 0.5, 0.72):
        pen.oval(x - 0.15, 0.18, x + 0.15, 0.5, "#f9e04b", "#b08d00")


def dish(pen: Pen) -> None:
    """Draw an empty dish."""
    pen.disc(0.5, 0.5, 0.46, WHITE, "#616161")
    pen.disc(0.5, 0.5, 0.27, "#eeeeee")


def dishes(pen: Pen) -> None:
    """Draw a stack of dishes on a counter."""
    counter(pen)
    for number in range(4):
        top = 0.62 - 0.13 * number
        pen.oval(0.16, top, 0.84, top + 0.3, WHITE, "#616161")


def soup(pen: Pen) -> None:
    """Draw a dish of soup."""
    dish(pen)
    pen.disc(0.5, 0.5, 0.34, "#f57c00")
    pen.disc(0.4, 0.42, 0.07, "#fff59d")
    pen.disc(0.6, 0.56, 0.06, "#fff59d")


def window(pen: Pen) -> None:
    """Draw the window where soup is served."""
    pen.box(0, 0, 1, 1, "#9e9e9e", "#616161")
    pen.box(0.12, 0.12, 0.88, 0.88, "#f5f5f5", "#616161")
    pen.shape((0.5, 0.85), (0.22, 0.5), (0.78, 0.5), fill="#43a047")
    pen.box(0.4, 0.2, 0.6, 0.52, "#43a047")


def stove(pen: Pen) -> None:
    """Draw the stove on which the pot stands."""
    pen.box(0, 0, 1, 1, "#546e7a", "#37474f")


def pot(pen: Pen, held: int, cooked: int, time: int) -> None:
    """Draw the pot: its onions, or how long its soup has cooked; green when ready."""
    pen.box(0.04, 0.3, 0.96, 0.42, "#212121", radius=0.05)
    pen.disc(0.5, 0.5, 0.4, "#212121")
    pen.disc(0.5, 0.5, 0.33, "#f57c00" if cooked >= 0 else "#9e9e9e")
    if cooked < 0:
        for x, y in ((0.5, 0.32), (0.34, 0.62), (0.66, 0.62))[:held]:
            pen.disc(x, y, 0.14, "#f9e04b", "#b08d00")
        return
    fill = "#2e7d32" if cooked >= time else "#212121"
    pen.disc(0.5, 0.5, 0.24, fill)
    pen.text(0.5, 0.5, str(cooked), 0.42, WHITE)


def chef(pen: Pen, hat: str, dx: int, dy: int) -> None:
    """Draw a chef from above: hat in its colour, nose and hands the way it faces."""
    hands = ((0.2, 0.3), (0.8, 0.3))
    for x, y in hands:
        pen.disc(*_turned(x, y, dx, dy), 0.1, "#ffcc80", DARK)
    pen.disc(0.5, 0.5, 0.33, WHITE, DARK)
    pen.disc(*_turned(0.5, 0.18, dx, dy), 0.12, "#ffcc80", DARK)
    pen.disc(0.5, 0.5, 0.24, hat, DARK)


def _turned(x: float, y: float, dx: int, dy: int) -> tuple[float, float]:
    """Turn a point of one who faces up to another way."""
    x, y = x - 0.5, y - 0.5
    return 0.5 - x * dy - y * dx, 0.5 + x * dx - y * dy


THINGS: dict[str, Callable[..., None]] = {"onion": onion, "dish": dish, "soup": soup}
