"""The grounding environment: what is shown, how a click is judged, what the expert does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from algorithms.evaluate import evaluate
from algorithms.rollout import make_envs
from policies.scripted import ExpertPolicy
from tests.gui.test_screenspot import write
from vl_envs.core.canvas import COORDINATES
from vl_envs.core.checker import check_vl_env
from vl_envs.gui.dialects import GUI_DIALECTS
from vl_envs.gui.ground import GroundEnv
from vl_envs.gui.grounding.reward import distance_reward, inside
from vl_envs.gui.grounding.screenspot import LAYOUTS

ID = "Test/Ground-v0"
if ID not in gym.registry:
    gym.register(ID, entry_point="vl_envs.gui.ground:GroundEnv", max_episode_steps=4)


def click(env: GroundEnv, x: float, y: float) -> str:
    """Say to press a point, in the environment's convention."""
    return env.say("click", point=[x, y])


def click_source(env: GroundEnv, x: float, y: float) -> str:
    """Say to press a point of the source."""
    return click(env, *env.canvas.from_source((x, y), env.coordinates))


def test_one_click_ends_the_episode() -> None:
    """A hit earns 1 and a miss 0, and both are the end."""
    env = GroundEnv()
    for seed in range(20):
        env.reset(seed=seed)
        left, top, right, bottom = env.state.box
        points = {((left + right) / 2, (top + bottom) / 2): 1.0, (right + 3, bottom + 3): 0.0}
        for (x, y), value in points.items():
            env.reset(seed=seed)
            _, reward, terminated, truncated, info = env.step(click_source(env, x, y))
            assert reward == value and terminated and not truncated
            assert info["success"] is bool(value) and info["reward_terms"] == {"click": value}
        with pytest.raises(gym.error.ResetNeeded):
            env.step(click(env, 0, 0))


@pytest.mark.parametrize("coordinates", COORDINATES)
def test_edges_are_judged_in_the_source(coordinates: str) -> None:
    """The pixels at the edges of the box hit, the ones beyond do not."""
    env = GroundEnv(coordinates=coordinates, image_size=(300, 700), screen=(1000, 500))
    for seed in range(10):
        env.reset(seed=seed)
        left, top, right, bottom = env.state.box
        y, x = (top + bottom) / 2, (left + right) / 2
        for point, hit in {
            (left, y): True,
            (right - 0.001, y): True,
            (left - 0.001, y): False,
            (right, y): False,
            (x, top): True,
            (x, bottom - 0.001): True,
            (x, top - 0.001): False,
            (x, bottom): False,
        }.items():
            env.reset(seed=seed)
            assert env.step(click_source(env, *point))[4]["success"] is hit, point


def test_the_distance_reward_is_paid() -> None:
    """Beside the box the shaped reward, outside the picture nothing."""
    env = GroundEnv(reward="distance")
    env.reset(seed=0)
    box = env.state.box
    for x, y in ((box[2] + 20, box[1]), (640, 360), (3, 700)):
        env.reset(seed=0)
        info = env.step(click_source(env, x, y))[4]
        value = distance_reward((x, y), box, (1280, 720))
        assert info["reward_terms"]["distance"] == pytest.approx(value, abs=1e-9)
        assert info["success"] is inside((x, y), box)
    for point in ((-1, 500), (500, 1000), (1001, 500), (1e9, -1e9)):
        env.reset(seed=0)
        _, reward, terminated, _, info = env.step(click(env, *point))
        assert reward == 0 and terminated and info["valid"] and not info["success"]
    env.reset(seed=0)
    assert env.step("I press it.")[1] == 0


def test_unreadable_answers_may_be_mended() -> None:
    """A message, no reward, another turn; `max_invalid` of them end the episode."""
    env = GroundEnv(max_invalid=2)
    env.reset(seed=1)
    observation, reward, terminated, _, info = env.step("press it")
    assert reward == 0 and not terminated and not info["valid"]
    assert observation["text"].startswith("Invalid action. ")
    assert env.step(env.expert_action())[1] == 1
    env.reset(seed=1)
    env.step("press it")
    assert env.step('{"action": "click"}')[2]


def test_the_text_says_what_is_asked_for() -> None:
    """In full with rules and format; brief is the instruction alone."""
    full = GroundEnv().reset(seed=2)[0]["text"]
    brief = GroundEnv(prompt="brief").reset(seed=2)[0]["text"]
    assert full.startswith(brief + "\n") and "\n" not in brief
    assert "point" in full and GroundEnv.rules in full


def test_a_screen_of_the_canvas_size_is_shown_pixel_by_pixel() -> None:
    """The default is drawn for the default canvas; what the agent does to its copy is its own."""
    env = GroundEnv()
    observation, _ = env.reset(seed=3)
    assert observation["image"].shape == (720, 1280, 3)
    picture = env.source.sample(np.random.Generator(np.random.PCG64(3))).picture
    assert np.array_equal(observation["image"], picture)
    observation["image"][:] = 0
    assert np.array_equal(env.reset(seed=3)[0]["image"], picture)


def test_a_screen_of_another_size_is_fitted() -> None:
    """A phone on a wide canvas lies in the middle, black on both sides."""
    env = GroundEnv(screen="phone")
    observation, _ = env.reset(seed=0)
    width, height = env.canvas.source_size
    assert height > width and env.canvas.shown[1] == 720
    left = env.canvas.offset[0]
    assert left > 300 and not observation["image"][:, : left - 1].any()
    assert observation["image"][:, left:-left].any()
    # The picture's own share of the canvas is what norm_1000 spans.
    assert env.canvas.to_source((1000, 1000), "norm_1000") == (width, height)


@pytest.mark.parametrize("dialect", list(GUI_DIALECTS))
@pytest.mark.parametrize("coordinates", COORDINATES)
def test_the_expert_always_hits(dialect: str, coordinates: str) -> None:
    """Straight or like a person, on small and large canvases, in each dialect and convention."""
    for options in ({}, {"jitter": 0.9}, {"jitter": 0.7, "image_size": 96, "screen": "random"}):
        arguments: dict[str, Any] = {"dialect": dialect, "coordinates": coordinates, **options}
        env = GroundEnv(**arguments)
        for seed in range(8):
            env.reset(seed=seed)
            said = env.expert_action()
            assert said == env.expert_action()
            info = env.step(said)[4]
            assert info["success"], (options, seed, said, env.state.box)


def test_boxes_smaller_than_a_step_are_hit_with_decimals(tmp_path: Path) -> None:
    """A box of one pixel in a picture of thousands can be pressed."""
    write(tmp_path, "screenspot")
    rows = json.loads((tmp_path / "screenspot_web.json").read_text())
    rows[0]["bbox"] = [61.25, 33.5, 0.5, 0.25]
    (tmp_path / "screenspot_web.json").write_text(json.dumps(rows))
    for coordinates in COORDINATES:
        env = GroundEnv(
            source=f"screenspot:{tmp_path}", level="web", coordinates=coordinates, image_size=40
        )
        env.reset(seed=0)
        assert env.step(env.expert_action())[4]["success"]


def test_a_careless_expert_presses_the_thing_beside() -> None:
    """In the share of episodes that was asked for; the tasks stay the same."""
    env, careless = GroundEnv(), GroundEnv(expert_error=0.5)
    hits = []
    for seed in range(60):
        env.reset(seed=seed)
        careless.reset(seed=seed)
        assert env.state.instruction == careless.state.instruction
        hits.append(careless.step(careless.expert_action())[4]["success"])
    assert 15 < sum(hits) < 45
    always = GroundEnv(expert_error=1.0, jitter=0.7)
    for seed in range(30):
        always.reset(seed=seed)
        info = always.step(always.expert_action())[4]
        assert info["valid"] and not info["success"]


def test_labels_tell_type_kind_and_platform() -> None:
    """Metrics can be told apart by them, in every ``info``."""
    env = GroundEnv()
    _, info = env.reset(seed=0)
    assert set(info["labels"]) == {"element", "platform", "kind"}
    assert info["labels"]["element"] in ("text", "icon", "widget")
    assert env.step(env.expert_action())[4]["labels"] == info["labels"]


def test_a_saved_state_brings_its_canvas() -> None:
    """Set in an instance that shows another picture, it is judged by its own size."""
    one, other = GroundEnv(screen="random"), GroundEnv(screen="random")
    one.reset(seed=0)
    state = one.get_state()
    for seed in range(1, 8):
        other.reset(seed=seed)
        other.set_state(state)
        assert other.canvas == one.canvas
        assert other.step(other.expert_action())[4]["success"]


def test_equal_environments_share_a_drawn_screen() -> None:
    """A group of one seed is drawn once, and reset after reset leaves the generators alike."""
    group = [GroundEnv() for _ in range(3)]
    states = []
    for env in group:
        env.reset(seed=5)
        states.append(env.state)
    assert states[0] is states[1] is states[2]
    assert len({env.reset()[1]["seed"] for env in group}) == 1
    other = GroundEnv(kinds=["icon"])
    other.reset(seed=5)
    assert other.state is not states[0]


@pytest.mark.parametrize("benchmark", list(LAYOUTS))
def test_benchmarks_are_played_once_each(tmp_path: Path, benchmark: str) -> None:
    """``evaluate(envs, policy, tasks=None)`` plays every entry once, and the expert has it all."""
    source = f"{benchmark}:{write(tmp_path, benchmark)}"
    env = GroundEnv(source=source)
    count = env.num_tasks
    assert count == (2 if benchmark == "screenspot-pro" else 5)
    envs = make_envs(ID, 2, source=source)
    result = evaluate(envs, ExpertPolicy(envs), None)
    assert result.success == 1 and len(result.episodes) == count
    told = {env.reset(options={"index": i})[1]["task_id"] for i in range(count)}
    assert len(told) == count and all(name.startswith(benchmark) for name in told)
    for index in range(count):
        env.reset(options={"index": index})
        box, size = env.state.box, env.canvas.source_size
        assert 0 <= box[0] < box[2] <= size[0] and 0 <= box[1] < box[3] <= size[1]
    with pytest.raises(ValueError, match=f"a whole number from 0 to {count - 1}, got {count}"):
        env.reset(options={"index": count})


def test_a_benchmark_passes_the_checker(tmp_path: Path) -> None:
    """Files behave like drawn screens."""
    check_vl_env(GroundEnv(source=f"screenspot-pro:{write(tmp_path, 'screenspot-pro')}"))


@pytest.mark.parametrize("axis", ["val", "test", "theme", "resolution", "name", "image"])
def test_splits_can_be_played(axis: str) -> None:
    """Each split is one of the environment's own."""
    env = GroundEnv(split=axis)
    env.reset(seed=0)
    assert env.step(env.expert_action())[4]["success"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"source": "screnspot:/x"}, r"unknown source 'screnspot:/x'.*'screenspot:PATH'"),
        ({"source": "screenspot"}, "unknown source 'screenspot'"),
        ({"source": "screenspot:"}, "unknown source 'screenspot:'"),
        ({"source": "screens:/x"}, "unknown source 'screens:/x'"),
        ({"source": 3}, "source must be a text such as 'screens', got 3"),
        ({"source": "screenspot:/nowhere"}, "no folder '/nowhere'"),
        ({"source": "screenspot:/x", "theme": "dark"}, "has no option 'theme'"),
        ({"source": "screenspot-v2:/x", "language": "cn"}, "has no option 'language'"),
        ({"language": "cn"}, "source 'screens' has no option 'language'"),
        ({"reward": "distanz"}, r"unknown reward 'distanz'.*'distance'"),
        ({"kinds": "icon"}, r"kinds must be a list of names such as \('icon',\), got 'icon'"),
        ({"level": "phones"}, "unknown level 'phones'"),
        ({"jitter": 1.5}, "jitter must be a share"),
    ],
    ids=str,
)
def test_wrong_options_say_what_is_right(options: dict[str, Any], says: str) -> None:
    """Each is told by name, with what is valid."""
    with pytest.raises(ValueError, match=says):
        GroundEnv(**options)


def test_wrong_options_of_reset_say_what_is_right() -> None:
    """Drawn screens have no numbers."""
    env = GroundEnv()
    with pytest.raises(ValueError, match=r"unknown option of reset 'indx'.*'index'"):
        env.reset(options={"indx": 0})
    for index in ("0", 0):
        with pytest.raises(ValueError, match="have no numbers"):
            env.reset(options={"index": index})


def test_every_word_is_in_the_vocabulary() -> None:
    """A tokenizer of whole words knows the prompt and the expert's answer."""
    env = GroundEnv(prompt="full")
    words = {word for text in env.vocabulary() for word in text.split()}
    text = env.reset(seed=0)[0]["text"].split("\n", 1)[1]
    assert set(text.split()) <= words
