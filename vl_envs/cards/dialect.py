"""``rl4vlm``: the JSON answers of RL4VLM, with what the model perceives before its action."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from vl_envs.core.parser import (
    DIALECTS,
    JsonParser,
    Parser,
    Unreadable,
    read_json_object,
    without_fence,
    write_json,
)
from vl_envs.core.tool import CommandSpec

_ACTION, _THOUGHTS = "action", "thoughts"


class RL4VLMParser(JsonParser):
    """``rl4vlm``: one JSON object; ``action`` is a word or a symbol.

    Keys and order are those of the prompts in RL4VLM (``VLM_PPO/a2c_ppo_acktr/rl_utils.py``): what
    the model perceives, ``thoughts``, ``action``. What it perceives may be any JSON; it is left
    unread, for the reward is judged by the true state alone. The published code looks for an
    action's name anywhere behind ``"action":`` and takes a random one where it finds none or
    several; here such an answer is invalid.

    A word is a command without arguments, or a value of the only argument of a command.

    Raises:
        ValueError: a command has other arguments, or a word has two meanings.
    """

    name = "rl4vlm"
    perceived: ClassVar[Mapping[str, str]] = {}
    """Key -> how its value is described in the instructions."""
    also_read: ClassVar[tuple[str, ...]] = ()
    """Further keys that are accepted."""

    def __init__(self, commands: Sequence[CommandSpec], thought: bool = True) -> None:
        super().__init__(commands, thought)
        self._meaning: dict[str, tuple[str, dict[str, Any]]] = {}
        for command in commands:
            for word, arguments in _words_of(command):
                if word in self._meaning:
                    raise ValueError(f"the word {word!r} has two meanings in rl4vlm")
                self._meaning[word] = command.name, arguments
        self._word = {
            (name, *arguments.values()): word for word, (name, arguments) in self._meaning.items()
        }

    def instructions(self) -> str:
        """See `Parser.instructions`."""
        shown = {key: f"<{what}>" for key, what in self.perceived.items()} if self.thought else {}
        if self.thought:
            shown[_THOUGHTS] = "<your reasoning>"
        keys = ", ".join(f'"{key}": {what}' for key, what in {**shown, _ACTION: "<action>"}.items())
        lines = [f"Answer with one JSON object: {{{keys}}}. Actions are texts:"]
        for command in self.commands.values():
            words = ", ".join(json.dumps(word) for word, _ in _words_of(command))
            lines.append(f"- {words}: {command.description}")
        return "\n".join(lines)

    def write(self, name: str, arguments: Mapping[str, Any], thought: str = "") -> str:
        """See `Parser.write`; what is perceived is left out."""
        answer = {_THOUGHTS: thought} if thought else {}
        said = (name, *arguments.values())
        return write_json({**answer, _ACTION: self._word[said]})

    def _read(self, text: str) -> tuple[str, dict[str, Any], str]:
        answer = read_json_object(without_fence(text))
        for key in (*self.perceived, *self.also_read):
            answer.pop(key, None)
        thoughts, action = answer.pop(_THOUGHTS, ""), answer.pop(_ACTION, None)
        if answer or not isinstance(thoughts, str):
            keys = ", ".join(json.dumps(key) for key in (*self.perceived, _THOUGHTS, _ACTION))
            raise Unreadable(f"Expected just the keys {keys}; the thoughts are a text.")
        if not isinstance(action, str) or action not in self._meaning:
            words = ", ".join(map(json.dumps, self._meaning))
            raise Unreadable(f'"action" must be one of the texts {words}.')
        name, arguments = self._meaning[action]
        return name, dict(arguments), thoughts.strip()


def _words_of(command: CommandSpec) -> list[tuple[str, dict[str, Any]]]:
    """List the words that stand for a command, each with the arguments that it means."""
    if not command.parameters:
        return [(command.name, {})]
    key, schema = next(iter(command.parameters.items()))
    if len(command.parameters) > 1 or "enum" not in schema:
        raise ValueError(f"{command.name} needs one argument with an enum to be said in rl4vlm")
    return [(str(value), {key: value}) for value in schema["enum"]]


class NumberLineParser(RL4VLMParser):
    """``rl4vlm`` of the number line."""

    perceived: ClassVar[Mapping[str, str]] = {
        "current number": "what you see",
        "target number": "what you see",
    }


class PointsParser(RL4VLMParser):
    """``rl4vlm`` of the points games."""

    perceived: ClassVar[Mapping[str, str]] = {
        "cards": "a list of their numbers",
        "current formula": "what is written",
    }
    also_read: ClassVar[tuple[str, ...]] = ("formula",)


def with_rl4vlm(parser: type[RL4VLMParser]) -> Mapping[str, type[Parser]]:
    """Return the core dialects and a game's own ``rl4vlm``."""
    return {**DIALECTS, parser.name: parser}
