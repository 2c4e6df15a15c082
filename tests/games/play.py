"""A match between players, without an environment."""

from __future__ import annotations

from typing import Any

import numpy as np

from vl_envs.games.game import SEATS, Game, Player, Rewards


def play(game: Game[Any], players: tuple[Player, Player], seed: int) -> Rewards:
    """Play a match to its end; return what each seat was paid."""
    rng = np.random.default_rng(seed)
    state, paid = game.start(rng), [0.0, 0.0]
    while seats := game.to_move(state):
        moves = {seat: players[seat](game, state, seat, rng) for seat in seats}
        rewards = game.play(state, moves, rng)
        for seat in SEATS:
            paid[seat] += rewards[seat]
    return paid[0], paid[1]


def returns(game: Game[Any], names: tuple[str, str], matches: int) -> np.ndarray:
    """Play matches between a game's own players; float [matches, 2]."""
    players = game.players[names[0]], game.players[names[1]]
    return np.array([play(game, players, seed) for seed in range(matches)])


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
