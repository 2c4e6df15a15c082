"""`DiscreteActions`: a numbered list of action texts, with a mask of those that are admissible."""

from __future__ import annotations

import itertools
import json
import operator
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, SupportsFloat, SupportsIndex, TypeVar

import gymnasium as gym
import numpy as np
import numpy.typing as npt

from vl_envs.core.env import VLEnv
from vl_envs.core.parser import Command, Parser
from vl_envs.core.tool import CommandSpec
from vl_envs.wrappers.slots import choices

Obs = TypeVar("Obs")


class DiscreteActions(gym.Wrapper[Obs, Any, Obs, Any], gym.utils.RecordConstructorArgs):
    """Numbers the actions: the action space is ``Discrete(n)``, action ``i`` says ``actions[i]``.

    Args:
        env: acts by text.
        actions: the texts. None takes what the environment lists as ``all_actions``, as games do;
            else every command of its parser, in its dialect and without a thought: an argument
            with a ``default`` is left out, of the others all values of an ``enum`` and both of a
            boolean are taken.

    Raises:
        ValueError: ``actions`` is empty, has a text twice or something that is no text; or is None
            and a command takes an argument with endlessly many values.
    """

    def __init__(self, env: gym.Env[Obs, str], actions: Sequence[str] | None = None) -> None:
        gym.utils.RecordConstructorArgs.__init__(self, actions=actions)
        super().__init__(env)
        vl = env.unwrapped
        self._parser = vl.parser if isinstance(vl, VLEnv) else None
        if actions is None:
            actions = getattr(vl, "all_actions", None)
        self.actions = _all_actions(self._parser) if actions is None else _checked(actions)
        self.action_space = gym.spaces.Discrete(len(self.actions))
        self._index = {text: i for i, text in enumerate(self.actions)}
        self._same = {key: i for text, i in self._index.items() if (key := self._key(text))}
        self._needed = [self._key(text, defaults=False) for text in self.actions]
        self._admissible: Sequence[str] | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Obs, dict[str, Any]]:
        """Reset, and note what is admissible."""
        observation, info = self.env.reset(seed=seed, options=options)
        self._admissible = info.get("admissible_actions")
        return observation, info

    def step(self, action: SupportsIndex) -> tuple[Obs, SupportsFloat, bool, bool, dict[str, Any]]:
        """Say ``actions[action]``.

        Raises:
            ValueError: ``action`` is no whole number from 0 to ``len(actions) - 1``.
        """
        try:
            i = operator.index(action)
        except TypeError:
            i = -1
        if not 0 <= i < len(self.actions):
            last = len(self.actions) - 1
            raise ValueError(f"an action is a whole number from 0 to {last}, got {action!r}")
        observation, reward, terminated, truncated, info = self.env.step(self.actions[i])
        self._admissible = info.get("admissible_actions")
        return observation, reward, terminated, truncated, info

    def action_masks(self) -> npt.NDArray[np.bool_]:
        """Tell which actions are admissible now: bool [n], as sb3-contrib's ``MaskablePPO`` asks.

        They are those of the newest ``info["admissible_actions"]``, with whatever thought, and
        with any value of an argument that has a default: what may be done once may be done three
        times. All are True where the environment lists none, where no listed one is among
        ``actions``, and before `reset`: a mask without a True would leave nothing to say.
        """
        listed = set(self._admissible or ())
        keys = {self._key(text, defaults=False) for text in listed} - {None}
        pairs = zip(self.actions, self._needed, strict=True)
        masks = np.array([text in listed or key in keys for text, key in pairs])
        return masks if masks.any() else ~masks

    def index(self, text: str) -> int | None:
        """Find the action that says the same as ``text``, or None.

        The environment's parser decides, where it has one: thoughts, spaces and arguments at their
        defaults make no difference. So an expert's text becomes a number.
        """
        found = self._index.get(text)
        if found is None and (key := self._key(text)):
            found = self._same.get(key)
        return found

    def _key(self, text: str, defaults: bool = True) -> tuple[str, str] | None:
        """Write what a text commands in one way; None where it cannot be read.

        Arguments that have a default are filled in, or with ``defaults=False`` left out.
        """
        command = self._parser.parse(text) if self._parser else None
        if not self._parser or not isinstance(command, Command):
            return None
        parameters = self._parser.commands[command.name].parameters
        filled = {k: schema["default"] for k, schema in parameters.items() if "default" in schema}
        arguments = {**filled, **command.arguments}
        if not defaults:
            arguments = {k: value for k, value in arguments.items() if k not in filled}
        return command.name, json.dumps(arguments, sort_keys=True, default=str)


def _checked(actions: Sequence[str]) -> tuple[str, ...]:
    texts = tuple(actions)
    wrong = [text for text in texts if not isinstance(text, str)]
    if isinstance(actions, str) or not texts or wrong or len(set(texts)) < len(texts):
        raise ValueError(f"actions must be a list of different texts, got {actions!r:.200}")
    return texts


def _all_actions(parser: Parser | None) -> tuple[str, ...]:
    """Write every command with every combination of its arguments' values."""
    if parser is None:
        raise ValueError("the environment has no parser to take actions from: pass actions=[…]")
    return tuple(
        _written(parser, command, arguments)
        for command in parser.commands.values()
        for arguments in _combinations(command)
    )


def _combinations(command: CommandSpec) -> Iterator[dict[str, Any]]:
    values: dict[str, tuple[Any, ...]] = {}
    for name, schema in command.parameters.items():
        if "default" in schema:
            continue
        found = choices(schema)
        if found is None:
            raise ValueError(
                f"{command.name!r} takes any {schema.get('type', 'string')} as {name!r}, so that "
                "there is no end of actions: pass actions=[…], texts such as expert_action() "
                "gives, or use TokenActions"
            )
        values[name] = found
    for combination in itertools.product(*values.values()):
        yield dict(zip(values, combination, strict=True))


def _written(parser: Parser, command: CommandSpec, arguments: Mapping[str, Any]) -> str:
    """Write a command so that the parser reads it back, with defaults where it must have them."""
    defaults = {k: s["default"] for k, s in command.parameters.items() if "default" in s}
    for given in (arguments, {**defaults, **arguments}):
        text = parser.write(command.name, given)
        read = parser.parse(text)
        if isinstance(read, Command) and (read.name, read.arguments) == (command.name, given):
            return text
    raise ValueError(
        f"the dialect {parser.name!r} does not read back {text!r}: pass texts as actions=[…]"
    )
