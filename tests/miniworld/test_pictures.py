"""Pictures are MiniWorld's, each environment's its own, and the same whatever was drawn before."""

from __future__ import annotations

import hashlib
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.miniworld.worlds import make, put, say, world_of
from vl_envs.core.env import Image
from vl_envs.miniworld.env import MiniWorldEnv
from vl_envs.miniworld.tasks import HANDS, TASKS

RAW = Path(__file__).with_name("raw.py")
SIDE = 112
WALK = ("move_forward", "turn_left", "move_forward", "turn_right", "turn_right", "move_forward")


@pytest.mark.parametrize(
    ("task", "beyond"),
    [
        ("Hallway", 0.0),
        ("FourRooms", 0.0),
        ("YMaze", 0.0),
        ("Sign", 0.0),
        ("ThreeRooms", 0.001),
        ("Sidewalk", 0.001),
        ("PickupObjects", 0.001),
    ],
)
def test_pictures_and_rewards_are_miniworlds_own(task: str, beyond: float, tmp_path: Path) -> None:
    """The world of ``task_id`` looks the same in MiniWorld, to one grey level, move by move.

    At the outlines of meshes some pixels in a thousand differ more: their samples' colours leave
    the range of colours, which MiniWorld's floating-point buffer lets them.
    """
    env = MiniWorldEnv(task, image_size=SIDE)
    observation, info = env.reset(seed=5)
    options = []
    if task == "Sign":
        drawn = env.state.variant
        options = [f"color_index={drawn['_color_index']}", f"goal={drawn['_goal']}"]
    pictures, rewards = [observation["image"]], []
    for name in WALK:
        observation, reward, ended, _, _ = env.step(env.parser.write(name, {}))
        pictures.append(observation["image"])
        rewards.append(reward)
        assert not ended, "the walk should not end the episode"
    out = tmp_path / "raw.npz"
    moves = "".join(str(HANDS.index(name)) for name in WALK)
    world_seed = info["task_id"].rpartition("/")[2]
    command = [sys.executable, str(RAW), str(out), task, world_seed, str(SIDE), moves, *options]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    raw = np.load(out)
    for ours, theirs in zip(pictures, raw["pictures"], strict=True):
        assert differing(ours, theirs) <= beyond
    assert differing(env.simulator.map(SIDE, SIDE), raw["above"]) <= beyond
    assert rewards == raw["rewards"].tolist()
    assert differing(pictures[0], pictures[2]) > 0.1, "the walk changes what is seen"


def differing(one: Image, two: Image) -> float:
    """Return the share of pixels that differ by more than one grey level."""
    return float((abs(one.astype(int) - two.astype(int)).max(-1) > 1).mean())


def test_environments_side_by_side_draw_their_own_worlds() -> None:
    """What one shows does not depend on what others build, draw, step or close in between."""
    tasks = ("Hallway", "Maze", "PickupObjects", "Sign")
    alone = {task: shown(make(task, seed=7)) for task in tasks}
    together = {task: make(task, seed=7) for task in tasks}
    others = [make("FourRooms", seed=8, image_size=48), make("Hallway", seed=9)]
    for _ in range(2):
        for task, env in together.items():
            assert np.array_equal(env._observe().image, alone[task][0]), task
    others[0].close()
    others[1].step(others[1].expert_action())
    for task, env in reversed(together.items()):
        assert np.array_equal(shown(env), alone[task]), task


def shown(env: MiniWorldEnv) -> Any:
    """Play four turns as the expert; stack the pictures."""
    pictures = [env._observe().image]
    for _ in range(4):
        pictures.append(env.step(env.expert_action())[0]["image"])
    return np.stack(pictures)


@pytest.mark.parametrize("task", sorted(TASKS))
def test_an_environment_can_go_on_after_it_was_closed(task: str) -> None:
    """Closing frees the world; the next picture builds it again, the same."""
    env = make(task, seed=4)
    env.step(env.expert_action())
    before = env._observe()
    env.close()
    after = env._observe()
    assert np.array_equal(before.image, after.image) and before.text == after.text


@pytest.mark.parametrize("size", [(112, 224), (100, 205)])
def test_the_map_shows_where_the_agent_is(size: tuple[int, int]) -> None:
    """Left is the view; right, from above, a red triangle moves and turns with the agent."""
    env = make("OneRoom", seed=0, image_size=size, map=True)
    plain = make("OneRoom", seed=0, image_size=(size[0], size[1] // 2))
    assert np.array_equal(env._observe().image[:, : size[1] // 2], plain._observe().image)
    text = env.reset(seed=0)[0]["text"]
    assert "the red triangle is you" in text
    world = world_of(env)
    put(env, world.box, 9.0, 1.0)
    where = []
    for x, z in ((2.0, 2.0), (8.0, 2.0), (8.0, 8.0), (2.0, 8.0)):
        put(env, world.agent, x, z)
        where.append(middle_of_red(env))
    (left, top), (right, also_top), (also_right, bottom), (also_left, also_bottom) = where
    assert right - left > size[1] // 2 / 3 and bottom - top > size[0] / 3
    pairs = ((left, also_left), (right, also_right), (top, also_top), (bottom, also_bottom))
    assert all(abs(one - two) < 2 for one, two in pairs)
    before = env._observe().image
    say(env, "turn_left", steps=6)
    after = env._observe().image
    assert not np.array_equal(before[:, size[1] // 2 :], after[:, size[1] // 2 :])


def middle_of_red(env: MiniWorldEnv) -> tuple[float, float]:
    """Find the agent's triangle on the map: column and row of its middle, the box left out."""
    world = world_of(env)
    box = world.box
    place = float(box.pos[0]), float(box.pos[2])
    put(env, box, 5.0, 500.0)  # out of the map
    picture = env._observe().image
    put(env, box, *place)
    half = picture[:, picture.shape[1] // 2 :].astype(int)
    rows, columns = np.nonzero((half[..., 0] > 90) & (half[..., 1:].max(-1) < 50))
    assert len(rows) > 3, "no triangle"
    return float(columns.mean()), float(rows.mean())


def test_domain_randomisation_changes_looks_and_steps() -> None:
    """Textures, light and the length of steps differ from world to world; a state keeps them."""
    plain, wild = make("Hallway"), make("Hallway", domain_rand=True)
    looks: dict[bool, set[Any]] = {True: set(), False: set()}
    strides = set()
    for seed in range(6):
        for env in (plain, wild):
            env.reset(seed=seed)
            looks[env is wild].add(tuple(np.round(world_of(env).sky_color, 3).tolist()))
        before = world_of(wild).agent.pos.copy()
        state = wild.get_state()
        one = wild.step(wild.parser.write("move_forward", {}))[0]["image"]
        strides.add(round(float(np.linalg.norm(world_of(wild).agent.pos - before)), 4))
        wild.set_state(state)
        two = wild.step(wild.parser.write("move_forward", {}))[0]["image"]
        twin = make("Hallway", domain_rand=True, seed=99)
        twin.set_state(state)
        three = twin.step(twin.parser.write("move_forward", {}))[0]["image"]
        assert np.array_equal(one, two) and np.array_equal(one, three)
    assert len(looks[False]) == 1 and len(looks[True]) == 6
    assert len(strides) == 6 and all(0.1 < stride < 0.2 for stride in strides)


def test_a_state_goes_on_in_another_process(tmp_path: Path) -> None:
    """An environment and its state, pickled, show and earn the same in a fresh process."""
    env = make("PickupObjects", seed=2)
    for _ in range(30):
        env.step(env.expert_action())
    path = tmp_path / "state.pickle"
    path.write_bytes(pickle.dumps((env, env.get_state())))
    code = f"from tests.miniworld.test_pictures import go_on; print(go_on({str(path)!r}))"
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout
    assert told.strip() == go_on(str(path)) == str([play_on(env)] * 2)


def go_on(path: str) -> str:
    """Play on from a file: the environment in it, and again from the state beside it."""
    env, state = pickle.loads(Path(path).read_bytes())  # noqa: S301 (our own bytes)
    first = play_on(env)
    env.reset(seed=1)
    env.set_state(state)
    return str([first, play_on(env)])


def play_on(env: MiniWorldEnv) -> list[Any]:
    """Play twenty turns as the expert; tell rewards, texts and pictures."""
    told = []
    for _ in range(20):
        observation, reward, _, _, _ = env.step(env.expert_action())
        digest = hashlib.sha256(observation["image"].tobytes()).hexdigest()[:8]
        told.append((round(float(reward), 6), observation["text"], digest))
    return told
