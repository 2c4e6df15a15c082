"""Houses as PDDL problems of ALFRED's domain, and back: what ALFWorld's games are written in.

The domain is the one that `alfworld` 0.4.2 carries. Read are the published games, too, which hold
more than the game needs: distances, things that one cannot take, places where nothing stands.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

from vl_envs.alfworld.expressions import Expression, read_expression
from vl_envs.alfworld.goals import CHANGES, Wish
from vl_envs.alfworld.house import HELD, NOWHERE, House, HouseState, Receptacle, Thing

Facts: TypeAlias = "Mapping[str, list[tuple[str, ...]]]"

_ABILITIES = ("pickupable", "toggleable", "cleanable", "heatable", "coolable", "sliceable")
_SETS = {
    "isClean": "clean",
    "isHot": "hot",
    "isCool": "cool",
    "isSliced": "sliced",
    "isToggled": "lit",
}
"""Predicate -> the set of `HouseState` that it fills."""
_CHANGED = {"clean": "isClean", "heat": "isHot", "cool": "isCool"}


def read_problem(text: str) -> tuple[House, HouseState]:
    """Read a problem of ALFRED's domain.

    Receptacles that no place leads to are left out, as in ALFWorld's lists, and what lies in them
    lies `NOWHERE`. Of two places of one thing the first counts.

    Raises:
        ValueError: not such a problem.
    """
    sections = _sections(text)
    kinds_of = _typed(sections.get(":objects", []))
    facts = _facts(sections[":init"])
    names = _names({argument for rows in facts.values() for row in rows for argument in row})
    declared = {name.lower(): name for name in kinds_of}

    def ids(kind: str) -> list[str]:
        return sorted(name for name in names if kinds_of.get(declared.get(name, "")) == kind)

    places = {row[0]: row[1] for row in reversed(facts["receptacleatlocation"])}
    standing = [name for name in ids("receptacle") if name in places]
    agent_at = _only(facts, "atlocation", "a place where the agent stands")[-1]
    spots = sorted({agent_at, *(places[name] for name in standing)})
    spots += sorted({place for _, place in facts["objectatlocation"]} - {*spots})
    spot_of = {name: index for index, name in enumerate(spots)}
    kind_of = {
        row[0]: _kind(declared.get(row[1], row[1]))
        for row in (*facts["receptacletype"], *facts["objecttype"])
    }
    has = {predicate: {row[0] for row in rows if row} for predicate, rows in facts.items()}
    receptacles = [
        Receptacle(
            declared[name],
            kind_of.get(name, ""),
            names[name],
            spot_of[places[name]],
            name in has.get("openable", ()),
        )
        for name in standing
    ]
    lying = ids("object")
    things = [
        Thing(
            declared[name],
            kind_of.get(name, ""),
            names[name],
            *(name in has.get(ability, ()) for ability in (*_ABILITIES, "isreceptacleobject")),
        )
        for name in lying
    ]
    holds: dict[str, set[str]] = defaultdict(set)
    for receptacle, thing in facts["cancontain"]:
        holds[_kind(declared.get(receptacle, receptacle))].add(_kind(declared.get(thing, thing)))
    house = House(
        tuple(receptacles),
        tuple(things),
        {kind: frozenset(held) for kind, held in holds.items()},
        tuple(declared.get(spot, spot) for spot in spots),
        _within(facts, lying),
    )
    return house, _state(facts, standing, lying, spot_of, spot_of[agent_at])


def read_goal(text: str) -> Wish | None:
    """Read what a problem wishes for; None where it is none of ALFWorld's six tasks.

    The wish has no words: those of a published game are in its grammar.

    Raises:
        ValueError: not a problem of ALFRED's domain.
    """
    atoms = Counter(_atoms(_sections(text).get(":goal", [])))
    kinds = [_kind(atom[2]) for atom in atoms if atom[0] == "objecttype"]
    places = [_kind(atom[2]) for atom in atoms if atom[0] == "receptacletype"]
    candidates = []
    if len(kinds) == 2 and not places:
        lamps = {_kind(a[2]) for a in atoms if a[0] == "objecttype" and a[1] == "?ot"}
        for lamp in lamps:
            thing = next((kind for kind in kinds if kind != lamp), lamp)
            candidates.append(Wish("look_at_obj_in_light", thing, lamp=lamp))
    if kinds and places:
        tasks = ("pick_and_place_simple", "pick_two_obj_and_place", *CHANGES)
        candidates = [Wish(task, kinds[0], places[0]) for task in tasks]
    for wish in candidates:
        if Counter(_atoms(read_expression(f"({_goal(wish)})"))) == atoms:
            return wish
    return None


def write_problem(house: House, state: HouseState, wish: Wish) -> str:
    """Write a house, how it is now and a wish as a problem of ALFRED's domain.

    The places that things have in their receptacles, and the wish's words, are not written.
    """
    facts = ["(= (total-cost) 0)", f"(atLocation agent1 {house.spots[state.spot]})"]
    for index, receptacle in enumerate(house.receptacles):
        facts.append(f"(receptacleAtLocation {receptacle.id} {house.spots[receptacle.spot]})")
        if receptacle.kind:
            facts.append(f"(receptacleType {receptacle.id} {receptacle.kind}Type)")
        facts += [f"(openable {receptacle.id})"] * receptacle.openable
        facts += [f"(opened {receptacle.id})"] * (index in state.opened)
    for index, thing in enumerate(house.things):
        if thing.kind:
            facts.append(f"(objectType {thing.id} {thing.kind}Type)")
        facts += [f"({able} {thing.id})" for able in _ABILITIES if getattr(thing, able)]
        facts += [f"(isReceptacleObject {thing.id})"] * thing.bowl
        facts += [
            f"({name} {thing.id})" for name, of in _SETS.items() if index in getattr(state, of)
        ]
        where, lies_at = state.where[index], state.lies_at[index]
        if where == HELD:
            facts += [f"(holds agent1 {thing.id})", "(holdsAny agent1)"]
        elif where != NOWHERE:
            facts.append(f"(inReceptacle {thing.id} {house.receptacles[where].id})")
        if lies_at is not None:
            facts.append(f"(objectAtLocation {thing.id} {house.spots[lies_at]})")
        for inner in house.within.get(index, ()):
            facts.append(f"(inReceptacleObject {house.things[inner].id} {thing.id})")
    for kind, held in sorted(house.holds.items()):
        facts += [f"(canContain {kind}Type {thing}Type)" for thing in sorted(held)]
    otypes = {thing.kind for thing in house.things} | {wish.thing, wish.lamp}
    otypes = otypes.union(*house.holds.values()) - {""}
    # The domain's own rules name these, whether a house has them or not.
    otypes |= {"Knife", "ButterKnife"}
    rtypes = {receptacle.kind for receptacle in house.receptacles} | {*house.holds}
    rtypes = (rtypes | {wish.receptacle, "SinkBasin", "Microwave", "Fridge"}) - {""}
    objects = [
        "agent1 - agent",
        *(f"{kind}Type - otype" for kind in sorted(otypes)),
        *(f"{kind}Type - rtype" for kind in sorted(rtypes)),
        *(f"{thing.id} - object" for thing in house.things),
        *(f"{receptacle.id} - receptacle" for receptacle in house.receptacles),
        *(f"{spot} - location" for spot in house.spots),
    ]
    return (
        "(define (problem house)\n(:domain alfred)\n(:objects\n"
        + "\n".join(objects)
        + ")\n(:init\n"
        + "\n".join(facts)
        + f")\n(:goal {_goal(wish)}))\n"
    )


def _goal(wish: Wish) -> str:
    """Write a wish in the words of ALFRED's domain."""
    if wish.lamp:
        return (
            "(and (exists (?ot - object ?r - receptacle ?a - agent ?l - location) (and "
            f"(objectType ?ot {wish.lamp}Type) (toggleable ?ot) (isToggled ?ot) "
            "(receptacleAtLocation ?r ?l) (atLocation ?a ?l) (inReceptacle ?ot ?r))) "
            "(exists (?o - object ?a - agent) (and "
            f"(objectType ?o {wish.thing}Type) (holds ?a ?o))))"
        )
    there = f"(receptacleType ?r {wish.receptacle}Type)"
    if wish.task == "pick_two_obj_and_place":
        one, other = (
            f"(objectType {o} {wish.thing}Type) {there} (inReceptacle {o} ?r)"
            for o in ("?o1", "?o2")
        )
        return (
            f"(and (exists (?r - receptacle) (exists (?o1 - object) (and {one} "
            f"(exists (?o2 - object) (and (not (= ?o1 ?o2)) {other}))))))"
        )
    conditions = f"(inReceptacle ?o ?r) (objectType ?o {wish.thing}Type) {there}"
    if wish.change:
        conditions += f" ({wish.change}able ?o) ({_CHANGED[wish.change]} ?o)"
    return f"(and (exists (?r - receptacle) (exists (?o - object) (and {conditions}))))"


def _atoms(expression: Sequence[Expression]) -> Iterable[tuple[str, ...]]:
    """Give an expression's innermost lists, in lower case, kinds as they are written."""
    if expression and all(isinstance(part, str) for part in expression):
        first, *rest = map(str, expression)
        yield (first.lower(), *rest)
    for part in expression:
        if isinstance(part, list):
            yield from _atoms(part)


def _sections(text: str) -> dict[str, list[Expression]]:
    """Read a problem into its parts: ``:objects``, ``:init`` …, each without its name."""
    problem = read_expression(text)
    if problem[:1] != ["define"]:
        raise ValueError("expected a PDDL problem that begins with (define (problem …)")
    found: dict[str, list[Expression]] = {}
    for part in problem[1:]:
        if isinstance(part, list) and part and isinstance(part[0], str):
            found[part[0].lower()] = part[1:]
    if [str(name).lower() for name in found.get(":domain", [])] != ["alfred"]:
        raise ValueError(
            f"expected a problem of the domain alfred, got {found.get(':domain')!s:.200}"
        )
    if ":init" not in found:
        raise ValueError("expected a PDDL problem with (:init …)")
    return found


def _typed(words: Sequence[Expression]) -> dict[str, str]:
    """Read a typed list, ``a b - kind c - other``: name -> kind."""
    found: dict[str, str] = {}
    waiting: list[str] = []
    rest = iter(words)
    for word in rest:
        if not isinstance(word, str):
            raise ValueError(f"expected names in PDDL's (:objects …), got {word!r:.200}")
        if word == "-":
            kind = next(rest, None)
            if not isinstance(kind, str):
                raise ValueError("expected a type after '-' in PDDL's (:objects …)")
            found.update(dict.fromkeys(waiting, kind.lower()))
            waiting = []
        else:
            waiting.append(word)
    return found


def _facts(rows: Sequence[Expression]) -> Facts:
    """Sort the facts of a start by predicate, all in lower case; numbers are left out."""
    found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for row in rows:
        if not isinstance(row, list) or not row:
            raise ValueError(f"expected facts in PDDL's (:init …), got {row!r:.200}")
        if row[0] == "=":
            continue
        words = [word.lower() for word in row if isinstance(word, str)]
        if len(words) < len(row):
            raise ValueError(f"expected a fact without parentheses in it, got {row!r:.200}")
        found[words[0]].append(tuple(words[1:]))
    for name, length in _ARGUMENTS.items():
        for arguments in found[name]:
            if len(arguments) != length:
                raise ValueError(f"expected {length} arguments of {name}, got {arguments!s:.200}")
    return found


_ARGUMENTS = {
    **dict.fromkeys(("receptacletype", "objecttype", "cancontain", "receptacleatlocation"), 2),
    **dict.fromkeys(("objectatlocation", "inreceptacle", "inreceptacleobject"), 2),
    **dict.fromkeys(("holds", "atlocation"), 2),
    **dict.fromkeys((name.lower() for name in (*_SETS, *_ABILITIES)), 1),
    **dict.fromkeys(("openable", "opened", "isreceptacleobject"), 1),
}
"""Predicate in lower case -> number of its arguments."""


def _only(facts: Facts, predicate: str, what: str) -> tuple[str, ...]:
    if len(facts[predicate]) != 1:
        raise ValueError(f"expected {what} in PDDL, once; got {len(facts[predicate])}")
    return facts[predicate][0]


def _names(ids: Iterable[str]) -> dict[str, str]:
    """Name everything as ALFWorld does: the first in the alphabet has the highest number."""
    found = {}
    numbers: Counter[str] = Counter()
    for name in sorted(ids, reverse=True):
        word, bar, _ = name.partition("_bar_")
        word += "basin" * bool(bar and "basin" in name)
        numbers[word] += bool(bar)
        found[name] = f"{word} {numbers[word]}" if bar else word
    return found


def _kind(type_name: str) -> str:
    """Turn ``AppleType`` into ``Apple``."""
    return type_name[:-4] if type_name.lower().endswith("type") else type_name


def _within(facts: Facts, things: list[str]) -> dict[int, tuple[int, ...]]:
    """Read which things are in bowls and the like."""
    index_of = {name: index for index, name in enumerate(things)}
    found: dict[int, set[int]] = defaultdict(set)
    for inner, outer in facts["inreceptacleobject"]:
        if inner in index_of and outer in index_of:
            found[index_of[outer]].add(index_of[inner])
    return {outer: tuple(sorted(inner)) for outer, inner in found.items()}


def _state(
    facts: Facts, receptacles: list[str], things: list[str], spot_of: Mapping[str, int], spot: int
) -> HouseState:
    """Read what is where at the start."""
    inside = {name: index for index, name in enumerate(receptacles)}
    index_of = {name: index for index, name in enumerate(things)}
    where, slot = [NOWHERE] * len(things), [0] * len(things)
    lies_at: list[int | None] = [None] * len(things)
    for thing, receptacle in reversed(facts["inreceptacle"]):
        if thing in index_of and receptacle in inside:
            where[index_of[thing]] = inside[receptacle]
    for _, thing in facts["holds"]:
        if thing in index_of:
            where[index_of[thing]] = HELD
    if where.count(HELD) > 1:
        raise ValueError(f"expected at most one thing in the hand, got {where.count(HELD)}")
    for thing, place in reversed(facts["objectatlocation"]):
        if thing in index_of:
            lies_at[index_of[thing]] = spot_of[place]
    filled: Counter[int] = Counter()
    for index, receptacle_index in enumerate(where):
        slot[index] = filled[receptacle_index] if receptacle_index >= 0 else 0
        filled[receptacle_index] += 1
    state = HouseState(spot, where, slot, lies_at)
    state.opened = {inside[name] for (name,) in facts["opened"] if name in inside}
    for predicate, name in _SETS.items():
        rows = facts[predicate.lower()]
        setattr(state, name, {index_of[thing] for (thing,) in rows if thing in index_of})
    return state
