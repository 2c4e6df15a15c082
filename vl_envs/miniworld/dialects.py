"""The dialects of first-person worlds: VL-DAC's numbered actions, and plain words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from vl_envs.core.line_parser import THOUGHT, LineParser
from vl_envs.core.parser import (
    DIALECTS,
    JsonParser,
    Parser,
    Unreadable,
    read_json_object,
    without_fence,
    write_json,
)


class VLDACParser(JsonParser):
    """``vldac``: ``{"thoughts": …, "action": <number>}``, as VL-DAC asks for it.

    The numbers are those of MiniWorld's actions. A ``description`` of the scene, which the first of
    its prompts asks for, is read as a part of the thoughts, and a number may stand in quotes, as
    models like to write it. One action is one move.

    Source: corl-team/VL-DAC, ``a2c_ppo_acktr/environments/miniworld_env.py``, prompts v1 to v3.
    """

    name = "vldac"

    def instructions(self) -> str:
        """See `Parser.instructions`."""
        thoughts = '"thoughts": <what brings you to the goal>, ' if self.thought else ""
        lines = ["Take one of these actions:"]
        for number, command in enumerate(self.commands.values()):
            lines.append(f"{number} : {command.name.replace('_', ' ')} ({command.description})")
        lines.append("If you see neither the goal nor a way to it, turn around and look.")
        lines.append(f'Answer with one JSON object: {{{thoughts}"action": <number of the action>}}')
        return "\n".join(lines)

    def write(self, name: str, arguments: Mapping[str, Any], thought: str = "") -> str:
        """See `Parser.write`; arguments have no place here."""
        answer = {"thoughts": thought} if thought else {}
        return write_json({**answer, "action": list(self.commands).index(name)})

    def _read(self, text: str) -> tuple[str, dict[str, Any], str]:
        answer = read_json_object(without_fence(text))
        thoughts = [answer.pop(key, "") for key in ("description", "thoughts")]
        action = answer.pop("action", None)
        if answer or not all(isinstance(thought, str) for thought in thoughts):
            raise Unreadable('Expected just the keys "thoughts" (a text) and "action".')
        names = list(self.commands)
        if isinstance(action, str) and re.fullmatch("[0-9]{1,2}", action, re.ASCII):
            action = int(action)
        if isinstance(action, bool) or not isinstance(action, int) or not 0 <= action < len(names):
            raise Unreadable(f'"action" must be a whole number from 0 to {len(names) - 1}.')
        return names[action], {}, "\n".join(filter(None, (t.strip() for t in thoughts)))


_WORDS = re.compile(r"([a-z ]+?)(?: ([0-9]{1,4}))?")


class WordsParser(LineParser):
    """``words``: ``turn left``, ``move forward 3``; before it, a thought in a line of its own.

    Commands are written with spaces for underscores, in small letters or large, a number of times
    behind them where they may be repeated.
    """

    name = "words"

    def instructions(self) -> str:
        """See `Parser.instructions`."""
        first = "Answer with one of these actions, in these words"
        if self.thought:
            first = f"Reason in one line that begins with {THOUGHT!r}. Then write one of these"
        lines = [f"{first}, in a line of its own:"]
        for command in self.commands.values():
            number = " [number]" if command.parameters else ""
            lines.append(f"- {command.name.replace('_', ' ')}{number}: {command.description}")
        return "\n".join(lines)

    def _words(self, name: str, arguments: Mapping[str, Any]) -> str:
        return " ".join([name.replace("_", " "), *map(str, arguments.values())])

    def _read_words(self, text: str) -> tuple[str, dict[str, Any]]:
        match = _WORDS.fullmatch(text.removesuffix(".").lower())
        name = match[1].replace(" ", "_") if match else ""
        if match is None or name not in self.commands:
            names = ", ".join(known.replace("_", " ") for known in self.commands)
            raise Unreadable(f"Expected one of these actions and nothing around it: {names}.")
        only = next(iter(self.commands[name].parameters), None)
        if match[2] is None:
            return name, {}
        if only is None:
            raise Unreadable(f"{match[1]!r} takes no number; expected {match[1]!r} alone.")
        return name, {only: int(match[2])}


WORLD_DIALECTS: dict[str, type[Parser]] = {
    **DIALECTS,
    VLDACParser.name: VLDACParser,
    WordsParser.name: WordsParser,
}
