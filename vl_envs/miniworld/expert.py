"""`Expert`: the next move of who knows the world, by the shortest way over its geometry."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from vl_envs.miniworld.geometry import (
    angle_to,
    at_hand,
    distance_to,
    in_view,
    nearest,
    stride_of,
    tolerance_of,
    turn_of,
    turn_towards,
)
from vl_envs.miniworld.planner import WALL_COST, DistanceField, Floor
from vl_envs.miniworld.tasks import Task

MARGIN = 0.1
"""Metres kept clear where there is room: nobody steers through a gap that just fits."""
AHEAD = 0.9
"""Metres of a straight walk that are thought through."""
SWING = 0.7
"""Metres to keep clear while something is carried."""
REACH = 1.0
"""Metres between the agent and the rim of a thing that it can pick up when it faces it."""


class Expert:
    """Knows the way from anywhere to what a task asks for.

    It keeps nothing but maps of floors it has seen, so what it says follows from the world alone.

    Args:
        task: what is asked for.
        looks: where one could walk straight to something, turn left until it is in the picture,
            then walk straight to it; the way round walls is known all the same.
    """

    def __init__(self, task: Task, looks: bool = False) -> None:
        self.task, self.looks = task, looks
        self._fields: dict[bytes, DistanceField] = {}

    def __getstate__(self) -> dict[str, Any]:
        """Leave the maps behind: they are made again when needed."""
        return {**self.__dict__, "_fields": {}}

    def command(self, world: Any) -> str:
        """Name the next command."""
        aims = list(self.task.aims(world))
        if world.agent.carrying:
            return self._deliver(world, aims[0])
        if self.looks:
            open_to = [aim for aim in aims if self._walkable(world, aim)]
            aims = [aim for aim in open_to if in_view(world, aim)] or aims
            if open_to and not in_view(world, aims[0]):
                return "turn_left"
        aim = nearest(world, aims)
        if "pick_up" in self.task.commands:
            held = at_hand(world)
            if any(held is thing for thing in aims):
                return "pick_up" if self.task.due(world) else "turn_left"
            if distance_to(world, aim) < REACH + aim.radius:
                return turn_towards(world, aim) or "move_forward"
        if self.looks and self._walkable(world, aim):
            return turn_towards(world, aim, tolerance_of(world)) or "move_forward"
        return self._approach(world, aims)

    def knows_a_way(self, world: Any) -> bool:
        """Tell whether the things in a world leave a way to what the task asks for."""
        aims = self.task.aims(world)
        if not len(self._floor(world, aims, MARGIN).circles):
            return True  # MiniWorld joins all rooms
        angles = np.linspace(0, 2 * math.pi, 8, endpoint=False)
        # Around the agent: at the foot of a wall it stands in the margin itself.
        around = 2 * MARGIN * np.stack([np.cos(angles), np.sin(angles)], 1)
        here = around + np.array([world.agent.pos[0], world.agent.pos[2]])
        return float(self._field(world, aims).at(here).min()) < WALL_COST / 10

    def _walkable(self, world: Any, aim: Any) -> bool:
        """Tell whether nothing stands in the straight way to a thing.

        Nor in that of the first step in each direction which counts as that of the thing.
        """
        agent = world.agent
        here = np.array([agent.pos[0], agent.pos[2]])
        there = np.array([aim.pos[0], aim.pos[2]])
        length = float(np.linalg.norm(there - here))
        shares = np.arange(0.0, length - aim.radius - agent.radius, 0.1)[:, None] / length
        if self._floor(world, [aim], MARGIN).blocked(here + shares * (there - here)).any():
            return False
        angle, turn = angle_to(world, aim), turn_of(world)
        turns = round(angle / turn) + np.arange(-1, 2)
        angles = agent.dir + turns[abs(turns * turn - angle) <= tolerance_of(world)] * turn
        first = here + stride_of(world) * np.stack([np.cos(angles), -np.sin(angles)], 1)
        return not self._floor(world, [aim], 0.0).blocked(first).any()

    def _approach(self, world: Any, aims: Sequence[Any]) -> str:
        """Turn or move so that the fewest commands are left, were all the way a straight walk.

        With D moves left by the field, a direction k turns away in which each move brings one
        nearer by a share r of its length leaves about k + D / r commands.
        """
        agent, field, step = world.agent, self._field(world, aims), stride_of(world)
        turn = turn_of(world)
        half = round(math.pi / turn)
        turns = np.arange(-half + 1, half + 1)
        angles = agent.dir + turns * turn
        here = np.array([[agent.pos[0], agent.pos[2]]])
        distance = float(field.at(here)[0])
        ahead = max(1, round(min(AHEAD, distance) / step))
        moves = np.arange(1, ahead + 1)
        points = here + moves[:, None, None] * (
            step * np.stack([np.cos(angles), -np.sin(angles)], 1)
        )
        blocked = self._floor(world, aims, 0.0).blocked(points.reshape(-1, 2))
        free = np.cumprod(~blocked.reshape(ahead, -1), axis=0).sum(0)
        if agent.carrying:
            free *= [self._swings(world, int(k), turn) for k in turns]
        left = field.at(points.reshape(-1, 2)).reshape(ahead, -1)
        rates = (distance - left) / (moves[:, None] * step)
        rate = np.where(moves[:, None] <= free, rates, -math.inf).max(0)
        useful = rate > 0.05
        if not useful.any():
            return "move_back" if "move_back" in self.task.commands else "turn_left"
        cost = abs(turns[useful]) + distance / step / rate[useful]
        chosen = int(turns[useful][np.argmin(cost)])
        if chosen == 0:
            return "move_forward"
        return "turn_left" if chosen > 0 else "turn_right"

    def _swings(self, world: Any, turns: int, turn: float) -> bool:
        """Tell whether what is carried can be swung by so many turns, and then moved a step."""
        agent, load = world.agent, world.agent.carrying
        angle, position = agent.dir, agent.pos
        try:
            for k in range(abs(turns) + 1):
                agent.dir = angle + math.copysign(k, turns) * turn
                if world.intersect(load, world._get_carry_pos(position, load), load.radius):
                    return False
            moved = position + agent.dir_vec * stride_of(world)
            return not world.intersect(load, world._get_carry_pos(moved, load), load.radius)
        finally:
            agent.dir = angle

    def _deliver(self, world: Any, aim: Any) -> str:
        """Carry the load to the aim and put it down beside it."""
        load = world.agent.carrying
        offset = load.pos - aim.pos
        away = math.hypot(offset[0], offset[2])
        if away < load.radius + aim.radius + 1.1 * world.max_forward_step - 1e-6:
            return "drop"
        towards = turn_towards(world, aim)
        if away < load.radius + aim.radius + 1.0:
            turns = {None: 0, "turn_left": 1, "turn_right": -1}[towards]
            if self._swings(world, turns, turn_of(world)):
                return towards or "move_forward"
        return self._approach(world, [aim])

    # The geometry.

    def _field(self, world: Any, aims: Sequence[Any]) -> DistanceField:
        # A load swings: who carries one keeps clear of things by its length, where there is room.
        floor = self._floor(world, aims, SWING if world.agent.carrying else MARGIN)
        goals = np.array([[aim.pos[0], aim.pos[2]] for aim in aims], float)
        key = floor.walls.tobytes() + floor.circles.tobytes() + goals.tobytes()
        key += np.array([floor.radius]).tobytes()
        if key not in self._fields:
            if len(self._fields) >= 8:
                self._fields.pop(next(iter(self._fields)))
            self._fields[key] = DistanceField(floor, goals)
        return self._fields[key]

    def _floor(self, world: Any, aims: Sequence[Any], margin: float) -> Floor:
        """Take all but the aims, the agent and its load for obstacles, ``margin`` metres wider."""
        agent = world.agent
        passable = {id(thing) for thing in (agent, agent.carrying, *aims)}
        shunned = {id(thing): distance for thing, distance in self.task.shunned(world)}
        circles = [
            (
                thing.pos[0],
                thing.pos[2],
                max(thing.radius, shunned.get(id(thing), 0.0) - agent.radius) + margin,
            )
            for thing in world.entities
            if id(thing) not in passable and thing.radius
        ]
        street = getattr(world, "street", None)
        rooms = [room for room in world.rooms if room is not street]
        return Floor(
            low=(min(r.min_x for r in rooms), min(r.min_z for r in rooms)),
            high=(max(r.max_x for r in rooms), max(r.max_z for r in rooms)),
            walls=world.wall_segs[:, :, [0, 2]],
            circles=np.array(circles, float).reshape(-1, 3),
            radius=agent.radius + margin,
        )
