"""The one table of games: every name, where its class is, and the extra it needs."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from vl_envs.core.errors import unknown
from vl_envs.games.game import Game

GAMES: dict[str, str] = {
    "tic_tac_toe": "TicTacToe",
    "kuhn_poker": "KuhnPoker",
    "breakthrough": "Breakthrough",
    "pong": "Pong",
    "simple_push": "SimplePush",
    "hanabi": "Hanabi",
    "overcooked": "Overcooked",
    "knights_archers_zombies": "KnightsArchersZombies",
    "coin_dilemma": "CoinDilemma",
    "monster_hunt": "MonsterHunt",
    "battle_of_the_colors": "BattleOfTheColors",
}
"""Name -> class, in the module of that name."""


def game_class(name: str) -> type[Game[Any]]:
    """Give the class of a name.

    Raises:
        ValueError: there is none.
    """
    if name not in GAMES:
        raise unknown("game", name, GAMES)
    found: type[Game[Any]] = getattr(import_module(f"vl_envs.games.{name}"), GAMES[name])
    return found


def make_game(name: str) -> Game[Any]:
    """Make the game of a name.

    Raises:
        ValueError: there is none.
        ImportError: its engine is not installed; the error names the extra that brings it.
    """
    return game_class(name)()
