"""Simple Push for PettingZoo: see `vl_envs.games.zoo` for the arguments."""

from vl_envs.games.zoo import aec, parallel

env = aec("simple_push")
parallel_env = parallel("simple_push")
