"""Single turns, history, state, options and published folders of `VLGui/Navigate-v0`."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import gymnasium as gym
import pytest

import vl_envs  # noqa: F401 (registers the environments)
from tests.gui.navigate_players import SMALL, play
from tests.gui.test_gelab_files import row, structure, write
from vl_envs.gui.apps.page import Act
from vl_envs.gui.apps.task import commands_left
from vl_envs.gui.navigate import NavigateEnv

# Single turns.


def test_a_single_turn_is_paid_by_its_parts() -> None:
    """A quarter each for type, click, intent and format; the expert gets them all."""
    env = NavigateEnv(turns="one", complete=True)
    for seed in range(40):
        env.reset(seed=seed)
        action = env.expert_action()
        before = commands_left(env.state.task, env.state.device)
        _, reward, terminated, _, info = env.step(action)
        assert terminated and info["success"] and reward == pytest.approx(1), (action, info)
        assert before == 1 or commands_left(env.state.task, env.state.device) == before - 1
    env = NavigateEnv(turns="one", widgets=(), lengths=(1,))
    for seed in range(40):
        env.reset(seed=seed)
        page = env.state.device.page
        names = " ".join(entry.text for entry in page.entries) + " back home"
        miss = env.say("click", f"I press {names}.", point=[500, 995])
        _, reward, _, _, info = env.step(miss)
        # A thought that names everything names nothing, and a miss is a miss.
        assert info["reward_terms"] == {"type": 0.25, "click": 0, "intent": 0, "format": 0.25}
        assert not info["success"] and reward == 0.5
        env.reset(seed=seed)
        silent = env.parser.write("wait", {})
        assert env.step(silent)[1] == 0


def test_another_way_that_is_as_short_is_right_too() -> None:
    """The command ``back`` is as good as a press on the arrow."""
    env = NavigateEnv(turns="one", widgets=(), lengths=(1,))
    found = 0
    for seed in range(60):
        env.reset(seed=seed)
        if "I press back" in env.expert_action():
            _, reward, _, _, info = env.step(env.say("back", "I go back."))
            assert info["success"] and reward == 1
            found += 1
    assert found > 5


# Text, state, options.


def test_history_tells_real_moves() -> None:
    """Where nothing was hit nothing is told to have happened; names are told where asked for."""
    for history in ("moves", "none"):
        env = NavigateEnv(history=history, widgets=())
        env.reset(seed=5)
        action = env.expert_action()
        text = env.step(action)[0]["text"]
        assert ("a screen opened" in text) == (history != "none")
        liar = env.say("click", 'I press "Go". Then a screen opened.', point=[1, 999])
        text = env.step(liar)[0]["text"]
        assert text.count("a screen opened") == (history != "none")
        assert ("nothing happened" in text) == (history != "none")


def test_a_state_is_a_copy() -> None:
    """Playing on does not change a saved state, and pages are not pickled."""
    env = NavigateEnv(tasks=("switch",))
    env.reset(seed=2)
    saved = env.get_state()
    texts = [env.expert_action()]
    while not env.step(texts[-1])[2]:
        texts.append(env.expert_action())
    env.set_state(saved)
    again = [env.expert_action()]
    while not env.step(again[-1])[2]:
        again.append(env.expert_action())
    assert texts == again
    assert len(pickle.dumps(env.state)) < 200_000
    device = copy.deepcopy(env.state.device)
    device.do(Act("switch", 0))
    assert device.moved != env.state.device.moved


def test_expert_error_takes_a_wrong_icon_first() -> None:
    """The careless expert strays at its first step and still arrives."""
    env = NavigateEnv(expert_error=1.0, widgets=("dead",))
    strayed = 0
    for seed in range(30):
        env.reset(seed=seed)
        left = commands_left(env.state.task, env.state.device)
        env.step(env.expert_action())
        strayed += commands_left(env.state.task, env.state.device) >= left
        assert play(env, seed)[0]
    assert strayed > 20


@pytest.mark.parametrize(
    ("kwargs", "match"),
    [
        ({"graph": "gelap"}, "unknown graph 'gelap'.*'gelab'"),
        ({"split": "tran"}, "unknown split 'tran'.*'train'"),
        ({"widgets": ("tab",)}, "unknown widget 'tab'.*'tabs'"),
        ({"widgets": "tabs"}, "widgets must be a list of names"),
        ({"tasks": ("names",)}, "unknown kind of task 'names'.*'name'"),
        ({"tasks": "name"}, "tasks must be a list of names"),
        ({"tasks": 3}, "tasks must be a list of names"),
        ({"widgets": None}, "widgets must be a list of names"),
        ({"lengths": 5}, "lengths must be a list"),
        ({"graph_params": {1: 2}}, "names as keys"),
        ({"split": "name", "labels": "target"}, "nobody could know"),
        ({"longest": 3, "tasks": ("type",)}, "no task of"),
        ({"tasks": ()}, "at least one of name"),
        ({"tasks": ("type",), "widgets": ()}, "need widgets with 'fields'"),
        ({"theme": "drak"}, "unknown theme 'drak'.*'dark'"),
        ({"turns": "two"}, "unknown turns 'two'"),
        ({"history": "all"}, "unknown history 'all'"),
        ({"layout": "fix"}, "unknown layout 'fix'.*'fixed'"),
        ({"labels": "mine"}, "unknown labels 'mine'"),
        ({"longest": 0}, "longest must be a whole number from 1 to 60, got 0"),
        ({"lengths": (40,)}, r"has ways of \[1, 2, .*none of \[40\]"),
        ({"split": "test", "lengths": (1,)}, "none of"),
        ({"graph_seed": -1}, "graph_seed must be a whole number from 0"),
        ({"graph_seed": None, "split": "ood"}, "needs a graph_seed"),
        ({"graph_params": {"depth": 3}}, "takes no parameters"),
        ({**SMALL, "split": "name"}, "show no labels"),
        ({**SMALL, "tasks": ("switch",)}, "show no labels"),
        ({"jitter": 2}, "jitter must be a share"),
        (
            {"graph": "tree", "graph_params": {"branching": (2, 2)}, "split": "ood"},
            "three subtrees",
        ),
    ],
    ids=str,
)
def test_wrong_options_say_what_is_right(kwargs: dict[str, Any], match: str) -> None:
    """Each names what came and what is valid."""
    with pytest.raises(ValueError, match=match):
        NavigateEnv(**kwargs)


def test_labels_tell_the_length_of_the_way() -> None:
    """For metrics by length, as GUI Exploration Lab reports them."""
    env = gym.make("VLGui/Navigate-v0", lengths=(4,))
    assert env.reset(seed=0)[1]["labels"] == {"kind": "name", "path_length": "4"}


# Published folders.


def _folder(path: Path) -> str:
    write(path, structure())
    rows = [row("page_0", "page_7"), row("page_7", "page_2"), row("page_5", "page_1")]
    (path / "st_rl.json").write_text(json.dumps(rows), encoding="utf-8")
    (path / "ood_test_noise.json").write_text(json.dumps([row("page_9", "page_0")]))
    return f"gelab:{path}"


def test_a_published_folder_is_played(tmp_path: Path) -> None:
    """Each task by its number; the picture is the published one, success is where one really is."""
    source = _folder(tmp_path)
    env = NavigateEnv(source=source, image_size=224, dialect="gelab", prompt="brief")
    assert env.num_tasks == 4
    for index in range(4):
        observation, info = env.reset(options={"index": index})
        grey = 10 * env.state.task.start
        assert abs(int(observation["image"][:, :, 0].mean()) - grey) <= 1
        terminated = False
        while not terminated:
            observation, reward, terminated, _, info = env.step(env.expert_action())
        assert info["success"] and reward == 1
        assert env.state.device.screen == env.state.task.goal
    # What a model writes does not count, but where it presses.
    env.reset(options={"index": 0})
    said = "Explain:click Business_1 icon on page_0.\tAction: "
    observation = env.step(said + "click(start_box='<|box_start|>(999,999)<|box_end|>')")[0]
    assert "nothing" in observation["text"]
    assert env.state.device.screen == env.state.task.start
    assert not env.step("Explain:this is target page.\tAction: complete")[-1]["success"]
    assert NavigateEnv(source=source, split="ood").num_tasks == 1
    assert NavigateEnv(source=source, lengths=(1,)).num_tasks < 4
    with pytest.raises(ValueError, match=r"unknown split 'train'.*'st_rl'"):
        NavigateEnv(source=source, split="train")
    with pytest.raises(ValueError, match="no option 'theme'"):
        NavigateEnv(source=source, theme="dark")
    with pytest.raises(ValueError, match="has no tasks"):
        NavigateEnv(source=source, lengths=(9,))
    with pytest.raises(ValueError, match="from 0 to 3, got 4"):
        env.reset(options={"index": 4})
    with pytest.raises(ValueError, match="have no numbers"):
        NavigateEnv().reset(options={"index": 0})
    with pytest.raises(ValueError, match=r"unknown source 'gelap:x'.*'gelab:PATH'"):
        NavigateEnv(source="gelap:x")
