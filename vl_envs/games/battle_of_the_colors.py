"""Battle of the Colors, a battle of the sexes: where to meet, when each likes another place."""

from __future__ import annotations

from typing import Any

import numpy as np

from vl_envs.games import shapes
from vl_envs.games.grid import COLOURS, SIDES, Cell, Event, Grid, GridGame, Walker, distance
from vl_envs.games.players import anyone

BLOCKS = ("red block", "blue block")


def nearest_to_both(state: Grid, seat: int) -> Cell:
    """The block that both can reach first; what the other sees is the same."""
    players = [state.spots[side] for side in SIDES]

    def steps(block: str) -> tuple[int, int]:
        far = [distance(spot, state.spots[block]) for spot in players]
        return max(far), sum(far)

    return state.spots[min(BLOCKS, key=steps)]


def own_block(state: Grid, seat: int) -> Cell:
    """The block of one's own colour, to wait there."""
    return state.spots[f"{SIDES[seat]} block"]


class BattleOfTheColors(GridGame):
    """Two players, two blocks."""

    name = "battle_of_the_colors"
    title = "Battle of the Colors"
    rules = (
        "Battle of the Colors on a grid of 5 x 5, for 50 steps. A red and a blue player move at "
        "the same time: <UP>, <DOWN>, <LEFT>, <RIGHT> or <STAY>. When both are on the red block, "
        "the red player gets 2 points and the blue one 1; on the blue block it is the other way "
        "round. That block then appears elsewhere. When they are on different blocks, nobody gets "
        "anything, and both blocks appear elsewhere. The table counts what has happened."
    )
    things = {f"{side} block": (shapes.block, COLOURS[side]) for side in SIDES}  # noqa: RUF012
    events = (
        Event("both", "red block", (2, 1)),
        Event("both", "blue block", (1, 2)),
        Event("both", "different blocks", (0, 0)),
    )
    players = {  # noqa: RUF012
        "random": anyone,
        "nearest": Walker(nearest_to_both),
        "stubborn": Walker(own_block),
    }
    reference = opponent = "nearest"
    published = (0.3, 59.7)

    def _after(self, state: Grid, rng: np.random.Generator) -> list[int]:
        red, blue = (state.spots[side] for side in SIDES)
        at = {state.spots[block]: number for number, block in enumerate(BLOCKS)}
        if red not in at or blue not in at:
            return []
        number = at[red] if red == blue else 2
        for block in BLOCKS if number == 2 else (BLOCKS[number],):
            self._respawn(state, block, rng)
        return [number]

    def _stamp(self, name: str) -> Any:
        return (shapes.blocks, "") if name == "different blocks" else super()._stamp(name)
