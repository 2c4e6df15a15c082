"""Hunters by rules: the archer shoots from the upper left, the knight meets what comes through."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from vl_envs.games.game import Game

if TYPE_CHECKING:
    from vl_envs.games.zombie_engine import Battle, Fighter

FORWARD, BACKWARD, LEFT, RIGHT = "<FORWARD>", "<BACKWARD>", "<TURN_LEFT>", "<TURN_RIGHT>"
ATTACK, STAY = "<ATTACK>", "<STAY>"
POST, ACROSS = (116, 110), 90
"""Where the archer stands, at the left wall, and how it looks while there is nothing to aim at.

Arrows that fly along the row in which zombies come meet them in whatever column they are.
"""
GATE = (640, 600)
"""Where the knight waits."""
STEP, TURN, ARROW, FALL = 25, 10, 45, 5
"""A fighter's step, its turn in degrees, and the steps of arrows and zombies."""
BOW, BLOW = 3, 6
"""Attacks that only draw the bow after a shot, and steps that a blow takes the knight."""
HIT, FLIGHT = 31, 28
"""An arrow hits what its middle comes so near to; it crosses the field in so many steps."""
NEAR, TRIES, AWAY = 110, 8, 3
"""So near to a zombie, moves are tried so often, each with so many steps of flight after it."""


def hunter(game: Game[Any], state: Battle, seat: int, rng: np.random.Generator) -> str:
    """Choose a move for either seat; near a zombie, one that was tried and leaves a way out."""
    fighter = state.fighters[seat]
    wish = _archer(state) if seat == 0 else _knight(state)
    if all(math.dist(fighter.at, zombie.at) > NEAR for zombie in state.zombies):
        return wish
    seeds = rng.integers(2**31, size=TRIES).tolist()
    if seat == 1 and fighter.blocked < 0:
        kills, lives = _tried(game, state, 1, [ATTACK] + [STAY] * BLOW, seeds)
        if lives == TRIES and kills > TRIES / 2:
            return ATTACK
    found, most = wish, -1
    for move in dict.fromkeys((wish, STAY, BACKWARD, FORWARD, LEFT, RIGHT)):
        for flight in (BACKWARD, FORWARD):
            _, lives = _tried(game, state, seat, [move] + [flight] * AWAY, seeds)
            if lives > most:
                found, most = move, lives
            if most == TRIES:
                return found
    return found


def _archer(state: Battle) -> str:
    """Go to the post; shoot where a zombie is hit soonest, else look across."""
    archer = state.fighters[0]
    x, y = archer.at
    if max(abs(x - POST[0]), abs(y - POST[1])) > STEP:
        gone_along = archer.degrees == ACROSS and abs(y - POST[1]) <= STEP
        return BACKWARD if gone_along else _toward(archer, POST)
    turns = _aim(state)
    if turns is None:
        return _turn(archer, ACROSS) or ATTACK
    return ATTACK if not turns else LEFT if turns < 0 else RIGHT


def _aim(state: Battle) -> int | None:
    """Find after how many turns, to the right, an arrow hits soonest; None if nothing is hit.

    Zombies are thought to walk straight down.
    """
    if not state.zombies:
        return None
    archer = state.fighters[0]
    turns = np.arange(-17, 19)[:, None, None]
    flown = np.arange(1, FLIGHT + 1)[None, :, None]
    wait = np.abs(turns) + (0 if archer.blocked < 0 else BOW - archer.blocked)
    heading = np.radians(archer.degrees + TURN * turns)
    x, y = np.array([zombie.at for zombie in state.zombies]).T
    across = archer.at[0] + ARROW * flown * np.sin(heading) - x
    # Arrows fly before zombies walk.
    down = archer.at[1] - ARROW * flown * np.cos(heading) - y - FALL * (wait + flown - 1)
    hit = (np.abs(across) < HIT) & (np.abs(down) < HIT)
    steps = np.where(hit, wait + flown, np.inf).min((1, 2))
    return int(turns[steps.argmin(), 0, 0]) if np.isfinite(steps).any() else None


def _knight(state: Battle) -> str:
    """Go to meet the lowest zombie, or wait in the middle."""
    knight = state.fighters[1]
    if not state.zombies:
        return _toward(knight, GATE) if math.dist(knight.at, GATE) > 2 * STEP else STAY
    x, y = max(state.zombies, key=lambda zombie: zombie.at[1]).at
    return _toward(knight, (x, y + math.dist(knight.at, (x, y)) * FALL / STEP))


def _tried(
    game: Game[Any], state: Battle, seat: int, moves: list[str], seeds: list[int]
) -> tuple[int, int]:
    """Tell in how many tries moves kill a zombie, and in how many the fighter lives.

    The other stays meanwhile, and no arrow helps.
    """
    kills = lives = 0
    for seed in seeds:
        rng, trial = np.random.default_rng(seed), game.copy(state)
        trial.arrows = []
        for move in moves:
            if game.to_move(trial):
                game.play(trial, {seat: move, 1 - seat: STAY}, rng)
        kills += trial.kills > state.kills
        lives += trial.fighters[seat].alive
    return kills, lives


def _toward(fighter: Fighter, goal: tuple[float, float]) -> str:
    """Turn to a place and walk there."""
    x, y = fighter.at
    return _turn(fighter, math.degrees(math.atan2(goal[0] - x, y - goal[1]))) or FORWARD


def _turn(fighter: Fighter, degrees: float) -> str:
    """Turn to a heading, the shorter way; say nothing where that comes no nearer."""
    left = (fighter.degrees - degrees + 180) % 360 - 180
    if abs(left) <= TURN / 2:
        return ""
    return LEFT if left > 0 else RIGHT
