"""Overcooked for PettingZoo: see `vl_envs.games.zoo` for the arguments."""

from vl_envs.games.zoo import aec, parallel

env = aec("overcooked")
parallel_env = parallel("overcooked")
