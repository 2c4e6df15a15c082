"""Write vl_envs/alfworld/data/household.json from two unpacked wheels.

``python -m scripts.make_household_facts ALFWORLD PROCTHOR``: folders into which the wheels of
alfworld 0.4.2 and procthor 0.0.1.dev2 were unpacked (``python -m zipfile -e WHEEL FOLDER``). Only
numbers and names are taken; nothing is fetched.
"""

from __future__ import annotations

import json
import runpy
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

TARGET = Path(__file__).resolve().parent.parent / "vl_envs" / "alfworld" / "data" / "household.json"

ROOMS = {
    "kitchen": ("Kitchen", "kitchens", range(1, 31)),
    "livingroom": ("LivingRoom", "living_rooms", range(201, 231)),
    "bedroom": ("Bedroom", "bedrooms", range(301, 331)),
    "bathroom": ("Bathroom", "bathrooms", range(401, 431)),
}
"""Our name -> alfworld's, procthor's, and the numbers of AI2-THOR's floor plans."""
SAME = {"Bottle": "Glassbottle", "PaperTowelRoll": "PaperTowel", "Lamp": "DeskLamp"}
"""Kinds that were renamed between versions of AI2-THOR, in the names that `holds` has."""
LAMPS = ("DeskLamp", "FloorLamp")
BASINS = ("SinkBasin", "BathtubBasin")
NEAR_EVERY_SPOT = ("Cabinet", "CounterTop", "Drawer", "Shelf", "Dresser", "Desk", "SideTable")
"""Furniture of which alfworld's plans list each piece that can be reached."""

SOURCES = {
    "alfworld": {
        "version": "0.4.2",
        "licence": "MIT",
        "used for": "what holds what, affordances, rooms of tasks, kinds in each floor plan",
    },
    "procthor": {
        "version": "0.0.1.dev2",
        "licence": "Apache-2.0",
        "used for": "sizes, how much furniture of a kind a floor plan has, where things lie",
    },
}


def read(path: Path) -> Any:
    """Read a file of JSON."""
    return json.loads(path.read_text(encoding="utf-8"))


def renamed(kinds: Iterable[str]) -> list[str]:
    """Give kinds the names that alfworld has for them, in order and once each."""
    return sorted({SAME.get(kind, kind) for kind in kinds})


def kind_of(name: str) -> str:
    """Return the kind of receptacle that an id such as ``Sink|…|SinkBasin`` names."""
    return next((basin for basin in BASINS if name.endswith(basin)), name.partition("|")[0])


def histogram(counts: Iterable[int]) -> list[int]:
    """Count how many floor plans have none, one, two … of something."""
    found = Counter(counts)
    return [found[n] for n in range(max(found) + 1)]


def sizes(assets: Mapping[str, Any], scenes: Mapping[str, Any]) -> dict[str, list[float]]:
    """Return the median width, depth and height of each kind, in metres.

    What is built in is no asset, so its size comes from the rooms. There nobody tells its front:
    the longer side is taken for the width.
    """
    boxes: dict[str, list[tuple[float, float, float]]] = {}
    for kind, entries in assets.items():
        for entry in entries:
            x, y, z = (entry["boundingBox"][axis] for axis in "xyz")
            boxes.setdefault(SAME.get(kind, kind), []).append((x, z, y))
    built_in: dict[str, list[tuple[float, float, float]]] = {}
    for room in (room for _, name, _ in ROOMS.values() for room in scenes[name]):
        for entry in room:
            if entry["objectType"] not in assets and entry["axisAlignedBoundingBox"]["size"]:
                x, y, z = (entry["axisAlignedBoundingBox"]["size"][axis] for axis in "xyz")
                built_in.setdefault(entry["objectType"], []).append((max(x, z), min(x, z), y))
    return {
        kind: [round(median(box[axis] for box in all_boxes), 3) for axis in range(3)]
        for kind, all_boxes in sorted({**built_in, **boxes}.items())
    }


def rooms(
    layouts: Path, scenes: Mapping[str, Any], receptacles: set[str], things: set[str]
) -> dict[str, Any]:
    """Count the furniture and the things of each kind of room's floor plans."""
    found = {}
    for room, (_, plural, numbers) in ROOMS.items():
        reached = [
            Counter(map(kind_of, read(layouts / f"FloorPlan{n}-openable.json"))) for n in numbers
        ]
        stand = [Counter(entry["objectType"] for entry in scene) for scene in scenes[plural]]
        counts = {}
        for kind in sorted(receptacles):
            plans = reached if kind in NEAR_EVERY_SPOT else stand
            if any(plan[kind] for plan in plans):
                counts[kind] = histogram(plan[kind] for plan in plans)
        lying = Counter(
            kind
            for n in numbers
            for kind in renamed(read(layouts / f"FloorPlan{n}-objects.json"))
            if kind in things
        )
        shares = {kind: round(lying[kind] / len(numbers), 3) for kind in sorted(lying)}
        found[room] = {"receptacles": counts, "things": shares}
    return found


def placement(
    stated: Mapping[str, Any], scenes: Mapping[str, Any], holds: Mapping[str, list[str]]
) -> dict[str, dict[str, float]]:
    """Return for each kind of receptacle how likely each kind of thing lies in it.

    What procthor states, and for built-in furniture, which it leaves out, how often it is so in
    AI2-THOR's rooms as they come.
    """
    stand: Counter[str] = Counter()
    lying: Counter[tuple[str, str]] = Counter()
    for scene in (scene for _, plural, _ in ROOMS.values() for scene in scenes[plural]):
        for entry in scene:
            stand[entry["objectType"]] += 1
            kind = SAME.get(entry["objectType"], entry["objectType"])
            for parent in entry["parentReceptacles"] or ():
                lying[kind_of(parent), kind] += 1
    found = {}
    for receptacle, kinds in sorted(holds.items()):
        if receptacle in stated:
            named = {SAME.get(kind, kind): entry["p"] for kind, entry in stated[receptacle].items()}
        else:
            number = stand[receptacle]
            named = {k: lying[receptacle, k] / number for k in kinds if number}
        shares = {k: round(named[k], 3) for k in kinds if named.get(k, 0) >= 0.0005}
        if shares:
            found[receptacle] = shares
    return found


def main(alfworld: Path, procthor: Path) -> None:
    """Gather everything and write it."""
    constants = runpy.run_path(str(alfworld / "alfworld" / "gen" / "constants.py"))
    databases = procthor / "procthor" / "databases"
    scenes = read(databases / "ai2thor-object-metadata.json")
    bowls = set(constants["MOVABLE_RECEPTACLES"])
    # Slices are no things of their own in ALFWorld.
    holds = {
        kind: sorted(thing for thing in things if not thing.endswith("Sliced"))
        for kind, things in sorted(constants["VAL_RECEPTACLE_OBJECTS"].items())
        if kind not in bowls
    }
    things = {thing for kinds in holds.values() for thing in kinds} | set(LAMPS)
    afforded = {
        name.lower(): sorted(kind for kind in kinds if kind in things)
        for name, kinds in constants["VAL_ACTION_OBJECTS"].items()
    }
    layouts = alfworld / "alfworld" / "gen" / "layouts"
    goals = constants["GOALS_VALID"]
    facts = {
        "sources": SOURCES,
        "holds": holds,
        **afforded,
        "openable": sorted(kind for kind in constants["OPENABLE_CLASS_SET"] if kind in holds),
        "bowls": sorted(bowls & things),
        "tasks": {
            task: [room for room, (name, _, _) in ROOMS.items() if name in goals[task]]
            for task in sorted(goals)
            if "movable" not in task
        },
        "rooms": rooms(layouts, scenes, set(holds), things),
        "sizes": {
            kind: size
            for kind, size in sizes(read(databases / "asset-database.json"), scenes).items()
            if kind in holds or kind in things
        },
        "placement": placement(read(databases / "receptacles.json"), scenes, holds),
    }
    # One entry a line: small, and a change can still be read.
    blocks = []
    for key, value in facts.items():
        if isinstance(value, Mapping):
            lines = [f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in value.items()]
            blocks.append(f"{json.dumps(key)}: {{\n" + ",\n".join(lines) + "\n }")
        else:
            blocks.append(f"{json.dumps(key)}: {json.dumps(value)}")
    TARGET.write_text("{\n " + ",\n ".join(blocks) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
