"""Pong, Atari's cartridge in its emulator, up to three points against the built-in bot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from vl_envs.core.env import Image
from vl_envs.core.errors import require
from vl_envs.games.drawing import Sheet
from vl_envs.games.game import Game, Question, Rewards
from vl_envs.games.players import anyone
from vl_envs.games.pong_bot import tracker

POINTS = 3
STEPS = 1000
SKIP = 4
"""Frames of a step."""
STICKY = 0.25
"""In each frame, the probability that the action of the frame before is repeated."""
STANDING = 30
"""Steps at most in which nobody has moved when the game begins."""
SHOWN = 4
"""Steps that a picture shows."""
FIELD = 160
"""Sides of the field in pixels of the cartridge."""
PADDLE = 16
"""Height of a paddle."""
LEFT, RIGHT = 16, 140
"""Left sides of the paddles, which are 4 wide."""


class Scene(NamedTuple):
    """Where things are, in pixels from the upper left of the field.

    Attributes:
        left: top of the bot's paddle, which waits above the field at first.
        right: top of the agent's.
        ball: its upper left, None while none is in play.
    """

    left: int
    right: int
    ball: tuple[int, int] | None


def scene(memory: bytes) -> Scene:
    """Read from the cartridge's memory what its screen shows."""
    x, y = memory[49] - 49, memory[54] - 48
    seen = memory[54] > 0 and 0 <= x < FIELD and -4 < y < FIELD
    return Scene(memory[50] - 49, memory[51] - 48, (x, y) if seen else None)


@dataclass
class Rally:
    """A position.

    Attributes:
        machine: the emulator's state, which is never changed: another takes its place.
        past: the cartridge's memory after each of the last steps, the present one last.
        held: number of the action in the last frame.
        points: of both.
        step: moves made.
    """

    machine: Any
    past: tuple[bytes, ...]
    held: int = 0
    points: tuple[int, int] = (0, 0)
    step: int = 0


class Pong(Game[Rally]):
    """Let the ball pass the other's paddle, and not one's own.

    Raises:
        ImportError: ale-py is not installed.
    """

    name = "pong"
    title = "Pong"
    kind = "against"
    seats = (0,)
    actions = ("<STAY>", "<UP>", "<DOWN>")
    horizon = STEPS
    rules = (
        "Pong: a green paddle at the right and an orange one at the left strike a white ball, "
        "which walls above and below throw back. Whoever lets the ball pass gives the other a "
        "point; whoever has 3 points first wins, and after 1000 steps the game ends. <UP> and "
        "<DOWN> move your paddle, <STAY> stops it; it answers a little late. The nearer to its end "
        "a paddle is hit, the steeper the ball flies off. The picture shows the last 4 steps."
    )
    roles = (
        "You are the right, green paddle.",
        "You are the left, orange paddle.",
    )
    players = {"random": anyone, "tracker": tracker}  # noqa: RUF012
    reference = "tracker"
    opponent = "built-in"
    published = (0.0, 1.0)

    def __init__(self) -> None:
        ale = require("ale_py", "pong")
        ale.ALEInterface.setLoggerMode(ale.LoggerMode.Error)
        self._emulator = ale.ALEInterface()
        self._emulator.setInt("random_seed", 0)
        self._emulator.setFloat("repeat_action_probability", 0.0)
        self._emulator.loadROM(ale.roms.get_rom_path(self.name))
        self._codes = (ale.Action.NOOP, ale.Action.RIGHT, ale.Action.LEFT)
        self._emulator.reset_game()
        # The cartridge reads the paddle's knob in every other frame: after this one and, as steps
        # are of four, after each step, its memory has what the knob says now.
        self._emulator.act(ale.Action.NOOP)
        self._first = self._loaded = self._emulator.cloneState()

    def __reduce__(self) -> tuple[type[Pong], tuple[()]]:
        """Pickle no emulator: make one anew."""
        return type(self), ()

    def start(self, rng: np.random.Generator) -> Rally:
        """See `Game.start`: after 1 to 30 steps of standing; points made in them do not count."""
        state = Rally(self._first, (b"",) * SHOWN)
        for _ in range(int(rng.integers(1, STANDING + 1))):
            self._run(state, (0,) * SKIP)
        first = next(memory for memory in state.past if memory)
        state.past = tuple(memory or first for memory in state.past)
        return state

    def _run(self, state: Rally, codes: Sequence[int]) -> int:
        """Let the emulator go through the frames of a step; return the points made."""
        if self._loaded is not state.machine:
            self._emulator.restoreState(state.machine)
        made = sum(self._emulator.act(self._codes[code]) for code in codes)
        state.machine = self._loaded = self._emulator.cloneState()
        state.past = (*state.past[1:], self._emulator.getRAM().tobytes())
        return int(made)

    def to_move(self, state: Rally) -> Sequence[int]:
        """See `Game.to_move`."""
        return self.seats if max(state.points) < POINTS and state.step < STEPS else ()

    def legal(self, state: Rally, seat: int) -> tuple[str, ...]:
        """See `Game.legal`: everything always."""
        return self.actions if seat in self.to_move(state) else ()

    def play(self, state: Rally, moves: Mapping[int, str], rng: np.random.Generator) -> Rewards:
        """See `Game.play`: four frames, in each of which the last action may stick."""
        wanted, codes = self.actions.index(moves[0]), []
        for sticks in rng.random(SKIP) < STICKY:
            state.held = state.held if sticks else wanted
            codes.append(state.held)
        made = self._run(state, codes)
        own, other = state.points
        state.points = own + max(made, 0), other + max(-made, 0)
        state.step += 1
        return float(made), float(-made)

    def counted(self, state: Rally, returns: Rewards, seat: int) -> float:
        """See `Game.counted`: nine tenths for one's points, one for the steps that one stood.

        Each runs from random play (no point, 147.2 steps) to VS-Bench's optimum (3 points, 398
        steps); appendix F.7 of the paper.
        """
        points = state.points[seat] / POINTS
        return 0.9 * points + 0.1 * (state.step - 147.2) / (398 - 147.2)

    def worst(self, state: Rally, seat: int) -> float:
        """See `Game.worst`: all the points that the other lacks."""
        return float(state.points[1 - seat] - POINTS)

    def copy(self, state: Rally) -> Rally:
        """See `Game.copy`."""
        return replace(state)

    # What is seen.

    def picture(self, state: Rally, seat: int, size: tuple[int, int]) -> Image:
        """See `Game.picture`: the field after each of the last four steps, and the points."""
        sheet = Sheet(size, _fields)
        sheet.text(8, 14, f"step {state.step} of {STEPS}", 18, anchor="l")
        sheet.text(322, 14, "other", 18, "#b5622a", "r", bold=True)
        sheet.text(360, 14, f"{state.points[1]} : {state.points[0]}", 20, bold=True)
        sheet.text(398, 14, "you", 18, "#2e7d32", "l", bold=True)
        for number, memory in enumerate(state.past):
            _things(sheet, number, scene(memory))
        return sheet.pixels()

    def question(self, state: Rally, seat: int, rng: np.random.Generator) -> Question:
        """See `Game.question`: which way the ball has gone, or which paddle is higher."""
        before, now = (scene(memory) for memory in state.past[-2:])
        if rng.random() < 0.5:
            ways = ("to the left", "to the right", "neither")
            gone = now.ball[0] - before.ball[0] if now.ball and before.ball else 0
            text = "Which way has the ball gone in the last step?"
            return Question(text, ways, ways[0 if gone < 0 else 1 if gone > 0 else 2])
        sides = ("the left one", "the right one", "neither")
        seen = now.left > -PADDLE and now.left != now.right
        higher = 2 if not seen else int(now.right < now.left)
        text = "Which paddle is higher now, if both are in sight?"
        return Question(text, sides, sides[higher])


_BROWN, _ORANGE, _GREEN, _WHITE = "#4a2508", "#d5824a", "#5cba5c", "#ececec"
_WIDE, _HIGH = 214, 182


def _corner(number: int) -> tuple[float, float]:
    """Give the upper left of one of the four fields."""
    return 7 + 220 * (number % 2), 48 + 209 * (number // 2)


def _fields(sheet: Sheet) -> None:
    for number in range(SHOWN):
        left, top = _corner(number)
        ago = SHOWN - 1 - number
        said = f"{ago} step{'s' * (ago > 1)} ago" if ago else "now"
        sheet.text(left, top - 12, said, 16, anchor="l", bold=not ago)
        sheet.box(left, top - 3, left + _WIDE, top + _HIGH + 3, "#9e9e9e")
        sheet.box(left, top, left + _WIDE, top + _HIGH, _BROWN)


def _things(sheet: Sheet, number: int, seen: Scene) -> None:
    """Draw paddles and ball, the ball a little wider than the cartridge does: it is narrow."""
    left, top = _corner(number)

    def fill(x: float, y: float, wide: float, high: float, colour: str) -> None:
        above, below = max(y, 0) * _HIGH / FIELD, min(y + high, FIELD) * _HIGH / FIELD
        if above < below:
            across = _WIDE / FIELD
            sheet.box(
                left + x * across, top + above, left + (x + wide) * across, top + below, colour
            )

    fill(LEFT, seen.left, 4, PADDLE, _ORANGE)
    fill(RIGHT, seen.right, 4, PADDLE, _GREEN)
    if seen.ball:
        fill(seen.ball[0] - 1, seen.ball[1], 4, 4, _WHITE)
