"""ALFWorld's rules and sentences: what can be done in a house, what it does, what one is told.

The rules are those of ALFRED's PDDL domain and the sentences those of ALFWorld's grammar (version
0.4.2), step by step the same (`benchmarks/household_parity.py` plays both). Some of it surprises:

- ``heat``, ``cool`` and ``clean`` need neither an open microwave nor an open fridge, and whoever
  slices may reach into a closed one.
- A lamp that was used stays on, whatever one does.
- A thing can be examined in the hand only.
- Who looks around at a receptacle is told of nothing beside it but what was taken from one
  receptacle there and put into another; who looks around in the middle of the room is told of
  nothing at all, though the game begins with a list of all furniture.
- What cannot be done changes nothing and is answered by `NOTHING`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from vl_envs.alfworld.goals import APPLIANCES, changed
from vl_envs.alfworld.house import HELD, House, HouseState, first_slot

NOTHING = "Nothing happens."
_MIDDLE = "You are in the middle of a room. Looking quickly around you, you see "
WELCOME = "-= Welcome to TextWorld, ALFRED! =-"
KNIVES = ("Knife", "ButterKnife")
HELP = """Available commands:
  look:                             look around your current location
  inventory:                        check your current inventory
  go to (receptacle):               move to a receptacle
  open (receptacle):                open a receptacle
  close (receptacle):               close a receptacle
  take (object) from (receptacle):  take an object from a receptacle
  move (object) to (receptacle):  place an object in or on a receptacle
  examine (something):              examine a receptacle or an object
  use (object):                     use an object
  heat (object) with (receptacle):  heat an object using a receptacle
  clean (object) with (receptacle): clean an object using a receptacle
  cool (object) with (receptacle):  cool an object using a receptacle
  slice (object) with (object):     slice an object using a sharp object
"""

PREPOSITIONS = {"take": "from", "move": "to", "slice": "with", **dict.fromkeys(APPLIANCES, "with")}
"""Verbs with two names -> the word between them."""
ALONE = ("look", "inventory", "help")
"""Verbs without a name."""


class Act(NamedTuple):
    """A command on a house.

    Attributes:
        verb: ``go to``, ``open``, ``close``, ``examine`` (a receptacle), ``examine thing``,
            ``use``, one of `PREPOSITIONS` or of `ALONE`.
        what: index of what it is done to: a receptacle for ``go to``, ``open``, ``close`` and
            ``examine``, else a thing.
        to: index of the receptacle, or for ``slice`` the thing, that it is done with.
    """

    verb: str
    what: int = -1
    to: int = -1


def read(house: House, text: str) -> Act | None:
    """Read a command in ALFWorld's words; None where it is none or names what is not there."""
    text = text.strip(" ")
    if text in ALONE:
        return Act(text)
    verb, _, rest = text.partition(" ")
    if verb == "go":
        verb, rest = "go to", rest.removeprefix("to ") if rest.startswith("to ") else ""
    if verb in PREPOSITIONS:
        first, between, second = rest.partition(f" {PREPOSITIONS[verb]} ")
        what = house.thing_index.get(first)
        to = (house.thing_index if verb == "slice" else house.receptacle_index).get(second)
        return None if what is None or to is None or not between else Act(verb, what, to)
    if verb in ("go to", "open", "close", "examine"):
        receptacle = house.receptacle_index.get(rest)
        if receptacle is not None:
            return Act(verb, receptacle)
        verb = "examine thing" if verb == "examine" else ""
    thing = house.thing_index.get(rest)
    return Act(verb, thing) if verb in ("use", "examine thing") and thing is not None else None


def write(house: House, act: Act) -> str:
    """Write a command in ALFWorld's words: the inverse of `read`."""
    verb, what, to = act
    if verb in ALONE:
        return verb
    if verb in ("go to", "open", "close", "examine"):
        return f"{verb} {house.receptacles[what].name}"
    if verb in ("use", "examine thing"):
        return f"{verb.removesuffix(' thing')} {house.things[what].name}"
    second = house.things[to].name if verb == "slice" else house.receptacles[to].name
    return f"{verb} {house.things[what].name} {PREPOSITIONS[verb]} {second}"


def reachable(house: House, state: HouseState, receptacle: int) -> bool:
    """Tell whether one can reach into a receptacle from where one stands."""
    entry = house.receptacles[receptacle]
    return entry.spot == state.spot and (not entry.openable or receptacle in state.opened)


def possible_acts(house: House, state: HouseState) -> Iterator[Act]:
    """Give everything that can be done now, in no particular order."""
    yield from (Act("look"), Act("inventory"), Act("help"))
    for receptacle, entry in enumerate(house.receptacles):
        if entry.spot != state.spot:
            yield Act("go to", receptacle)
    held = state.held
    if held is not None:
        yield Act("examine thing", held)
        if house.things[held].kind in KNIVES:
            for thing, at in enumerate(state.lies_at):
                if at == state.spot and house.things[thing].sliceable:
                    yield Act("slice", thing, held)
    for receptacle in house.at_spot[state.spot]:
        yield from _acts_at(house, state, receptacle, held)


def _acts_at(house: House, state: HouseState, receptacle: int, held: int | None) -> Iterator[Act]:
    """Give what can be done with a receptacle before which one stands."""
    entry = house.receptacles[receptacle]
    yield Act("examine", receptacle)
    if entry.openable:
        yield Act("close" if receptacle in state.opened else "open", receptacle)
    inside = state.inside(receptacle)
    for thing in inside:
        if house.things[thing].toggleable:
            yield Act("use", thing)
    is_open = not entry.openable or receptacle in state.opened
    if held is None:
        for thing in inside if is_open else ():
            if house.things[thing].pickupable:
                yield Act("take", thing, receptacle)
        return
    carried = house.things[held]
    if is_open and carried.kind in house.holds.get(entry.kind, ()):
        yield Act("move", held, receptacle)
    for verb, kind in APPLIANCES.items():
        able = getattr(carried, f"{verb}able")
        if entry.kind == kind and able:
            yield Act(verb, held, receptacle)


def possible(house: House, state: HouseState, act: Act) -> bool:
    """Tell whether something can be done now: whether it is among `possible_acts`."""
    verb, what, to = act
    if verb in ALONE:
        return True
    if verb == "go to":
        return house.receptacles[what].spot != state.spot
    if verb == "examine thing":
        return state.where[what] == HELD
    if verb == "slice":
        sliceable = house.things[what].sliceable and state.lies_at[what] == state.spot
        return sliceable and house.things[to].kind in KNIVES and state.where[to] == HELD
    receptacle = state.where[what] if verb == "use" else what if to < 0 else to
    if receptacle < 0 or house.receptacles[receptacle].spot != state.spot:
        return False
    if verb == "use":
        return house.things[what].toggleable
    if verb == "examine":
        return True
    return act in _acts_at(house, state, receptacle, state.held)


def admissible(house: House, state: HouseState) -> list[str]:
    """Return what can be done now, in ALFWorld's words and order (that of the alphabet)."""
    return sorted(write(house, act) for act in possible_acts(house, state))


def carry_out(house: House, state: HouseState, act: Act, tells: bool = True) -> str:
    """Do something that is `possible`, and return what ALFWorld says of it.

    Args:
        house: where.
        state: is changed.
        act: must be possible.
        tells: whether the sentences list what one sees in and on receptacles.
    """
    verb, what, to = act
    if verb == "look":
        return look(house, state, tells) if house.at_spot[state.spot] else f"{_MIDDLE}nothing."
    if verb == "inventory":
        held = state.held
        return (
            f"You are carrying: {_listed([house.things[held].name])}."
            if held is not None
            else ("You are not carrying anything.")
        )
    if verb == "help":
        return HELP
    if verb in ("go to", "open", "close", "examine"):
        return _at_receptacle(house, state, verb, what, tells)
    name = house.things[what].name
    if verb == "examine thing":
        return _examined(house, state, what)
    if verb == "use":
        state.lit.add(what)
        return f"You turn on the {name}."
    if verb == "slice":
        state.sliced.add(what)
        return f"You sliced the {name} with the {house.things[to].name}."
    receptacle = house.receptacles[to].name
    if verb == "take":
        state.where[what] = HELD
        state.left.add((what, to))
        if state.lies_at[what] == state.spot:
            state.lies_at[what] = None
        return f"You pick up the {name} from the {receptacle}."
    if verb == "move":
        state.slot[what] = first_slot(state, to)
        state.where[what] = to
        state.lies_at[what] = state.spot
        state.left.discard((what, to))
        return f"You move the {name} to the {receptacle}."
    changed(state, verb).add(what)
    if verb == "heat":
        state.cool.discard(what)
    elif verb == "cool":
        state.hot.discard(what)
    return f"You {verb} the {name} using the {receptacle}."


def obey(house: House, state: HouseState, text: str) -> str:
    """Do what a text says, as the whole of ALFWorld's engine does; return its answer."""
    act = read(house, text)
    if act is None or not possible(house, state, act):
        return NOTHING
    return carry_out(house, state, act)


def look(house: House, state: HouseState, tells: bool = True) -> str:
    """Say where one stands, or what stands in the room, as one is told in its middle at first."""
    here = house.at_spot[state.spot]
    if here:
        names = _joined([house.receptacles[receptacle].name for receptacle in here])
        left = [t for t, r in sorted(state.left) if r in here and state.lies_at[t] == state.spot]
        beside = _listed(house.things[thing].name for thing in left * tells)
        return f"You are facing the {names}. Next to it, you see {beside}."
    around = _listed(receptacle.name for receptacle in house.receptacles)
    return f"{_MIDDLE}{around}."


def intro(house: House, state: HouseState, wish: str) -> str:
    """Say what ALFWorld says first, with the wish in its words."""
    return f"{WELCOME}\n\n{look(house, state)}\n\nYour task is to: {wish}."


def described(house: House, state: HouseState, receptacle: int, tells: bool = True) -> str:
    """Say what one sees of a receptacle; without what lies in it where ``tells`` is False."""
    entry = house.receptacles[receptacle]
    if entry.openable and receptacle not in state.opened:
        return f"The {entry.name} is closed."
    if not tells:
        return f"The {entry.name} is open." if entry.openable else ""
    seen = _listed(house.things[thing].name for thing in state.inside(receptacle))
    if entry.openable:
        return f"The {entry.name} is open. In it, you see {seen}."
    return f"On the {entry.name}, you see {seen}."


def _at_receptacle(house: House, state: HouseState, verb: str, receptacle: int, tells: bool) -> str:
    entry = house.receptacles[receptacle]
    if verb == "go to":
        state.spot = entry.spot
        said = f"You arrive at {entry.name}."
    elif verb == "open":
        state.opened.add(receptacle)
        said = f"You open the {entry.name}."
    elif verb == "close":
        state.opened.discard(receptacle)
        return f"You close the {entry.name}."
    else:
        said = "" if tells or entry.openable else f"You look at the {entry.name}."
    return f"{said} {described(house, state, receptacle, tells)}".strip()


def _examined(house: House, state: HouseState, index: int) -> str:
    """Say how a thing in the hand is; of bowls and the like, what is in them."""
    name = house.things[index].name
    if house.things[index].bowl:
        seen = _listed(house.things[thing].name for thing in house.within.get(index, ()))
        return f"This is a normal {name}. In it, you see {seen}."
    warm = "hot" if index in state.hot else "cool" if index in state.cool else ""
    clean, sliced = index in state.clean, index in state.sliced
    if warm == "cool" and not clean and not sliced:
        warm = "cold"
    how = f"{warm} and clean" if warm and clean else warm or "clean" * clean
    how = f"{how} {'sliced' * sliced}".strip()
    return f"This is a {how} {name}." if how else f"There's nothing special about {name}."


def _listed(names: Iterable[str]) -> str:
    return _joined([f"a {name}" for name in names]) or "nothing"


def _joined(names: list[str]) -> str:
    return ", ".join(names[:-1]) + f", and {names[-1]}" if len(names) > 1 else "".join(names)
