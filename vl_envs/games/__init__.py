"""``VLGames/*``: games for two, as Gymnasium and as PettingZoo environments."""
