"""Two players for ``text="minimal"``: one looks for things in the picture, one does not look.

Both know what a visitor of many such houses would: what furniture stands where, how things look,
and where they lie most often. They hear the texts; neither is told what lies where.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vl_envs.alfworld.engine import NOTHING
from vl_envs.alfworld.env import HouseholdEnv
from vl_envs.alfworld.facts import FACTS
from vl_envs.alfworld.goals import APPLIANCES
from vl_envs.alfworld.homes import CAPACITY, USUAL, chances
from vl_envs.alfworld.house import HELD, NOWHERE, House, HouseState, Thing
from vl_envs.alfworld.rendering.stage import Stage
from vl_envs.core.env import Image

Plan = Generator[str, Any, Any]
"""Says commands, and is sent what was seen and heard."""


class Blind:
    """Goes where the thing most likely lies, and tries to take it there.

    How likely that is, it knows from the generator itself: nobody who does not look can do better
    than to try the likeliest places first.

    Args:
        env: whose house it plays in, behind `reset`.
    """

    sure = 0.5
    """So sure one must be that a thing is there to reach for it while other places are left."""

    def __init__(self, env: HouseholdEnv) -> None:
        home = env.state.home
        self.env, self.house, self.wish = env, home.house, home.wish
        self.room, self.number, self.layout = home.room, home.plan, home.layout
        self.here = -1
        self.held = ""
        self.opened: set[int] = set()
        self.beliefs: dict[tuple[str, int], float] = {}
        self.plan = self._plan()
        self.begun = False

    def __call__(self, observation: Any) -> str:
        """Answer an observation."""
        try:
            said: str = self.plan.send(observation if self.begun else None)
        except StopIteration:
            said = "look"
        self.begun = True
        return self.env._say(said)

    def look(self, kind: str, place: int, image: Image) -> float:
        """Say how sure it is that a thing of a kind is at a place, from the picture of it."""
        return 1.0

    def _plan(self) -> Plan:
        wish, thing = self.wish, self.wish.thing.lower()
        for _ in range(2 if wish.task == "pick_two_obj_and_place" else 1):
            yield from self._try(wish.thing, f"take {thing} from {{}}")
            self.held = wish.thing
            if wish.lamp:
                yield from self._try(wish.lamp, f"use {wish.lamp.lower()}")
                return
            if wish.change:
                appliance = self._first(APPLIANCES[wish.change])
                yield from self._go(appliance)
                yield f"{wish.change} {thing} with {self._name(appliance)}"
            target = self._first(wish.receptacle)
            yield from self._reach(target)
            yield f"move {thing} to {self._name(target)}"
            self.held = ""

    def _try(self, kind: str, act: str) -> Plan:
        """Do ``act`` where a thing of a kind is believed to lie, until it can be done."""
        wanted = [one for one in (self.wish.thing, self.wish.lamp) if one]
        likely = self._likely(kind)
        while True:
            known = {place: self.beliefs.get((kind, place)) for place in likely}
            sure = [place for place, belief in known.items() if belief and belief >= self.sure]
            unread = [place for place, belief in known.items() if belief is None]
            rest = sorted((p for p in likely if known[p]), key=lambda p: -(known[p] or 0))
            place = next(iter([*sure, *unread, *rest]), -1)
            if place < 0:
                return
            observation = yield from self._reach(place)
            if place in unread:
                for one in wanted:
                    if place in self._likely(one):
                        self.beliefs[one, place] = self.look(one, place, observation["image"])
            if self.beliefs[kind, place] < self.sure and place in unread:
                continue
            observation = yield act.format(self._name(place))
            if NOTHING not in observation["text"]:
                del self.beliefs[kind, place]
                return
            self.beliefs[kind, place] = 0.0

    def _likely(self, kind: str) -> list[int]:
        """List where things of a kind may lie, the likeliest first."""
        without = self.wish.receptacle if kind == self.wish.thing else ""
        even = kind == self.wish.thing and self.env.text == "minimal"
        places, sums = chances(self.room, self.number, kind, without, even)
        likely = [high - low for low, high in pairwise([0.0, *sums])]
        return [place for _, place in sorted(zip(likely, places, strict=True), key=lambda x: -x[0])]

    def _go(self, place: int) -> Plan:
        seen = None
        if self.here != place:
            seen = yield f"go to {self._name(place)}"
        self.here = place
        return seen

    def _reach(self, place: int) -> Plan:
        """Go to a receptacle and open it; return what is seen then."""
        seen = yield from self._go(place)
        if self.house.receptacles[place].openable and place not in self.opened:
            seen = yield f"open {self._name(place)}"
            self.opened.add(place)
        return (yield "look") if seen is None else seen

    def _first(self, kind: str) -> int:
        return next(i for i, one in enumerate(self.house.receptacles) if one.kind == kind)

    def _name(self, place: int) -> str:
        return self.house.receptacles[place].name


class Reader(Blind):
    """Looks for things in the picture: what would it show if the thing lay here, or there?

    It draws the house with nothing in it but the thing, at each place of the receptacle, and
    compares the pixels that this changes with what it sees; then it asks whether another kind of
    thing would explain them better.

    Args:
        env: whose house it plays in, behind `reset`.
    """

    def __init__(self, env: HouseholdEnv) -> None:
        super().__init__(env)
        known = self.house
        things = tuple(Thing(kind, kind, kind) for kind in FACTS.things)
        self.index = {thing.kind: i for i, thing in enumerate(things)}
        self.empty = House(known.receptacles, things, known.holds, known.spots)
        self.stage = Stage(env.image_size)

    def look(self, kind: str, place: int, image: Image) -> float:
        """Give the share of the thing's pixels that are as they would be if it were there."""
        bare = self._drawn(place)
        best, slot, picture = 0.0, 0, bare
        for number in range(CAPACITY.get(self.house.receptacles[place].kind, USUAL)):
            drawn = self._drawn(place, kind, number)
            changed = _differ(drawn, bare)
            share = 1 - float(_differ(drawn, image)[changed].mean()) if changed.sum() > 2 else 0.0
            if share > best:
                best, slot, picture = share, number, drawn
        if best < self.sure:
            return best
        for rival in self._rivals(kind, place):
            drawn = self._drawn(place, rival, slot)
            where = _differ(drawn, bare) | _differ(picture, bare)
            if _error(drawn, image, where) < _error(picture, image, where):
                return 0.3 * best
        return best

    def _rivals(self, kind: str, place: int) -> Iterator[str]:
        inside = self.house.receptacles[place].kind
        for rival in FACTS.rooms[self.room].things:
            if rival != kind and (rival in FACTS.holds[inside] or rival in FACTS.toggleable):
                yield rival

    def _drawn(self, place: int, kind: str = "", slot: int = 0) -> Image:
        """Draw what would be seen at a place, with at most one thing in it."""
        number = len(self.empty.things)
        spot = self.house.receptacles[place].spot
        state = HouseState(spot, [NOWHERE] * number, [0] * number, [None] * number, self.opened)
        if self.held:
            state.where[self.index[self.held]] = HELD
        if kind:
            state.where[self.index[kind]], state.slot[self.index[kind]] = place, slot
        return self.stage.draw(self.empty, state, self.layout)


def _differ(one: Image, other: Image) -> NDArray[np.bool_]:
    """Tell which pixels differ, more than by noise of averaging."""
    found: NDArray[np.bool_] = np.abs(one.astype(int) - other).max(-1) > 10
    return found


def _error(drawn: Image, image: Image, where: NDArray[np.bool_]) -> float:
    """Sum up how much pixels differ; those hidden by something else count no more than others."""
    return float(np.minimum(np.abs(drawn.astype(int) - image).max(-1), 50)[where].sum())
