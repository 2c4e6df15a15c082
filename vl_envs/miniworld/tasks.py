"""What MiniWorld's tasks ask for: the goal in words, when it is reached, and what to head for next.

MiniWorld pays, but it does not say why an episode ended. Here each task judges its own success from
the true world.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

MOVES = ("turn_left", "turn_right", "move_forward")
HANDS = (*MOVES, "move_back", "pick_up", "drop")
"""Commands in the order of MiniWorld's action numbers."""
HALF_TURN = 12
"""Turns of 15 degrees in half a turn."""


@dataclass(frozen=True)
class Task:
    """Go to the red box; the other tasks differ in what they override.

    Attributes:
        goal: the goal in words, for the agent.
        rules: what else the agent should know.
        commands: names of the commands that do something here, in MiniWorld's order.
        options: further arguments of MiniWorld's class.
    """

    goal: str = "Go to the red box."
    rules: str = ""
    commands: tuple[str, ...] = MOVES
    options: dict[str, Any] = field(default_factory=dict)
    counters: ClassVar[tuple[str, ...]] = ()
    """Attributes of the world in which it counts."""
    pays: ClassVar[bool] = True
    """Whether MiniWorld itself pays and ends the episode when the goal is reached."""
    expert_may_lose: ClassVar[bool] = False
    """Whether there are worlds that the expert does not solve."""
    lost_pays: ClassVar[float] = 0.0
    """MiniWorld's reward for losing."""

    def variant(self, rng: np.random.Generator) -> dict[str, Any]:
        """Draw what MiniWorld leaves fixed: attributes of the world, set before it is built."""
        return {}

    def instruction(self, world: Any) -> str:
        """Say the goal for this world."""
        return self.goal

    def won(self, world: Any) -> bool:
        """Tell whether the goal is reached."""
        return bool(world.near(world.box))

    def lost(self, world: Any) -> bool:
        """Tell whether the goal is out of reach for good."""
        return False

    def status(self, world: Any) -> str:
        """Say what the picture does not show of the state."""
        return ""

    def aims(self, world: Any) -> Sequence[Any]:
        """List the things to head for now; the nearest is as good as any."""
        return [world.box]

    def due(self, world: Any) -> bool:
        """Tell whether a thing at hand should be picked up now."""
        return True

    def shunned(self, world: Any) -> Sequence[tuple[Any, float]]:
        """List things not to come nearer to than a distance in metres."""
        return ()


class Sidewalk(Task):
    """Go to the red box without stepping into the street."""

    def lost(self, world: Any) -> bool:
        """Tell whether the agent stands in the street."""
        return bool(world.street.point_inside(world.agent.pos))

    def won(self, world: Any) -> bool:
        """Tell whether the box is reached from the sidewalk."""
        return super().won(world) and not self.lost(world)


class Find(Task):
    """Go to a thing that is named; MiniWorld has the world, but asks for nothing in it.

    One of the world's things that cannot be mistaken is drawn.
    """

    pays: ClassVar[bool] = False

    def variant(self, rng: np.random.Generator) -> dict[str, Any]:
        """Draw a number, from which the thing follows."""
        return {"wanted": int(rng.integers(2**16))}

    def _thing(self, world: Any) -> Any:
        things = [thing for thing in world.entities if world.name_of(thing)]
        return things[world.wanted % len(things)]

    def instruction(self, world: Any) -> str:
        """Name the thing."""
        return f"Go to the {world.name_of(self._thing(world))}."

    def won(self, world: Any) -> bool:
        """Tell whether the thing is reached."""
        return bool(world.near(self._thing(world)))

    def aims(self, world: Any) -> Sequence[Any]:
        """Head for the thing."""
        return [self._thing(world)]


class RoomObjects(Find):
    """The same with a limit of moves, which MiniWorld leaves open."""

    def variant(self, rng: np.random.Generator) -> dict[str, Any]:
        """Draw the thing's number; set a limit."""
        return {**super().variant(rng), "max_episode_steps": 250}


class PickUp(Task):
    """Pick up all things."""

    counters: ClassVar[tuple[str, ...]] = ("num_picked_up",)

    def won(self, world: Any) -> bool:
        """Tell whether all are picked up."""
        return bool(world.num_picked_up == world.num_objs)

    def status(self, world: Any) -> str:
        """Count."""
        return f"Picked up: {world.num_picked_up} of {world.num_objs}."

    def aims(self, world: Any) -> Sequence[Any]:
        """Head for whatever is left."""
        return [thing for thing in world.entities if thing is not world.agent]


class PutNext(Task):
    """Carry the red box to the yellow one."""

    expert_may_lose: ClassVar[bool] = True  # where a box gets wedged between others

    def won(self, world: Any) -> bool:
        """Tell whether they stand side by side, and nothing is carried."""
        return not world.agent.carrying and bool(world.near(world.red_box, world.yellow_box))

    def status(self, world: Any) -> str:
        """Say what is carried."""
        carrying = world.agent.carrying
        return f"You carry the {carrying.color} box." if carrying else "You carry nothing."

    def aims(self, world: Any) -> Sequence[Any]:
        """Head for the red box, then for the yellow one."""
        return [world.yellow_box if world.agent.carrying else world.red_box]


class Survive(Task):
    """Pick up medkits to stay alive for as many moves as MiniWorld allows."""

    counters: ClassVar[tuple[str, ...]] = ("health",)
    expert_may_lose: ClassVar[bool] = True  # where the medkits are too far away
    lost_pays: ClassVar[float] = -100.0

    def won(self, world: Any) -> bool:
        """Tell whether the last move is survived."""
        return bool(world.health > 0 and world.step_count >= world.max_episode_steps)

    def lost(self, world: Any) -> bool:
        """Tell whether the agent is dead."""
        return bool(world.health <= 0)

    def status(self, world: Any) -> str:
        """Say how alive it is."""
        return f"Health: {max(0, world.health)} of 100."

    def due(self, world: Any) -> bool:
        """Wait beside a medkit: it comes back somewhere else, perhaps too far away."""
        return bool(world.health <= 10)

    def aims(self, world: Any) -> Sequence[Any]:
        """Head for that medkit, of those in reach, that has another one nearest to it."""
        kits = [thing for thing in world.entities if thing is not world.agent]
        places = np.array([[kit.pos[0], kit.pos[2]] for kit in kits])
        low, high = (world.min_x, world.min_z), (world.max_x, world.max_z)
        # At the foot of a wall MiniWorld's hand meets the wall first.
        free = ((places - low > 0.5) & (high - places > 0.5)).all(1)
        apart = np.linalg.norm(places[:, None] - places, axis=-1)
        apart[:, ~free] = np.inf
        np.fill_diagonal(apart, np.inf)
        here = np.array([world.agent.pos[0], world.agent.pos[2]])
        moves = np.linalg.norm(places - here, axis=1) / world.max_forward_step + HALF_TURN
        reached = free & (moves <= world.health / 2)
        if not reached.any():
            return kits
        return [kits[int(np.argmin(np.where(reached, apart.min(1), np.inf)))]]


class Sign(Task):
    """Go to the box or key, as told, of the colour that is written on the wall.

    MiniWorld leaves colour and shape as they were given; here both are drawn in each episode.
    """

    lost_pays: ClassVar[float] = -1.0

    def variant(self, rng: np.random.Generator) -> dict[str, Any]:
        """Draw what is written on the sign, and which shape is wanted."""
        return {"_color_index": int(rng.integers(3)), "_goal": int(rng.integers(2))}

    def instruction(self, world: Any) -> str:
        """Name the shape; the colour stands on the wall."""
        shape = ("box", "key")[world._goal]
        return f"Read the colour on the wall and go to the {shape} of that colour."

    def _wanted(self, world: Any) -> Any:
        return world._objects[world._goal][world._color_index]

    def won(self, world: Any) -> bool:
        """Tell whether the right thing is touched, and nothing else."""
        return bool(world.near(self._wanted(world))) and not self.lost(world)

    def lost(self, world: Any) -> bool:
        """Tell whether a wrong thing is touched."""
        return any(world.near(thing) for thing, _ in self.shunned(world))

    def aims(self, world: Any) -> Sequence[Any]:
        """Head for the right thing."""
        return [self._wanted(world)]

    def shunned(self, world: Any) -> Sequence[tuple[Any, float]]:
        """Keep away from the wrong things: to come near is to touch."""
        things = [thing for pair in world._objects for thing in pair]
        reach = world.agent.radius + 1.1 * world.max_forward_step
        return [(t, t.radius + reach) for t in things if t is not self._wanted(world)]


_TO_THE_BOX = (
    *("Hallway", "OneRoom", "OneRoomS6", "OneRoomS6Fast", "FourRooms", "WallGap"),
    *("Maze", "MazeS2", "MazeS3", "MazeS3Fast"),
    *("TMaze", "TMazeLeft", "TMazeRight", "YMaze", "YMazeLeft", "YMazeRight"),
)
_ENDS = " The episode ends as soon as you touch one, right or wrong."

TASKS: dict[str, Task] = {
    **dict.fromkeys(_TO_THE_BOX, Task()),
    "Sidewalk": Sidewalk(
        "Go along the sidewalk to the red box.", "If you step into the street you have lost."
    ),
    "PickupObjects": PickUp("Pick up all the things in the room.", commands=HANDS[:5]),
    "PutNext": PutNext("Put the red box next to the yellow box.", commands=HANDS),
    "CollectHealth": Survive(
        "Stay alive: pick up medkits.",
        "Each move costs 2 of your health; a medkit brings it back to 100.",
        commands=HANDS[:5],
    ),
    "Sign": Sign(rules="Boxes and keys are blue, red and green." + _ENDS),
    "ThreeRooms": Find(),
    "RoomObjects": RoomObjects(),
}
"""Every task by the name of its class in ``miniworld.envs``."""
