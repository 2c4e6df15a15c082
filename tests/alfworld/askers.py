"""Players of ``AskToAct``: who asks what is needed, who asks everything, and who never asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from vl_envs.alfworld.ask_to_act import AskToActEnv
from vl_envs.alfworld.planner import next_command
from vl_envs.alfworld.user import SLOTS
from vl_envs.alfworld.vague import TASK_OF

Player = Callable[[AskToActEnv], Callable[[], str]]
"""Begins an episode, and gives what says the next action."""


def make(**kwargs: Any) -> AskToActEnv:
    """Make an environment without pictures."""
    return AskToActEnv(
        **{"observation": "text", "prompt": "brief", "dialect": "alfworld", **kwargs}
    )


def expert(env: AskToActEnv) -> Callable[[], str]:
    """Ask what is open, then act."""
    return env.expert_action


def asking(*questions: str) -> Player:
    """Ask these questions first, whatever is open, then act as one who knows."""

    def player(env: AskToActEnv) -> Callable[[], str]:
        left = list(questions)
        return lambda: f"ask {left.pop(0)}" if left else env._expert_command()

    return player


def guesser(env: AskToActEnv) -> Callable[[], str]:
    """Never ask; guess among what may be meant in this house, as the best guesser can."""
    options = env.state.request.options
    # The seed is not the environment's: else the guess would be drawn like what is guessed.
    rng = np.random.default_rng((7, env._seed))
    thing, place, change = (options[slot][int(rng.integers(len(options[slot])))] for slot in SLOTS)
    wish = replace(
        env.state.home.wish, task=TASK_OF[change], thing=thing, receptacle=place, text=""
    )
    return lambda: next_command(env.state.home.house, env.state.now, wish)


def play(env: AskToActEnv, seed: int, player: Player = expert) -> tuple[float, Mapping[str, Any]]:
    """Play an episode; give its return and the last info."""
    env.reset(seed=seed)
    act, total = player(env), 0.0
    for _ in range(50):
        _, reward, over, _, info = env.step(act())
        total += reward
        if over:
            break
    return total, info
