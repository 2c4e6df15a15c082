"""Plays MiniWorld itself, as it is installed, and saves what it shows: run as a script.

python tests/miniworld/raw.py OUT.npz TASK SEED SIDE ACTIONS [NAME=NUMBER ...]
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

import gymnasium as gym
import numpy as np


def main(out: str, task: str, seed: str, side: str, actions: str, *options: str) -> None:
    """Play ``actions``, a digit each, in the world of ``seed``; save pictures and rewards."""
    importlib.import_module("pyglet").options["headless"] = True
    importlib.import_module("miniworld")  # registers the environments
    kwargs: Any = {name: int(number) for name, _, number in (o.partition("=") for o in options)}
    kwargs |= {"window_width": 64, "window_height": 64}
    kwargs |= {"obs_width": int(side), "obs_height": int(side)}
    env: Any = gym.make(f"MiniWorld-{task}-v0", **kwargs).unwrapped
    first, _ = env.reset(seed=int(seed))
    pictures, rewards = [_picture(first)], []
    for action in actions:
        observation, reward, *_ = env.step(int(action))
        pictures.append(_picture(observation))
        rewards.append(float(reward))
    above = env.render_top_view(env.obs_fb)
    np.savez(out, pictures=np.stack(pictures), rewards=np.array(rewards), above=above)


def _picture(observation: Any) -> Any:
    return observation["obs"] if isinstance(observation, dict) else observation


if __name__ == "__main__":
    main(*sys.argv[1:])
