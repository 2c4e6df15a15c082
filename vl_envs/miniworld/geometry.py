"""Where things are, seen from the agent of a world of MiniWorld."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from vl_envs.miniworld.planner import Floats


def in_view(world: Any, thing: Any) -> bool:
    """Tell whether the middle of a thing lies in a square picture and no wall stands before it."""
    half = math.radians(world.agent.cam_fov_y / 2)
    return abs(angle_to(world, thing)) < half and clear(world, thing)


def clear(world: Any, thing: Any) -> bool:
    """Tell whether no wall stands between the agent and a thing."""
    a = np.array([world.agent.pos[0], world.agent.pos[2]])
    b = np.array([thing.pos[0], thing.pos[2]])
    walls = world.wall_segs[:, :, [0, 2]]
    c, d = walls[:, 0], walls[:, 1]

    def side(p: Floats, q: Floats, r: Floats) -> Floats:
        u, v = q - p, r - p
        crossed: Floats = u[..., 0] * v[..., 1] - u[..., 1] * v[..., 0]
        return crossed

    crosses = (side(a, b, c) * side(a, b, d) < 0) & (side(c, d, a) * side(c, d, b) < 0)
    return not bool(crosses.any())


def bearing(world: Any, aims: Sequence[Any]) -> str:
    """Say where the nearest thing in the picture is: left, right, ahead, or hidden."""
    seen = [thing for thing in aims if in_view(world, thing)]
    if not seen:
        return "hidden"
    angle = angle_to(world, nearest(world, seen))
    if abs(angle) <= tolerance_of(world) + 1e-6:
        return "ahead"
    return "left" if angle > 0 else "right"


def nearest(world: Any, things: Sequence[Any]) -> Any:
    """Return the nearest thing as the crow flies."""
    return min(things, key=lambda thing: distance_to(world, thing))


def at_hand(world: Any) -> Any:
    """Return what MiniWorld would pick up now: a thing, True for a wall, or None."""
    agent = world.agent
    hand = agent.pos + agent.dir_vec * 1.5 * agent.radius
    return world.intersect(agent, hand, 1.2 * agent.radius)


def turn_towards(world: Any, thing: Any, tolerance: float | None = None) -> str | None:
    """Turn towards a thing; None where it is ahead, give or take ``tolerance`` radians.

    Without a tolerance it turns as far as turning brings something.
    """
    angle = angle_to(world, thing)
    if abs(angle) <= (turn_of(world) / 2 if tolerance is None else tolerance) + 1e-6:
        return None
    return "turn_left" if angle > 0 else "turn_right"


def tolerance_of(world: Any) -> float:
    """Return how far ahead may be from straight ahead, in radians.

    A turn, so that one walks more than one turns; and less than what is in the picture.
    """
    return min(turn_of(world), math.radians(22.5))


def turn_of(world: Any) -> float:
    """Return how far a turn goes, in radians; on average, where that is randomised."""
    return math.radians(float(world.params.sample(None, "turn_step")))


def stride_of(world: Any) -> float:
    """Return how far a move forward goes, in metres; on average, where that is randomised."""
    return float(world.params.sample(None, "forward_step"))


def angle_to(world: Any, thing: Any) -> float:
    """Return the angle from the agent's direction to a thing, in radians, left positive."""
    offset = thing.pos - world.agent.pos
    angle = math.atan2(-offset[2], offset[0]) - world.agent.dir
    return float((angle + math.pi) % (2 * math.pi) - math.pi)


def distance_to(world: Any, thing: Any) -> float:
    """Return how far the middle of a thing is from the agent's, in metres."""
    offset = thing.pos - world.agent.pos
    return math.hypot(offset[0], offset[2])
