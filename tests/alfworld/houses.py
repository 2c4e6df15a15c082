"""Small houses, drawn at random, in which everything can be tried."""

from __future__ import annotations

import numpy as np

from vl_envs.alfworld.engine import carry_out, possible_acts
from vl_envs.alfworld.facts import FACTS
from vl_envs.alfworld.goals import CHANGES, TASKS, Wish
from vl_envs.alfworld.house import House, HouseState, Receptacle, Thing

FURNITURE = ("CounterTop", "Fridge", "Microwave", "SinkBasin", "Cabinet", "Cabinet", "SideTable")
THINGS = ("Apple", "Apple", "Mug", "Knife", "DeskLamp")


def small_house(rng: np.random.Generator, receptacles: int, things: int) -> House:
    """Draw a house: some of `FURNITURE` and `THINGS`; two receptacles may share a spot."""
    kinds = sorted(rng.permutation(FURNITURE)[:receptacles])
    spots = rng.integers(max(2, receptacles - 1), size=receptacles)
    furniture = tuple(
        Receptacle(
            f"{kind}_{i}", str(kind), f"{kind} {i}".lower(), int(spot), kind in FACTS.openable
        )
        for i, (kind, spot) in enumerate(zip(kinds, spots, strict=True))
    )
    lying = sorted(rng.permutation(THINGS)[:things])
    named = tuple(
        Thing(
            f"{kind}_{i}",
            str(kind),
            f"{kind} {i}".lower(),
            pickupable=kind not in FACTS.toggleable,
            toggleable=kind in FACTS.toggleable,
            cleanable=kind in FACTS.cleanable,
            heatable=kind in FACTS.heatable,
            coolable=kind in FACTS.coolable,
            sliceable=kind in FACTS.sliceable,
            bowl=kind in FACTS.bowls,
        )
        for i, kind in enumerate(lying)
    )
    return House(furniture, named, FACTS.holds, tuple(map(str, range(receptacles + 1))))


def some_state(rng: np.random.Generator, house: House, steps: int) -> HouseState:
    """Lay things anywhere, then walk ``steps`` random steps."""
    where = [int(i) for i in rng.integers(len(house.receptacles), size=len(house.things))]
    lies_at: list[int | None] = [house.receptacles[i].spot for i in where]
    slots = [where[:i].count(at) for i, at in enumerate(where)]
    state = HouseState(len(house.spots) - 1, where, slots, lies_at)
    for _ in range(steps):
        acts = list(possible_acts(house, state))
        carry_out(house, state, acts[int(rng.integers(len(acts)))])
    return state


def some_wish(rng: np.random.Generator, house: House) -> Wish:
    """Draw a wish that fits the house's kinds; it may be beyond what can be done."""
    task = TASKS[int(rng.integers(len(TASKS)))]
    things = [thing.kind for thing in house.things if thing.pickupable]
    kind = things[int(rng.integers(len(things)))]
    if task == "look_at_obj_in_light":
        return Wish(task, kind, lamp="DeskLamp")
    if task in CHANGES and kind == "Knife":
        kind = "Apple"
    place = house.receptacles[int(rng.integers(len(house.receptacles)))].kind
    return Wish(task, kind, place)
