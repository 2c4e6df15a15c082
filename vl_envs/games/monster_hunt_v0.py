"""Monster Hunt for PettingZoo: see `vl_envs.games.zoo` for the arguments."""

from vl_envs.games.zoo import aec, parallel

env = aec("monster_hunt")
parallel_env = parallel("monster_hunt")
