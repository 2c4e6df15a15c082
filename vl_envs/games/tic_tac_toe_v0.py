"""Tic-tac-toe for PettingZoo: see `vl_envs.games.zoo` for the arguments."""

from vl_envs.games.zoo import aec

env = aec("tic_tac_toe")
