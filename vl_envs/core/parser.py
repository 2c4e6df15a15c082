"""Parsers: how a command is written by the model, and read from its text.

A parser owns both halves of an action format: the instructions shown to the model, and the reading
of its answer. Reading is strict. There is no guessing and no repair: a text is a `Command`, or a
`ParseError` whose message tells the model what was expected. Nothing is ever evaluated.
"""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from vl_envs.core.errors import unknown
from vl_envs.core.tool import CommandSpec

_RESERVED = ("think", "tool_call")
_DEEPEST = 32
"""Levels of nested JSON that are read; deeper values could not be pickled between processes."""
_TOO_DEEP = f"Expected JSON of at most {_DEEPEST} levels; this is nested too deeply."

PLACEHOLDER = "…"
"""Stands for the model's own words in instructions; an answer made of it alone is refused."""


@dataclass(frozen=True)
class Command:
    """What the model wants done.

    Attributes:
        name: the command's name.
        arguments: its arguments, checked against the command's schema.
        thought: the model's reasoning, ``""`` where it wrote none.
        raw: the whole text.
    """

    name: str
    arguments: Mapping[str, Any]
    thought: str
    raw: str


@dataclass(frozen=True)
class ParseError:
    """Why a text is no command: ``message`` is for the model, ``raw`` the whole text."""

    message: str
    raw: str


class Unreadable(Exception):
    """Carries a message for the model from inside `Parser._read` to `Parser.parse`."""


class Parser(ABC):
    """One dialect of actions over a set of commands.

    Args:
        commands: what can be said.
        thought: whether the instructions ask the model to reason first.
    """

    name: ClassVar[str]
    stop: tuple[str, ...] = ()
    """Strings that end a turn: generation stops behind the first (``()``: at end-of-sequence)."""

    def __init__(self, commands: Sequence[CommandSpec], thought: bool = True) -> None:
        self.commands = {command.name: command for command in commands}
        if len(self.commands) < len(commands) or not self.commands.keys().isdisjoint(_RESERVED):
            names = ", ".join(command.name for command in commands)
            raise ValueError(f"commands need names of their own, none of {_RESERVED}; got {names}")
        self.thought = thought

    @abstractmethod
    def instructions(self) -> str:
        """Describe the format and the commands to the model; itself never a readable answer."""

    @abstractmethod
    def write(self, name: str, arguments: Mapping[str, Any], thought: str = "") -> str:
        """Write a command as a perfect model would: the inverse of `parse`."""

    @abstractmethod
    def action_start(self, text: str) -> int:
        """Return the index in ``text`` where the thought ends and the action begins."""

    @abstractmethod
    def _read(self, text: str) -> tuple[str, dict[str, Any], str]:
        """Read (name, arguments, thought), or raise `Unreadable`."""

    def parse(self, text: str) -> Command | ParseError:
        """Read a command; any text at all gives a `Command` or a `ParseError`."""
        try:
            name, arguments, thought = self._read(text)
            if name not in self.commands:
                raise Unreadable(f"There is no command {name[:40]!r}; use {self._names()}.")
            problem = self.commands[name].check(arguments)
            if problem:
                raise Unreadable(problem)
            if any(value == PLACEHOLDER for value in arguments.values()):
                raise Unreadable(f"Write your own words in place of {PLACEHOLDER!r}.")
        except Unreadable as error:
            return ParseError(str(error), text)
        return Command(name, arguments, thought, text)

    def _names(self) -> str:
        return " or ".join(self.commands)


class TagParser(Parser):
    """``arft``, Visual-ARFT's tags: ``<think>…</think>``, then one ``<command>…</command>``.

    A command with one string argument holds it as plain text, one with one argument of another
    type holds its JSON value, as in ``<click> [500, 300] </click>``, one without arguments is
    empty, and any other holds its arguments as a JSON object.
    """

    name = "arft"

    def __init__(self, commands: Sequence[CommandSpec], thought: bool = True) -> None:
        super().__init__(commands, thought)
        self.stop = tuple(f"</{name}>" for name in self.commands)
        self._tags = tuple(
            tag for name in ("think", *self.commands) for tag in (f"<{name}>", f"</{name}>")
        )

    def instructions(self) -> str:
        """See `Parser.instructions`."""
        lines = ["Answer with exactly one of these, and nothing behind it:"]
        if self.thought:
            lines[0] = f"First reason: <think>{PLACEHOLDER}</think>. Then write exactly one of:"
        for command in self.commands.values():
            body = PLACEHOLDER
            if len(command.parameters) != 1:
                arguments = dict.fromkeys(command.parameters, PLACEHOLDER)
                body = json.dumps(arguments, ensure_ascii=False) if arguments else ""
            example = f"<{command.name}>{body}</{command.name}>"
            lines.append(f"- {example}: {command.description}")
        return "\n".join(lines)

    def write(self, name: str, arguments: Mapping[str, Any], thought: str = "") -> str:
        """See `Parser.write`."""
        only = self._only_argument(name)
        body = ""
        if only is not None and arguments:
            value = arguments[only[0]]
            body = f" {value if only[1] == 'string' else write_json(value)} "
        elif arguments:
            body = write_json(arguments)
        return f"{_write_thought(thought)}<{name}>{body}</{name}>"

    def action_start(self, text: str) -> int:
        """See `Parser.action_start`."""
        return _after_thought(text)

    def _only_argument(self, command: str) -> tuple[str, str] | None:
        """Return name and type of a command's only argument; None where it has none or more."""
        parameters = self.commands[command].parameters
        if len(parameters) != 1:
            return None
        ((name, schema),) = parameters.items()
        return name, str(schema.get("type", "string"))

    def _read(self, text: str) -> tuple[str, dict[str, Any], str]:
        thought, rest = _split_thought(text)
        name = next((n for n in self.commands if rest.startswith(f"<{n}>")), None)
        if name is None or not rest.endswith(f"</{name}>"):
            options = " or ".join(f"<{n}>{PLACEHOLDER}</{n}>" for n in self.commands)
            raise Unreadable(f"Expected exactly one of {options} and nothing around it.")
        body = rest[len(name) + 2 : -len(name) - 3]
        if any(tag in body for tag in self._tags):
            raise Unreadable(f"Write one command a turn: <{name}> holds another tag.")
        return name, self._read_body(name, body.strip()), thought

    def _read_body(self, name: str, body: str) -> dict[str, Any]:
        only = self._only_argument(name)
        if only is not None and only[1] == "string":
            if not body:
                raise Unreadable(f"<{name}> is empty.")
            return {only[0]: body}
        if not body:
            return {}
        return read_json_object(body) if only is None else {only[0]: read_json(body, only[1])}


class ToolCallParser(Parser):
    """``hermes``: ``<tool_call>{"name": …, "arguments": {…}}</tool_call>`` behind a thought.

    A final command with one argument is a tag of its own, as in ``<answer>…</answer>``.
    """

    name = "hermes"

    def __init__(self, commands: Sequence[CommandSpec], thought: bool = True) -> None:
        super().__init__(commands, thought)
        final = [c for c in commands if c.final and len(c.parameters) == 1]
        self._final = TagParser(final, thought) if final else None
        self._final_names = tuple(c.name for c in final)
        self._called = [c for c in commands if c.name not in self._final_names]
        self.stop = ("</tool_call>", *(f"</{name}>" for name in self._final_names))

    def instructions(self) -> str:
        """See `Parser.instructions`."""
        first = (
            f"First reason: <think>{PLACEHOLDER}</think>. Then write" if self.thought else "Write"
        )
        lines = [first]
        lines += [
            "one call of these tools:",
            "<tools>",
            *(write_json({"type": "function", "function": c.json_schema()}) for c in self._called),
            "</tools>",
            'as <tool_call>{"name": <name>, "arguments": <object>}</tool_call>',
        ]
        for name in self._final_names:
            command = self.commands[name]
            lines.append(f"or <{name}>{PLACEHOLDER}</{name}>: {command.description}")
        return "\n".join(lines)

    def write(self, name: str, arguments: Mapping[str, Any], thought: str = "") -> str:
        """See `Parser.write`."""
        if self._final and name in self._final_names:
            return self._final.write(name, arguments, thought)
        call = write_json({"name": name, "arguments": arguments})
        return f"{_write_thought(thought)}<tool_call>{call}</tool_call>"

    def action_start(self, text: str) -> int:
        """See `Parser.action_start`."""
        return _after_thought(text)

    def _read(self, text: str) -> tuple[str, dict[str, Any], str]:
        thought, rest = _split_thought(text)
        if self._final and any(rest.startswith(f"<{name}>") for name in self._final_names):
            if "<tool_call>" in rest or "</tool_call>" in rest:
                raise Unreadable("Write one tool call or one answer a turn.")
            return self._final._read(text)
        if not (rest.startswith("<tool_call>") and rest.endswith("</tool_call>")):
            options = ["<tool_call>{…}</tool_call>"]
            options += [f"<{name}>{PLACEHOLDER}</{name}>" for name in self._final_names]
            raise Unreadable(f"Expected {' or '.join(options)} and nothing around it.")
        body = rest[len("<tool_call>") : -len("</tool_call>")]
        if "<tool_call>" in body or "</tool_call>" in body:
            raise Unreadable("Write one tool call a turn.")
        call = read_json_object(body)
        return *_name_and_arguments(call), thought


_ACTION_KEY = re.compile(r'(?<!\\)"action"\s*:')


class JsonParser(Parser):
    """``json``, as in VL-DAC: ``{"thoughts": …, "action": …}``.

    The action is a command's name where it has no arguments, else
    ``{"name": …, "arguments": {…}}``. One Markdown fence around the object is allowed.
    """

    name = "json"

    def instructions(self) -> str:
        """See `Parser.instructions`."""
        thoughts = '"thoughts": <your reasoning>, ' if self.thought else ""
        lines = [f'Answer with one JSON object: {{{thoughts}"action": <action>}}. Actions:']
        for command in self.commands.values():
            action = json.dumps(command.name)
            if command.parameters:
                arguments = ", ".join(f'"{key}": <{key}>' for key in command.parameters)
                action = f'{{"name": "{command.name}", "arguments": {{{arguments}}}}}'
            lines.append(f"- {action} : {command.description}")
        return "\n".join(lines)

    def write(self, name: str, arguments: Mapping[str, Any], thought: str = "") -> str:
        """See `Parser.write`."""
        action: object = {"name": name, "arguments": dict(arguments)} if arguments else name
        answer = {"thoughts": thought, "action": action} if thought else {"action": action}
        return json.dumps(answer, ensure_ascii=False)

    def action_start(self, text: str) -> int:
        """See `Parser.action_start`."""
        match = _ACTION_KEY.search(text)
        return match.start() if match else 0

    def _read(self, text: str) -> tuple[str, dict[str, Any], str]:
        answer = read_json_object(without_fence(text))
        thoughts, action = answer.pop("thoughts", ""), answer.pop("action", None)
        if answer or not isinstance(thoughts, str):
            raise Unreadable('Expected just the keys "thoughts" (a text) and "action".')
        thoughts = thoughts.strip()
        if isinstance(action, str):
            return action, {}, thoughts
        if not isinstance(action, dict):
            raise Unreadable('"action" must be a command\'s name or {"name": …, "arguments": …}.')
        return *_name_and_arguments(action), thoughts


DIALECTS: dict[str, type[Parser]] = {p.name: p for p in (TagParser, ToolCallParser, JsonParser)}


def make_parser(
    dialect: str,
    commands: Sequence[CommandSpec],
    thought: bool = True,
    dialects: Mapping[str, type[Parser]] = DIALECTS,
) -> Parser:
    """Make the parser of a dialect; ValueError with the nearest names if there is none."""
    if dialect not in dialects:
        raise unknown("dialect", dialect, dialects)
    return dialects[dialect](commands, thought)


def _write_thought(thought: str) -> str:
    return f"<think>{thought}</think>" if thought else ""


def _after_thought(text: str) -> int:
    end = text.find("</think>")
    return 0 if end < 0 else end + len("</think>")


def _split_thought(text: str) -> tuple[str, str]:
    """Split off a leading ``<think>…</think>``; both parts come back stripped."""
    text = text.strip()
    if not text.startswith("<think>"):
        return "", text
    end = text.find("</think>")
    if end < 0:
        raise Unreadable("The thought is not closed: write </think> behind it.")
    return text[len("<think>") : end].strip(), text[_after_thought(text) :].strip()


def write_json(value: object) -> str:
    """Write JSON on one line that holds no tag, whatever its texts hold."""
    return json.dumps(value, ensure_ascii=False, default=dict).replace("<", "\\u003c")


def _name_and_arguments(call: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    name, arguments = call.pop("name", None), call.pop("arguments", {})
    if call or not isinstance(name, str) or not isinstance(arguments, dict):
        raise Unreadable('Expected just {"name": a text, "arguments": an object}.')
    return name, arguments


def without_fence(text: str) -> str:
    """Take one Markdown fence, and white space, off a text."""
    text = text.strip()
    if text.startswith("```") and text.endswith("```") and len(text) > 6:
        text = text[3:-3].removeprefix("json")
    return text


def read_json_object(text: str) -> dict[str, Any]:
    """Read one JSON object as `read_json` does; `Unreadable` for any other value."""
    value = read_json(text, "object")
    if not isinstance(value, dict):
        raise Unreadable(f"Expected a JSON object, got {type(value).__name__}.")
    return value


def read_json(text: str, kind: str = "value") -> Any:
    """Read one JSON value: no repeated keys, no NaN, no deep nesting, no repair.

    Args:
        text: the value, and white space around it at most.
        kind: what the error calls it; that the value is one is not checked.

    Raises:
        Unreadable: it is not JSON; the message is for the model.
    """

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) < len(items):
            raise Unreadable("A key of the JSON object is repeated.")
        return found

    def constant(name: str) -> None:
        raise Unreadable(f"{name} is not a JSON number.")

    try:
        value = json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    except RecursionError:
        raise Unreadable(_TOO_DEEP) from None
    except ValueError as error:  # also a number of thousands of digits
        raise Unreadable(f"Expected one JSON {kind}: {str(error)[:100]}.") from None
    if _deeper(value, _DEEPEST):
        raise Unreadable(_TOO_DEEP)
    return value


def _deeper(value: object, levels: int) -> bool:
    """Tell whether ``value`` is nested in more than ``levels`` levels."""
    if not isinstance(value, (dict, list)):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return not levels or any(_deeper(item, levels - 1) for item in inner)
