"""Homes: legal, repeatable, disjoint by split; rooms that one can stand and look around in."""

from __future__ import annotations

from collections import Counter
from itertools import combinations
from math import atan2, degrees

import numpy as np
import pytest

from vl_envs.alfworld.facts import FACTS
from vl_envs.alfworld.goals import APPLIANCES, TASKS, wanted_things, won
from vl_envs.alfworld.homes import (
    CAPACITY,
    LAMP_PLACES,
    MOST_NUMBERED,
    PLANS,
    SPLITS,
    USUAL,
    Home,
    make_home,
    rooms_of,
    wishes_of,
)
from vl_envs.alfworld.house import House, Layout, Placed, Receptacle
from vl_envs.alfworld.layout import ROOMS, arrange, lay_out
from vl_envs.alfworld.plans import FEWEST, MOST, numbered, pddl_id, plan_of
from vl_envs.alfworld.poses import FLAT, boxes_of, target_of
from vl_envs.alfworld.wishes import allowed

PLANS_LOOKED_AT = [(room, number) for room in ROOMS for number in (*range(12), 100, 119)]


def homes(task: str, split: str = "train", count: int = 200) -> list[Home]:
    """Draw homes, each from a seed of its own."""
    return [make_home(np.random.default_rng(seed), [task], split) for seed in range(count)]


def check_legal(home: Home) -> None:
    """Check that a home obeys the rules that all homes obey."""
    house, state, wish = home.house, home.state, home.wish
    assert home.room in rooms_of(wish.task)
    assert not won(house, state, wish)
    assert state.spot == len(house.spots) - 1
    assert not house.at_spot[state.spot]
    kinds = {receptacle.kind for receptacle in house.receptacles}
    lying = Counter(state.where)
    for thing, at in zip(house.things, state.where, strict=True):
        kind = house.receptacles[at].kind
        assert thing.kind in house.holds[kind] or kind in LAMP_PLACES.get(thing.kind, ())
        assert not (thing.kind == wish.thing and kind == wish.receptacle)
    for at, count in lying.items():
        assert count <= CAPACITY.get(house.receptacles[at].kind, USUAL)
    assert len(set(zip(state.where, state.slot, strict=True))) == len(house.things)
    assert state.lies_at == [house.receptacles[at].spot for at in state.where]
    wanted = wanted_things(house, wish)
    assert len(wanted) >= (2 if wish.task == "pick_two_obj_and_place" else 1)
    if wish.lamp:
        assert any(thing.kind == wish.lamp and thing.toggleable for thing in house.things)
        assert not wish.receptacle
    else:
        assert wish.receptacle in kinds
        assert wish.thing in house.holds[wish.receptacle]
    if wish.change:
        assert APPLIANCES[wish.change] in kinds
        assert getattr(house.things[wanted[0]], f"{wish.change}able")
    assert wish.thing.lower() in wish.text.split()
    assert (wish.lamp or wish.receptacle).lower() in wish.text.split()


@pytest.mark.parametrize("task", TASKS)
def test_homes_are_legal(task: str) -> None:
    """What lies where may lie there, and the wish can be fulfilled but is not yet."""
    drawn = homes(task)
    for home in drawn:
        check_legal(home)
        assert home.wish.task == task
    assert len({home.task_id for home in drawn}) > 100


@pytest.mark.parametrize("split", SPLITS)
def test_splits_draw_their_own(split: str) -> None:
    """Each split draws from its plans, and from the wishes that `wishes_of` gives it."""
    for seed in range(60):
        home = make_home(np.random.default_rng(seed), TASKS, split)
        check_legal(home)
        assert home.plan in PLANS[split]
        wish = home.wish
        fit = wishes_of(home.room, home.plan, wish.task, split)
        assert (wish.lamp or wish.receptacle) in fit[wish.thing]


def test_splits_share_no_wish() -> None:
    """A wish in a plan is in one split only, and every split has wishes for every task."""
    for task in TASKS:
        found: dict[str, set[tuple[str, int, str, str]]] = {split: set() for split in SPLITS}
        for split in SPLITS:
            for room in rooms_of(task):
                for number in PLANS[split][:8]:
                    for kind, places in wishes_of(room, number, task, split).items():
                        found[split] |= {(room, number, kind, place) for place in places}
        for a, b in combinations(SPLITS, 2):
            assert found[a]
            assert not found[a] & found[b]


def test_same_seed_same_home() -> None:
    """All of a home comes from the generator; another seed gives another home."""
    for seed in range(20):
        one = make_home(np.random.default_rng(seed), TASKS, "train")
        plan_of.cache_clear()
        two = make_home(np.random.default_rng(seed), TASKS, "train")
        assert one == two
    assert one != make_home(np.random.default_rng(21), TASKS, "train")


def test_home_of_seed_0_stays() -> None:
    """Seeds keep their meaning from one version and one machine to the next."""
    home = make_home(np.random.default_rng(0), TASKS, "train")
    assert home.task_id == "pick_cool_then_place_in_recep-Mug-Cabinet-kitchen-63"
    assert home.wish.text == "put a cool mug in cabinet"
    assert len(home.house.receptacles) == 30


@pytest.mark.parametrize("room", ROOMS)
def test_names_are_unique_and_in_order(room: str) -> None:
    """Ids rise, and numbers of a kind fall to 1, for receptacles and for things."""
    for seed in range(30):
        task = "pick_and_place_simple"
        house = make_home(np.random.default_rng(seed), [task], "train", [room]).house
        for entries in (house.receptacles, house.things):
            ids = [entry.id.lower() for entry in entries]
            assert ids == sorted(ids)
            assert len({*ids}) == len({entry.name for entry in entries}) == len(ids)
            for kind in {entry.kind for entry in entries}:
                numbers = [int(e.name.split()[1]) for e in entries if e.kind == kind]
                assert numbers == list(range(len(numbers), 0, -1))
                assert len(numbers) <= MOST_NUMBERED
            assert all(entry.name.split()[0] == entry.kind.lower() for entry in entries)
        assert len({*house.spots}) == len(house.spots) == len(house.receptacles) + 1


def test_ids_and_names_are_written_as_in_alfworld() -> None:
    """Ids have ALFRED's form; the last in order is number 1; basins are named after their end."""
    cabinet = pddl_id("Cabinet", 0.68, 0.5, -2.2)
    assert cabinet == "Cabinet_bar__plus_00_dot_68_bar__plus_00_dot_50_bar__minus_02_dot_20"
    sink = pddl_id("SinkBasin", -1.9, 0.97, -1.5)
    assert sink.startswith("Sink_bar__minus_01_dot_90_bar_")
    assert sink.endswith("_bar_SinkBasin")
    assert numbered([cabinet, f"{cabinet}1", sink]) == ["cabinet 2", "cabinet 1", "sinkbasin 1"]


@pytest.mark.parametrize(("room", "number"), PLANS_LOOKED_AT)
def test_plans_are_rooms(room: str, number: int) -> None:
    """Furniture is in the room and not in other furniture, and there is a place to see it from."""
    plan = plan_of(room, number)
    layout = plan.layout
    assert FEWEST <= len(plan.receptacles) <= MOST
    assert len(layout.placed) == len(plan.receptacles)
    assert len(layout.poses) == len(plan.spots)
    check_layout(layout, [receptacle.kind for receptacle in plan.receptacles])
    for receptacle in plan.receptacles:
        pose, placed = layout.poses[receptacle.spot], layout.placed[receptacle.spot]
        check_in_view(pose.x, pose.y, pose.yaw, placed)
        x, y, z = target_of(receptacle.kind, placed)
        away = np.hypot(x - pose.x, y - pose.y)
        assert abs(degrees(atan2(z - pose.z, away)) - pose.pitch) < 0.5


def check_in_view(x: float, y: float, yaw: float, placed: Placed) -> None:
    """Check that the middle of furniture is within 45 degrees of where one looks."""
    towards = degrees(atan2(x - placed.x, placed.y - y))
    assert abs((towards - yaw + 180) % 360 - 180) < 45


def check_layout(layout: Layout, kinds: list[str]) -> None:
    """Check that furniture is inside the room and apart, and that one stands in none of it."""
    boxes = boxes_of(layout.placed)
    size = np.array([layout.width, layout.depth, layout.height])
    assert (boxes[:, 0] >= -1e-6).all()
    assert (boxes[:, 1] <= size + 1e-6).all()
    for i, j in combinations(range(len(boxes)), 2):
        if "Drawer" in (kinds[i], kinds[j]) and kinds[i] != kinds[j]:
            continue  # Drawers are in other furniture.
        shared = np.minimum(boxes[i, 1], boxes[j, 1]) - np.maximum(boxes[i, 0], boxes[j, 0])
        assert (shared < 1e-6).any(), (kinds[i], kinds[j])
    solid = [placed for kind, placed in layout.fixtures if kind not in FLAT]
    standing = np.concatenate([boxes, boxes_of(solid)])
    standing = standing[standing[:, 0, 2] < 1]
    for pose in layout.poses:
        assert 0 < pose.x < layout.width
        assert 0 < pose.y < layout.depth
        at = np.array([pose.x, pose.y])
        assert not ((at > standing[:, 0, :2]) & (at < standing[:, 1, :2])).all(axis=1).any()


def house_of(kinds: list[str], spots: list[int]) -> House:
    """Make a house of furniture alone."""
    names = [f"{kind.lower()} {i}" for i, kind in enumerate(kinds)]
    receptacles = [
        Receptacle(name, kind, name, spot, False)
        for name, kind, spot in zip(names, kinds, spots, strict=True)
    ]
    return House(tuple(receptacles), (), FACTS.holds, tuple(map(str, range(max(spots) + 2))))


@pytest.mark.parametrize("room", ROOMS)
def test_any_furniture_is_laid_out(room: str) -> None:
    """All kinds at once, and far more cabinets and drawers than usual, still make a room."""
    every = [kind for kind in FACTS.receptacles for _ in range(2)]
    for kinds in (every, ["Cabinet"] * 28 + ["Drawer"] * 27 + ["Fridge"], ["Toilet"], []):
        layout, poses = arrange(room, kinds, np.random.default_rng(1))
        assert len(poses) == len(kinds) + 1
        check_layout(layout, kinds)


def test_spots_are_shared_as_the_house_says() -> None:
    """Who stands at a spot sees all that it is for; a spot for nothing is in the room's middle."""
    kinds = ["Fridge", "CounterTop", "CounterTop", "StoveBurner", "StoveBurner", "Cabinet"]
    house = house_of(kinds, [0, 1, 2, 3, 3, 3])
    layout = lay_out("kitchen", house, np.random.default_rng(0))
    assert len(layout.poses) == 5
    check_layout(layout, kinds)
    for receptacle, placed in zip(house.receptacles, layout.placed, strict=True):
        pose = layout.poses[receptacle.spot]
        check_in_view(pose.x, pose.y, pose.yaw, placed)


def test_silly_wishes_are_left_out() -> None:
    """Some things are possible, yet nobody wants them."""
    heat, cool, clean = (f"pick_{verb}_then_place_in_recep" for verb in ("heat", "cool", "clean"))
    simple = "pick_and_place_simple"
    assert allowed(heat, "Apple", "DiningTable")
    assert allowed(simple, "Apple", "GarbageCan")
    for task, thing, place in (
        (heat, "Egg", "SinkBasin"),
        (heat, "Apple", "Fridge"),
        (heat, "Knife", "CounterTop"),
        (cool, "Apple", "Microwave"),
        (cool, "Apple", "Fridge"),
        (clean, "Apple", "GarbageCan"),
        (clean, "Cloth", "Toilet"),
        (simple, "Apple", "Bed"),
        (simple, "CellPhone", "GarbageCan"),
    ):
        assert not allowed(task, thing, place)


def test_errors_say_what_is_wrong() -> None:
    """Unknown names, and tasks that no room has, are refused."""
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="split"):
        make_home(rng, TASKS, "test")
    with pytest.raises(ValueError, match="room"):
        make_home(rng, TASKS, "train", ["garage"])
    with pytest.raises(ValueError, match="task"):
        make_home(rng, ["pick_nothing"], "train")
    with pytest.raises(ValueError, match="at least one"):
        make_home(rng, [], "train")
    with pytest.raises(ValueError, match="needs one of the rooms"):
        make_home(rng, ["pick_heat_then_place_in_recep"], "train", ["bedroom"])
    with pytest.raises(ValueError, match="room"):
        arrange("garage", [], rng)


def test_facts_agree_with_each_other() -> None:
    """Every kind has a size, and every room furniture that can hold what lies there."""
    kinds = {*FACTS.receptacles, *FACTS.things}
    assert kinds - {*FACTS.sizes} == {"ToiletPaperRoll"}
    assert FACTS.openable <= {*FACTS.receptacles}
    for able in (FACTS.heatable, FACTS.coolable, FACTS.cleanable, FACTS.sliceable, FACTS.bowls):
        assert able <= {*FACTS.things}
    for room in FACTS.rooms.values():
        assert {*room.receptacles} <= {*FACTS.receptacles}
        assert {*room.things} <= {*FACTS.things}
        assert all(sum(plans) == 30 for plans in room.receptacles.values())
        assert all(0 < share <= 1 for share in room.things.values())
    assert {*FACTS.tasks} == {*TASKS}
