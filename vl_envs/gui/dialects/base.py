"""`GuiParser`: what the dialects of screens share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from vl_envs.core.parser import PLACEHOLDER, Parser, Unreadable, read_json_object, write_json
from vl_envs.core.tool import CommandSpec

_ARGUMENTS: dict[str, tuple[str, ...]] = {
    "click": ("point",),
    "type": ("text",),
    "scroll": ("direction",),
    "back": (),
    "home": (),
    "wait": (),
    "complete": (),
    "fail": (),
}


class GuiParser(Parser):
    """A dialect with words of its own for the commands of `vl_envs.gui.actions`.

    A command is known by its name and the names of its arguments; any other is written with its own
    name, and its arguments as JSON.

    Raises:
        ValueError: a command is called like one of the dialect's own words for another command.
    """

    forms: ClassVar[Mapping[str, str]]
    """Known command -> how it is written, with `PLACEHOLDER` for the model's words."""
    words: ClassVar[Mapping[str, str]]
    """The dialect's own word -> the command that it stands for."""

    def __init__(self, commands: Sequence[CommandSpec], thought: bool = True) -> None:
        super().__init__(commands, thought)
        self._known = {
            name: self.forms[name]
            for name, command in self.commands.items()
            if name in self.forms and tuple(command.parameters) == _ARGUMENTS[name]
        }
        for word, name in self.words.items():
            if name in self._known and self._is_other(word):
                raise ValueError(
                    f"the dialect {self.name!r} writes the command {name!r} as {word!r}; "
                    "another command needs another name"
                )

    def instructions(self) -> str:
        """See `Parser.instructions`."""
        listed = [f"- {self._form(c)}: {c.description}" for c in self.commands.values()]
        return "\n".join([*self._opening(), *listed])

    @abstractmethod
    def _opening(self) -> list[str]:
        """Give the lines that describe the format; the list of actions follows."""

    def _form(self, command: CommandSpec) -> str:
        """Show how a command is written, known or not."""
        return self._known.get(command.name) or self._other_form(command)

    def _other_form(self, command: CommandSpec) -> str:
        return write_call(command.name, dict.fromkeys(command.parameters, PLACEHOLDER))

    def _is_other(self, word: str) -> bool:
        """Tell whether ``word`` names a command that the dialect has no word for."""
        return word in self.commands and word not in self._known

    def _names(self) -> str:
        return " or ".join(self._form(command) for command in self.commands.values())

    def _command(self, word: str) -> str:
        """Return the known command that ``word`` stands for."""
        name = self.words.get(word, "")
        if name not in self._known:
            raise self._no_action(word)
        return name

    def _no_action(self, word: str) -> Unreadable:
        return Unreadable(f"There is no action {word[:40]!r}; use {self._names()}.")

    def _split_call(self, action: str) -> tuple[str, str]:
        """Split ``word(body)``; the brackets within the body are not looked at."""
        word, bracket, rest = action.partition("(")
        if not bracket or not rest.endswith(")"):
            raise Unreadable(f"Expected exactly one of {self._names()} and nothing around it.")
        return word.strip(), rest[:-1]


def write_call(name: str, arguments: Mapping[str, Any]) -> str:
    """Write a command that has no form of its own: ``name({"argument": …})``."""
    return f"{name}({write_json(arguments) if arguments else ''})"


def read_arguments(body: str) -> dict[str, Any]:
    """Read what `write_call` puts between the brackets."""
    return read_json_object(body) if body.strip() else {}


def split_action(text: str, thought: str) -> tuple[str, str]:
    """Split an answer at the first line that begins with ``Action:``.

    Args:
        text: ``Thought: …`` and below it ``Action: …``, or just the latter.
        thought: what the first part begins with, colon included.

    Returns:
        Both parts without what they begin with, stripped.

    Raises:
        Unreadable: a part is missing, or does not begin as it should.
    """
    text = text.strip()
    if text.startswith("Action:"):
        return "", text.removeprefix("Action:").strip()
    reason, found, action = text.partition("\nAction:")
    if not reason.startswith(thought) or not found:
        raise Unreadable(f"Expected lines that begin with {thought} and Action: and nothing else.")
    return reason.removeprefix(thought).strip(), action.strip()


def join_action(thought: str, key: str, action: str) -> str:
    """Write what `split_action` splits; a line of the thought is no action."""
    thought = thought.strip().replace("\nAction:", "\n Action:")
    return f"{key} {thought}\nAction: {action}" if thought else f"Action: {action}"


def start_of_action(text: str) -> int:
    """Return where the first line that begins with ``Action:`` begins; 0 where none does."""
    return 0 if text.startswith("Action:") else text.find("\nAction:") + 1
