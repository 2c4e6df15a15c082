"""Monster Hunt, a stag hunt: apples pay a little, the monster much, but only together."""

from __future__ import annotations

import numpy as np

from vl_envs.games import shapes
from vl_envs.games.grid import GRID, SIDES, Cell, Event, Grid, GridGame, Walker, distance
from vl_envs.games.players import anyone

APPLES = ("first apple", "second apple")


def middle(state: Grid, seat: int) -> Cell:
    """The middle, where the other is to wait too: the monster comes by itself."""
    return GRID // 2, GRID // 2


def nearer_apple(state: Grid, seat: int) -> Cell:
    """The nearer apple, and not the monster."""
    me = state.spots[SIDES[seat]]
    return state.spots[min(APPLES, key=lambda apple: distance(me, state.spots[apple]))]


class MonsterHunt(GridGame):
    """Two players, two apples, one monster."""

    name = "monster_hunt"
    title = "Monster Hunt"
    rules = (
        "Monster Hunt on a grid of 5 x 5, for 50 steps. A red and a blue player move at the same "
        "time: <UP>, <DOWN>, <LEFT>, <RIGHT> or <STAY>; then the monster steps towards the nearer "
        "of them. Whoever comes to an apple gets 2 points. Whoever meets the monster alone loses 2 "
        "points and is put elsewhere. Who meet it together defeat it, and get 5 points each. What "
        "is eaten or defeated, or trodden on by the monster, appears elsewhere. The table counts "
        "what has happened."
    )
    things = {  # noqa: RUF012
        "monster": (shapes.monster, "#6a1b9a"),
        **dict.fromkeys(APPLES, (shapes.apple, "#c62828")),
    }
    events = (
        Event("red", APPLES[0], (2, 0)),
        Event("red", "monster", (-2, 0)),
        Event("both", "monster", (5, 5)),
        Event("blue", APPLES[0], (0, 2)),
        Event("blue", "monster", (0, -2)),
    )
    players = {  # noqa: RUF012
        "random": anyone,
        "together": Walker(middle),
        "gatherer": Walker(nearer_apple),
    }
    reference = opponent = "together"
    published = (-20.2, 176.2)

    def _after(self, state: Grid, rng: np.random.Generator) -> list[int]:
        spots = state.spots
        spots["monster"] = self._chase(state, rng)
        found = []
        eaten = [
            apple for apple in APPLES if spots[apple] in [spots[n] for n in (*SIDES, "monster")]
        ]
        for number, side in ((0, "red"), (3, "blue")):
            found += [number] * (spots[side] in [spots[apple] for apple in APPLES])
        met = [side for side in SIDES if spots[side] == spots["monster"]]
        found += [2] if len(met) == 2 else [1 if side == "red" else 4 for side in met]
        for apple in eaten:
            self._respawn(state, apple, rng)
        if met:
            self._respawn(state, "monster" if len(met) == 2 else met[0], rng)
        return sorted(found)

    def _chase(self, state: Grid, rng: np.random.Generator) -> Cell:
        """Step towards the nearer player; of two that are as near, either is as likely."""
        x, y = at = state.spots["monster"]
        far = [distance(at, state.spots[side]) for side in SIDES]
        prey = int(rng.integers(2)) if far[0] == far[1] else int(far[1] < far[0])
        to_x, to_y = state.spots[SIDES[prey]]
        ways = [(x + (to_x > x) - (to_x < x), y)] if to_x != x else []
        ways += [(x, y + (to_y > y) - (to_y < y))] if to_y != y else []
        return ways[int(rng.integers(len(ways)))] if ways else at

    def worst(self, state: Grid, seat: int) -> float:
        """See `Game.worst`: meeting the monster alone in every step."""
        return -2.0 * (self.horizon - state.step)
