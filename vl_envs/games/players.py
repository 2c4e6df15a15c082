"""Players that any game can have."""

from __future__ import annotations

from typing import Any

import numpy as np

from vl_envs.core.errors import require
from vl_envs.games.game import Game, Player, Rewards


def anyone(game: Game[Any], state: Any, seat: int, rng: np.random.Generator) -> str:
    """Choose any legal move, each as likely."""
    legal = game.legal(state, seat)
    return legal[int(rng.integers(len(legal)))]


def mcts(game: Game[Any], state: Any, seat: int, rng: np.random.Generator) -> str:
    """Search as VS-Bench's opponent does: OpenSpiel's MCTS, c = 2, 100 simulations, 10 rollouts.

    For games of OpenSpiel in which everything is seen.
    """
    pyspiel = require("pyspiel", "openspiel")
    seed = int(rng.integers(2**31))
    evaluator = pyspiel.RandomRolloutEvaluator(10, seed)
    bot = pyspiel.MCTSBot(state.get_game(), evaluator, 2.0, 100, 100, True, seed, False)
    return str(state.action_to_string(seat, bot.step(state))).rstrip("*")


def play_match(
    game: Game[Any], players: tuple[Player, Player], rng: np.random.Generator
) -> tuple[Any, Rewards]:
    """Play a match to its end; return the last state, and what each seat was paid in all."""
    state, paid = game.start(rng), [0.0, 0.0]
    while seats := game.to_move(state):
        moves = {seat: players[seat](game, state, seat, rng) for seat in seats}
        for seat, pay in enumerate(game.play(state, moves, rng)):
            paid[seat] += pay
    return state, (paid[0], paid[1])
