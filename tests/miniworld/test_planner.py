"""Distances over a floor are those of geometry, and no way leads through a wall."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.miniworld.worlds import make, say, world_of
from vl_envs.miniworld.geometry import distance_to
from vl_envs.miniworld.planner import CELL, WALL_COST, DistanceField, Floats, Floor

SQUARE = [((0, 0), (10, 0)), ((10, 0), (10, 10)), ((10, 10), (0, 10)), ((0, 10), (0, 0))]
Points = list[tuple[float, float]]


def floor(
    walls: list[tuple[tuple[float, float], tuple[float, float]]] | None = None,
    circles: list[tuple[float, float, float]] | None = None,
    radius: float = 0.4,
) -> Floor:
    """Make a room of ten by ten metres with more walls and round things in it."""
    return Floor(
        (0.0, 0.0),
        (10.0, 10.0),
        np.array([*SQUARE, *(walls or [])], float),
        np.array(circles or [], float).reshape(-1, 3),
        radius,
    )


def distances(place: Floor, goals: Points, points: Points) -> Floats:
    """Compute distances from some points to the nearest of some goals."""
    return DistanceField(place, np.array(goals, float)).at(np.array(points, float))


def test_an_open_floor_has_straight_distances() -> None:
    """In all directions, not only along a grid's axes, to 3% and half a cell."""
    rng = np.random.default_rng(0)
    points = rng.uniform(0.6, 9.4, (200, 2))
    found = DistanceField(floor(), np.array([[3.1, 6.3]])).at(points)
    straight = np.linalg.norm(points - [3.1, 6.3], axis=1)
    assert np.all(abs(found - straight) < 0.03 * straight + CELL / 2)


def test_ways_bend_round_the_end_of_a_wall() -> None:
    """Behind a wall from the right side to x = 4 one goes round its end: tangents and an arc."""
    place = floor([((4, 5), (10, 5))])
    (found,) = distances(place, [(8, 8)], [(8, 2)])
    away, wide = 5.0, 0.4
    arc = 2 * math.pi - 2 * math.atan2(3, 4) - 2 * math.acos(wide / away)
    expected = 2 * math.sqrt(away**2 - wide**2) + arc * wide
    assert expected == pytest.approx(10.77, abs=0.01)
    assert expected * 0.98 < found < expected * 1.1  # a cell is blocked or it is not


def test_ways_bend_round_a_thing() -> None:
    """Round a disc the shortest way is two tangents and an arc."""
    (found,) = distances(floor(circles=[(5, 5, 1.0)]), [(9, 5)], [(1, 5)])
    away, wide = 4.0, 1.4
    tangent, angle = math.sqrt(away**2 - wide**2), math.asin(wide / away)
    expected = 2 * tangent + 2 * angle * wide
    assert 8.1 < expected * 0.98 < found < expected * 1.05


@pytest.mark.parametrize(("gap", "passes"), [(0.6, False), (1.4, True)])
def test_a_gap_lets_pass_what_fits(gap: float, passes: bool) -> None:
    """A disc of .8 m passes a gap of 1.4 m and not one of .6 m."""
    place = floor([((0, 5), (5, 5)), ((5 + gap, 5), (10, 5))])
    (found,) = distances(place, [(5, 8)], [(5, 2)])
    assert (found < WALL_COST / 100) == passes
    assert passes or found > WALL_COST / 10


def test_who_stands_at_a_wall_still_knows_the_way() -> None:
    """Inside the margin distances are huge and still fall towards the free floor."""
    field = DistanceField(floor(), np.array([[5.0, 5.0]]))
    inside = field.at(np.array([[0.05, 5.0], [0.15, 5.0], [0.3, 5.0], [0.6, 5.0]]))
    assert np.all(np.diff(inside) < 0)


def test_the_nearest_of_some_goals_counts() -> None:
    """With two goals each point has the smaller of its two distances."""
    points: Points = [(1, 1), (9, 1), (5, 9), (2, 7)]
    one, two = (distances(floor(), [goal], points) for goal in ((2.0, 2.0), (8.0, 3.0)))
    both = distances(floor(), [(2, 2), (8, 3)], points)
    assert np.allclose(both, np.minimum(one, two), atol=1e-9)


def test_a_passage_of_one_cell_leads_somewhere() -> None:
    """In a passage that just fits, distances fall along it although walls are on both sides."""
    place = floor([((2, 4.47), (8, 4.47)), ((2, 5.53), (8, 5.53))])
    field = DistanceField(place, np.array([[9.0, 5.0]]))
    along = field.at(np.stack([np.arange(2.5, 7.6, 0.25), np.full(21, 4.98)], 1))
    assert np.all(np.diff(along) < 0) and along[0] - along[-1] == pytest.approx(5.0, abs=0.3)


def test_blocked_is_what_touches() -> None:
    """A disc is blocked nearer to walls, things and the border than its radius."""
    place = floor([((5, 0), (5, 5))], [(8, 8, 1.0)], radius=0.5)
    table = {
        (0.4, 5.0): True,
        (0.6, 5.0): False,
        (4.6, 2.0): True,
        (4.4, 2.0): False,
        (5.0, 5.4): True,
        (5.0, 5.6): False,
        (8.0, 6.6): True,
        (8.0, 6.4): False,
        (-1.0, 5.0): True,
    }
    found = place.blocked(np.array(list(table), float))
    assert found.tolist() == list(table.values())


@pytest.mark.parametrize("task", ["WallGap", "MazeS3", "TMaze", "ThreeRooms"])
def test_the_expert_takes_about_the_shortest_way(task: str) -> None:
    """It makes at most a fifth more steps than the distance, and never runs against anything."""
    for seed in range(4):
        env = make(task, seed=seed)
        world = world_of(env)
        aim = env.task.aims(world)[0]
        here = np.array([[world.agent.pos[0], world.agent.pos[2]]])
        far = float(env._expert._field(world, [aim]).at(here)[0])
        assert far >= distance_to(world, aim) - CELL
        ended, steps, stopped = False, 0, 0
        while not ended:
            before = world_of(env).agent.pos.copy()
            name = env._expert.command(world_of(env))
            _, ended, info = say(env, name)
            if name == "move_forward":
                steps += 1
                stopped += bool(np.allclose(before, env.simulator.world.agent.pos))
        assert info["success"] and stopped == 0
        assert steps * 0.15 < 1.2 * far
