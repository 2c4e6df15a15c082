"""Players that any game can have."""

from __future__ import annotations

from typing import Any

import numpy as np

from vl_envs.core.errors import require
from vl_envs.games.game import Game


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
