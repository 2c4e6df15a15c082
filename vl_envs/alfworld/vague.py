"""Vague wishes: "bring the vessel to where it belongs".

A wish has three slots: kind of thing, kind of receptacle, and what is done with the thing first.
Some are left open by a word that fits several kinds. What is meant is drawn, each option of each
open slot as likely, *after* the house and the words: so neither tells anything of it, and who asks
nothing is right once in as many times as there are options.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

import numpy as np

from vl_envs.alfworld.facts import FACTS
from vl_envs.alfworld.goals import APPLIANCES, CHANGES, Wish, changed
from vl_envs.alfworld.homes import TEMPLATES, Home
from vl_envs.alfworld.house import HouseState
from vl_envs.alfworld.user import SLOTS, STATES
from vl_envs.alfworld.wishes import allowed

TASK_OF = {"": "pick_and_place_simple", **{change: task for task, change in CHANGES.items()}}
"""What is done with a thing first -> the task of which that is a part."""

THING_WORDS = {
    "vessel": ("Bowl", "Cup", "Mug"),
    "dish": ("Bowl", "Cup", "Mug", "Plate"),
    "cookware": ("Kettle", "Pan", "Pot"),
    "cutlery": ("ButterKnife", "Fork", "Knife", "Spoon"),
    "utensil": ("ButterKnife", "Fork", "Knife", "Ladle", "Spatula", "Spoon"),
    "food": ("Apple", "Bread", "Egg", "Lettuce", "Potato", "Tomato"),
    "shaker": ("PepperShaker", "SaltShaker"),
    "bottle": ("Glassbottle", "SoapBottle", "SprayBottle", "WineBottle"),
    "device": ("AlarmClock", "CellPhone", "Laptop", "RemoteControl", "Watch"),
    "valuable": ("CellPhone", "CreditCard", "KeyChain", "Laptop", "Watch"),
    "writing tool": ("Pen", "Pencil"),
    "reading matter": ("Book", "Newspaper"),
    "ornament": ("Candle", "Statue", "Vase"),
    "sports gear": ("BaseballBat", "BasketBall", "TennisRacket"),
    "paper": ("Newspaper", "PaperTowel", "TissueBox", "ToiletPaper", "ToiletPaperRoll"),
    "cleaning tool": ("Cloth", "DishSponge", "SoapBar", "SoapBottle", "SprayBottle"),
}
"""Word -> kinds of things that it fits."""
PLACE_WORDS = {
    "where it belongs": FACTS.receptacles,
    "something that closes": tuple(sorted(FACTS.openable)),
    "something to sit on": ("ArmChair", "Bed", "Ottoman", "Sofa"),
    "a surface": (
        *("CoffeeTable", "CounterTop", "Desk", "DiningTable", "Dresser"),
        *("Shelf", "SideTable", "TVStand"),
    ),
}
"""Words -> kinds of receptacles that they fit."""
LIKED = ", the way I like it"
"""Says that something may have to be done with the thing first."""
TRIES = 20

Options = Mapping[str, tuple[str, ...]]
Item = TypeVar("Item")


@dataclass(frozen=True)
class Request:
    """What a user says, and means.

    Attributes:
        wish: what is meant; its text is what is said.
        things: kinds of things that fit what is said.
        places: kinds of receptacles that fit it.
        change: what is to be done first, as far as it is said.
        options: slot -> what may be meant, in this house: all of it can be done, and none is done.
    """

    wish: Wish
    things: frozenset[str]
    places: frozenset[str]
    change: str
    options: Options

    @property
    def truth(self) -> Mapping[str, str]:
        """What is meant, by slot."""
        return dict(
            zip(SLOTS, (self.wish.thing, self.wish.receptacle, self.wish.change), strict=True)
        )

    def fits(self, thing: str, place: str, done: Collection[str]) -> bool:
        """Tell whether what was done may be what was said.

        Args:
            thing: kind of thing.
            place: kind of receptacle that it was put in.
            done: all that was done with it first.
        """
        fit = thing in self.things and place in self.places
        return fit and (not self.change or self.change in done)


def changes_of(state: HouseState, thing: int) -> set[str]:
    """Return what was done with a thing, as one finds it now."""
    return {change for change in APPLIANCES if thing in changed(state, change)}


def draw_request(
    rng: np.random.Generator, home: Home, slots: Collection[str], changes: Sequence[str]
) -> Request | None:
    """Draw what is said and meant in a home.

    Args:
        rng: all that is random.
        home: where; its own wish does not count.
        slots: what is left open: of `SLOTS`.
        changes: what may be done first: of `STATES`.

    Returns:
        None where the house does not have several options for each of the slots.
    """
    wishes = _possible(home, changes)
    for _ in range(TRIES if wishes else 0):
        # One of each slot after the other: what can be done with few things is drawn as often.
        change = _one(rng, sorted({wish[2] for wish in wishes}))
        thing = _one(rng, sorted({wish[0] for wish in wishes if wish[2] == change}))
        place = _one(rng, sorted({p for t, p, c in wishes if t == thing and c == change}))
        noun, where = thing.lower(), f"the {place.lower()}"
        things: Sequence[str] = (thing,)
        places: Sequence[str] = (place,)
        if "thing" in slots:
            words = [word for word, kinds in THING_WORDS.items() if thing in kinds]
            if not words:
                continue
            noun = _one(rng, words)
            things = THING_WORDS[noun]
        if "place" in slots:
            where = _one(rng, [words for words, kinds in PLACE_WORDS.items() if place in kinds])
            places = PLACE_WORDS[where]
        pools = (things, places, tuple(changes) if "change" in slots else (change,))
        found = _grown(rng, (thing, place, change), pools, wishes)
        if all(len(found[slot]) > 1 for slot in slots):
            told = None if "change" in slots else change
            meant = [_one(rng, found[slot]) for slot in SLOTS]
            text = _vague(noun, where, told) if slots else _exact(rng, *meant)
            wish = Wish(TASK_OF[meant[2]], meant[0], meant[1], text=text)
            return Request(wish, frozenset(things), frozenset(places), told or "", found)
    return None


def _one(rng: np.random.Generator, items: Sequence[Item]) -> Item:
    return items[int(rng.integers(len(items)))]


def _possible(home: Home, changes: Sequence[str]) -> set[tuple[str, str, str]]:
    """Give all (thing, place, change) that can be wished for and are not fulfilled."""
    house, state = home.house, home.state
    kinds = [receptacle.kind for receptacle in house.receptacles]
    lies: dict[str, set[str]] = {}
    for thing, at in zip(house.things, state.where, strict=True):
        if thing.pickupable and at >= 0:
            lies.setdefault(thing.kind, set()).add(kinds[at])
    there = set(kinds)
    able = {
        (thing.kind, change)
        for thing in house.things
        for change in changes
        if not change or (getattr(thing, f"{change}able") and APPLIANCES[change] in there)
    }
    return {
        (thing, place, change)
        for thing, place, change in product(lies, there, changes)
        if place not in lies[thing]
        and (thing, change) in able
        and thing in house.holds.get(place, ())
        and allowed(TASK_OF[change], thing, place)
    }


def _grown(
    rng: np.random.Generator,
    first: tuple[str, str, str],
    pools: tuple[Sequence[str], Sequence[str], Sequence[str]],
    wishes: set[tuple[str, str, str]],
) -> Options:
    """Add options to one wish, in any order, as long as all go together with all.

    So the slots do not depend on each other: no answer about one tells of another, and there is
    one question to ask for each that is open.
    """
    found = [[option] for option in first]
    more = [(i, option) for i, pool in enumerate(pools) for option in pool if option != first[i]]
    # A second option of each slot before a third of any, or one would shut out the others.
    for most in (2, len(more) + 1):
        for k in rng.permutation(len(more)):
            i, option = more[k]
            if option in found[i] or len(found[i]) >= most:
                continue
            sides = [[option] if j == i else side for j, side in enumerate(found)]
            if all(wish in wishes for wish in product(*sides)):
                found[i].append(option)
    return {slot: tuple(sorted(side)) for slot, side in zip(SLOTS, found, strict=True)}


def _exact(rng: np.random.Generator, thing: str, place: str, change: str) -> str:
    """Say all, as ALFWorld says it."""
    template = _one(rng, TEMPLATES[TASK_OF[change]])
    return template.format(thing=thing.lower(), place=place.lower())


def _vague(noun: str, where: str, change: str | None) -> str:
    """Say what is not left open; None is a change that is."""
    how = f"{STATES[change]} " if change else ""
    return f"bring the {how}{noun} to {where}{LIKED if change is None else ''}"
