"""The AI2-THOR backend, with the real client and a stand-in player (see ``standin_player``).

What is shown here: that the client starts, talks to and ends a build, whatever that does, and that
commands become the right actions and the right sentences. Not shown: Unity's physics and poses.
"""

from __future__ import annotations

import os
import pickle
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from vl_envs.alfworld import engine, goals
from vl_envs.alfworld.goals import Wish, won
from vl_envs.alfworld.house import HELD, House, HouseState
from vl_envs.alfworld.thor import Thor, wishes_in
from vl_envs.alfworld.thor_client import VARIABLE, ThorClient, ThorError, find_executable
from vl_envs.alfworld.thor_world import ThorWorld

pytest.importorskip("ai2thor.controller")

PLAYER = Path(__file__).with_name("standin_player.py")
Make = Callable[..., ThorWorld]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail whatever goes to the network."""

    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("something went to the network")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def build(tmp_path: Path) -> Path:
    """A program that starts the stand-in, at a path with a space in it."""
    path = tmp_path / "a build" / "thor"
    path.parent.mkdir()
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{PLAYER}" "$@"\n')
    path.chmod(0o755)
    return path


@pytest.fixture
def make(
    build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., ThorWorld]]:
    """Make worlds in a mode of the stand-in; afterwards nothing of them may be left."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    monkeypatch.setattr("tempfile.tempdir", None)
    worlds: list[ThorWorld] = []

    def make_one(mode: str = "", **options: Any) -> ThorWorld:
        monkeypatch.setenv("STANDIN_MODE", mode)
        times = {"start_timeout": 20.0, "timeout": 10.0, **options}
        worlds.append(ThorWorld(build, **times))
        return worlds[-1]

    yield make_one
    pids = [world.client.process_id for world in worlds]
    for world in worlds:
        world.close()
        world.close()
    assert not [pid for pid in pids if pid is not None and Path(f"/proc/{pid}").exists()]
    assert [path.name for path in tmp_path.iterdir()] == ["a build"]


def children() -> set[str]:
    """Numbers of this process's children, zombies among them."""
    return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())


def play_both(world: ThorWorld, commands: list[str]) -> list[str]:
    """Play commands in AI2-THOR and in our own engine; both must say and hold the same."""
    state = world.state.copy()
    answers = []
    for command in commands:
        said = engine.obey(world.house, state, command)
        assert (command, world.obey(command)) == (command, said)
        assert world.state == state, command
        answers.append(said)
    return answers


TASKS = {
    "pick_and_place_simple": (
        Wish("pick_and_place_simple", "Tomato", "GarbageCan"),
        "go to countertop 2;take tomato 1 from countertop 2;go to garbagecan 1;"
        "move tomato 1 to garbagecan 1",
    ),
    "pick_two_obj_and_place": (
        Wish("pick_two_obj_and_place", "Mug", "DiningTable"),
        "go to countertop 1;take mug 1 from countertop 1;go to diningtable 1;"
        "move mug 1 to diningtable 1;go to microwave 1;open microwave 1;"
        "take mug 2 from microwave 1;go to diningtable 1;move mug 2 to diningtable 1",
    ),
    "pick_clean_then_place_in_recep": (
        Wish("pick_clean_then_place_in_recep", "Fork", "Drawer"),
        "go to countertop 2;take fork 1 from countertop 2;go to sinkbasin 1;"
        "clean fork 1 with sinkbasin 1;go to drawer 1;open drawer 1;move fork 1 to drawer 1",
    ),
    "pick_heat_then_place_in_recep": (
        Wish("pick_heat_then_place_in_recep", "Potato", "GarbageCan"),
        "go to countertop 1;take potato 1 from countertop 1;go to microwave 1;"
        "heat potato 1 with microwave 1;go to garbagecan 1;move potato 1 to garbagecan 1",
    ),
    "pick_cool_then_place_in_recep": (
        Wish("pick_cool_then_place_in_recep", "Bread", "CounterTop"),
        "go to countertop 1;take bread 1 from countertop 1;go to fridge 1;open fridge 1;"
        "cool bread 1 with fridge 1;go to countertop 2;move bread 1 to countertop 2",
    ),
}
LOOK = "go to desk 1;take book 1 from desk 1;use desklamp 1"


def test_every_task_can_be_done_and_says_what_our_engine_says(make: Make) -> None:
    """Command by command, and at the end the wish is fulfilled in both."""
    world = make()
    for task, (wish, commands) in TASKS.items():
        house, state = world.start("FloorPlan1")
        assert not won(house, state, wish), task
        answers = play_both(world, commands.split(";"))
        assert engine.NOTHING not in answers
        assert won(house, world.state, wish), task
    wish = Wish("look_at_obj_in_light", "Book", lamp="DeskLamp")
    house, state = world.start("FloorPlan301")
    assert not won(house, state, wish) and not state.lit
    play_both(world, LOOK.split(";"))
    assert won(house, world.state, wish)


def test_the_simulator_changed_what_the_state_says(make: Make) -> None:
    """What is remembered as hot, cool or clean is so in the simulator, and all is switched off."""
    world = make()
    for verb, at in (("heat", "microwave"), ("cool", "fridge"), ("clean", "sinkbasin")):
        world.start("FloorPlan1")
        first = "go to countertop 1;take apple 1 from countertop 1"
        play_both(world, [*first.split(";"), f"go to {at} 1", f"{verb} apple 1 with {at} 1"])
        apple = world._objects[world.house.things[world.house.thing_index["apple 1"]].id]
        warmth = {"heat": "Hot", "cool": "Cold", "clean": "RoomTemp"}[verb]
        assert (apple["temperature"], apple["isDirty"]) == (warmth, verb != "clean")
        assert not any(entry["isToggled"] for entry in world._objects.values())


def test_names_and_places(make: Make) -> None:
    """Furniture that ALFWorld knows and that one can get to has a name; all else has none."""
    house, state = make().start("FloorPlan1")
    names = [receptacle.name for receptacle in house.receptacles]
    assert {"countertop 1", "countertop 2", "fridge 1", "sinkbasin 1"} <= {*names}
    assert "cabinet 1" in names and "cabinet 2" not in names, "one cabinet cannot be got to"
    assert not {"floor 1", "faucet 1"} & {*names}
    openable = {receptacle.kind for receptacle in house.receptacles if receptacle.openable}
    assert openable == {"Fridge", "Microwave", "Cabinet", "Drawer"}
    assert house.things[house.thing_index["mug 1"]].bowl
    assert state.where[house.thing_index["pen 1"]] < 0
    around = engine.look(house, state)
    assert around.startswith("You are in the middle of a room.") and "a fridge 1" in around


def test_commands_of_all_kinds_as_in_our_engine(make: Make) -> None:
    """Also what cannot be done, and what is no command."""
    world = make()
    world.start("FloorPlan1")
    commands = (
        "look;inventory;go to countertop 1;look;examine countertop 1;open countertop 1;"
        "take knife 1 from countertop 1;inventory;examine knife 1;slice bread 1 with knife 1;"
        "move knife 1 to countertop 1;take bread 1 from countertop 1;examine bread 1;"
        "go to fridge 1;examine fridge 1;open fridge 1;move bread 1 to fridge 1;close fridge 1;"
        "take bread 1 from fridge 1;nonsense;go to floor 1;use mug 1;help"
    )
    answers = play_both(world, commands.split(";"))
    assert answers.count(engine.NOTHING) == 5
    assert any("sliced bread 1" in answer for answer in answers)
    assert world.state.where[world.house.thing_index["bread 1"]] >= 0


@pytest.mark.parametrize("scene", ["FloorPlan1", "FloorPlan301", "FloorPlan401"])
def test_random_play_is_the_same_in_both(make: Make, scene: str) -> None:
    """Whatever is possible in our engine is possible there, with the same answers."""
    world = make()
    rng = np.random.default_rng(0)
    house, _ = world.start(scene, seed=7)
    for _ in range(60):
        acts = sorted(engine.possible_acts(house, world.state))
        # Else one mostly walks.
        acts = [act for act in acts if act.verb != "go to" or rng.random() < 0.1] or acts
        play_both(world, [engine.write(house, acts[int(rng.integers(len(acts)))])])


def test_a_seed_lays_things_out(make: Make) -> None:
    """The same seed in the same way; copies are there twice."""
    world = make()
    layouts = [world.start("FloorPlan1", seed=seed)[1].where for seed in (1, 1, 2)]
    assert layouts[0] == layouts[1] != layouts[2]
    more = len(world.start("FloorPlan401", 1, copies=3)[0].things)
    house, _ = world.start("FloorPlan401", 1)
    assert more == len(house.things) + 3
    # AI2-THOR 5 calls them Bottle and PaperTowelRoll.
    assert {"glassbottle 1", "papertowel 1"} <= {*house.thing_index}


def solution(house: House, state: HouseState, wish: Wish) -> Iterator[str]:
    """Say how a wish is fulfilled: straight on, by someone who knows where everything is."""

    def reach(index: int) -> Iterator[str]:
        entry = house.receptacles[index]
        yield f"go to {entry.name}"
        if entry.openable:
            yield f"open {entry.name}"

    def of_kind(kind: str) -> int:
        return next(i for i, entry in enumerate(house.receptacles) if entry.kind == kind)

    for thing in [i for i in goals.wanted_things(house, wish) if state.where[i] >= 0]:
        name, lies = house.things[thing].name, state.where[thing]
        yield from reach(lies)
        yield f"take {name} from {house.receptacles[lies].name}"
        if wish.lamp:
            lamps = [i for i, entry in enumerate(house.things) if entry.kind == wish.lamp]
            yield from reach(state.where[lamps[0]])
            yield f"use {house.things[lamps[0]].name}"
            continue
        if wish.change:
            appliance = of_kind(goals.APPLIANCES[wish.change])
            yield from reach(appliance)
            yield f"{wish.change} {name} with {house.receptacles[appliance].name}"
        yield from reach(of_kind(wish.receptacle))
        yield f"move {name} to {house.receptacles[of_kind(wish.receptacle)].name}"


@pytest.mark.parametrize("task", goals.TASKS)
def test_wishes_come_true(make: Make, task: str) -> None:
    """As `HouseholdEnv` plays: what is wished for is not so yet, and can be brought about."""
    thor = Thor(str(make().client.executable), (64, 64), (task,), "train", None)
    rng = np.random.default_rng(1)
    for _ in range(3):
        home = thor.start(rng, None)
        house, state, wish = home.house, home.state.copy(), home.wish
        assert wish.task == task and not won(house, state, wish)
        for command in solution(house, home.state.copy(), wish):
            act = engine.read(house, command)
            assert act is not None
            # Standing there already, or open already.
            if not engine.possible(house, state, act) and act.verb in ("go to", "open"):
                continue
            said, problem = thor.carry_out(house, state, act, True)
            assert problem is None and said != engine.NOTHING, command
            if won(house, state, wish):
                break
        assert won(house, state, wish), wish
        assert thor.picture(house, state, home.layout).shape == (64, 64, 3)
    thor.close()


@pytest.mark.parametrize("task", ["pick_and_place_simple", "look_at_obj_in_light"])
def test_nothing_is_wished_for_that_is_out_of_reach(make: Make, task: str) -> None:
    """What lies in furniture that nobody can stand before is no wish."""
    house, state = make().start("FloorPlan301", seed=1)
    wished = {wish.thing for wish in wishes_in(house, state, task)}
    assert wished
    gone = sorted(wished)[0]
    for index, thing in enumerate(house.things):
        if thing.kind == gone:
            state.where[index] = -1
    assert {wish.thing for wish in wishes_in(house, state, task)} == wished - {gone}


def test_a_simulator_that_dies_is_an_error_of_the_environment(make: Make) -> None:
    """Not of the agent: training leaves such an episode out. The last picture stays."""
    executable = str(make("die:Teleport").client.executable)
    thor = Thor(executable, (64, 64), goals.TASKS[:1], "train", None)
    home = thor.start(np.random.default_rng(0), None)
    _, problem = thor.carry_out(home.house, home.state.copy(), engine.Act("go to", 0), True)
    assert problem is not None and "exit status 7" in problem
    assert thor.picture(home.house, home.state, home.layout).any()
    again = thor.start(np.random.default_rng(0), None)
    assert (again.wish, again.state) == (home.wish, home.state)
    thor.close()


@pytest.mark.parametrize("task", ["PickAndPlace", "CoolAndPlace"])
def test_the_environment_is_played_to_its_end(
    build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: str
) -> None:
    """With ``backend="thor"`` the expert wins, pictures are the simulator's, closing ends it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    before = children()
    env = gym.make(
        f"VLAlfworld/{task}-v0", backend="thor", executable=str(build), image_size=(120, 160)
    )
    vl: Any = env.unwrapped
    try:
        seen, info = env.reset(seed=1)
        over, pictures = False, {seen["image"].tobytes()}
        assert info["labels"]["task"] == vl.tasks[0]
        while not over:
            assert seen in env.observation_space
            seen, reward, over, truncated, info = env.step(vl.expert_action())
            pictures.add(seen["image"].tobytes())
            assert info["valid"] and not truncated
        assert info["success"] and reward == 1.0 and len(pictures) > 2
        with pytest.raises(NotImplementedError, match="cannot go back"):
            env.reset(seed=1)
            vl.set_state(vl.get_state())
    finally:
        env.close()
    assert children() == before


TAKE = ("go to countertop 1", "take apple 1 from countertop 1")


@pytest.mark.parametrize(
    ("refused", "before", "command"),
    [
        ("PutObject", TAKE, "move apple 1 to countertop 1"),
        ("PutObject", (*TAKE, "go to microwave 1"), "heat apple 1 with microwave 1"),
        ("ToggleObjectOn", (*TAKE, "go to microwave 1"), "heat apple 1 with microwave 1"),
        ("CloseObject", (*TAKE, "go to fridge 1", "open fridge 1"), "cool apple 1 with fridge 1"),
        ("ToggleObjectOff", (*TAKE, "go to sinkbasin 1"), "clean apple 1 with sinkbasin 1"),
        ("Teleport", (), "go to fridge 1"),
    ],
)
def test_what_the_simulator_refuses_does_not_happen(
    make: Make, refused: str, before: tuple[str, ...], command: str
) -> None:
    """Whatever step of a command it is: the thing is in the hand, and doors are as before."""
    world = make(f"refuse:{refused}")
    house, _ = world.start("FloorPlan1")
    for text in before:
        assert world.obey(text) != engine.NOTHING
    known = world.state.copy()
    assert world.obey(command) == engine.NOTHING
    assert world.state == known
    assert (world.state.where[house.thing_index["apple 1"]] == HELD) == bool(before)


@pytest.mark.parametrize("size", [(96, 128), (320, 448), 64])
def test_frames_have_the_size_asked_for_and_stand_upright(make: Make, size: Any) -> None:
    """Rows come bottom-up; builds start at a size of their own."""
    world = make(image_size=size)
    world.start("FloorPlan1")
    height, width = size if isinstance(size, tuple) else (size, size)
    frame = world.frame()
    assert frame.shape == (height, width, 3)
    assert frame.dtype == np.uint8
    assert frame[0, -1].tolist() == [150, 180, 210], "sky above"
    assert frame[-1, -1].tolist() == [120, 90, 60], "floor below"
    world.obey("go to fridge 1")
    closed = world.frame()
    world.obey("open fridge 1")
    assert not np.array_equal(closed, frame) and not np.array_equal(closed, world.frame())


@pytest.mark.parametrize(
    ("mode", "says"),
    [
        ("quit", r"has ended \(exit status 1\): no graphics device"),
        ("mute", r"did not answer within 1 s"),
        ("deaf", r"did not answer within 1 s"),
        ("die:Reset", r"has ended \(exit status 7\): segmentation fault"),
        ("tiny", r"picture of \(300, 300, 3\); asked for was \(64, 64, 3\)"),
    ],
)
def test_a_build_that_does_not_start_is_an_error_in_time(make: Make, mode: str, says: str) -> None:
    """In one line, and nothing of it is left."""
    before = children()
    world = make(mode, start_timeout=5.0 if mode == "tiny" else 1.0, image_size=64)
    start = time.monotonic()
    with pytest.raises(ThorError, match=says) as caught:
        world.start("FloorPlan1")
    assert time.monotonic() - start < 5
    assert "\n" not in str(caught.value)
    assert children() <= before


@pytest.mark.parametrize(
    ("mode", "says"),
    [("die:OpenObject", "exit status 7"), ("hang:OpenObject", "did not answer within 0.5 s")],
)
def test_a_build_that_fails_in_mid_episode_starts_again(make: Make, mode: str, says: str) -> None:
    """The error comes in time; the next start brings a new process."""
    before = children()
    world = make(mode, timeout=0.5)
    world.start("FloorPlan1")
    world.obey("go to fridge 1")
    start = time.monotonic()
    with pytest.raises(ThorError, match=says):
        world.obey("open fridge 1")
    assert time.monotonic() - start < 3
    assert children() <= before
    with pytest.raises(ThorError, match="not running"):
        world.obey("open fridge 1")
    world.start("FloorPlan1")
    assert world.obey("go to fridge 1") == "You arrive at fridge 1. The fridge 1 is closed."


def test_a_slow_build_is_waited_for(make: Make) -> None:
    """Slowness within the time-out is no error, and neither is a refusal."""
    client = make("slow").client
    assert client.reset("FloorPlan301").ok
    assert client.step("Pass").ok
    assert not client.step("OpenObject", objectId="nothing").ok


def test_an_unknown_action_or_scene_is_an_error(make: Make) -> None:
    """Neither is taken for something that merely cannot be done."""
    client = make().client
    with pytest.raises(ValueError, match="FloorPlan99_physics"):
        client.reset("FloorPlan99")
    client.reset("FloorPlan1")
    with pytest.raises(ThorError, match="Invalid action: Dance"):
        client.step("Dance")


def test_nothing_of_a_build_is_left(make: Make, tmp_path: Path) -> None:
    """No process, no zombie and no file: closed, closed twice, copied or forgotten."""
    before = children()
    world = make()
    world.start("FloorPlan301")
    assert len(children() - before) == 1 and list(tmp_path.glob("vl-thor-*"))
    copy = pickle.loads(pickle.dumps(world.client))  # noqa: S301
    assert copy.process_id is None
    copy.close()
    assert world.obey("look") != engine.NOTHING
    world.close()
    world.close()
    assert children() <= before and not list(tmp_path.glob("vl-thor-*"))
    world.start("FloorPlan301")
    del world.client
    assert children() <= before, "a client that is forgotten ends its build"
    world.client = copy


def test_a_fork_does_not_end_its_parents_build(make: Make) -> None:
    """What a child process closes or forgets goes on in the parent."""
    world = make()
    world.start("FloorPlan301")
    child = os.fork()
    if child == 0:
        world.close()
        os._exit(0)
    os.waitpid(child, 0)
    assert world.obey("go to desk 1") != engine.NOTHING


def test_an_executable_must_be_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, build: Path
) -> None:
    """The error says in one line how."""
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(ValueError, match="executable=") as caught:
        ThorClient()
    assert VARIABLE in str(caught.value) and "\n" not in str(caught.value)
    with pytest.raises(ValueError, match="does not exist"):
        ThorClient(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="cannot be run"):
        ThorClient(PLAYER.with_name("test_thor.py"))
    monkeypatch.setenv(VARIABLE, str(build))
    assert find_executable() == build
