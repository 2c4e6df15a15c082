"""Pong's strongest player: where the ball will come, and with which part of the paddle to hit it."""

from __future__ import annotations

from typing import Any

import numpy as np

from vl_envs.games.game import Game

LAST_X = 189
"""Where the ball is, in the cartridge's own numbers as all here, when the right paddle hits it."""
TOP, BOTTOM = 91, 411
"""Twice the height at which the walls throw the ball back."""
KNOB = 5.75
"""So far a frame of moving turns the knob, which the paddle follows."""
STUCK = (0.75, 0.1875, 0.046875, 0.01171875, 0.00390625)
"""Probability that 0, 1, 2, 3 or all 4 frames of a step still do what was done before."""
TURN = (0, -1, 1)
"""What each action does to the knob."""
MISS, DULL = -1.0, 0.1


def tracker(game: Game[Any], state: Any, seat: int, rng: np.random.Generator) -> str:
    """Strike the ball so that it comes down steeply beyond the bot's reach.

    The bot follows the ball a little more slowly than a steep ball flies, and catches up where a
    wall throws it back. So the ball is to meet one wall only, and late: hit downwards from above,
    upwards from below.
    """
    memory = state.past[-1]
    x, y, across, down = memory[49], memory[54], -_signed(memory[58]), _signed(memory[56])
    if not y or across <= 0 or x >= LAST_X:
        return game.actions[0]
    frames = (LAST_X - x) // across
    y = _bounced(y, down, frames)
    gain = [
        _gain(state.held, action, memory[51], memory[4], frames, y)
        for action in range(len(game.actions))
    ]
    return game.actions[int(np.argmax(gain))]


def _signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte


def _bounced(y: int, down: int, frames: int) -> int:
    """Give the height of the ball after some frames."""
    y += down * frames
    while not TOP <= 2 * y <= BOTTOM:
        y = TOP - y if 2 * y < TOP else BOTTOM - y
    return y


def _gain(held: int, action: int, paddle: int, knob: float, frames: int, y: int) -> float:
    """Give the mean worth of an action, if the paddle then stops; either may begin late."""
    gain = 0.0
    for late, p in enumerate(STUCK):
        turned = [TURN[held]] * late + [TURN[action]] * (4 - late)
        after = held if late == 4 else action
        for later, q in enumerate(STUCK):
            turns = (turned + [TURN[after]] * later + [0] * (4 - later))[:frames]
            gain += p * q * _worth(y - _paddle(paddle, knob, turns, frames), y)
    return gain


def _paddle(paddle: int, knob: float, turns: list[int], frames: int) -> int:
    """Give where the paddle will be: every other frame it goes half the way to the knob."""
    for frame in range(0, frames, 2):
        knob = min(max(knob + KNOB * sum(turns[frame : frame + 2]), 38), 203)
        paddle = (paddle + int(knob)) // 2
        if frame > len(turns) and abs(paddle - knob) <= 1:
            break
    return paddle


def _worth(part: int, y: int) -> float:
    """Say how good it is to hit a ball at height ``y`` with a part of the paddle, from above."""
    if not -2 <= part <= 16:
        return MISS
    if part <= 0:
        return 1.0 if 128 <= y < 165 else DULL
    if part >= 13:
        return 1.0 if y < 125 else DULL
    return DULL
