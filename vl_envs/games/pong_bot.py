"""Pong's strongest player: where the ball will come, and with which part of the paddle to hit."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from vl_envs.games.game import Game

REACHED = 188
"""Where the ball is, in the cartridge's own numbers as all here, when the right paddle hits it."""
TOP, BOTTOM = 91, 411
"""Twice the height at which the walls throw the ball back."""
TURN = (0.0, -5.75, 5.75)
"""What each action does in a frame to the knob, which the paddle follows."""
KNOB = (38, 204)
"""Where the knob ends."""
STUCK = (0.75, 0.1875, 0.046875, 0.01171875, 0.00390625)
"""Probability that 0, 1, 2, 3 or all 4 frames of a step still do what was done before."""
PARTS = (-1, 15)
"""Of the paddle, from above, that hit the ball."""
EDGES = ((-1, 0), (13, 15))
"""Parts that throw it up and down steeply."""
DIVIDE = 127
"""Balls above are to fly down."""
AHEAD = 4
"""Steps that are thought through; after them the paddle is to stay."""
NEAR = 28
"""Frames before the ball comes from which on they are."""
MISS, DULL = -2.0, 0.1


def tracker(game: Game[Any], state: Any, seat: int, rng: np.random.Generator) -> str:
    """Strike the ball so that it comes down steeply beyond the bot's reach.

    The bot follows the ball a little more slowly than a steep ball flies, and catches up where a
    wall throws it back. So the ball is to meet one wall only, and late: hit downwards from above,
    upwards from below.
    """
    memory = state.past[-1]
    x, y, across, down = memory[49], memory[54], -_signed(memory[58]), _signed(memory[56])
    if not y or across <= 0 or x >= REACHED:
        return game.actions[0]
    frames = (REACHED - x) // across
    wanted = _bounced(y, down, frames)
    depth = AHEAD if frames <= NEAR else 1
    return game.actions[_best(memory[51], memory[4], state.held, frames, wanted, depth)[1]]


def _signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte


def _bounced(y: int, down: int, frames: int) -> int:
    """Give the height of the ball after some frames."""
    y += down * frames
    while not TOP <= 2 * y <= BOTTOM:
        y = TOP - y if 2 * y < TOP else BOTTOM - y
    return y


@lru_cache(maxsize=100_000)
def _best(
    paddle: int, knob: float, held: int, frames: int, y: int, depth: int
) -> tuple[float, int]:
    """Give the mean worth of the best action, and its number."""
    if depth == 0 or frames <= 0:
        return _worth(y - _moved(paddle, knob, (0.0,) * frames)[0], y), 0
    means = []
    for action in range(len(TURN)):
        mean = 0.0
        for late, share in enumerate(STUCK):
            turns = ((TURN[held],) * late + (TURN[action],) * (4 - late))[:frames]
            now = _moved(paddle, knob, turns)
            after = held if late == 4 else action
            mean += share * _best(*now, after, frames - 4, y, depth - 1)[0]
        means.append(mean)
    return max(means), int(np.argmax(means))


def _moved(paddle: int, knob: float, turns: tuple[float, ...]) -> tuple[int, float]:
    """Move: every other frame the paddle goes half the way to where the knob was."""
    for frame in range(0, len(turns), 2):
        paddle = int(paddle + knob) // 2
        knob = min(max(knob + sum(turns[frame : frame + 2]), KNOB[0]), KNOB[1])
    return paddle, knob


def _worth(part: int, y: int) -> float:
    """Say how good it is to hit a ball at height ``y`` with a part of the paddle, from above."""
    first, last = EDGES[y < DIVIDE]
    far = max(first - part, part - last, 0)
    if far == 0:
        return 1.0
    return (DULL if PARTS[0] <= part <= PARTS[1] else MISS) - far / 1000
