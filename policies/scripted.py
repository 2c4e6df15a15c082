"""Policies that need no model: random commands, the environment's expert, a human at a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from policies.context import Context
from policies.policy import Generation
from vl_envs.core.parser import Parser


class RandomPolicy:
    """Says well-formed commands with random words of the observation as arguments.

    Args:
        parser: of the environment.
        seed: of the choices.
    """

    def __init__(self, parser: Parser, seed: int = 0) -> None:
        self.parser = parser
        self.rng = np.random.default_rng(seed)

    def seed(self, seed: int) -> None:
        """Start the random stream anew."""
        self.rng = np.random.default_rng(seed)

    def act(self, contexts: Sequence[Context], greedy: bool = False) -> list[Generation]:
        """Answer each context with a random command."""
        return [Generation(self._command(context)) for context in contexts]

    def _command(self, context: Context) -> str:
        commands = list(self.parser.commands.values())
        command = commands[int(self.rng.integers(len(commands)))]
        words = [word for message in context.messages for word in message.text.split()] or ["?"]
        arguments: dict[str, object] = {}
        for name, schema in command.parameters.items():
            kind = schema.get("type", "string")
            if "enum" in schema:
                arguments[name] = schema["enum"][int(self.rng.integers(len(schema["enum"])))]
            elif kind == "string":
                word = words[int(self.rng.integers(len(words)))]
                arguments[name] = word.strip(".,:;?!<>/") or "?"
            elif kind == "boolean":
                arguments[name] = bool(self.rng.integers(2))
            else:
                number = int(self.rng.integers(1001))
                count = schema.get("minItems", 1)
                arguments[name] = number if kind != "array" else self._numbers(count)
        return self.parser.write(command.name, arguments)

    def _numbers(self, count: int) -> list[int]:
        return [int(number) for number in self.rng.integers(1001, size=count)]


class ExpertPolicy:
    """Says what the environments' own experts say.

    Args:
        envs: the vector environment that is played; contexts name their place in it.
    """

    def __init__(self, envs: Any) -> None:
        self.envs = envs

    def act(self, contexts: Sequence[Context], greedy: bool = False) -> list[Generation]:
        """Ask each context's environment for its expert's action."""
        actions = self.envs.call("expert_action")
        # Nothing is said by the expert of an environment that has just failed.
        return [Generation(actions[context.index] or "") for context in contexts]


class HumanPolicy:
    """Asks a person at the terminal; saves the picture where they can look at it.

    Args:
        picture: file that always holds the current picture.
    """

    def __init__(self, picture: str = "observation.png") -> None:
        self.picture = picture

    def act(self, contexts: Sequence[Context], greedy: bool = False) -> list[Generation]:
        """Show each context's newest message and read one line."""
        from PIL import Image

        generations = []
        for context in contexts:
            message = context.messages[-1]
            if message.image is not None:
                Image.fromarray(message.image).save(self.picture)
                print(f"[picture: {self.picture}]")
            generations.append(Generation(input(f"{message.text}\n> ")))
        return generations
