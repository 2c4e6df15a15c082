"""The guard of one environment: it rests, and what fails is made anew and says so."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from algorithms.guard import MAKES, Guard
from tests.faulty import FAULTY, order
from tests.toys import COLOUR

LOOK = "<look></look>"


def toy() -> Guard:
    """Make a guarded toy that never fails."""
    return Guard(partial(gym.make, COLOUR))


def test_it_rests_until_it_is_reset() -> None:
    """A fresh one shows nothing, a paused one what was seen last; neither steps."""
    env = toy()
    observation, reward, terminated, truncated, info = env.step(LOOK)
    assert observation["text"] == "" and not observation["image"].any()
    assert (reward, terminated, truncated, info) == (0.0, False, False, {})
    assert env.expert_action() == ""
    seen, _ = env.reset(seed=1)
    again, info = env.reset(options={Guard.PAUSE: True})
    assert again is seen and info == {}
    assert env.step("<name> red </name>")[1:4] == (0.0, False, False)
    env.reset(seed=1)
    assert env.step("<name> red </name>")[2]


@pytest.mark.parametrize("when", ["reset", "step", "expert"])
def test_what_raises_is_made_anew(
    tmp_path: Path, when: str, caplog: pytest.LogCaptureFixture
) -> None:
    """The episode is cut off with the error's name, and the next one is as if nothing had been."""
    env = Guard(partial(gym.make, FAULTY, orders=order(tmp_path, f"raise-{when}")))
    first = env.unwrapped
    _, info = env.reset(seed=1)
    env.expert_action()
    observation, reward, terminated, truncated, ended = env.step(LOOK)
    assert (reward, terminated, truncated) == (0.0, False, True)
    assert ended["env_error"] == "RuntimeError: the simulator is dead"
    assert info.get("env_error") == (ended["env_error"] if when == "reset" else None)
    assert (observation["text"] == "") == (when == "reset")
    assert "in _fail" in caplog.text  # the traceback
    assert env.unwrapped is not first
    _, info = env.reset(seed=2)
    straight = toy()
    straight.reset(seed=2)
    assert env.expert_action() == straight.expert_action() == LOOK
    result, wanted = env.step(LOOK), straight.step(LOOK)
    np.testing.assert_array_equal(result[0]["image"], wanted[0]["image"])
    assert result[1:] == wanted[1:]


def test_what_cannot_be_made_anew_is_raised(tmp_path: Path) -> None:
    """After a few tries; the error tells of the failure and of why it could not be mended."""
    env = Guard(partial(gym.make, FAULTY, orders=order(tmp_path)))
    env.reset(seed=1)
    order(tmp_path, "raise-step", *["raise-make"] * MAKES)
    with pytest.raises(RuntimeError, match=r"could not be made anew in 3 tries: RuntimeError: the"):
        env.step(LOOK)


def test_fewer_failures_to_make_it_are_survived(tmp_path: Path) -> None:
    """One that can be made at the last try goes on."""
    env = Guard(partial(gym.make, FAULTY, orders=order(tmp_path)))
    env.reset(seed=1)
    order(tmp_path, "raise-step", *["raise-make"] * (MAKES - 1))
    assert env.step(LOOK)[3]
    assert "env_error" not in env.reset(seed=1)[1]


@pytest.mark.parametrize(
    ("mistake", "error"),
    [
        (lambda env: env.reset(seed=1, options={"index": -3}), ValueError),
        (lambda env: (env.reset(seed=1), env.step("?"), env.step("?")), gym.error.ResetNeeded),
        (lambda env: env.get_wrapper_attr("no_such_thing"), AttributeError),
    ],
)
def test_mistakes_of_the_caller_are_raised(
    mistake: Callable[[Guard], Any], error: type[Exception]
) -> None:
    """A wrong option, a step after the end, an unknown attribute are no failures of the world."""
    with pytest.raises(error):
        mistake(Guard(partial(gym.make, "VLTool/MatSearchSmall-v0", max_invalid=1)))
