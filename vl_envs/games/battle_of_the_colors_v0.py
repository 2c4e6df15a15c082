"""Battle of the Colors for PettingZoo: see `vl_envs.games.zoo` for the arguments."""

from vl_envs.games.zoo import aec, parallel

env = aec("battle_of_the_colors")
parallel_env = parallel("battle_of_the_colors")
