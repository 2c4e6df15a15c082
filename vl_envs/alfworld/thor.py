"""`Thor`: AI2-THOR's own houses as the world of `HouseholdEnv` (``backend="thor"``).

Of each kind of room's 30 floor plans, 1 to 6 are ``valid_unseen``, the others ``train`` and
``valid_seen``, which differ in what lies where. A wish is drawn from what is there. What has
been tried, and what could not be: see `vl_envs.alfworld.thor_client`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from vl_envs.alfworld.engine import Act
from vl_envs.alfworld.games import ROOMS as BEFORE
from vl_envs.alfworld.goals import APPLIANCES, CHANGES, Wish, stage, wanted_things
from vl_envs.alfworld.homes import TEMPLATES, Home, rooms_of
from vl_envs.alfworld.house import House, HouseState, Layout
from vl_envs.alfworld.thor_client import ThorError
from vl_envs.alfworld.thor_world import ThorWorld
from vl_envs.alfworld.wishes import allowed
from vl_envs.alfworld.worlds import World
from vl_envs.core.env import Image

UNSEEN = 6
"""So many of each kind of room are for ``valid_unseen``: the test scenes of ALFRED's generator."""
COPIES = 4
"""So many kinds of things get a second one where two are wished for: AI2-THOR has one of most."""
TRIES = 20
"""So many scenes are tried until one has a wish."""


class Thor(World):
    """Episodes in AI2-THOR.

    Args:
        executable: path of the build, or None for VL_THOR_EXECUTABLE.
        image_size: (height, width) of pictures, in pixels.
        tasks: that are drawn.
        split: that scenes come from.
        rooms: kinds of rooms; None is all.
    """

    can_go_back = False

    def __init__(
        self,
        executable: str | None,
        image_size: tuple[int, int],
        tasks: Sequence[str],
        split: str,
        rooms: Sequence[str] | None,
    ) -> None:
        self.simulator = ThorWorld(executable, image_size=image_size)
        self.tasks, self.split, self.rooms = tasks, split, rooms

    def start(self, rng: np.random.Generator, index: int | None) -> Home:
        """See `World.start`.

        Raises:
            ThorError: the simulator failed.
            ValueError: no scene that was tried has anything to wish for.
        """
        for _ in range(TRIES):
            task = self.tasks[int(rng.integers(len(self.tasks)))]
            rooms = [r for r in rooms_of(task) if self.rooms is None or r in self.rooms]
            room = rooms[rng.integers(len(rooms))]
            first, last = (1, UNSEEN) if self.split == "valid_unseen" else (UNSEEN + 1, 30)
            scene = BEFORE[room] + int(rng.integers(first, last + 1))
            # Even numbers lay `train` out, odd ones `valid_seen`: no layout is in both.
            seed = 2 * int(rng.integers(2**29)) + (self.split == "valid_seen")
            copies = COPIES if task == "pick_two_obj_and_place" else 0
            house, state = self.simulator.start(f"FloorPlan{scene}", seed, copies)
            wishes = list(wishes_in(house, state, task))
            if wishes:
                wish = wishes[rng.integers(len(wishes))]
                text = TEMPLATES[task][rng.integers(2)].format(
                    thing=wish.thing.lower(), place=(wish.receptacle or wish.lamp).lower()
                )
                wish = Wish(task, wish.thing, wish.receptacle, wish.lamp, text)
                name = f"{task}-{wish.thing}-{wish.receptacle or wish.lamp}-{scene}-{seed}"
                return Home(house, state, Layout(room, 0, 0, 0, (), (), 0), wish, room, scene, name)
        raise ValueError(f"no scene of {self.split} that was tried has a wish of {self.tasks}")

    def carry_out(
        self, house: House, state: HouseState, act: Act, tells: bool
    ) -> tuple[str, str | None]:
        """See `World.carry_out`; what the simulator refuses is told as ALFWorld tells it."""
        try:
            said = self.simulator.carry_out(act, tells)
        except ThorError as error:
            return "", str(error)
        vars(state).update(vars(self.simulator.state.copy()))
        return said, None

    def picture(self, house: House, state: HouseState, layout: Layout) -> Image:
        """See `World.picture`: the simulator's own frame."""
        return self.simulator.frame()

    def close(self) -> None:
        """End the simulator."""
        self.simulator.close()


def wishes_in(house: House, state: HouseState, task: str) -> Iterator[Wish]:
    """Give the wishes of a task that a house has, none of them begun."""
    places = sorted({receptacle.kind for receptacle in house.receptacles})
    # What lies in furniture that nobody can stand before is out of reach.
    there = [thing for thing, at in zip(house.things, state.where, strict=True) if at >= 0]
    kinds = sorted({thing.kind for thing in there if thing.pickupable})
    if task == "look_at_obj_in_light":
        lit = sorted({thing.kind for thing in there if thing.toggleable})
        yield from (Wish(task, kind, lamp=lamp) for kind in kinds for lamp in lit)
        return
    if task in CHANGES and APPLIANCES[CHANGES[task]] not in places:
        return
    for kind in kinds:
        for place in places:
            wish = Wish(task, kind, place)
            things = [i for i in wanted_things(house, wish) if state.where[i] >= 0]
            done = any(house.receptacles[state.where[i]].kind == place for i in things)
            enough = len(things) >= (2 if task == "pick_two_obj_and_place" else 1)
            if enough and not done and allowed(task, kind, place):
                assert stage(house, state, wish) == 0
                yield wish
