"""For each algorithm a world in which it must win: what its idea is good for, and no accident.

All begin with the same weights, play the same number of turns, and take the same number of
optimiser steps on them, at the same learning rate.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from algorithms.grpo import GRPO, GRPOConfig
from algorithms.rollout import collect, make_envs
from algorithms.train import Algorithm
from algorithms.vl_dac import VLDAC, VLDACConfig
from policies.context import NEWEST
from policies.vlm import VLMPolicy
from tests.toys import COLOURS, COMMANDS, WORDS, cloned_policy
from vl_envs.core.env import Outcome, View, VLEnv
from vl_envs.core.parser import Command

SERIES = "Test/Series-v0"
SIDE = 16


@dataclass
class SeriesState:
    """The colours still to be named, and what the whole task's luck is."""

    colours: list[str]
    pay: float
    luck: float


class SeriesEnv(VLEnv[SeriesState]):
    """Name one colour after another; each right name pays.

    Args:
        length: how many.
        luck: deviation of what is paid for nothing, drawn with the task: nobody can foresee it.
        pays: what a right name may pay in a task, drawn with it and not shown.
        noise: deviation of what is paid for nothing in each turn, whatever the task.
        kwargs: of `VLEnv`.
    """

    def __init__(
        self,
        length: int = 1,
        luck: float = 0.0,
        pays: tuple[float, ...] = (1.0,),
        noise: float = 0.0,
        **kwargs: Any,
    ) -> None:
        options = {"image_size": SIDE, "prompt": "brief", "thought": False, "max_invalid": 99}
        super().__init__(COMMANDS, **{**options, **kwargs})
        self.length, self.luck, self.pays, self.noise = length, luck, pays, noise
        self.chance = np.random.default_rng(0)  # no task's: it differs within a group

    def _start(self, options: Mapping[str, Any]) -> tuple[SeriesState, str]:
        colours = [str(name) for name in self.np_random.choice(list(COLOURS), self.length)]
        luck = self.luck * float(self.np_random.normal())
        return SeriesState(colours, float(self.np_random.choice(self.pays)), luck), "series"

    def _apply(self, command: Command) -> Outcome:
        state = self.state
        right = command.arguments.get("colour") == state.colours.pop(0)
        earned = state.pay * right + self.noise * float(self.chance.normal())
        terms = {"right": earned, "luck": state.luck}
        return Outcome(terms, terminated=not state.colours, success=right)

    def _refuse(self, error: Any) -> Outcome:
        return self._apply(Command("look", {}, "", error.raw))

    def _observe(self) -> View:
        name = self.state.colours[0] if self.state.colours else "red"
        colour = np.array(COLOURS[name], np.uint8)
        return View(np.broadcast_to(colour, (SIDE, SIDE, 3)).copy(), "which colour ?")

    def expert_action(self) -> str:
        """Name the colour."""
        return self.parser.write("name", {"colour": self.state.colours[0]})

    def vocabulary(self) -> Iterable[str]:
        """Give the few words there are."""
        return [WORDS, " ".join(COLOURS)]


if SERIES not in gym.registry:
    gym.register(SERIES, entry_point=SeriesEnv, max_episode_steps=64)


@pytest.fixture(scope="module")
def cloned() -> VLMPolicy:
    """A policy that has learned the words, and that everything is red more often than not."""
    return cloned_policy(expert_error=0.6, expert_looks=0)


def right_after(
    make: Any, cloned: VLMPolicy, turns: int, updates: int, group: int = 8, **world: Any
) -> float:
    """Train a copy; return the share of colours that it names right, sampled."""
    policy = copy.deepcopy(cloned)
    algorithm: Algorithm = make(policy, updates)
    envs = make_envs(SERIES, 32, **world)
    length = world.get("length", 1)
    for update in range(updates):
        rng = np.random.default_rng(update)
        episodes = turns // length
        groups = 1 if isinstance(algorithm, VLDAC) else group
        seeds = rng.integers(10**9, size=episodes // groups).repeat(groups).tolist()
        policy.seed(update)
        algorithm.update(collect(envs, policy, seeds, history=NEWEST))
    test = make_envs(SERIES, 64)
    policy.seed(0)
    played = collect(test, policy, range(10**9, 10**9 + 512), history=NEWEST)
    return float(np.mean([episode.success for episode in played]))


RATE = 5e-4
MINIBATCH = 128


def vl_dac(policy: VLMPolicy, updates: int) -> Algorithm:
    """Make VL-DAC."""
    config = VLDACConfig(
        learning_rate=RATE, gamma=0.9, lam=0.95, value_warmup=2, minibatch=MINIBATCH
    )
    return VLDAC(policy, config, updates)


def grpo(policy: VLMPolicy, updates: int) -> Algorithm:
    """Make GRPO."""
    config = GRPOConfig(learning_rate=RATE, truncated="reward", minibatch=MINIBATCH)
    return GRPO(policy, config, updates)


def loop(policy: VLMPolicy, updates: int) -> Algorithm:
    """Make LOOP."""
    options = {"learning_rate": RATE, "truncated": "reward", "minibatch": MINIBATCH}
    config = GRPOConfig.variant("rloo", **options)
    return GRPO(policy, config, updates)


def test_long_episodes_need_credit_for_each_step(cloned: VLMPolicy) -> None:
    """Where an episode is many steps, the critic's credit beats one return for them all."""
    ours = right_after(vl_dac, cloned, 512, 16, length=64)
    assert ours > right_after(loop, cloned, 512, 16, length=64) + 0.1
    assert ours > right_after(grpo, cloned, 512, 16, length=64) + 0.1


def test_luck_of_the_task_needs_groups(cloned: VLMPolicy) -> None:
    """Where tasks pay by luck, comparing within a task beats a critic, who cannot foresee it."""
    ours = right_after(vl_dac, cloned, 512, 10, luck=10.0)
    assert ours < right_after(loop, cloned, 512, 10, luck=10.0) - 0.2
    assert ours < right_after(grpo, cloned, 512, 10, luck=10.0) - 0.2
