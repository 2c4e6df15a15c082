"""`LineParser`: actions in plain words, a thought in a line of its own before them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from vl_envs.core.parser import Parser

THOUGHT = "Thought:"
"""How the line of the thought begins."""


class LineParser(Parser):
    """``Thought: …``, and in the next line the action; a family says how actions are worded."""

    @abstractmethod
    def _words(self, name: str, arguments: Mapping[str, Any]) -> str:
        """Write a command in one line."""

    @abstractmethod
    def _read_words(self, text: str) -> tuple[str, dict[str, Any]]:
        """Read (name, arguments) from a text without its thought, or raise `Unreadable`."""

    def _asks_for(self, what: str) -> str:
        """Ask for one ``what`` in a line of its own, and for a thought where one is wanted."""
        if self.thought:
            return f"Reason in one line that begins with {THOUGHT!r}, then write one {what}"
        return f"Answer with one {what} in a line of its own"

    def write(self, name: str, arguments: Mapping[str, Any], thought: str = "") -> str:
        """See `Parser.write`."""
        words, thought = self._words(name, arguments), " ".join(thought.split())
        return f"{THOUGHT} {thought}\n{words}" if thought else words

    def action_start(self, text: str) -> int:
        """See `Parser.action_start`."""
        begin = len(text) - len(text.lstrip())
        end = text.find("\n", begin)
        return end + 1 if text.startswith(THOUGHT, begin) and end >= 0 else 0

    def _read(self, text: str) -> tuple[str, dict[str, Any], str]:
        thought, rest = "", text.strip()
        if rest.startswith(THOUGHT):
            thought, _, rest = rest[len(THOUGHT) :].partition("\n")
        return *self._read_words(rest.strip()), thought.strip()
