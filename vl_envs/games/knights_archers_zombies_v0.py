"""Knights Archers Zombies for PettingZoo: see `vl_envs.games.zoo` for the arguments."""

from vl_envs.games.zoo import aec, parallel

env = aec("knights_archers_zombies")
parallel_env = parallel("knights_archers_zombies")
