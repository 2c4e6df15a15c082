"""A toy with every kind of command, of which some are admissible: three lamps to switch on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import gymnasium as gym
import numpy as np

from vl_envs.core.env import Outcome, View, VLEnv
from vl_envs.core.parser import Command
from vl_envs.core.tool import CommandSpec

LAMPS = "Test/Lamps-v0"
NAMES = ("red", "green", "blue")
WALK = CommandSpec("walk", "walks on.", {"steps": {"type": "integer", "default": 1}})
SWITCH = CommandSpec("switch", "switches a lamp on.", {"lamp": {"type": "string", "enum": NAMES}})
RING = CommandSpec("ring", "rings.", {"loudly": {"type": "boolean"}})
LEAVE = CommandSpec("leave", "leaves.", final=True)
POINT = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
SAY = CommandSpec("say", "says something somewhere.", {"text": {"type": "string"}, "at": POINT})


@dataclass
class LampsState:
    """The lamps that are on, and all that was done."""

    on: list[str] = field(default_factory=list)
    done: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


class LampsEnv(VLEnv[LampsState]):
    """Switch all lamps on and leave; a lamp that is on cannot be switched.

    Args:
        extra: further commands, which do nothing.
        lists: whether `info` lists what is admissible.
        kwargs: of `VLEnv`.
    """

    rules = "Lamps stay on."

    def __init__(
        self, extra: tuple[CommandSpec, ...] = (), lists: bool = True, **kwargs: Any
    ) -> None:
        commands = (WALK, SWITCH, RING, LEAVE, *extra)
        super().__init__(commands, **{"image_size": 40, "max_invalid": 9, **kwargs})
        self.lists = lists

    def _start(self, options: Mapping[str, Any]) -> tuple[LampsState, str]:
        first = NAMES[int(self.np_random.integers(len(NAMES)))]
        return LampsState([first]), first

    def _apply(self, command: Command) -> Outcome:
        state = self.state
        state.done.append((command.name, dict(command.arguments)))
        if command.name == "leave":
            success = len(state.on) == len(NAMES)
            return Outcome({"all": float(success)}, terminated=True, success=success)
        if command.name == "switch":
            lamp = command.arguments["lamp"]
            if lamp in state.on:
                return Outcome(message=f"the {lamp} lamp is on", valid=False)
            state.on.append(lamp)
        return Outcome(message="done")

    def _observe(self) -> View:
        picture = np.full((*self.image_size, 3), 60 * len(self.state.on), np.uint8)
        return View(picture, "" if self._turn else f"Not the {self.state.on[0]} lamp!")

    def _admissible_actions(self) -> tuple[str, ...] | None:
        """List them with spaces and a thought, which make no difference."""
        write = self.parser.write
        off = [lamp for lamp in NAMES if lamp not in self.state.on]
        texts = [write("switch", {"lamp": lamp}, "dark") for lamp in off]
        return (*texts, write("walk", {"steps": 1}), write("leave", {})) if self.lists else None

    def expert_action(self) -> str:
        """Switch the next lamp on, or leave."""
        off = [lamp for lamp in NAMES if lamp not in self.state.on]
        thought = "It is dark." if self.parser.thought else ""
        if off:
            return self.parser.write("switch", {"lamp": off[0]}, thought)
        return self.parser.write("leave", {}, thought)

    def vocabulary(self) -> Iterable[str]:
        """Give the few words there are."""
        return ["Not the lamp! the lamp is on", "done", " ".join(NAMES)]


if LAMPS not in gym.registry:
    gym.register(LAMPS, entry_point=LampsEnv, max_episode_steps=12)
