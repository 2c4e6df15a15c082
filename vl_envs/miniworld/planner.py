"""`DistanceField`: how far each place of a floor is from a goal on foot, around all obstacles.

The field solves the eikonal equation |∇u| = 1 by fast marching (Sethian 1996): distances are those
of straight lines and bends, not of a grid's steps.
"""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

CELL = 0.2
"""Side of a cell in metres."""
WALL_COST = 10_000.0
"""A metre inside an obstacle counts as so many: no way leads through, but each place has a value,
so that who touches a wall still knows the way."""
REPELS = 1.0
"""Metres that a corner inside an obstacle counts more than the best of a point's four corners."""


@dataclass(frozen=True)
class Floor:
    """What stands in the way of a disc.

    Attributes:
        low, high: corners of the floor, [x, z] in metres.
        walls: segments, float64 [N, 2, 2].
        circles: things, as x, z, radius, float64 [M, 3].
        radius: of the disc that wants to pass.
    """

    low: tuple[float, float]
    high: tuple[float, float]
    walls: Floats
    circles: Floats
    radius: float

    def blocked(self, points: Floats) -> npt.NDArray[np.bool_]:
        """Tell where the disc would touch something; points [K, 2]."""
        start = self.walls[None, :, 0]
        along = self.walls[None, :, 1] - start
        from_start = points[:, None] - start
        share = (from_start * along).sum(-1) / (along**2).sum(-1)
        nearest = start + np.clip(share, 0, 1)[..., None] * along
        touches = np.linalg.norm(points[:, None] - nearest, axis=-1) < self.radius
        away = np.linalg.norm(points[:, None] - self.circles[None, :, :2], axis=-1)
        hits = away < self.radius + self.circles[None, :, 2]
        outside = (points < self.low) | (points > self.high)
        blocked: npt.NDArray[np.bool_] = touches.any(1) | hits.any(1) | outside.any(1)
        return blocked


class DistanceField:
    """Distances to the nearest of some goals over a floor, in metres.

    Args:
        floor: what stands in the way.
        goals: x and z of each goal, float64 [G, 2].
    """

    def __init__(self, floor: Floor, goals: Floats) -> None:
        self.low = np.array(floor.low)
        self.shape = tuple(np.ceil((np.array(floor.high) - self.low) / CELL).astype(int) + 1)
        index = np.stack(np.meshgrid(*map(np.arange, self.shape), indexing="ij"), -1)
        cells = self.low + index.reshape(-1, 2) * CELL
        # In parts: a maze has thousands of cells and hundreds of walls.
        parts = np.array_split(cells, max(1, len(cells) // 2000))
        blocked = np.concatenate([floor.blocked(part) for part in parts]).reshape(self.shape)
        # A goal may stand at a wall, nearer than the disc can come.
        away = np.linalg.norm(cells[:, None] - goals, axis=-1).min(1).reshape(self.shape)
        cost = np.where(blocked & (away > floor.radius), WALL_COST, 1.0) * CELL
        starts: dict[tuple[int, int], float] = {}
        for goal in goals:
            starts |= self._cells_around(goal)
        self.distances = _march(cost, starts)

    def _cells_around(self, goal: Floats) -> dict[tuple[int, int], float]:
        """Give the four cells around a point their straight distances to it."""
        x, z = ((goal - self.low) / CELL).tolist()
        corners = [(int(x) + i, int(z) + j) for i in (0, 1) for j in (0, 1)]
        inside = [c for c in corners if 0 <= c[0] < self.shape[0] and 0 <= c[1] < self.shape[1]]
        return {(i, j): math.hypot(i - x, j - z) * CELL for i, j in inside}

    def at(self, points: Floats) -> Floats:
        """Interpolate the distances at points [K, 2]."""
        where = np.clip((points - self.low) / CELL, 0, np.array(self.shape) - 1.001)
        i, j = where.astype(int).T
        a, b = (where - where.astype(int)).T
        corners = np.stack([self.distances[i + k, j + n] for k in (0, 1) for n in (0, 1)])
        # A corner inside an obstacle repels, but does not outweigh all others in a narrow passage.
        corners = np.minimum(corners, corners.min(0) + REPELS)
        weights = np.stack([(1 - a) * (1 - b), (1 - a) * b, a * (1 - b), a * b])
        found: Floats = (corners * weights).sum(0)
        return found


def _march(cost: Floats, starts: dict[tuple[int, int], float]) -> Floats:
    """Solve |∇u| = cost per cell from the values of ``starts``, cell by cell, nearest first."""
    rows, columns = cost.shape
    width = columns + 2  # a rim of infinities spares the tests for the border
    u = [math.inf] * ((rows + 2) * width)
    done = [False] * len(u)
    price = np.full((rows + 2, width), math.inf)
    price[1:-1, 1:-1] = cost
    prices = price.ravel().tolist()
    queue = []
    for (i, j), value in starts.items():
        u[(i + 1) * width + j + 1] = value
        queue.append((value, (i + 1) * width + j + 1))
    heapq.heapify(queue)
    while queue:
        _, cell = heapq.heappop(queue)
        if done[cell]:
            continue
        done[cell] = True
        for other in (cell - 1, cell + 1, cell - width, cell + width):
            step = prices[other]
            if done[other] or step == math.inf:
                continue
            a = min(u[other - 1], u[other + 1])
            b = min(u[other - width], u[other + width])
            if abs(a - b) >= step:
                value = min(a, b) + step
            else:
                value = (a + b + math.sqrt(2 * step * step - (a - b) ** 2)) / 2
            if value < u[other]:
                u[other] = value
                heapq.heappush(queue, (value, other))
    return np.array(u).reshape(rows + 2, width)[1:-1, 1:-1]
