"""Honest floors of grounding: players who do not look at the picture."""

from __future__ import annotations

import numpy as np

from tests.gui.test_ground_screens import drawn, size_of
from vl_envs.gui.grounding.reward import inside
from vl_envs.gui.grounding.screens import Drawn


def rate(points: list[tuple[float, float]], tasks: tuple[Drawn, ...]) -> float:
    """Return how often points, as shares of the screen, lie in the boxes."""
    return float(
        np.mean(
            [
                inside((x * size_of(one)[0], y * size_of(one)[1]), one.task.box)
                for (x, y), one in zip(points, tasks, strict=True)
            ]
        )
    )


def test_players_who_do_not_look_hardly_ever_hit() -> None:
    """Anywhere, the middle, and the place that was right most often: all stay near zero."""
    tasks, training = drawn(500, 8), drawn(500, 9)
    rng = np.random.default_rng(0)
    assert rate([(x, y) for x, y in rng.random((500, 2)).tolist()], tasks) <= 0.02
    assert rate([(0.5, 0.5)] * 500, tasks) <= 0.02
    grid = [((i + 0.5) / 64, (j + 0.5) / 36) for i in range(64) for j in range(36)]
    best = max(grid, key=lambda point: rate([point] * 500, training))
    assert rate([best] * 500, tasks) <= 0.06


def test_who_only_reads_hardly_ever_hits() -> None:
    """Pressing where the most similar instruction of training was right helps little."""
    tasks, training = drawn(500, 8), drawn(500, 9)
    known = [(set(one.task.instruction.casefold().split()), one) for one in training]
    points = []
    for task in tasks:
        words = set(task.task.instruction.casefold().split())
        near = max(known, key=lambda pair: len(pair[0] & words) / len(pair[0] | words))[1]
        left, top, right, bottom = near.task.box
        width, height = size_of(near)
        points.append(((left + right) / 2 / width, (top + bottom) / 2 / height))
    assert rate(points, tasks) <= 0.08
