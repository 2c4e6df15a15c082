"""The picture is enough to win, and needed: a reader of pixels against who sees nothing."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable

import numpy as np
import pytest

from vl_envs.core.env import Image
from vl_envs.miniworld.env import MiniWorldEnv

WORLDS = range(100, 140)
Player = Callable[[Image], tuple[str, int]]
"""Says a command and how often, after a picture."""


def reader(picture: Image) -> tuple[str, int]:
    """Turn left until red is seen, turn until it is in the middle, then go."""
    red = (picture[..., 0] > 100) & (picture[..., 1:].max(-1) < 60)
    columns = np.nonzero(red)[1]
    if not len(columns):
        return "turn_left", 1
    middle = columns.mean() / picture.shape[1] - 0.5
    if abs(middle) > 0.25:
        return ("turn_left" if middle < 0 else "turn_right"), 1
    return "move_forward", 1


def repeating(*commands: tuple[str, int]) -> Player:
    """Repeat commands whatever is seen."""
    following = itertools.cycle(commands)
    return lambda picture: next(following)


@functools.cache
def wins(task: str, kind: str, moves: int) -> float:
    """Return a player's share of worlds that it wins in so many moves."""
    env = MiniWorldEnv(task, image_size=64, prompt="brief", thought=False)
    won = 0
    for seed in WORLDS:
        picture = env.reset(seed=seed)[0]["image"]
        player = {
            "reader": reader,
            "reader of black": lambda picture: reader(np.zeros_like(picture)),
            "ahead": repeating(("move_forward", 10)),
            "ahead and round": repeating(*[("move_forward", 10)] * 3, ("turn_left", 5)),
            "here and there": repeating(*[("move_forward", 10)] * 2, ("turn_left", 3)),
        }[kind]
        ended = False
        while not ended and env.state.steps < moves:
            name, steps = player(picture)
            observation, _, ended, _, info = env.step(env.parser.write(name, {"steps": steps}))
            picture = observation["image"]
            won += info["success"]
    return won / len(WORLDS)


@pytest.mark.parametrize("task", ["Hallway", "OneRoom"])
def test_who_reads_the_picture_wins(task: str) -> None:
    """In 120 moves a reader of red pixels wins nearly always; it knows nothing but the picture."""
    assert wins(task, "reader", 120) >= 0.95


@pytest.mark.parametrize("task", ["Hallway", "OneRoom"])
@pytest.mark.parametrize("kind", ["reader of black", "ahead", "ahead and round", "here and there"])
def test_who_sees_nothing_does_not(task: str, kind: str) -> None:
    """The same reader on black pictures never wins; who wanders blindly, in half of the worlds."""
    share = wins(task, kind, 120)
    assert share <= 0.6 and wins(task, "reader", 120) - share >= 0.4
    if kind == "reader of black":
        assert share == 0
