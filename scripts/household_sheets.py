"""Draw the sheets under ``docs/alfworld/``: furniture, things, how things can be, views in rooms.

python -m scripts.household_sheets [--out docs/alfworld] [--only furniture things states rooms]
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from vl_envs.alfworld.furniture import size_of
from vl_envs.alfworld.goals import TASKS
from vl_envs.alfworld.homes import make_home
from vl_envs.alfworld.house import (
    HELD,
    House,
    HouseState,
    Layout,
    Placed,
    Pose,
    Receptacle,
    Thing,
)
from vl_envs.alfworld.rendering.stage import FURNITURE, Stage
from vl_envs.alfworld.rendering.things import MODELS

SIDE = 224
LINE = 18
OPENABLE = ("Cabinet", "Drawer", "Fridge", "Microwave", "Safe")
HIGH = {
    "Cabinet": 0.4,
    "CoffeeMachine": 0.8,
    "Drawer": 0.5,
    "HandTowelHolder": 1.1,
    "Microwave": 0.85,
}
HIGH |= {"Safe": 0.5, "Shelf": 1.1, "SinkBasin": 0.75, "StoveBurner": 0.9, "Toaster": 0.85}
HIGH |= {"ToiletPaperHanger": 0.8, "TowelHolder": 1.3}
SHOWN = {
    "Bed": ["Pillow", "Book"],
    "TowelHolder": ["Towel"],
    "HandTowelHolder": ["HandTowel"],
    "ToiletPaperHanger": ["ToiletPaper"],
    "StoveBurner": ["Pan"],
    "Toaster": ["Bread"],
    "CoffeeMachine": ["Mug"],
    "SinkBasin": ["Plate", "Cup"],
    "BathtubBasin": ["SoapBar", "Cloth"],
    "Fridge": ["Apple", "Lettuce", "Egg", "WineBottle", "Pot"],
    "LaundryHamper": ["Cloth"],
    "GarbageCan": ["Newspaper", "Egg"],
    "Toilet": ["ToiletPaper"],
}
"""What lies in furniture on its sheet, where it is not a mug and a book."""

COLUMNS = 6
"""Views of a room."""

Picture = NDArray[np.uint8]


def corner(
    kind: str, thing_kinds: Sequence[str], eye: Callable[[Placed], Pose], style: int = 0
) -> tuple[House, HouseState, Layout]:
    """Return one piece of furniture at the wall of a room, with things in it."""
    w, d, h = size_of(kind)
    if kind == "CounterTop":
        w, d, h = 1.5, 0.62, 0.91
    placed = Placed(2.0, 3.0 - d / 2, HIGH.get(kind, 0.0), w, d, h, 180.0)
    receptacle = Receptacle(kind, kind, f"{kind} 1", 0, kind in OPENABLE)
    things = tuple(
        Thing(name, name, f"{name} 1", toggleable=name.endswith("Lamp")) for name in thing_kinds
    )
    house = House((receptacle,), things, {}, ("here",))
    state = HouseState(0, [0] * len(things), list(range(len(things))), [None] * len(things))
    layout = Layout("livingroom", 4.0, 3.0, 2.6, (placed,), (eye(placed),), style)
    return house, state, layout


def before(placed: Placed) -> Pose:
    """Return a pose before furniture, from which all of it is seen."""
    size = max(placed.width, placed.height * 1.1, 0.45)
    far = min(2.3, placed.depth / 2 + 0.35 + 0.75 * size)
    z = max(1.25, placed.z + placed.height * 0.75)
    drop = z - (placed.z + placed.height * 0.55)
    side = 0.25 * far
    yaw = math.degrees(math.atan2(side, far))
    pitch = -math.degrees(math.atan2(drop, far))
    return Pose(placed.x + side, placed.y - far, z, yaw, pitch)


def close(placed: Placed) -> Pose:
    """Return a pose close to the first place on a table."""
    return Pose(placed.x - 0.13, placed.y - 0.62, placed.height + 0.4, 0.0, -31.0)


def floor_view(placed: Placed) -> Pose:
    """Return a pose from which a tall lamp beside furniture is seen."""
    return Pose(placed.x + 0.4, placed.y - 1.6, 1.4, 0.0, -14.0)


def sheet(pictures: Iterable[tuple[str, Picture]], columns: int, side: int = SIDE) -> Image.Image:
    """Put pictures with their names below into a table."""
    cells = list(pictures)
    rows = -(-len(cells) // columns)
    paper = Image.new("RGB", (columns * (side + 4), rows * (side + LINE + 4)), "white")
    pen = ImageDraw.Draw(paper)
    for index, (name, picture) in enumerate(cells):
        row, column = divmod(index, columns)
        x, y = column * (side + 4) + 2, row * (side + LINE + 4) + 2
        paper.paste(Image.fromarray(picture), (x, y))
        pen.text((x + side // 2, y + side + 2), name, fill="black", anchor="ma")
    return paper


def furniture(stage: Stage) -> Image.Image:
    """Draw each kind of receptacle, closed and open."""
    cells = []
    for kind in sorted(FURNITURE):
        inside = SHOWN.get(kind, ["Mug", "Book"])
        house, state, layout = corner(kind, inside, before, len(kind))
        cells.append((kind, stage.draw(house, state, layout)))
        if kind in OPENABLE:
            state.opened = {0}
            cells.append((f"{kind}, open", stage.draw(house, state, layout)))
    return sheet(cells, 7)


def things(stage: Stage) -> Image.Image:
    """Draw each kind of thing from close by."""
    cells = []
    for kind in sorted(MODELS):
        eye = floor_view if kind == "FloorLamp" else close
        cells.append((kind, stage.draw(*corner("SideTable", [kind], eye))))
    return sheet(cells, 10, stage.image_size[0])


def states(stage: Stage) -> Image.Image:
    """Draw things hot, cool, clean, sliced, lit and held, beside the same as they were."""
    cells = []
    for kind, hows in (
        ("Mug", ("", "hot", "cool", "clean", "held")),
        ("Plate", ("", "hot", "cool", "clean", "held")),
        ("Egg", ("", "hot", "cool", "clean", "held")),
        ("Pan", ("", "hot", "cool", "clean", "held")),
        ("Apple", ("", "sliced", "sliced hot", "sliced cool", "held sliced")),
        ("Bread", ("", "sliced", "sliced hot", "sliced cool", "held sliced")),
        ("Tomato", ("", "sliced", "held hot", "held cool", "held clean")),
        ("Potato", ("", "sliced", "sliced hot", "cool clean", "held")),
        ("Lettuce", ("", "sliced", "cool", "clean", "held")),
        ("DeskLamp", ("", "lit")),
        ("FloorLamp", ("", "lit")),
        ("Knife", ("held",)),
    ):
        for how in hows:
            eye = floor_view if kind == "FloorLamp" else close
            house, state, layout = corner("SideTable", [kind], eye)
            for word in how.split():
                if word == "held":
                    state.where[0] = HELD
                else:
                    getattr(state, word).add(0)
            cells.append((f"{kind} {how}".strip(), stage.draw(house, state, layout)))
    return sheet(cells, 10)


SEEDS = {"kitchen": 4, "livingroom": 1, "bedroom": 2, "bathroom": 3}
"""Kind of room -> what its home is drawn from."""


def rooms(stage: Stage) -> Image.Image:
    """Draw views in a home of each kind: from its middle, then from where most is to be seen."""
    cells = []
    for room, seed in SEEDS.items():
        home = make_home(np.random.default_rng(seed), TASKS[:1], "train", (room,))
        house, state = home.house, home.state.copy()
        cells.append((f"in the middle of the {room}", stage.draw(house, state, home.layout)))
        most = sorted(range(len(house.receptacles)), key=lambda i: -len(state.inside(i)))
        kinds: set[str] = set()
        chosen = []
        for receptacle in most:
            if house.receptacles[receptacle].kind not in kinds:
                kinds.add(house.receptacles[receptacle].kind)
                chosen.append(receptacle)
        for number, receptacle in enumerate(chosen[: COLUMNS - 1]):
            entry = house.receptacles[receptacle]
            state.spot = entry.spot
            if entry.openable:
                state.opened.add(receptacle)
            held = state.inside(receptacle) if number == COLUMNS - 2 else []
            if held and house.things[held[0]].pickupable:
                state.where[held[0]] = HELD
            cells.append((entry.name, stage.draw(house, state, home.layout)))
    return sheet(cells, COLUMNS)


def main() -> None:
    """Write the sheets that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/alfworld"))
    parser.add_argument("--side", type=int, default=SIDE, help="of the pictures of things, pixels")
    names = ("furniture", "things", "states", "rooms")
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    makers = {"furniture": furniture, "things": things, "states": states, "rooms": rooms}
    for name in options.only:
        side = options.side if name == "things" else SIDE
        paper = makers[name](Stage((side, side)))
        paper.save(options.out / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
