"""How a household agent speaks: ALFWorld's bare words, RL4VLM's JSON, and the suite's dialects.

There is one command, ``act``, with one argument, a text in ALFWorld's words; `AskToActEnv` adds
``ask``. In the two dialects of this file the text stands alone, without the command's name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from vl_envs.alfworld.engine import ALONE, PREPOSITIONS
from vl_envs.core.line_parser import LineParser
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

VERBS = (*ALONE, "go to", "open", "close", "examine", "use", *PREPOSITIONS)
EXAMPLES = (
    "go to fridge 1, open fridge 1, close fridge 1, take apple 1 from fridge 1, move apple 1 to "
    "countertop 2, heat apple 1 with microwave 1, clean apple 1 with sinkbasin 1, cool apple 1 "
    "with fridge 1, slice apple 1 with knife 1, use desklamp 1, examine apple 1, look, inventory"
)
"""What can be said, as ALFWorld says it."""
_THING = re.compile(r"(apple|knife|desklamp) 1")


def act_command(numbered: bool = True) -> CommandSpec:
    """Describe the command; where things have no numbers, its examples have none either."""
    examples = EXAMPLES if numbered else _THING.sub(r"\1", EXAMPLES)
    return CommandSpec(
        "act",
        f"do one thing, in the words of these examples: {examples}.",
        {"command": {"type": "string"}},
    )


ACT = act_command()


def _split(commands: Mapping[str, CommandSpec], text: str) -> tuple[str, dict[str, Any]]:
    """Tell which command a bare text is: by its first word, or ``act`` where that is a verb."""
    text = text.strip()
    name, _, rest = text.partition(" ")
    if name != ACT.name and name in commands:
        (argument,) = commands[name].parameters
        if not rest.strip():
            raise Unreadable(f"Write what you {name} behind {name!r}.")
        return name, {argument: rest.strip()}
    if not any(text == verb or text.startswith(f"{verb} ") for verb in VERBS) or "\n" in text:
        others = [f"{name} …" for name in commands if name != ACT.name]
        verbs = " or ".join([", ".join(VERBS), *others])
        raise Unreadable(f"Expected one action, and nothing around it, that begins with {verbs}.")
    return ACT.name, {"command": text}


def _bare(name: str, arguments: Mapping[str, Any]) -> str:
    said = " ".join(map(str, arguments.values()))
    return said if name == ACT.name else f"{name} {said}"


class WordsParser(LineParser):
    """``alfworld``: ``go to fridge 1``; before it, a thought in a line of its own."""

    name = "alfworld"

    def instructions(self) -> str:
        """See `Parser.instructions`."""
        lines = [f"{self._asks_for('action')}:"]
        for command in self.commands.values():
            name = "" if command.name == ACT.name else f"{command.name} …: "
            lines.append(f"- {name}{command.description}")
        return "\n".join(lines)

    def _words(self, name: str, arguments: Mapping[str, Any]) -> str:
        return _bare(name, arguments)

    def _read_words(self, text: str) -> tuple[str, dict[str, Any]]:
        return _split(self.commands, text)


class RL4VLMParser(JsonParser):
    """``rl4vlm``: ``{"thoughts": …, "action": "go to fridge 1"}``, as RL4VLM asks for it.

    Source: Zhai et al. 2024, arXiv 2405.10292, whose prompt for ALFWorld has these two keys.
    """

    name = "rl4vlm"

    def instructions(self) -> str:
        """See `Parser.instructions`."""
        thoughts = '"thoughts": <your reasoning>, ' if self.thought else ""
        lines = [f'Answer with one JSON object: {{{thoughts}"action": <action>}}. Actions:']
        for command in self.commands.values():
            name = "" if command.name == ACT.name else f'"{command.name} …": '
            lines.append(f"- {name}{command.description}")
        return "\n".join(lines)

    def write(self, name: str, arguments: Mapping[str, Any], thought: str = "") -> str:
        """See `Parser.write`."""
        answer = {"thoughts": thought} if thought else {}
        return write_json({**answer, "action": _bare(name, arguments)})

    def _read(self, text: str) -> tuple[str, dict[str, Any], str]:
        answer = read_json_object(without_fence(text))
        thoughts, action = answer.pop("thoughts", ""), answer.pop("action", None)
        if answer or not isinstance(thoughts, str) or not isinstance(action, str):
            raise Unreadable('Expected just the keys "thoughts" and "action", both texts.')
        return *_split(self.commands, action), thoughts.strip()


HOUSEHOLD_DIALECTS: dict[str, type[Parser]] = {
    **DIALECTS,
    WordsParser.name: WordsParser,
    RL4VLMParser.name: RL4VLMParser,
}
