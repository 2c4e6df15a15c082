"""Where houses come from: numbered floor plans, things that lie in them, and wishes.

A floor plan is drawn from its number alone. Plans 0-99 of each kind of room are for ``train`` and
``valid_seen``, plans 100-119 for ``valid_unseen``. In a plan each wish (task, kind of thing, kind
of receptacle or lamp) belongs either to ``train`` or to ``valid_seen``. What lies where is drawn
for each episode.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

import numpy as np

from vl_envs.alfworld.facts import FACTS
from vl_envs.alfworld.goals import APPLIANCES, CHANGES, TASKS, Wish
from vl_envs.alfworld.house import House, HouseState, Layout, Receptacle, Thing
from vl_envs.alfworld.layout import ROOMS
from vl_envs.alfworld.plans import Plan, numbered, pddl_id, plan_of
from vl_envs.alfworld.wishes import allowed
from vl_envs.core.errors import unknown
from vl_envs.core.tasks import split_of

SPLITS = ("train", "valid_seen", "valid_unseen")
PLANS = {"train": range(100), "valid_seen": range(100), "valid_unseen": range(100, 120)}
"""Split -> numbers of its floor plans, the same for each kind of room."""
MOST_NUMBERED = 30
"""No name of anything has a higher number."""

THINGS = {"kitchen": (12, 25), "livingroom": (9, 18), "bedroom": (9, 18), "bathroom": (8, 15)}
"""Kind of room -> fewest and most things that lie in it."""
CAPACITY = {
    **dict.fromkeys(("CounterTop", "DiningTable"), 12),
    **dict.fromkeys(("StoveBurner", "CoffeeMachine", "ToiletPaperHanger"), 1),
    **dict.fromkeys(("TowelHolder", "HandTowelHolder", "Toaster"), 1),
    **dict.fromkeys(("Microwave", "Toilet", "Ottoman", "ArmChair"), 3),
}
"""Kind of receptacle -> most things that lie there at the start, where it is not `USUAL`."""
USUAL = 6
LIKELY = 0.5
"""Share of the statistics in where a thing lies; the rest is as likely everywhere."""
PLACES = 8
"""Where it must not be guessed, a wanted thing may lie in so many receptacles at least."""
HOW_MANY = (1, 1, 1, 1, 1, 2, 2, 3)
"""How many there are of a kind: each as likely."""
MOST_WANTED = max(HOW_MANY)
"""So many of the wanted kind must find room elsewhere than where they are wanted."""

TEMPLATES = {
    "pick_and_place_simple": ("put a {thing} in {place}", "put some {thing} on {place}"),
    "pick_two_obj_and_place": (
        "put two {thing} in {place}",
        "find two {thing} and put them in {place}",
    ),
    "look_at_obj_in_light": (
        "look at {thing} under the {place}",
        "examine the {thing} with the {place}",
    ),
    **{
        task: (
            f"put a {is_} {{thing}} in {{place}}",
            f"{verb} some {{thing}} and put it in {{place}}",
        )
        for task, verb, is_ in (
            ("pick_clean_then_place_in_recep", "clean", "clean"),
            ("pick_heat_then_place_in_recep", "heat", "hot"),
            ("pick_cool_then_place_in_recep", "cool", "cool"),
        )
    },
}
"""Task -> ALFWorld's two ways to wish for it (``gen/goal_library.py``)."""


@dataclass(frozen=True)
class Home:
    """What an episode starts from.

    Attributes:
        house: what stands and lies in it.
        state: what is where at the start; copy it before changing it.
        layout: where furniture stands.
        wish: what is wished for.
        room: kind of room.
        plan: number of the floor plan.
        task_id: names the wish and the plan; what lies where is not part of it.
    """

    house: House
    state: HouseState
    layout: Layout
    wish: Wish
    room: str
    plan: int
    task_id: str


def rooms_of(task: str) -> tuple[str, ...]:
    """Return the kinds of rooms in which a task can be done.

    Raises:
        ValueError: an unknown task.
    """
    if task not in TASKS:
        raise unknown("task", task, TASKS)
    return FACTS.tasks[task]


def make_home(
    rng: np.random.Generator,
    tasks: Sequence[str],
    split: str,
    rooms: Sequence[str] | None = None,
    guessable: bool = True,
) -> Home:
    """Draw a home and a wish.

    Args:
        rng: all that is random; the same state gives the same home.
        tasks: from which one is drawn, each as likely.
        split: one of `SPLITS`.
        rooms: from which one is drawn, each as likely; None is all. A room that does not have the
            task is passed over.
        guessable: whether the wanted thing lies where such things usually do. Else it may lie in
            at least `PLACES` receptacles, in each as likely, and there are no more of its kind
            than are wanted: for agents that are to look.

    Raises:
        ValueError: an unknown task, split or room, or a task that none of the rooms has.
    """
    if split not in PLANS:
        raise unknown("split", split, SPLITS)
    for room in rooms or ():
        if room not in ROOMS:
            raise unknown("room", room, ROOMS)
    if not tasks:
        raise ValueError("tasks must name at least one task, got none")
    task = tasks[int(rng.integers(len(tasks)))]
    possible = [room for room in rooms_of(task) if rooms is None or room in rooms]
    if not possible:
        raise ValueError(f"{task} needs one of the rooms {rooms_of(task)}, got {rooms!r}")
    room = possible[rng.integers(len(possible))]
    numbers = PLANS[split]
    for _ in range(1000):
        number = int(rng.integers(numbers.start, numbers.stop))
        wishes = wishes_of(room, number, task, split, guessable)
        if wishes:
            break
    else:
        raise ValueError(f"no plan of split {split} has a wish for {task} in a {room}")
    kinds = list(wishes)
    kind = kinds[rng.integers(len(kinds))]
    place = wishes[kind][rng.integers(len(wishes[kind]))]
    text = TEMPLATES[task][rng.integers(2)].format(thing=kind.lower(), place=place.lower())
    light = task == "look_at_obj_in_light"
    wish = Wish(task, kind, "" if light else place, place if light else "", text)
    plan = plan_of(room, number)
    house, state = _filled(plan, wish, rng, guessable)
    task_id = f"{task}-{kind}-{place}-{room}-{number}"
    return Home(house, state, plan.layout, wish, room, number, task_id)


@lru_cache(maxsize=4096)
def wishes_of(
    room: str, number: int, task: str, split: str, guessable: bool = True
) -> Mapping[str, tuple[str, ...]]:
    """Return the wishes of a plan and a split: kind of thing -> kinds of receptacles, or lamps."""
    there: dict[str, int] = {}
    for receptacle in plan_of(room, number).receptacles:
        full = CAPACITY.get(receptacle.kind, USUAL)
        there[receptacle.kind] = there.get(receptacle.kind, 0) + full
    if task in CHANGES and APPLIANCES[CHANGES[task]] not in there:
        return {}
    usual = FACTS.rooms[room].things
    if task == "look_at_obj_in_light":
        lamps = [lamp for lamp in sorted(LAMP_PLACES) if usual.get(lamp, 0) > 0.2]
        places = [lamp for lamp in lamps if any(kind in there for kind in LAMP_PLACES[lamp])]
    else:
        places = sorted(there)
    found = {}
    for kind in usual:
        homes = [place for place in there if kind in FACTS.holds[place]]
        fit = []
        for place in places if homes and kind not in FACTS.toggleable else ():
            if place not in FACTS.toggleable and (
                not allowed(task, kind, place)
                or (task == "pick_two_obj_and_place" and CAPACITY.get(place, USUAL) < 2)
                or sum(there[home] for home in homes if home != place) < MOST_WANTED
            ):
                continue
            without = "" if place in FACTS.toggleable else place
            if not guessable and len(chances(room, number, kind, without, True)[0]) < PLACES:
                continue
            drawn = split_of(room, number, task, kind, place, val=0.15, test=0.0)
            if split == "valid_unseen" or (drawn == "train") == (split == "train"):
                fit.append(place)
        if fit:
            found[kind] = tuple(fit)
    return found


LAMP_PLACES = {
    "DeskLamp": ("SideTable", "Desk", "Dresser", "CoffeeTable", "DiningTable"),
    "FloorLamp": ("SideTable", "Sofa", "ArmChair", "Desk", "Dresser"),
}
"""Kind of lamp -> kinds of receptacles on or beside which it stands."""


def _filled(
    plan: Plan, wish: Wish, rng: np.random.Generator, guessable: bool
) -> tuple[House, HouseState]:
    """Lay things into a plan."""
    drawn = _Filling(plan, rng)
    if wish.lamp:
        drawn.add(wish.lamp, 1, "")
    few, many = THINGS[plan.room]
    wanted = int(rng.integers(few, many + 1))
    number = HOW_MANY[rng.integers(len(HOW_MANY))]
    needed = 2 if wish.task == "pick_two_obj_and_place" else 1
    number = max(needed, number) if guessable else needed
    drawn.add(wish.thing, number, wish.receptacle, even=not guessable)
    usual = FACTS.rooms[plan.room].things
    kinds = list(usual)
    for i in rng.permutation(len(kinds)):
        kind = kinds[i]
        if len(drawn.lying) >= wanted:
            break
        if kind != wish.thing and kind not in drawn.kinds and rng.random() < usual[kind]:
            most = 1 if kind in FACTS.toggleable else HOW_MANY[rng.integers(len(HOW_MANY))]
            drawn.add(kind, min(most, wanted - len(drawn.lying)), "")
    return drawn.result()


class _Filling:
    """Things that are being laid into a plan."""

    def __init__(self, plan: Plan, rng: np.random.Generator) -> None:
        self.plan, self.rng = plan, rng
        self.lying: list[tuple[str, str, int, int]] = []
        self.kinds: set[str] = set()
        self.count = [0] * len(plan.receptacles)
        self.ids: set[str] = set()

    def add(self, kind: str, number: int, without: str, even: bool = False) -> None:
        """Lay things of a kind anywhere but in one kind of receptacle."""
        places, sums = chances(self.plan.room, self.plan.number, kind, without, even)
        self.kinds.add(kind)
        for _ in range(number if places else 0):
            for _ in range(20):
                at = places[bisect(sums, self.rng.random() * sums[-1], hi=len(sums) - 1)]
                if not self._full(at):
                    break
            else:
                at = next((place for place in places if not self._full(place)), -1)
                if at < 0:
                    return
            self._lay(kind, at)

    def _full(self, at: int) -> bool:
        return self.count[at] >= CAPACITY.get(self.plan.receptacles[at].kind, USUAL)

    def _lay(self, kind: str, at: int) -> None:
        slot = self.count[at]
        self.count[at] += 1
        x, y, z = self.plan.middles[at]
        nudge = 0
        while True:
            name = pddl_id(kind, x + 0.07 * (slot % 4) + 0.01 * nudge, y, z + 0.06 * (slot // 4))
            if name not in self.ids:
                break
            nudge += 1
        self.ids.add(name)
        self.lying.append((name, kind, at, slot))

    def result(self) -> tuple[House, HouseState]:
        """Return the house with everything in ALFWorld's order, and its state."""
        order = sorted(self.lying, key=lambda entry: entry[0].lower())
        names = numbered([entry[0] for entry in order])
        things = tuple(
            Thing(name, kind, called, **_abilities(kind))
            for (name, kind, _, _), called in zip(order, names, strict=True)
        )
        plan = self.plan
        house = House(plan.receptacles, things, FACTS.holds, plan.spots)
        where = [at for _, _, at, _ in order]
        lies_at: list[int | None] = [plan.receptacles[at].spot for at in where]
        # The wanted thing was laid first, and first places are the best seen: that would tell.
        mixed = [self.rng.permutation(count) for count in self.count]
        slots = [int(mixed[at][slot]) for _, _, at, slot in order]
        return house, HouseState(len(plan.spots) - 1, where, slots, lies_at)


@lru_cache(maxsize=8192)
def chances(
    room: str, number: int, kind: str, without: str, even: bool
) -> tuple[Sequence[int], Sequence[float]]:
    """Return where a kind of thing may lie, and the sums of how likely that is."""
    places, weights = [], []
    receptacles: Iterable[Receptacle] = plan_of(room, number).receptacles
    for index, receptacle in enumerate(receptacles):
        inside = receptacle.kind
        lamp = kind in LAMP_PLACES and inside in LAMP_PLACES[kind]
        if inside != without and (lamp or kind in FACTS.holds[inside]):
            places.append(index)
            weights.append(0.0 if even else FACTS.placement.get(inside, {}).get(kind, 0.0))
    total = sum(weights)
    share = LIKELY / total if total else 0.0
    rest = (1 - LIKELY if total else 1.0) / max(1, len(places))
    return places, list(accumulate(weight * share + rest for weight in weights))


@lru_cache(maxsize=256)
def _abilities(kind: str) -> dict[str, bool]:
    return {
        "pickupable": kind not in FACTS.toggleable,
        "toggleable": kind in FACTS.toggleable,
        "cleanable": kind in FACTS.cleanable,
        "heatable": kind in FACTS.heatable,
        "coolable": kind in FACTS.coolable,
        "sliceable": kind in FACTS.sliceable,
        "bowl": kind in FACTS.bowls,
    }
