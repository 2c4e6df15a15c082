"""`TokenActions`: every action is a command, every expert's text an action."""

from __future__ import annotations

import pickle
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wrappers.toy import LAMPS, POINT, SAY
from vl_envs.core.env import VLEnv
from vl_envs.core.parser import Command
from vl_envs.core.tool import CommandSpec
from vl_envs.wrappers import TokenActions

WORDS = ["hello", "world"]


def lamps(**kwargs: Any) -> TokenActions[Any]:
    """Make the toy, which can also say something somewhere, with actions of choices."""
    wrapper: dict[str, Any] = {"length": 3, "bins": 10, "words": WORDS}
    wrapper |= {name: kwargs.pop(name) for name in tuple(wrapper) if name in kwargs}
    return TokenActions(gym.make(LAMPS, **{"extra": (SAY,), **kwargs}), **wrapper)


ENV = lamps()
ANY = st.tuples(*(st.integers(0, int(n) - 1) for n in ENV.action_space.nvec))  # type: ignore[attr-defined]


def test_entries_are_command_then_arguments() -> None:
    """Walk's default has no entry; then lamp, loudly, three words, and two coordinates."""
    assert ENV.action_space == gym.spaces.MultiDiscrete([5, 3, 2, 2, 3, 3, 10, 10])


@pytest.mark.parametrize(
    ("action", "text"),
    [
        ([0, 2, 1, 1, 1, 1, 9, 9], "<walk></walk>"),
        ([1, 2, 0, 0, 0, 0, 0, 0], "<switch> blue </switch>"),
        ([2, 0, 1, 0, 0, 0, 0, 0], "<ring> true </ring>"),
        ([3, 0, 0, 0, 0, 0, 0, 0], "<leave></leave>"),
        ([4, 0, 0, 1, 0, 2, 0, 9], '<say>{"text": "world hello", "at": [50.0, 950.0]}</say>'),
        ([4, 0, 0, 0, 2, 1, 5, 5], '<say>{"text": "hello", "at": [550.0, 550.0]}</say>'),
    ],
)
def test_actions_are_texts(action: list[int], text: str) -> None:
    """Entries of other commands say nothing; the last choice ends a text."""
    assert ENV.text(action) == text


@pytest.mark.parametrize("dialect", ["arft", "hermes", "json"])
def test_any_action_is_a_command(dialect: str) -> None:
    """In each dialect a random action can be read, and finds its way back."""
    env = lamps(dialect=dialect)

    @given(ANY)
    def check(action: tuple[int, ...]) -> None:
        text = env.text(action)
        command = env.parser.parse(text)
        assert isinstance(command, Command) and not command.thought
        entries = env.entries(text)
        assert entries is not None and env.text(entries) == text

    check()


@pytest.mark.parametrize(
    ("coordinates", "point"),
    [("norm_1000", [150, 850]), ("norm_1", [0.15, 0.85]), ("pixel", [12, 34])],
)
def test_points_are_written_as_the_environment_reads_them(
    coordinates: str, point: list[float]
) -> None:
    """Bins 1 and 8 of 10, across a picture 80 wide and 40 high."""
    env = lamps(coordinates=coordinates, image_size=(40, 80))
    command = env.parser.parse(env.text([4, 0, 0, 0, 2, 2, 1, 8]))
    assert isinstance(command, Command)
    assert command.arguments["at"] == point
    assert env.entries(command.raw) is not None


def test_points_on_the_edge_and_outside_fall_into_the_last_bins() -> None:
    """An expert may point anywhere."""
    for at, bins in (([0, 1000], [0, 9]), ([-5, 2000], [0, 9]), ([99, 100], [0, 1])):
        entries = ENV.entries(ENV.parser.write("say", {"text": "hello", "at": at}))
        assert entries is not None and entries[-2:].tolist() == bins


@pytest.mark.parametrize(
    "text",
    [
        "garbage",
        "<walk> 3 </walk>",
        '<say>{"text": "goodbye", "at": [1, 1]}</say>',
        '<say>{"text": "hello hello hello hello", "at": [1, 1]}</say>',
        '<say>{"text": "", "at": [1, 1]}</say>',
    ],
)
def test_what_cannot_be_chosen_has_no_entries(text: str) -> None:
    """Unreadable, with an argument that has no entry, an unknown word, too many, or none."""
    assert ENV.entries(text) is None


@pytest.mark.parametrize("action", [[0] * 7, [5] + [0] * 7, [-1] + [0] * 7, [0.5] * 8, [[0] * 8]])
def test_actions_outside_the_space_are_told(action: Any) -> None:
    """Wrong lengths, ranges and types are errors, never clipped."""
    with pytest.raises(ValueError, match="expected an action in MultiDiscrete"):
        ENV.step(action)


def test_a_list_with_a_default_can_be_left_out() -> None:
    """The entry chooses from the list; a text without the argument means the default."""
    speed = {"type": "integer", "enum": [1, 2, 3], "default": 2}
    env = lamps(extra=(CommandSpec("run", "runs.", {"speed": speed}),))
    assert env.action_space == gym.spaces.MultiDiscrete([5, 3, 2, 3])
    assert env.text([4, 0, 0, 2]) == "<run> 3 </run>"
    for text in ("<run></run>", "<run> 2 </run>"):
        entries = env.entries(text)
        assert entries is not None and entries.tolist() == [4, 0, 0, 1]


def test_words_come_from_the_vocabulary() -> None:
    """Signs around them are dropped, and each stands once."""
    assert lamps(words=None).words[:5] == ("Not", "the", "lamp", "is", "on")
    assert lamps(words=None, extra=()).words == ()
    assert lamps(words=["a", "b", "a"]).words == ("a", "b")


@pytest.mark.parametrize(
    ("kwargs", "match"),
    [
        ({"length": 0}, "length and bins must be at least 1"),
        ({"bins": 0}, "length and bins must be at least 1"),
        ({"words": []}, "'say' takes a text as 'text': words must hold some"),
        (
            {"extra": (CommandSpec("count", "counts.", {"to": {"type": "integer"}}),)},
            "'count' takes any integer as 'to'.*use DiscreteActions",
        ),
        (
            {"extra": (CommandSpec("draw", "draws.", {"at": {**POINT, "maxItems": 3}}),)},
            "'draw' takes any array as 'at'",
        ),
    ],
)
def test_bad_options_are_told(kwargs: dict[str, Any], match: str) -> None:
    """The error says what is wrong, and what would do."""
    with pytest.raises(ValueError, match=match):
        lamps(**kwargs)


def test_only_environments_of_the_suite() -> None:
    """Others have no commands."""
    with pytest.raises(ValueError, match="expected a VLEnv"):
        TokenActions(gym.make("CartPole-v1"))


def test_pickled_and_made_again() -> None:
    """A pickled copy goes on alike; the specification makes the same wrapper again."""
    env = lamps()
    env.reset(seed=0)
    twin = pickle.loads(pickle.dumps(env))  # noqa: S301 (our own bytes)
    action = np.array([1, 2, 0, 0, 0, 0, 0, 0])
    assert env.step(action)[0]["text"] == twin.step(action)[0]["text"]
    assert env.spec is not None
    again = gym.make(env.spec)
    assert again.action_space == env.action_space


def test_vectorised() -> None:
    """Side by side, an action is a row."""
    envs: Any = gym.make_vec(LAMPS, num_envs=2, wrappers=[TokenActions])
    envs.reset(seed=0)
    infos = envs.step(np.array([[0, 0, 0], [2, 0, 1]]))[4]
    assert [(c.name, c.arguments) for c in infos["command"]] == [
        ("walk", {}),
        ("ring", {"loudly": True}),
    ]


@pytest.mark.parametrize(
    ("env_id", "bins"), [("VLTool/MatSearchSmall-v0", 1), ("VLGui/NavigateSmall-v0", 64)]
)
def test_expert_wins_through_choices(env_id: str, bins: int) -> None:
    """Queries, answers and clicks of the expert fit into the space, and do what they should."""
    env = TokenActions(gym.make(env_id), length=6, bins=bins)
    vl = env.unwrapped
    assert isinstance(vl, VLEnv)
    for seed in range(10):
        env.reset(seed=seed)
        ended, info = False, dict[str, Any]()
        while not ended:
            entries = env.entries(vl.expert_action())
            assert entries is not None, vl.expert_action()
            _, _, terminated, truncated, info = env.step(entries)
            ended = terminated or truncated
        assert info["success"], seed
