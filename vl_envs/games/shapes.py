"""The small pictures of the games' pieces, each a function that draws into a unit square."""

from __future__ import annotations

from vl_envs.games.drawing import Pen

WHITE, BLACK = "#ffffff", "#212121"


def person(pen: Pen, colour: str) -> None:
    """Draw a head and shoulders."""
    pen.oval(0.12, 0.55, 0.88, 1.25, colour)
    pen.box(0.0, 0.97, 1.0, 1.0, "#00000000")
    pen.disc(0.5, 0.32, 0.26, colour)
    pen.disc(0.41, 0.3, 0.05, WHITE)
    pen.disc(0.59, 0.3, 0.05, WHITE)


def coin(pen: Pen, colour: str) -> None:
    """Draw a coin of a colour with a golden rim."""
    pen.disc(0.5, 0.5, 0.42, "#c79100")
    pen.disc(0.5, 0.5, 0.37, "#ffd54f")
    pen.disc(0.5, 0.5, 0.27, colour)
    pen.text(0.5, 0.5, "$", 0.38, WHITE)


def block(pen: Pen, colour: str) -> None:
    """Draw a block of stone of a colour."""
    pen.box(0.08, 0.08, 0.92, 0.92, BLACK, radius=0.08)
    pen.box(0.12, 0.12, 0.88, 0.88, colour, radius=0.06)
    pen.shape((0.2, 0.2), (0.8, 0.2), (0.72, 0.3), (0.28, 0.3), fill="#ffffff90")


def apple(pen: Pen, colour: str) -> None:
    """Draw an apple with a stalk and a leaf."""
    pen.oval(0.12, 0.26, 0.58, 0.9, colour)
    pen.oval(0.42, 0.26, 0.88, 0.9, colour)
    pen.oval(0.3, 0.4, 0.7, 0.94, colour)
    pen.line((0.5, 0.36), (0.54, 0.1), fill="#5d4037", width=0.06)
    pen.oval(0.55, 0.08, 0.82, 0.24, "#2e7d32")
    pen.oval(0.24, 0.38, 0.36, 0.54, "#ffffff70")


def monster(pen: Pen, colour: str) -> None:
    """Draw a monster with horns and teeth."""
    for side in (0.26, 0.74):
        pen.shape((side - 0.12, 0.3), (side + 0.12, 0.3), (side * 1.3 - 0.15, 0.02), fill="#fbc02d")
    pen.box(0.12, 0.2, 0.88, 0.92, colour, radius=0.3)
    for side in (0.34, 0.66):
        pen.disc(side, 0.42, 0.12, WHITE)
        pen.disc(side, 0.44, 0.055, BLACK)
    pen.box(0.26, 0.64, 0.74, 0.8, BLACK, radius=0.04)
    for tooth in range(4):
        left = 0.28 + 0.115 * tooth
        pen.shape((left, 0.64), (left + 0.1, 0.64), (left + 0.05, 0.74), fill=WHITE)


def blocks(pen: Pen, colours: str) -> None:
    """Draw two blocks side by side, a red and a blue one."""
    for left, colour in ((0.02, "#d32f2f"), (0.53, "#1976d2")):
        pen.box(left, 0.26, left + 0.45, 0.74, BLACK, radius=0.05)
        pen.box(left + 0.04, 0.3, left + 0.41, 0.7, colour, radius=0.03)


def arrow(pen: Pen, colour: str) -> None:
    """Draw an arrow to the right."""
    pen.line((0.0, 0.5), (0.7, 0.5), fill=colour, width=0.12)
    pen.shape((0.6, 0.22), (1.0, 0.5), (0.6, 0.78), fill=colour)
