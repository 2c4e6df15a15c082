"""Pictures: the same for the same state, different for what differs, and nothing hidden shows."""

from __future__ import annotations

import copy
import hashlib
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from vl_envs.alfworld.facts import FACTS
from vl_envs.alfworld.goals import TASKS
from vl_envs.alfworld.homes import Home, make_home
from vl_envs.alfworld.house import HELD, House, HouseState, Layout, Placed, Pose, Receptacle, Thing
from vl_envs.alfworld.layout import ROOMS
from vl_envs.alfworld.rendering import engine
from vl_envs.alfworld.rendering.stage import Stage
from vl_envs.core.env import Image

OPENABLE = ("Cabinet", "Drawer", "Fridge", "Microwave", "Safe")


def home_of(seed: int, room: str | None = None) -> Home:
    """Draw a home."""
    rooms = None if room is None else (room,)
    return make_home(np.random.default_rng(seed), TASKS[:1], "train", rooms)


def table(kind: str, furniture: str = "SideTable") -> tuple[House, HouseState, Layout]:
    """Put one thing on a piece of furniture that one stands before."""
    receptacle = Receptacle("r", furniture, "it 1", 0, furniture in OPENABLE)
    house = House((receptacle,), (Thing("t", kind, "thing 1"),), {}, ("here",))
    placed = Placed(2.0, 2.7, 0.0, 0.6, 0.5, 0.6, 180.0)
    pose = Pose(2.0, 1.6, 1.4, 0.0, -34.0)
    layout = Layout("bedroom", 4.0, 3.0, 2.6, (placed,), (pose,), 1)
    return house, HouseState(0, [0], [0], [0]), layout


def changed(one: Image, other: Image) -> int:
    """Count the pixels that differ."""
    return int((one != other).any(axis=2).sum())


def print_of(seeds: list[int]) -> str:
    """Take the fingerprint of the last home's views after drawing all of them."""
    stage, prints = Stage((64, 80)), hashlib.sha256()
    for seed in seeds:
        home, prints = home_of(seed), hashlib.sha256()
        for spot in range(len(home.house.spots)):
            home.state.spot = spot
            prints.update(stage.draw(home.house, home.state, home.layout).tobytes())
    return prints.hexdigest()


def test_a_state_has_one_picture() -> None:
    """Whatever was drawn before, here or in another process, pixels are the same."""
    alone = print_of([3])
    assert print_of([1, 7, 3]) == print_of([12, 3]) == print_of([3]) == alone
    code = "from tests.alfworld.test_pictures import print_of; print(print_of([8, 21, 3]))"
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", code]
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == alone


def test_every_kind_of_thing_looks_different() -> None:
    """Each kind changes the picture of an empty table, and no two in the same way."""
    stage, seen = Stage((96, 96)), {}
    for kind in FACTS.things:
        house, state, layout = table(kind)
        seen[kind] = stage.draw(house, state, layout)
    house, state, layout = table("Apple")
    state.where = [-2]
    state.lies_at = [None]
    bare = stage.draw(house, state, layout)
    for kind, picture in seen.items():
        assert changed(picture, bare) > 15, kind
        alike = [other for other in seen if changed(picture, seen[other]) < 12]
        assert alike == [kind]


@pytest.mark.parametrize("furniture", OPENABLE)
def test_doors_hide_what_is_behind_them(furniture: str) -> None:
    """Closed, it looks the same with anything inside; open, it does not."""
    stage = Stage((96, 96))
    closed, opened = [], []
    for kind in ("Apple", "Vase", "Book"):
        house, state, layout = table(kind, furniture)
        closed.append(stage.draw(house, state, layout))
        state.opened = {0}
        opened.append(stage.draw(house, state, layout))
    assert changed(closed[0], closed[1]) == changed(closed[0], closed[2]) == 0
    assert min(changed(opened[0], opened[1]), changed(opened[1], opened[2])) > 8
    assert changed(closed[0], opened[0]) > 200


def test_hidden_things_never_show() -> None:
    """In whole rooms, what lies behind closed doors can lie elsewhere behind closed doors."""
    stage, moved = Stage((64, 64)), 0
    for room in ("kitchen", "bedroom"):
        home = home_of(2, room)
        closed = [i for i, r in enumerate(home.house.receptacles) if r.openable]
        other = home.state.copy()
        for thing, where in enumerate(other.where):
            if where in closed:
                other.where[thing] = closed[(closed.index(where) + 1) % len(closed)]
                moved += 1
        for spot in range(len(home.house.spots)):
            home.state.spot = other.spot = spot
            pictures = [stage.draw(home.house, s, home.layout) for s in (home.state, other)]
            assert changed(*pictures) == 0
    assert moved > 3


@pytest.mark.parametrize("how", ["hot", "cool", "clean", "sliced", "held", "lit"])
def test_how_a_thing_is_can_be_seen(how: str) -> None:
    """Steam, frost, sparkle, slices, light, and the hand that holds it."""
    stage = Stage((96, 96))
    house, state, layout = table("DeskLamp" if how == "lit" else "Apple")
    before = stage.draw(house, state, layout)
    if how == "held":
        state.where = [HELD]
    else:
        getattr(state, how).add(0)
    after = stage.draw(house, state, layout)
    assert changed(before, after) > 40
    if how in ("hot", "cool", "clean"):
        state.where = [HELD]
        warm = stage.draw(house, state, layout)
        getattr(state, how).clear()
        assert changed(warm, stage.draw(house, state, layout)) > 40


@pytest.mark.parametrize("room", ROOMS)
def test_one_sees_what_one_stands_before(room: str) -> None:
    """From each receptacle's place, opened where it must be, first and later things are in view."""
    stage = Stage((112, 112))
    for seed in (1, 2):
        home = home_of(seed, room)
        receptacles, furniture = home.house.receptacles, home.layout.placed
        house = House(receptacles, (Thing("t", "Mug", "mug 1"),), {}, home.house.spots)
        for index, receptacle in enumerate(receptacles):
            state = HouseState(receptacle.spot, [-2], [0], [None], {index})
            bare = stage.draw(house, state, home.layout)
            for slot in (0, 2):
                state.where, state.slot = [index], [slot]
                shown = stage.draw(house, state, home.layout)
                assert changed(bare, shown) >= 8, (receptacle.name, slot, furniture[index])


def test_stages_of_any_size_side_by_side() -> None:
    """Two sizes take turns; a copy and a pickle of a stage draw the same."""
    house, state, layout = table("Mug")
    small, wide = Stage((32, 32)), Stage((48, 96))
    one = [small.draw(house, state, layout), wide.draw(house, state, layout)]
    two = [small.draw(house, state, layout), wide.draw(house, state, layout)]
    assert [picture.shape for picture in one] == [(32, 32, 3), (48, 96, 3)]
    assert all(picture.dtype == np.uint8 for picture in one)
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    twins = (copy.deepcopy(wide), pickle.loads(pickle.dumps(wide)))  # noqa: S301 (our own bytes)
    for twin in twins:
        assert np.array_equal(twin.draw(house, state, layout), one[1])
    with pytest.raises(ValueError, match="image_size must be"):
        Stage((0, 5))


def test_unknown_kinds_are_boxes() -> None:
    """Games that others made may hold what nobody drew."""
    stage = Stage((64, 64))
    house, state, layout = table("Gramophone", "Piano")
    there = stage.draw(house, state, layout)
    state.where, state.lies_at = [-2], [None]
    assert changed(there, stage.draw(house, state, layout)) > 10


def test_without_panda3d_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has not installed what draws is told how to."""
    monkeypatch.setattr(engine, "_engines", {})
    monkeypatch.setitem(sys.modules, "panda3d.core", None)
    with pytest.raises(ImportError, match=r"vl-envs\[household\]"):
        Stage((32, 32)).draw(*table("Mug"))
