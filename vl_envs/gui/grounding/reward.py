"""Rewards of a click: whether it lies in the wanted box, and how far from it.

Points and boxes are in pixels of the source picture, edge to edge: the picture's left edge is 0 and
its right edge is its width. A box (left, top, right, bottom) is *half-open*: its left and top edges
belong to it, its right and bottom edges to the next one, so that boxes side by side share no point
and a box of one pixel is that pixel. (The published scripts of ScreenSpot count all four edges.)
"""

from __future__ import annotations

import math

from vl_envs.core.canvas import Box, Point

REWARDS = ("click", "distance")
"""Names of the rewards: `click_reward` and `distance_reward`."""
SLACK = 1e-6
"""Edges are compared up to a millionth of a pixel: what was lost in rounding decides nothing."""
NEAREST = 0.49
"""What `distance_reward` comes to where a point outside touches the box."""
STEEPNESS = 10.0
"""How fast `distance_reward` falls: to half within 7% of the diagonal."""


def inside(point: Point, box: Box) -> bool:
    """Tell whether a point lies in a half-open box; no point lies in an empty one."""
    x, y = point[0] + SLACK, point[1] + SLACK
    return box[0] <= x < box[2] and box[1] <= y < box[3]


def distance_to(point: Point, box: Box) -> float:
    """Return how far a point lies from a box (Euclid, 0 inside), in pixels."""
    across = max(box[0] - point[0], 0.0, point[0] - box[2])
    down = max(box[1] - point[1], 0.0, point[1] - box[3])
    return math.hypot(across, down)


def click_reward(point: Point, box: Box) -> float:
    """Return 1 if the point lies in the box, else 0.

    Source: the click reward of GTA1 (Yang et al. 2025, arXiv 2507.05791).
    """
    return float(inside(point, box))


def distance_reward(point: Point, box: Box, size: tuple[int, int]) -> float:
    """Return 1 in the box, less than a half beside it, 0 outside the picture.

    Beside the box it is ``0.49 * exp(-10 * d / D)``: ``d`` is the distance to the box and ``D`` the
    picture's diagonal. So nearer is always better, and a near miss never comes close to a hit.

    Args:
        point: (x, y) in source pixels.
        box: (left, top, right, bottom) in source pixels.
        size: (width, height) of the source.

    Returns:
        1, or a value in [0, 0.49].
    """
    if inside(point, box):
        return 1.0
    if not inside(point, (0, 0, *size)):
        return 0.0
    return NEAREST * math.exp(-STEEPNESS * distance_to(point, box) / math.hypot(*size))
