"""Coin Dilemma for PettingZoo: see `vl_envs.games.zoo` for the arguments."""

from vl_envs.games.zoo import aec, parallel

env = aec("coin_dilemma")
parallel_env = parallel("coin_dilemma")
