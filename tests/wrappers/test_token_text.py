"""`TokenText`: ids for words, what is kept of a long text, and the goal."""

from __future__ import annotations

import pickle
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.wrappers.toy import LAMPS
from vl_envs.wrappers import DiscreteActions, TokenText, WordIds

WORDS = ["go to <b> 12 , don't", "go far"]


def lamps(length: int = 8, **kwargs: Any) -> TokenText[Any]:
    """Make the toy with its text in numbers."""
    names = ("goal_length", "words")
    wrapper = {name: kwargs.pop(name) for name in names if name in kwargs}
    return TokenText(gym.make(LAMPS, **{"prompt": "brief", **kwargs}), length, **wrapper)


def test_words_tags_numbers_and_signs_are_tokens() -> None:
    """Ids count from 2 in order of appearance; 1 is unknown, 0 fills up."""
    words = WordIds(WORDS)
    assert words.words == ("go", "to", "<b>", "12", ",", "don", "'", "t", "far")
    assert len(words) == 11
    assert words.encode("far, <b>Go 12\n", 7).tolist() == [10, 6, 4, 1, 5, 0, 0]
    assert words.decode([10, 6, 4, 1, 5, 0, 0]) == "far , <b> � 12"


def test_new_words_are_spelt_in_pieces() -> None:
    """The longest piece goes first; what cannot be spelt is one unknown word."""
    words = WordIds(["Ka Kad ##du ##u ##d"])
    assert words.words == ("Ka", "Kad", "##du", "##u", "##d")
    assert words.encode("Kadu Kaduk ##du Kaddu", 8).tolist() == [3, 5, 1, 1, 1, 1, 3, 4]
    assert words.decode([3, 5, 2, 4, 2]) == "Kadu Kadu Ka"
    assert words.encode("Ka" + "du" * 50, 2).tolist() == [1, 0], "too long to be looked at"


def test_of_a_long_text_the_beginning_is_kept() -> None:
    """What comes first matters most; a length of 0 keeps nothing."""
    words = WordIds(WORDS)
    assert words.decode(words.encode("go to far 12", 2)) == "go to"
    assert words.encode("go", 0).shape == (0,)


@given(st.text(), st.integers(0, 20))
def test_any_text_has_ids(text: str, length: int) -> None:
    """No text raises, and all ids are within the space."""
    words = WordIds(WORDS)
    ids = words.encode(text, length)
    assert ids.shape == (length,) and ids.dtype == np.int32
    assert np.all((ids >= 0) & (ids < len(words)))


@given(st.lists(st.sampled_from(WordIds(WORDS).words), max_size=9))
def test_known_words_come_back(said: list[str]) -> None:
    """What is written in known words is read back."""
    words, text = WordIds(WORDS), " ".join(said)
    assert words.decode(words.encode(text, 9)) == text


def test_observation_holds_numbers_of_the_newest_text() -> None:
    """The picture stays; the text changes with every step; the goal does not."""
    env = lamps(goal_length=4)
    first, _ = env.reset(seed=0)
    assert first in env.observation_space
    bare, _ = gym.make(LAMPS, prompt="brief").reset(seed=0)
    assert np.array_equal(first["image"], bare["image"])
    assert env.words.decode(first["text"]) == "Not the {} lamp !".format(bare["text"].split()[2])
    assert first["goal"].tolist() == first["text"][:4].tolist()
    later = env.step("<walk></walk>")[0]
    assert env.words.decode(later["text"]) == "done"
    assert later["goal"].tolist() == first["goal"].tolist()
    assert later in env.observation_space


def test_goals_are_copies() -> None:
    """Who writes into an observation does not change the next one."""
    env = lamps(goal_length=4)
    first = env.reset(seed=0)[0]
    kept = first["goal"].copy()
    first["goal"][:] = 0
    assert env.step("<walk></walk>")[0]["goal"].tolist() == kept.tolist()


def test_another_episode_has_another_goal() -> None:
    """Seeds 0 to 29 name all three lamps."""
    env = lamps(goal_length=4)
    assert len({env.words.decode(env.reset(seed=i)[0]["goal"]) for i in range(30)}) == 3


def test_vocabulary_is_told_explained_or_given() -> None:
    """Instructions count where they are shown; a given vocabulary replaces all."""
    assert "<walk>" not in lamps().words.words
    full = lamps(prompt="full")
    assert {"<walk>", "Lamps", "red"} <= set(full.words.words)
    assert 1 not in full.reset(seed=0)[0]["text"]
    assert lamps(words=["a b"]).words.words == ("a", "b")


def test_space_is_as_small_as_the_vocabulary() -> None:
    """Bounds, shapes and types are what a library is told."""
    space: Any = lamps(length=5, goal_length=3, words=["a b"]).observation_space
    assert space["text"] == gym.spaces.Box(0, 3, (5,), np.int32)
    assert space["goal"] == gym.spaces.Box(0, 3, (3,), np.int32)
    assert set(space) == {"image", "text", "goal"}
    assert set(lamps().observation_space) == {"image", "text"}  # type: ignore[call-overload]


@pytest.mark.parametrize("lengths", [{"length": 0}, {"goal_length": -1}])
def test_bad_lengths_are_refused(lengths: dict[str, int]) -> None:
    """The error says what came."""
    with pytest.raises(ValueError, match="length must be at least 1 and goal_length at least 0"):
        lamps(**lengths)


def test_missing_words_and_texts_are_told() -> None:
    """Shop tells no vocabulary; CartPole has no text; a list of nothing has no words."""
    with pytest.raises(ValueError, match=r"ShopEnv tells no vocabulary: pass words="):
        TokenText(gym.make("VLGui/Shop-v0"))
    with pytest.raises(ValueError, match="expected observations with a 'text'"):
        TokenText(gym.make("CartPole-v1"))
    with pytest.raises(ValueError, match="at least one word"):
        lamps(words=[" "])


def test_pickled_and_made_again() -> None:
    """A pickled copy goes on alike; the specification makes the same wrapper again."""
    env = lamps(length=6, goal_length=4, words=["Not the red lamp done"])
    env.reset(seed=0)
    twin = pickle.loads(pickle.dumps(env))  # noqa: S301 (our own bytes)
    for one, two in ((env.step("?"), twin.step("?")), (env.reset(), twin.reset())):
        assert all(np.array_equal(one[0][name], two[0][name]) for name in one[0])
    assert env.spec is not None
    again: Any = gym.make(env.spec)
    assert again.observation_space == env.observation_space


@pytest.mark.parametrize("how", ["sync", "async"])
def test_vectorised_with_numbered_actions(how: str) -> None:
    """Both wrappers together make an environment of numbers alone."""
    envs: Any = gym.make_vec(
        LAMPS, num_envs=2, vectorization_mode=how, wrappers=[DiscreteActions, TokenText]
    )
    try:
        observation, _ = envs.reset(seed=[0, 0])
        assert observation["text"].shape == (2, 64)
        later = envs.step(np.array([0, 6]))[0]
        assert later in envs.observation_space
        words = TokenText(gym.make(LAMPS)).words
        assert [words.decode(ids) for ids in later["text"]] == ["done", ""]
    finally:
        envs.close()
