"""Every registered environment, wrapped, is one that other libraries take."""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env
from gymnasium.wrappers import FilterObservation
from hypothesis import given, settings
from hypothesis import strategies as st

from vl_envs.core.env import VLEnv
from vl_envs.registry import ENVIRONMENTS, EnvRow
from vl_envs.wrappers import DiscreteActions, TokenActions, TokenText

EACH = pytest.mark.parametrize("row", ENVIRONMENTS, ids=lambda row: str(row.id))
WORDS = ["a few words that anyone might say in any shop"]
"""For environments that tell no vocabulary."""


def numbered(row: EnvRow, **kwargs: Any) -> gym.Env[Any, Any]:
    """Give an environment spaces of numbers: numbered actions where they are finite."""
    env: gym.Env[Any, Any] = gym.make(row.id, **kwargs)
    vl = env.unwrapped
    assert isinstance(vl, VLEnv)
    words = None if list(vl.vocabulary()) else WORDS
    try:
        env = DiscreteActions(env)
    except ValueError:
        said = words[0].split() if words else None
        env = TokenActions(env, length=4, words=said)
    return TokenText(env, length=32, goal_length=16, words=words)


@EACH
def test_gymnasium_accepts_it(row: EnvRow) -> None:
    """Gymnasium's own checker has nothing to say, but that it is wrapped."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message=".*is different from the unwrapped version")
        env = numbered(row)
        check_env(env, skip_render_check=True)
    env.close()


@EACH
def test_stable_baselines_accepts_it(row: EnvRow) -> None:
    """Its checker neither fails nor warns, with pictures and words or with pictures alone."""
    checker = pytest.importorskip("stable_baselines3.common.env_checker")
    for env in (numbered(row), FilterObservation(numbered(row), ["image"])):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            checker.check_env(env)
        env.close()


def _lists(row: EnvRow) -> bool:
    """Tell whether an environment's class lists what is admissible."""
    module, _, name = row.entry_point.partition(":")
    found: type[VLEnv[Any]] = getattr(import_module(module), name)
    return found._admissible_actions is not VLEnv._admissible_actions


# What is possible in a house is listed, too, but no list has all that could ever be: names are
# those of the house.
LISTED = {
    row.entry_point: row
    for row in reversed(ENVIRONMENTS)
    if _lists(row) and row.extra != "household"
}
"""One row of each class that does, of all its actions."""


def test_some_environments_list_actions() -> None:
    """The test below is not empty."""
    assert LISTED


@pytest.mark.parametrize("entry_point", LISTED)
def test_masks_are_what_is_admissible(entry_point: str) -> None:
    """Whatever is played among the unmasked: the mask is the list, and all in it is valid."""
    env = DiscreteActions(gym.make(LISTED[entry_point].id, image_size=64))

    @settings(max_examples=20, deadline=None)
    @given(seed=st.integers(0, 2**31), choices=st.lists(st.integers(0, 2**16), max_size=12))
    def check(seed: int, choices: list[int]) -> None:
        _, info = env.reset(seed=seed)
        for choice in choices:
            listed = {env.index(text) for text in info["admissible_actions"]}
            allowed = np.flatnonzero(env.action_masks()).tolist()
            assert set(allowed) == listed, info["admissible_actions"]
            action = allowed[choice % len(allowed)]
            _, _, terminated, truncated, info = env.step(action)
            assert info["valid"], env.actions[action]
            if terminated or truncated:
                break

    check()
    env.close()


def test_processes_of_stable_baselines() -> None:
    """In fresh processes, too, actions are numbers and masks are found."""
    vec_env = pytest.importorskip("stable_baselines3.common.vec_env")
    envs = vec_env.SubprocVecEnv([_number_line, _number_line])
    try:
        seen = envs.reset()
        assert seen["image"].shape == (2, 48, 48, 3)
        assert np.stack(envs.env_method("action_masks")).shape == (2, 2)
        assert len(envs.step(np.array([0, 1]))[3]) == 2
    finally:
        envs.close()


def _number_line() -> gym.Env[Any, Any]:
    return DiscreteActions(
        FilterObservation(gym.make("vl_envs:VLCards/NumberLine-v0", image_size=48), ["image"])
    )
