"""What is wished for in a house: ALFWorld's six tasks, when they are done, and how far one is."""

from __future__ import annotations

from dataclasses import dataclass

from vl_envs.alfworld.house import HELD, House, HouseState

TASKS = (
    "pick_and_place_simple",
    "pick_two_obj_and_place",
    "look_at_obj_in_light",
    "pick_clean_then_place_in_recep",
    "pick_heat_then_place_in_recep",
    "pick_cool_then_place_in_recep",
)
"""ALFRED's names of the tasks that ALFWorld has."""

CHANGES = {
    "pick_clean_then_place_in_recep": "clean",
    "pick_heat_then_place_in_recep": "heat",
    "pick_cool_then_place_in_recep": "cool",
}
"""Task -> what is to be done with the thing first."""
APPLIANCES = {"clean": "SinkBasin", "heat": "Microwave", "cool": "Fridge"}
"""Verb -> kind of receptacle that does it."""


@dataclass(frozen=True)
class Wish:
    """A task in a house.

    Attributes:
        task: one of `TASKS`.
        thing: kind of thing wanted.
        receptacle: kind of receptacle that it is to be put in; empty for a look in the light.
        lamp: kind of lamp to look under; empty for the other tasks.
        text: the wish in ALFWorld's words, such as ``put a clean apple in fridge``.
    """

    task: str
    thing: str
    receptacle: str = ""
    lamp: str = ""
    text: str = ""

    @property
    def change(self) -> str:
        """What is to be done with the thing first: ``clean``, ``heat``, ``cool`` or nothing."""
        return CHANGES.get(self.task, "")


def changed(state: HouseState, verb: str) -> set[int]:
    """Return the things that ``verb`` has changed, as one finds them now."""
    return {"clean": state.clean, "heat": state.hot, "cool": state.cool}[verb]


def wanted_things(house: House, wish: Wish) -> list[int]:
    """Return the things of the wanted kind."""
    return [i for i, thing in enumerate(house.things) if thing.kind == wish.thing]


def placed(house: House, state: HouseState, wish: Wish, receptacle: int) -> list[int]:
    """Return the wanted things that lie, as they should be, in a receptacle of the right kind."""
    if house.receptacles[receptacle].kind != wish.receptacle:
        return []
    fit = changed(state, wish.change) if wish.change else None
    return [
        thing
        for thing in wanted_things(house, wish)
        if state.where[thing] == receptacle and (fit is None or thing in fit)
    ]


def lit_here(house: House, state: HouseState, wish: Wish) -> bool:
    """Tell whether the agent stands where a wanted lamp was turned on."""
    return any(
        house.things[lamp].kind == wish.lamp
        and state.where[lamp] >= 0
        and house.receptacles[state.where[lamp]].spot == state.spot
        for lamp in state.lit
    )


def won(house: House, state: HouseState, wish: Wish) -> bool:
    """Tell whether the wish is fulfilled, by ALFRED's goal in PDDL."""
    if wish.lamp:
        held = state.held
        holds = held is not None and house.things[held].kind == wish.thing
        return holds and lit_here(house, state, wish)
    need = 2 if wish.task == "pick_two_obj_and_place" else 1
    return any(
        len(placed(house, state, wish, receptacle)) >= need
        for receptacle in range(len(house.receptacles))
    )


def stages(wish: Wish) -> int:
    """Count the stages of a task; the last one fulfils it."""
    return 4 if wish.task == "pick_two_obj_and_place" else 3 if wish.change else 2


def stage(house: House, state: HouseState, wish: Wish) -> int:
    """Return how far the task is done, from 0 to `stages`.

    Take the thing; change it, where it is to be changed; put it where it belongs, or use the lamp
    beside it. Of two things the first is worth two stages, and so is the second.
    """
    if won(house, state, wish):
        return stages(wish)
    things = wanted_things(house, wish)
    held = any(state.where[thing] == HELD for thing in things)
    if wish.task == "pick_two_obj_and_place":
        there = any(
            placed(house, state, wish, receptacle) for receptacle in range(len(house.receptacles))
        )
        return 2 * there + held
    if wish.change and any(state.where[t] == HELD for t in changed(state, wish.change) & {*things}):
        return 2
    return int(held)
