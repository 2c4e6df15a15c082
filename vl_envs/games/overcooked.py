"""Overcooked's cramped room: two chefs, one pot, onion soup.

The rules are those of Overcooked-AI (Carroll et al. 2019, arXiv 1910.05789) in VS-Bench's setting:
cooking takes 5 steps and is begun by hand, and both are paid for each useful deed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from vl_envs.core.env import Image
from vl_envs.games import kitchen_shapes as shapes
from vl_envs.games.drawing import INK, Sheet
from vl_envs.games.game import SEATS, Game, Question, Rewards
from vl_envs.games.kitchen import (
    COOKING,
    DELIVERED,
    FULL,
    INTERACT,
    ROOM,
    STAY,
    STEPS,
    USEFUL,
    WAYS,
    Cell,
    Kitchen,
    tile,
    walk,
)
from vl_envs.games.overcooked_cook import cook
from vl_envs.games.players import anyone

FRAMES = 3
"""So many earlier frames are shown beside the present one."""


class Overcooked(Game[Kitchen]):
    """Cook and serve as many soups as you can."""

    name = "overcooked"
    title = "Overcooked"
    kind = "team"
    simultaneous = True
    actions = ("<UP>", "<DOWN>", "<RIGHT>", "<LEFT>", STAY, INTERACT)
    horizon = STEPS
    rules = (
        "Overcooked: two chefs cook and serve onion soup together, in 50 steps. Both act at the "
        "same time. <UP>, <DOWN>, <LEFT> and <RIGHT> turn a chef that way, and move it one tile if "
        "nothing is in the way; <INTERACT> uses the tile that it faces; <STAY> does nothing. Take "
        "onions from an onion box, put three into the pot, and begin cooking with empty hands: "
        "the pot shows the steps. After 5 the soup is ready. Take a dish, fill it at the pot, and "
        "bring it to the serving window. Things can be laid on counters. Both chefs get 2 points "
        "for each onion put into the pot, for a dish taken when it is needed, and for a soup taken "
        "from the pot, and 10 for a soup of three onions that is served."
    )
    roles = (
        "You are chef_0 with the blue hat.",
        "You are chef_1 with the green hat.",
    )
    players = {"random": anyone, "cook": cook}  # noqa: RUF012
    reference = opponent = "cook"
    published = (0.2, 40.0)

    def start(self, rng: np.random.Generator) -> Kitchen:
        """See `Game.start`: always the same."""
        return Kitchen()

    def to_move(self, state: Kitchen) -> Sequence[int]:
        """See `Game.to_move`."""
        return SEATS if state.step < STEPS else ()

    def legal(self, state: Kitchen, seat: int) -> tuple[str, ...]:
        """See `Game.legal`: everything always; what leads to nothing does nothing."""
        return self.actions if state.step < STEPS else ()

    def play(self, state: Kitchen, moves: Mapping[int, str], rng: np.random.Generator) -> Rewards:
        """See `Game.play`: chef 0 interacts first; then both walk; then the soup cooks."""
        state.past = [*state.past, state.snapshot()][-FRAMES:]
        # Both dishes of one step are judged by the kitchen as it was before it.
        wanted = (
            state.onions > 0 and not (state.onions == FULL and state.cooked < 0)
        ) or state.ready
        paid = sum(self._interact(state, seat, wanted) for seat in SEATS if moves[seat] == INTERACT)
        walk(state, [WAYS.get(moves[seat]) for seat in SEATS])
        if state.cooked >= 0:
            state.cooked = min(state.cooked + 1, COOKING)
        state.step += 1
        return paid, paid

    def _interact(self, state: Kitchen, seat: int, wanted: bool) -> float:
        """Use what a chef faces; return what it pays."""
        (x, y), (dx, dy) = state.at[seat], state.facing[seat]
        cell, held = (x + dx, y + dy), state.held[seat]
        what, paid = tile(cell), 0.0
        if what == "X":
            lies = state.counters.pop(cell, "")
            if held and not lies:
                state.counters[cell], state.held[seat] = held, ""
            elif held:
                state.counters[cell] = lies
            else:
                state.held[seat] = lies
        elif what == "O" and not held:
            state.held[seat] = "onion"
        elif what == "D" and not held:
            lying = "dish" in state.counters.values()
            if wanted and not lying and "dish" not in state.held:
                paid = USEFUL
            state.held[seat] = "dish"
        elif what == "P" and not held and state.onions and state.cooked < 0:
            state.cooked = 0
        elif what == "P" and held == "onion" and state.onions < FULL and state.cooked < 0:
            state.onions, state.held[seat], paid = state.onions + 1, "", USEFUL
        elif what == "P" and held == "dish" and state.ready:
            state.held[seat], state.onions, state.cooked = f"soup{state.onions}", 0, -1
            paid = USEFUL
        elif what == "S" and held.startswith("soup"):
            state.held[seat] = ""
            paid = DELIVERED if held == f"soup{FULL}" else 0.0
        return paid

    def copy(self, state: Kitchen) -> Kitchen:
        """See `Game.copy`."""
        return state.snapshot([earlier.snapshot() for earlier in state.past])

    # What is seen.

    def words(self, state: Kitchen, seat: int) -> str:
        """See `Game.words`: what one holds."""
        return f"You hold {_name(state.held[seat])}."

    def vocabulary(self) -> Sequence[str]:
        """See `Game.vocabulary`."""
        return [f"You hold {_name(held)}." for held in ("", "onion", "dish", "soup3")]

    def picture(self, state: Kitchen, seat: int, size: tuple[int, int]) -> Image:
        """See `Game.picture`: the room now, three steps before it, and what is what."""
        sheet = Sheet(size, _legend)
        sheet.text(10, 16, f"step {state.step} of {STEPS}", 18, anchor="l", bold=True)
        sheet.text(320, 16, f"you are chef_{seat}", 18, shapes.HATS[seat], "r", bold=True)
        _room(sheet, state, 8, 30, 62)
        for number, earlier in enumerate(reversed(state.past)):
            left = 8 + 148 * (FRAMES - 1 - number)
            sheet.text(left, 314, f"{number + 1} before", 14, anchor="l")
            _room(sheet, earlier, left, 326, 27)
        return sheet.pixels()

    def question(self, state: Kitchen, seat: int, rng: np.random.Generator) -> Question:
        """See `Game.question`: what a chef holds or which way it faces, or what is in the pot."""
        what, chef = int(rng.integers(3)), int(rng.integers(2))
        if what == 0:
            answers = ("nothing", "an onion", "a dish", "a soup")
            return Question(f"What does chef_{chef} hold?", answers, _name(state.held[chef]))
        if what == 1:
            names = {way: name.strip("<>").lower() for name, way in WAYS.items()}
            answer = names[state.facing[chef]]
            return Question(f"Which way does chef_{chef} face?", tuple(names.values()), answer)
        numbers = tuple(str(n) for n in range(FULL + 1))
        return Question("How many onions are in the pot?", numbers, str(state.onions))


def _name(held: str) -> str:
    return {"": "nothing", "onion": "an onion", "dish": "a dish"}.get(held, "a soup")


_TILES: dict[str, Callable[..., None]] = {
    "X": shapes.counter,
    "P": shapes.stove,
    "O": shapes.onions,
    "D": shapes.dishes,
    "S": shapes.window,
    ".": shapes.floor,
}


def _room(sheet: Sheet, state: Kitchen, left: float, top: float, side: float) -> None:
    def middle(cell: Cell) -> tuple[float, float]:
        return left + (cell[0] + 0.5) * side, top + (cell[1] + 0.5) * side

    for row, letters in enumerate(ROOM):
        for column, letter in enumerate(letters):
            sheet.stamp(*middle((column, row)), side + 1, _TILES[letter])
    x, y = middle((2, 0))
    sheet.stamp(x, y, side, shapes.pot, state.onions, state.cooked, COOKING)
    for cell, thing in state.counters.items():
        sheet.stamp(*middle(cell), side * 0.7, shapes.THINGS[thing.rstrip("123")])
    for seat in SEATS:
        x, y = middle(state.at[seat])
        dx, dy = state.facing[seat]
        sheet.stamp(x, y, side, shapes.chef, shapes.HATS[seat], dx, dy)
        if held := state.held[seat].rstrip("123"):
            at = (x + dx * side * 0.3, y + dy * side * 0.3)
            sheet.stamp(*at, side * 0.5, shapes.THINGS[held])


def _legend(sheet: Sheet) -> None:
    rows: Sequence[tuple[str, Callable[..., None], tuple[Any, ...]]] = (
        ("chef_0", shapes.chef, (shapes.HATS[0], 0, 1)),
        ("chef_1", shapes.chef, (shapes.HATS[1], 0, 1)),
        ("onions", shapes.onions, ()),
        ("dishes", shapes.dishes, ()),
        ("pot", shapes.pot, (3, -1, COOKING)),
        ("serve", shapes.window, ()),
        ("counter", shapes.counter, ()),
        ("soup", shapes.soup, ()),
    )
    for number, (what, draw, args) in enumerate(rows):
        y = 46 + 33 * number
        sheet.stamp(348, y, 30, draw, *args)
        sheet.text(370, y, what, 16, INK, "l")
