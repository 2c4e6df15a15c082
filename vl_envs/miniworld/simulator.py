"""`Simulator`: one world of MiniWorld, driven by plain data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from vl_envs.miniworld.adapter import Picture, opengl


@dataclass
class WorldState:
    """A world in the middle of an episode, as plain data.

    Attributes:
        seed: builds rooms and things.
        variant: attributes of the task that are set before building (a sign's colour).
        things: number of each thing still there, the agent among them -> position x, y, z in
            metres and direction in radians, in MiniWorld's order.
        carrying: number of the thing in hand.
        steps: moves so far.
        counters: what the task counts (health, things picked up).
        random: state of the world's generator: some tasks draw while they run.
    """

    seed: int
    variant: dict[str, Any] = field(default_factory=dict)
    things: dict[int, tuple[float, float, float, float]] = field(default_factory=dict)
    carrying: int | None = None
    steps: int = 0
    counters: dict[str, int] = field(default_factory=dict)
    random: dict[str, Any] = field(default_factory=dict)


class Simulator:
    """Builds, moves and draws the worlds of one task.

    Nothing touches OpenGL before the first picture or world, so that an environment that was only
    made can still be sent to another process.

    Args:
        task: name of a class in ``miniworld.envs``.
        domain_rand: draw textures, colours, light and camera anew for each world.
        counters: attributes in which the task counts.
        options: further arguments of the task's class.

    Raises:
        ImportError: MiniWorld, or a system library that it needs, is not installed.
        RuntimeError: this process was forked off one that had already drawn, or another thread of
            it has drawn.
    """

    def __init__(
        self, task: str, domain_rand: bool = False, counters: tuple[str, ...] = (), **options: Any
    ) -> None:
        self.task, self.counters = task, counters
        # Not named where it is off: the task Sign refuses the word.
        self.options = {**({"domain_rand": True} if domain_rand else {}), **options}
        self._world: Any = None
        self._built: tuple[int, dict[str, Any]] | None = None
        self._stands: WorldState | None = None  # the state that the world is in, where it is known
        self._things: list[Any] = []

    def __getstate__(self) -> dict[str, Any]:
        """Leave what OpenGL holds behind: it is built again from the state when needed."""
        return {**self.__dict__, "_world": None, "_built": None, "_stands": None, "_things": []}

    @property
    def world(self) -> Any:
        """MiniWorld's own environment, made when it is first asked for."""
        shared = opengl()
        if self._world is None:
            self._world = shared.make(self.task, self.options)
        return self._world

    # Between plain data and the world.

    def build(self, seed: int, variant: dict[str, Any] | None = None) -> WorldState:
        """Build the world of a seed; return how it begins."""
        world = self.world
        for name, value in (variant or {}).items():
            setattr(world, name, value)
        world.begin(seed)
        self._things = list(world.entities)
        self._built = seed, dict(variant or {})
        return self.save()

    def save(self) -> WorldState:
        """Take the present state."""
        world, numbers = self.world, {id(thing): i for i, thing in enumerate(self._things)}
        assert self._built is not None
        carrying = world.agent.carrying
        self._stands = WorldState(
            *self._built,
            things={numbers[id(thing)]: _pose(thing) for thing in world.entities},
            carrying=None if carrying is None else numbers[id(carrying)],
            steps=world.step_count,
            counters={name: getattr(world, name) for name in self.counters},
            random=world.np_random.bit_generator.state,
        )
        return self._stands

    def load(self, state: WorldState) -> None:
        """Bring the world into a state, building it anew only where another one stands."""
        if self._stands is state:
            return
        if self._built != (state.seed, state.variant):
            self.build(state.seed, state.variant)
        world = self.world
        world.entities[:] = [self._things[i] for i in state.things]
        for i, pose in state.things.items():
            _set_pose(self._things[i], pose)
        world.agent.carrying = None if state.carrying is None else self._things[state.carrying]
        world.step_count = state.steps
        for name, value in state.counters.items():
            setattr(world, name, value)
        world.np_random.bit_generator.state = state.random
        self._stands = state

    # Moving and drawing.

    def step(self, action: int) -> tuple[float, bool]:
        """Make one move; return MiniWorld's reward, and whether the episode is over."""
        self._stands = None
        _, reward, terminated, _, _ = self.world.step(action)
        return float(reward), bool(terminated)

    def view(self, height: int, width: int) -> Picture:
        """Draw what the agent sees, uint8 [height, width, 3]."""
        return self._draw("render_obs", height, width)

    def map(self, height: int, width: int) -> Picture:
        """Draw the world from above without its ceilings, the agent as a red triangle."""
        return self._draw("render_top_view", height, width)

    def _draw(self, how: str, height: int, width: int) -> Picture:
        world = self.world
        target = opengl().target(width, height)
        world.compile()
        with opengl().list_number(world.list_number):
            picture: Picture = getattr(world, how)(target)
        return picture

    def close(self) -> None:
        """Give the display list back to OpenGL."""
        if self._world is not None:
            self._world.forget()
        self.__dict__.update(self.__getstate__())


def _pose(thing: Any) -> tuple[float, float, float, float]:
    x, y, z = thing.pos
    return float(x), float(y), float(z), float(thing.dir)


def _set_pose(thing: Any, pose: tuple[float, float, float, float]) -> None:
    # Type and identity of what MiniWorld keeps: an array of its own.
    thing.pos = np.array(pose[:3])
    thing.dir = pose[3]
