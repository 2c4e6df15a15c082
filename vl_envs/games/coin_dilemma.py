"""Coin Dilemma: any coin pays its finder; one of the other's colour costs the other twice that."""

from __future__ import annotations

import numpy as np

from vl_envs.games import shapes
from vl_envs.games.grid import COLOURS, SIDES, Cell, Event, Grid, GridGame, Walker, distance
from vl_envs.games.players import anyone


def own_coin(state: Grid, seat: int) -> Cell:
    """The coin of one's own colour: both gain most so."""
    return state.spots[f"{SIDES[seat]} coin"]


def nearer_coin(state: Grid, seat: int) -> Cell:
    """The nearer coin, whoever's it is: best for oneself, whatever the other does."""
    me, coins = state.spots[SIDES[seat]], [state.spots[f"{side} coin"] for side in sorted(SIDES)]
    return min(coins, key=lambda coin: distance(me, coin))


class CoinDilemma(GridGame):
    """Two players, two coins, one of each colour."""

    name = "coin_dilemma"
    title = "Coin Dilemma"
    rules = (
        "Coin Dilemma on a grid of 5 x 5, for 50 steps. A red and a blue player move at the same "
        "time: <UP>, <DOWN>, <LEFT>, <RIGHT> or <STAY>. A red and a blue coin lie there; a coin "
        "that is taken appears elsewhere. Whoever takes a coin gets 1 point. Whose colour a coin "
        "has that the other takes, loses 2 points. The table counts what has happened."
    )
    things = {f"{side} coin": (shapes.coin, COLOURS[side]) for side in SIDES}  # noqa: RUF012
    events = (
        Event("red", "red coin", (1, 0)),
        Event("red", "blue coin", (1, -2)),
        Event("blue", "blue coin", (0, 1)),
        Event("blue", "red coin", (-2, 1)),
    )
    players = {  # noqa: RUF012
        "random": anyone,
        "own": Walker(own_coin),
        "selfish": Walker(nearer_coin),
    }
    reference = opponent = "own"
    published = (-0.2, 27.9)

    def _after(self, state: Grid, rng: np.random.Generator) -> list[int]:
        spots = state.spots
        found = [
            number
            for number, event in enumerate(self.events)
            if spots[event.who] == spots[event.what]
        ]
        for coin in dict.fromkeys(self.events[number].what for number in found):
            self._respawn(state, coin, rng)
        return found

    def worst(self, state: Grid, seat: int) -> float:
        """See `Game.worst`: the other can take a coin of this seat's in two of three steps."""
        return -2.0 * (self.horizon - state.step) * 2 / 3
