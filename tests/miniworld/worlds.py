"""What the tests of VLMiniWorld share: environments, and things put where they are wanted."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

from vl_envs.miniworld.env import MiniWorldEnv

SIDE = 32
"""Side of a picture, where nobody looks at it."""


def make(task: str, seed: int = 0, **kwargs: Any) -> MiniWorldEnv:
    """Make a task's environment and reset it."""
    env = MiniWorldEnv(task, **{"image_size": SIDE, **kwargs})
    env.reset(seed=seed)
    return env


def world_of(env: MiniWorldEnv) -> Any:
    """Return MiniWorld's environment, in the present state."""
    env.simulator.load(env.state)
    return env.simulator.world


def put(env: MiniWorldEnv, thing: Any, x: float, z: float, angle: float = 0.0) -> None:
    """Put a thing, or the agent, to a place of the floor, turned by ``angle`` radians."""
    number = next(i for i, known in enumerate(env.simulator._things) if known is thing)
    things = {**env.state.things, number: (x, 0.0, z, angle)}
    env.state = dataclasses.replace(env.state, things=things)


def put_before(env: MiniWorldEnv, thing: Any, gap: float, angle: float = 0.0) -> None:
    """Put the agent to the east of a thing, facing it, ``gap`` metres between their rims."""
    agent = world_of(env).agent
    away = thing.radius + agent.radius + gap
    put(env, agent, float(thing.pos[0]) + away, float(thing.pos[2]), math.pi + angle)


def say(env: MiniWorldEnv, name: str, **arguments: Any) -> tuple[float, bool, dict[str, Any]]:
    """Give a command; return reward, whether the episode is over, and the ``info``."""
    _, reward, terminated, _, info = env.step(env.parser.write(name, arguments))
    assert info["valid"], name
    return float(reward), terminated, info
