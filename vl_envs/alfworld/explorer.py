"""Who knows only what was seen, as ALFWorld's own expert: looks for things, then fetches them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from vl_envs.alfworld.engine import Act, reachable, write
from vl_envs.alfworld.goals import Wish, placed
from vl_envs.alfworld.house import HELD, NOWHERE, House, HouseState
from vl_envs.alfworld.planner import next_command


@dataclass
class Explorer:
    """An expert with a memory.

    It looks into one receptacle after the other, first into those whose kind may hold the wanted
    thing, opening what is closed; what it knows enough of, it does in the shortest way. Whoever
    acts in between, it goes on from there.

    Attributes:
        house: furniture and names, which everyone is told. Where things are is not in it.
        wish: what is wished for.
        order: of all receptacles, in which it looks.
        seen: thing -> receptacle where it was last seen.
        looked: receptacles that it has looked into.
    """

    house: House
    wish: Wish
    order: Sequence[int]
    seen: dict[int, int] = field(default_factory=dict)
    looked: set[int] = field(default_factory=set)

    def see(self, state: HouseState) -> None:
        """Remember what can be seen from where the agent stands."""
        for receptacle in self.house.at_spot[state.spot]:
            if reachable(self.house, state, receptacle):
                self.looked.add(receptacle)
                self.seen = {t: at for t, at in self.seen.items() if at != receptacle}
                self.seen.update(dict.fromkeys(state.inside(receptacle), receptacle))

    def command(self, state: HouseState) -> str:
        """Say what to do next; ``look`` where nothing is left to do."""
        known = state.copy()
        for thing, where in enumerate(state.where):
            known.where[thing] = HELD if where == HELD else self.seen.get(thing, NOWHERE)
        for wish in self._wishes(known):
            try:
                return next_command(self.house, known, wish)
            except ValueError:  # fulfilled, or something that it needs was not seen yet
                continue
        return self._search(known)

    def _wishes(self, known: HouseState) -> list[Wish]:
        """Give the wish, and what can be done of it when not everything is known."""
        if self.wish.task != "pick_two_obj_and_place":
            return [self.wish]
        places = range(len(self.house.receptacles))
        if any(placed(self.house, known, self.wish, place) for place in places):
            return [self.wish]
        return [self.wish, replace(self.wish, task="pick_and_place_simple")]

    def _search(self, known: HouseState) -> str:
        """Look where it has not looked yet: here, then where the thing may be, then elsewhere."""
        things = [i for i, thing in enumerate(self.house.things) if thing.kind == self.wish.thing]
        if self.wish.lamp and known.held not in things:
            for thing in things:
                if known.where[thing] >= 0 and known.held is None:
                    return self._reach(known, known.where[thing], thing)
        here = self.house.at_spot[known.spot]
        may = [i for i in self.order if self.wish.thing in self._holds(i)]
        hunting_lamp = bool(self.wish.lamp) and any(known.where[t] != NOWHERE for t in things)
        order = [*(() if hunting_lamp else may), *self.order]
        left = [i for i in order if i not in self.looked]
        if not left:
            return "look"
        at_hand = next((i for i in left if i in here), None)
        return self._reach(known, left[0] if at_hand is None else at_hand)

    def _holds(self, receptacle: int) -> frozenset[str]:
        return self.house.holds.get(self.house.receptacles[receptacle].kind, frozenset())

    def _reach(self, known: HouseState, receptacle: int, thing: int | None = None) -> str:
        entry = self.house.receptacles[receptacle]
        if entry.spot != known.spot:
            return write(self.house, Act("go to", receptacle))
        if entry.openable and receptacle not in known.opened:
            return write(self.house, Act("open", receptacle))
        assert thing is not None, "what is open before one's eyes has been looked into"
        return write(self.house, Act("take", thing, receptacle))
