"""The shortest way to fulfil a wish, for who knows where everything is.

What has to happen is always the same: free the hand, take the thing, change it, put it down or
carry it to the lamp; of two things, twice. What can be chosen is which thing, which appliance,
which place, and where to leave what is in the hand. Since every walk takes one command, however
far, no detour between these steps can help, and trying all choices gives the shortest plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from vl_envs.alfworld.engine import Act, write
from vl_envs.alfworld.goals import APPLIANCES, Wish, changed, placed, wanted_things, won
from vl_envs.alfworld.house import HELD, House, HouseState


def plan(house: House, state: HouseState, wish: Wish) -> list[str]:
    """Return the shortest list of commands that fulfils a wish; of several, the first found.

    Raises:
        ValueError: no commands fulfil it.
    """
    if won(house, state, wish):
        return []
    way = min(_ways(house, state, wish), key=lambda way: len(way.acts), default=None)
    if way is None:
        raise ValueError(f"nothing in this house fulfils {wish}")
    return [write(house, act) for act in way.acts]


def next_command(house: House, state: HouseState, wish: Wish) -> str:
    """Return the first command of the shortest plan.

    Raises:
        ValueError: the wish is fulfilled, or cannot be.
    """
    commands = plan(house, state, wish)
    if not commands:
        raise ValueError(f"{wish} is fulfilled: there is nothing left to do")
    return commands[0]


class _Way:
    """A plan in the making: what was done, and where that has led.

    Args:
        house: where.
        state: at the beginning; is not changed.
    """

    def __init__(self, house: House, state: HouseState) -> None:
        self.house, self.state = house, state
        self.spot, self.held = state.spot, state.held
        self.opened: set[int] = set()
        self.acts: list[Act] = []

    def reach(self, receptacle: int, inside: bool = True) -> None:
        """Go to a receptacle, and open it if one has to reach inside."""
        entry = self.house.receptacles[receptacle]
        if entry.spot != self.spot:
            self.acts.append(Act("go to", receptacle))
            self.spot = entry.spot
        shut = entry.openable and receptacle not in self.state.opened
        if inside and shut and receptacle not in self.opened:
            self.acts.append(Act("open", receptacle))
            self.opened.add(receptacle)

    def put(self, receptacle: int) -> None:
        """Put what is in the hand into a receptacle."""
        assert self.held is not None
        self.reach(receptacle)
        self.acts.append(Act("move", self.held, receptacle))
        self.held = None

    def take(self, thing: int) -> None:
        """Take a thing from where it lay at the beginning."""
        receptacle = self.state.where[thing]
        self.reach(receptacle)
        self.acts.append(Act("take", thing, receptacle))
        self.held = thing


def _ways(house: House, state: HouseState, wish: Wish) -> Iterator[_Way]:
    """Give all ways worth comparing."""
    things = [i for i in wanted_things(house, wish) if house.things[i].pickupable]
    things = [i for i in things if state.where[i] == HELD or state.where[i] >= 0]
    if wish.lamp:
        for thing in things:
            for lamp, at in enumerate(state.where):
                if at >= 0 and house.things[lamp].kind == wish.lamp:
                    yield from _to_lamp(house, state, thing, lamp)
        return
    for place in _kind(house, wish.receptacle):
        if wish.thing not in house.holds.get(wish.receptacle, ()):
            return
        if wish.task == "pick_two_obj_and_place":
            there = placed(house, state, wish, place)
            others = [thing for thing in things if thing not in there]
            for chosen in permutations(others, 2 - len(there)):
                yield from _both(house, state, chosen, place)
        else:
            for thing in things:
                yield from _changed(house, state, wish, thing, place)


def _to_lamp(house: House, state: HouseState, thing: int, lamp: int) -> Iterator[_Way]:
    for way in _in_hand(house, state, thing, None):
        way.reach(state.where[lamp], inside=False)
        if lamp not in state.lit:
            way.acts.append(Act("use", lamp))
        yield way


def _changed(house: House, state: HouseState, wish: Wish, thing: int, place: int) -> Iterator[_Way]:
    """Take a thing, change it where it must be, and put it into a place."""
    verb = wish.change
    if not verb or thing in changed(state, verb):
        for way in _in_hand(house, state, thing, place):
            way.put(place)
            yield way
        return
    if not getattr(house.things[thing], f"{verb}able"):
        return
    for appliance in _kind(house, APPLIANCES[verb]):
        for way in _in_hand(house, state, thing, place):
            way.reach(appliance, inside=False)
            way.acts.append(Act(verb, thing, appliance))
            way.put(place)
            yield way


def _both(house: House, state: HouseState, chosen: tuple[int, ...], place: int) -> Iterator[_Way]:
    """Put one or two things into a place, one after the other."""
    if state.held in chosen[1:]:
        return  # what is in the hand comes first
    for way in _in_hand(house, state, chosen[0], place):
        way.put(place)
        for thing in chosen[1:]:
            way.take(thing)
            way.put(place)
        yield way


def _in_hand(house: House, state: HouseState, thing: int, place: int | None) -> Iterator[_Way]:
    """Begin with a thing in the hand; what is there instead is first left somewhere.

    Where to leave it: here, where the thing lies, where the thing will go, since that must be
    opened anyway, or wherever it takes fewest commands.
    """
    if state.where[thing] == HELD:
        yield _Way(house, state)
        return
    if state.held is None:
        way = _Way(house, state)
        way.take(thing)
        yield way
        return
    kind = house.things[state.held].kind
    fitting = [i for i, r in enumerate(house.receptacles) if kind in house.holds.get(r.kind, ())]
    lies = house.receptacles[state.where[thing]].spot
    near = [i for i in fitting if house.receptacles[i].spot in (state.spot, lies) or i == place]
    shut = [house.receptacles[i].openable and i not in state.opened for i in fitting]
    anywhere = [min(zip(shut, fitting, strict=True))[1]] if fitting else []
    for left in dict.fromkeys([*near, *anywhere]):
        way = _Way(house, state)
        way.put(left)
        way.take(thing)
        yield way


def _kind(house: House, kind: str) -> list[int]:
    return [i for i, receptacle in enumerate(house.receptacles) if receptacle.kind == kind]
