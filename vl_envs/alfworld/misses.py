"""Reaching for what is not there: how an agent that does not see could find out what lies where."""

from __future__ import annotations

from vl_envs.alfworld.engine import KNIVES, reachable
from vl_envs.alfworld.house import House, HouseState
from vl_envs.alfworld.plain_names import without_numbers


def is_miss(house: House, state: HouseState, text: str, numbered: bool) -> bool:
    """Tell whether a command that cannot be done has reached for what is not there.

    It is no miss where nothing is found out: into closed doors, or with the wrong thing in hand.

    Args:
        house: where.
        state: of the house; is not changed.
        text: what was said.
        numbered: whether things have numbers.
    """
    verb, _, rest = text.strip().partition(" ")
    held = state.held
    if verb == "take":
        name, _, place = rest.partition(" from ")
        receptacle = house.receptacle_index.get(place)
        if receptacle is None or held is not None or not reachable(house, state, receptacle):
            return False
        there = state.inside(receptacle)
    elif verb == "slice":
        name = rest.partition(" with ")[0]
        if held is None or house.things[held].kind not in KNIVES:
            return False
        there = [thing for thing, at in enumerate(state.lies_at) if at == state.spot]
    elif verb == "use":
        name, here = rest, house.at_spot[state.spot]
        if not here:
            return False
        there = [thing for receptacle in here for thing in state.inside(receptacle)]
    else:
        return False
    names = (house.things[thing].name for thing in there)
    return name not in (names if numbered else {without_numbers(house, one) for one in names})
