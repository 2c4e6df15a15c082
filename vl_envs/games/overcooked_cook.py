"""A chef by rules: whoever is nearer does what is needed next; the other stays out of the way."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np

from vl_envs.games.game import Game
from vl_envs.games.kitchen import (
    COOKING,
    FLOOR,
    FULL,
    INTERACT,
    ROOM,
    STAY,
    WAYS,
    Cell,
    Kitchen,
    tile,
)

FAR = 99


def cook(game: Game[Any], state: Kitchen, seat: int, rng: np.random.Generator) -> str:
    """Do what one's own task asks for; where both would collide, chef 1 gives way."""
    move = _plan(state, seat)
    if seat == 0:
        return move
    mine, theirs = _goal(state, 1, move), _goal(state, 0, _plan(state, 0))
    if mine == theirs and mine != state.at[1]:
        return STAY
    if theirs == state.at[1] and mine in (state.at[0], state.at[1]):
        free = [way for way in WAYS if _goal(state, 1, way) not in (state.at[1], state.at[0])]
        return free[int(rng.integers(len(free)))] if free else move
    return move


def _goal(state: Kitchen, seat: int, move: str) -> Cell:
    """Tell where a chef would come by a move."""
    (x, y), (dx, dy) = state.at[seat], WAYS.get(move, (0, 0))
    return (x + dx, y + dy) if (x + dx, y + dy) in FLOOR else (x, y)


def _plan(state: Kitchen, seat: int) -> str:
    """Choose a move towards one's task, round the other chef where that is possible."""
    task = _task(state, seat)
    if task is None:
        return _aside(state, seat)
    steps, move = _way(state, seat, task, {state.at[1 - seat]})
    return move if steps < FAR else _way(state, seat, task, set())[1]


def _task(state: Kitchen, seat: int) -> str | None:
    """Give the letter of the tile that a chef has to use next, None where it has nothing to do."""
    held, theirs = state.held[seat], state.held[1 - seat]
    if held.startswith("soup"):
        return "S"
    if held == "dish":
        return "P" if state.cooked >= COOKING - 2 else None
    if held == "onion":
        return "P" if state.onions < FULL and state.cooked < 0 else None
    if state.onions == FULL and state.cooked < 0:
        return "P" if _nearer(state, seat, "P") else "D"
    if (
        state.onions == FULL
        and theirs != "dish"
        and not (theirs == "" and not _nearer(state, seat, "D"))
    ):
        return "D"
    coming = theirs == "onion"
    if state.cooked >= 0:
        return None if coming else "O"
    return "O" if state.onions + coming < FULL else "D"


def _nearer(state: Kitchen, seat: int, letter: str) -> bool:
    """Tell whether a chef is nearer to a tile than the other, seat 0 where both are as near."""
    mine, theirs = (_way(state, s, letter, set())[0] for s in (seat, 1 - seat))
    return mine < theirs or (mine == theirs and seat == 0)


def _way(state: Kitchen, seat: int, letter: str, blocked: set[Cell]) -> tuple[int, str]:
    """Find the fewest steps until a chef has used a tile of a letter, and the first of them."""
    start = (state.at[seat], state.facing[seat])
    queue, first = deque([(start, 0)]), {start: ""}
    while queue:
        (at, facing), steps = queue.popleft()
        if _at(at, facing) == letter:
            return steps + 1, first[(at, facing)] or INTERACT
        for move, (dx, dy) in WAYS.items():
            goal = (at[0] + dx, at[1] + dy)
            new = (goal if goal in FLOOR and goal not in blocked else at, (dx, dy))
            if new not in first:
                first[new] = first[(at, facing)] or move
                queue.append((new, steps + 1))
    return FAR, STAY


def _at(at: Cell, facing: Cell) -> str:
    x, y = at[0] + facing[0], at[1] + facing[1]
    return tile((x, y)) if 0 <= y < len(ROOM) and 0 <= x < len(ROOM[0]) else ""


def _aside(state: Kitchen, seat: int) -> str:
    """Stay, but not before the pot: step down or to the side of it."""
    at, other = state.at[seat], state.at[1 - seat]
    if at != (2, 1):
        return STAY
    for move, (dx, dy) in WAYS.items():
        goal = (at[0] + dx, at[1] + dy)
        if goal in FLOOR and goal != other:
            return move
    return STAY
