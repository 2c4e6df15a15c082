"""Matches between players, without an environment."""

from __future__ import annotations

from typing import Any

import numpy as np

from vl_envs.games.game import Game, Player, Rewards
from vl_envs.games.players import play_match


def returns(game: Game[Any], names: tuple[str, str], matches: int) -> np.ndarray:
    """Play matches between a game's own players; float [matches, 2]."""
    players = game.players[names[0]], game.players[names[1]]
    return np.array([_played(game, players, seed)[1] for seed in range(matches)])


def counted(game: Game[Any], names: tuple[str, str], matches: int) -> np.ndarray:
    """Give what VS-Bench counts of them, for the first seat; float [matches]."""
    players = game.players[names[0]], game.players[names[1]]
    ends = [_played(game, players, seed) for seed in range(matches)]
    return np.array([game.counted(state, paid, 0) for state, paid in ends])


def _played(game: Game[Any], players: tuple[Player, Player], seed: int) -> tuple[Any, Rewards]:
    return play_match(game, players, np.random.default_rng(seed))


def after(game: Game[Any], moves: int, seed: int = 0) -> Any:
    """Give a state that random play leads to after so many moves, or at the end if before."""
    rng = np.random.default_rng(seed)
    state = game.start(rng)
    for _ in range(moves):
        seats = game.to_move(state)
        if not seats:
            break
        chosen = {seat: game.players["random"](game, state, seat, rng) for seat in seats}
        game.play(state, chosen, rng)
    return state
