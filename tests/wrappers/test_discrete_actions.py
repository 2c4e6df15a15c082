"""`DiscreteActions`: the list of actions, the mask, and what callers may get wrong."""

from __future__ import annotations

import pickle
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from tests.wrappers.toy import LAMPS, SAY, LampsEnv
from vl_envs.core.parser import Command
from vl_envs.core.tool import CommandSpec
from vl_envs.wrappers import DiscreteActions

DIALECTS = ("arft", "hermes", "json")


def lamps(actions: list[str] | None = None, **kwargs: Any) -> DiscreteActions[Any]:
    """Make the toy with numbered actions."""
    return DiscreteActions(gym.make(LAMPS, **kwargs), actions)


def said(env: DiscreteActions[Any]) -> list[tuple[str, dict[str, Any]]]:
    """Tell what the environment understood so far."""
    inner = env.unwrapped
    assert isinstance(inner, LampsEnv)
    return inner.state.done


def allowed(env: DiscreteActions[Any]) -> list[str]:
    """Tell which actions are not masked."""
    return [text for text, ok in zip(env.actions, env.action_masks(), strict=True) if ok]


def test_actions_are_all_commands_with_all_values() -> None:
    """Enums and booleans are spelt out, what has a default is left out, no thought is written."""
    assert lamps().actions == (
        "<walk></walk>",
        "<switch> red </switch>",
        "<switch> green </switch>",
        "<switch> blue </switch>",
        "<ring> false </ring>",
        "<ring> true </ring>",
        "<leave></leave>",
    )


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_number_says_its_command(dialect: str) -> None:
    """In each dialect the environment understands what the number means."""
    env = lamps(dialect=dialect)
    env.reset(seed=0)
    for action in range(7):
        assert env.step(action)[4]["command"].raw == env.actions[action]
    assert said(env) == [
        ("walk", {}),
        *[("switch", {"lamp": lamp}) for lamp in ("red", "green", "blue")],
        *[("ring", {"loudly": loudly}) for loudly in (False, True)],
        ("leave", {}),
    ]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_mask_follows_what_is_admissible(dialect: str) -> None:
    """Thoughts and written defaults of the listed texts make no difference."""
    env = lamps(dialect=dialect)
    _, info = env.reset(seed=0)
    write = env.unwrapped.parser.write  # type: ignore[attr-defined]
    off = [lamp for lamp in ("red", "green", "blue") if lamp != info["task_id"]]
    rest = [write("walk", {}), write("leave", {})]
    assert sorted(allowed(env)) == sorted([write("switch", {"lamp": x}) for x in off] + rest)
    env.step(env.actions.index(write("switch", {"lamp": off[0]})))
    assert sorted(allowed(env)) == sorted([write("switch", {"lamp": off[1]}), *rest])
    assert env.action_masks().dtype == np.bool_ and env.action_masks().shape == (7,)


def test_mask_is_all_true_where_nothing_is_known() -> None:
    """Before the first reset, without a list, and where the list names no action."""
    env = lamps()
    assert env.action_masks().all()
    env.reset(seed=0)
    assert not env.action_masks().all()
    unlisted = lamps(lists=False)
    unlisted.reset(seed=0)
    assert unlisted.action_masks().all()
    strangers = lamps(["<ring> true </ring>", "<ring> false </ring>"])
    strangers.reset(seed=0)
    assert strangers.action_masks().tolist() == [True, True]


def test_given_actions_are_said_as_they_are() -> None:
    """A list of one's own may hold anything, unreadable texts and thoughts included."""
    env = lamps(["<think>now</think><leave></leave>", "hello", "<walk> 3 </walk>"])
    env.reset(seed=0)
    # What may be done once may be done three times.
    assert env.action_masks().tolist() == [True, False, True]
    assert env.step(1)[4]["valid"] is False
    env.step(2)
    assert said(env) == [("walk", {"steps": 3})]
    command = env.step(0)[4]["command"]
    assert isinstance(command, Command) and command.thought == "now"


def test_other_words_for_the_same_are_masked_alike() -> None:
    """Of two texts that say the same either both are admissible or none is."""
    names = ["<leave></leave>", "<think>go</think><leave></leave>", "<leave> </leave>"]
    env = lamps([*names, "<ring> true </ring>"])
    env.reset(seed=0)
    assert env.action_masks().tolist() == [True, True, True, False]


@pytest.mark.parametrize("action", [None, [1], "1", 1.5, float("inf"), -1, 7, np.array([1, 2])])
def test_no_number_of_an_action_is_a_value_error(action: Any) -> None:
    """What is no whole number of an action is said to be none."""
    env = lamps()
    env.reset(seed=0)
    with pytest.raises(ValueError, match="an action is a whole number from 0 to 6"):
        env.step(action)


def test_expert_becomes_numbers() -> None:
    """`index` finds the number of an expert's text, and playing it wins; None for other texts."""
    env = lamps()
    env.reset(seed=1)
    ended, info = False, dict[str, Any]()
    while not ended:
        action = env.index(env.unwrapped.expert_action())  # type: ignore[attr-defined]
        assert action is not None and env.action_masks()[action]
        _, _, ended, _, info = env.step(action)
    assert info["success"] is True
    assert env.index("<walk> 2 </walk>") is None and env.index("\ud800") is None


@pytest.mark.parametrize("action", [-1, 7, 0.5, np.int64(99)])
def test_actions_out_of_range_are_told(action: Any) -> None:
    """Nothing is clipped, rounded or counted from behind."""
    env = lamps()
    env.reset(seed=0)
    with pytest.raises(ValueError, match="a whole number from 0 to 6, got"):
        env.step(action)


@pytest.mark.parametrize("actions", [[], ["a", "a"], [3], "abc"])
def test_bad_lists_are_refused(actions: Any) -> None:
    """Empty, with a text twice, no texts, or one text in place of a list."""
    with pytest.raises(ValueError, match="a list of different texts, got"):
        lamps(actions)


def test_endless_commands_need_a_list() -> None:
    """The error names the command and argument, and says what to pass."""
    with pytest.raises(ValueError, match=r"'say' takes any string as 'text'.*pass actions="):
        lamps(extra=(SAY,))
    assert len(lamps(["<leave></leave>"], extra=(SAY,)).actions) == 1


def test_a_default_that_must_be_written_is_written() -> None:
    """The tag dialect cannot leave out a text: its default is said instead."""
    hum = CommandSpec("hum", "hums.", {"tune": {"type": "string", "default": "la"}})
    env = lamps(extra=(hum,))
    assert env.actions[-1] == "<hum> la </hum>"
    assert lamps(extra=(hum,), dialect="json").actions[-1] == '{"action": "hum"}'


def test_what_has_a_default_and_a_list_is_left_out() -> None:
    """As in MiniWorld, where moves may be repeated: no action for each number of times."""
    speed = {"type": "integer", "enum": [1, 2, 3], "default": 2}
    env = lamps(extra=(CommandSpec("run", "runs.", {"speed": speed}),))
    assert env.actions[7:] == ("<run></run>",)
    assert env.index("<run> 2 </run>") == 7 and env.index("<run> 3 </run>") is None


def test_environments_without_a_parser_need_a_list() -> None:
    """Any environment with text actions will do, if the texts are given."""

    class Echo(gym.Env[str, str]):
        observation_space = action_space = gym.spaces.Text(9)

        def step(self, action: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
            return action, 0.0, False, False, {}

    with pytest.raises(ValueError, match="no parser"):
        DiscreteActions(Echo())
    env = DiscreteActions(Echo(), ["a", "b"])
    assert env.step(1)[0] == "b" and env.action_masks().all()


def test_pickled_and_made_again() -> None:
    """A pickled copy goes on alike; the specification makes the same wrapper again."""
    env = lamps(["<walk></walk>", "<leave></leave>", "<ring> true </ring>"])
    env.reset(seed=0)
    twin = pickle.loads(pickle.dumps(env))  # noqa: S301 (our own bytes)
    assert twin.action_masks().tolist() == env.action_masks().tolist() == [True, True, False]
    assert twin.step(0)[0]["text"] == env.step(0)[0]["text"]
    assert env.spec is not None
    again: Any = gym.make(env.spec)
    assert again.get_wrapper_attr("actions") == env.actions


@pytest.mark.parametrize("how", ["sync", "async"])
def test_vectorised(how: str) -> None:
    """Side by side, actions are numbers and masks are asked for by `call`."""
    envs: Any = gym.make_vec(LAMPS, num_envs=2, vectorization_mode=how, wrappers=[DiscreteActions])
    try:
        _, infos = envs.reset(seed=[0, 1])
        assert envs.single_action_space == gym.spaces.Discrete(7)
        masks = np.stack(envs.call("action_masks"))
        names = ("red", "green", "blue")
        off = [[name != first for name in names] for first in infos["task_id"]]
        assert masks[:, 1:4].tolist() == off
        infos = envs.step(np.array([6, 0]))[4]
        assert [command.name for command in infos["command"]] == ["leave", "walk"]
    finally:
        envs.close()
