"""A toy environment that is learned in seconds.

It has a file of its own so that a process in which it runs need not import torch.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np

from vl_envs.core.env import Outcome, View, VLEnv
from vl_envs.core.parser import Command
from vl_envs.core.tool import CommandSpec

COLOUR = "Test/Colour-v0"
COLOURS = {"red": (220, 40, 40), "green": (40, 180, 60), "blue": (50, 70, 230)}
SIDE = 16
WORDS = "<think> </think> I see a <name> </name> <look> </look> which colour ? it is dark now ."
COMMANDS = (
    CommandSpec("look", "looks again."),
    CommandSpec("name", "names it.", {"colour": {"type": "string"}}, final=True),
)


@dataclass
class ColourState:
    """The true colour, the picture's brightness, and how often the agent looked."""

    colour: str
    brightness: float
    looks: int = 0


class ColourEnv(VLEnv[ColourState]):
    """Name the picture's colour, after any number of looks; three turns at most.

    Args:
        expert_looks: how often the expert looks before it names.
        flicker: whether the picture changes with every look.
        look_reward: earned by a look.
        babble_reward: earned by each letter of an unreadable action: even a policy that was never
            trained gets unequal returns.
        fails: ``look`` (the environment fails at every look), or ``step`` or ``reset`` to raise.
        split: taken for form's sake.
        kwargs: of `VLEnv`.
    """

    def __init__(
        self,
        expert_looks: int = 1,
        flicker: bool = False,
        look_reward: float = 0.0,
        babble_reward: float = 0.0,
        fails: str = "",
        split: str = "train",
        **kwargs: Any,
    ) -> None:
        defaults: dict[str, Any] = {"image_size": SIDE, "prompt": "brief", "thought": False}
        super().__init__(COMMANDS, **{**defaults, "max_invalid": 1, **kwargs})
        self.expert_looks, self.flicker, self.look_reward = expert_looks, flicker, look_reward
        self.babble_reward, self.fails = babble_reward, fails
        self.steps = 0

    def _start(self, options: Mapping[str, Any]) -> tuple[ColourState, str]:
        if self.fails == "reset":
            raise RuntimeError("the simulator is dead")
        names = tuple(COLOURS)
        colour = names[int(self.np_random.integers(len(names)))]
        return ColourState(colour, float(self.np_random.uniform(0.8, 1.0))), colour

    def step(self, action: str) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Count the steps, then do as every environment does."""
        self.steps += 1
        if self.fails == "step":
            raise RuntimeError("the simulator is dead")
        return super().step(action)

    def _refuse(self, error: Any) -> Outcome:
        outcome = super()._refuse(error)
        return dataclasses.replace(
            outcome, reward_terms={"babble": self.babble_reward * len(error.raw)}
        )

    def _apply(self, command: Command) -> Outcome:
        state = self.state
        if command.name == "look":
            state.looks += 1
            error = "the lamp is out" if self.fails == "look" else None
            terms = {"look": self.look_reward}
            return Outcome(terms, message="it is dark now .", env_error=error)
        right = command.arguments["colour"] == state.colour
        return Outcome({"right": float(right)}, terminated=True, success=right)

    def _observe(self) -> View:
        state = self.state
        dim = 0.5**state.looks if self.flicker else 1.0
        colour = np.array(COLOURS[state.colour]) * state.brightness * dim
        picture = np.broadcast_to(colour.astype(np.uint8), (*self.image_size, 3)).copy()
        return View(picture, "" if state.looks else "which colour ?")

    def expert_action(self) -> str:
        """Look, then name; an expert that errs always says red."""
        thought = "I see a dark red colour ." if self.parser.thought else ""
        if self.state.looks < self.expert_looks:
            return self.parser.write("look", {}, thought)
        named = "red" if self._expert_errs else self.state.colour
        return self.parser.write("name", {"colour": named}, thought)

    def vocabulary(self) -> Iterable[str]:
        """Give the few words there are."""
        return [WORDS, " ".join(COLOURS)]


if COLOUR not in gym.registry:
    gym.register(COLOUR, entry_point=ColourEnv, max_episode_steps=3)
