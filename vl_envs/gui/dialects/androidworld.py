"""`AndroidWorldParser`: ``Action: {"action_type": "click", "x": 500, "y": 300}``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from vl_envs.core.parser import PLACEHOLDER, Unreadable, read_json_object, write_json
from vl_envs.core.tool import CommandSpec
from vl_envs.gui.actions import click
from vl_envs.gui.dialects.base import GuiParser, join_action, split_action, start_of_action

_KEY = "action_type"
_POINT = click("pixel")  # what its arguments must be, in any convention
_KEYS: dict[str, tuple[str, ...]] = {
    "click": ("x", "y"),
    "input_text": ("text", "x", "y"),
    "scroll": ("direction",),
    "status": ("goal_status",),
}


class AndroidWorldParser(GuiParser):
    """``androidworld``: AndroidWorld's JSON actions, with the reason that its agent M3A gives.

    An answer is ``Reason: …`` and on a line of its own ``Action: {…}``, or the object alone. Its
    ``action_type`` is ``click`` (``x`` and ``y``), ``input_text``, ``scroll``, ``navigate_back``,
    ``navigate_home``, ``wait``, ``keyboard_enter`` (the text of one line break) or ``status`` with
    the ``goal_status`` ``complete``. An ``index`` is refused, for no list of elements is shown. A
    point of ``input_text`` is checked and dropped: text goes to the field with the focus, and a
    line break of its own submits it. Another command holds its arguments beside ``action_type``.

    Source: AndroidWorld (arXiv 2405.14573) and its repository google-research/android_world,
    ``env/json_action.py`` and ``agents/m3a.py``.

    Raises:
        ValueError: also for an argument that is itself called ``action_type``.
    """

    name = "androidworld"
    forms: ClassVar[Mapping[str, str]] = {
        "click": f'{{"action_type": "click", "x": {PLACEHOLDER}, "y": {PLACEHOLDER}}}',
        "type": f'{{"action_type": "input_text", "text": "{PLACEHOLDER}"}}',
        "scroll": f'{{"action_type": "scroll", "direction": "{PLACEHOLDER}"}}',
        "back": '{"action_type": "navigate_back"}',
        "home": '{"action_type": "navigate_home"}',
        "wait": '{"action_type": "wait"}',
        "complete": '{"action_type": "status", "goal_status": "complete"}',
    }
    words: ClassVar[Mapping[str, str]] = {
        **{"click": "click", "input_text": "type", "keyboard_enter": "type", "scroll": "scroll"},
        **{"navigate_back": "back", "navigate_home": "home", "wait": "wait", "status": "complete"},
    }

    def __init__(self, commands: Sequence[CommandSpec], thought: bool = True) -> None:
        super().__init__(commands, thought)
        for command in self.commands.values():
            if self._is_other(command.name) and _KEY in command.parameters:
                raise ValueError(f"no argument of {command.name} can be called {_KEY!r}")

    def _opening(self) -> list[str]:
        lines = ["Answer with exactly one JSON object from the list below:"]
        if self.thought:
            lines = ["Answer in this form, with exactly one JSON object from the list below:"]
            lines += [f"Reason: {PLACEHOLDER}", f"Action: {PLACEHOLDER}"]
        if "type" in self._known:
            lines.append('{"action_type": "keyboard_enter"} types a line break alone.')
        return lines

    def _other_form(self, command: CommandSpec) -> str:
        arguments = dict.fromkeys(command.parameters, PLACEHOLDER)
        return json.dumps({_KEY: command.name, **arguments}, ensure_ascii=False)

    def write(self, name: str, arguments: Mapping[str, Any], thought: str = "") -> str:
        """See `Parser.write`."""
        if name not in self._known:
            action = write_json({_KEY: name, **arguments})
        elif name == "click":
            x, y = arguments["point"]
            action = write_json({_KEY: "click", "x": x, "y": y})
        elif name == "type" and arguments["text"] == "\n":
            action = write_json({_KEY: "keyboard_enter"})
        elif name == "type":
            action = write_json({_KEY: "input_text", "text": arguments["text"]})
        elif name == "scroll":
            action = write_json({_KEY: "scroll", "direction": arguments["direction"]})
        else:
            action = self._known[name]
        return join_action(thought, "Reason:", action) if thought.strip() else action

    def action_start(self, text: str) -> int:
        """See `Parser.action_start`."""
        return start_of_action(text)

    def _read(self, text: str) -> tuple[str, dict[str, Any], str]:
        bare = text.lstrip().startswith("{")
        thought, action = ("", text) if bare else split_action(text, "Reason:")
        given = read_json_object(action)
        word = given.pop(_KEY, None)
        if not isinstance(word, str):
            raise Unreadable(f'Expected the key "{_KEY}" and a text: {self._names()}.')
        if self._is_other(word):
            return word, given, thought
        return *self._read_known(word, given), thought

    def _read_known(self, word: str, given: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        name = self._command(word)
        if "index" in given:
            raise Unreadable("No list of elements is shown: give x and y, not an index.")
        keys = _KEYS.get(word, ())
        unknown = [key for key in given if key not in keys]
        if unknown:
            wanted = ", ".join(keys) or "none"
            raise Unreadable(f"{word} takes no key {unknown[0][:40]!r}; its keys: {wanted}.")
        if word == "click":
            return name, {"point": _point(given)}
        if word == "input_text":
            if "x" in given or "y" in given:
                _point(given)
            return name, {"text": given["text"]} if "text" in given else {}
        if word == "status" and given.get("goal_status") != "complete":
            raise Unreadable('The only goal_status is "complete": say it when the task is done.')
        if word == "keyboard_enter":
            return name, {"text": "\n"}
        return name, given if word == "scroll" else {}


def _point(given: Mapping[str, Any]) -> list[int | float]:
    point = [given.get("x"), given.get("y")]
    if _POINT.check({"point": point}):
        raise Unreadable('Give both "x" and "y", each a finite number of reasonable size.')
    return [value for value in point if value is not None]
