"""How moves are said: VS-Bench's JSON, strictly or as VS-Bench reads it, and plain words."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from vl_envs.core.line_parser import LineParser
from vl_envs.core.parser import (
    DIALECTS,
    JsonParser,
    Parser,
    Unreadable,
    make_parser,
    read_json_object,
    without_fence,
    write_json,
)
from vl_envs.core.tool import CommandSpec

MOVE = CommandSpec(
    "act", "make one of the moves that are legal now, in its words.", {"move": {"type": "string"}}
)
LONGEST = 32
"""Characters that no move has more of: a longer line is talk."""
_OBJECT = re.compile(r"(?:```(?:json)?\s*)?\{[^{}]*\}\s*(?:```\s*)?$")


class VSBenchParser(JsonParser):
    """``vsbench``: reasoning in any words, then one object ``{"action": "<UP>"}`` at the end.

    Source: the prompts of VS-Bench (Xu et al. 2025, arXiv 2506.02387), which ask for the object in
    a Markdown fence; without it will do. There is one such object, and nothing behind it.
    """

    name = "vsbench"

    def instructions(self) -> str:
        """See `Parser.instructions`."""
        first = "Reason step by step, then end with" if self.thought else "Answer with"
        return f'{first} one JSON object: {{"action": <move>}}. {_described()}'

    def write(self, name: str, arguments: Mapping[str, Any], thought: str = "") -> str:
        """See `Parser.write`."""
        answer = '```json\n{"action": ' + _quoted(arguments["move"]) + "}\n```"
        return f"{thought}\n{answer}" if thought else answer

    def action_start(self, text: str) -> int:
        """See `Parser.action_start`."""
        found = _OBJECT.search(text)
        return found.start() if found else 0

    def _read(self, text: str) -> tuple[str, dict[str, Any], str]:
        found = _OBJECT.search(text)
        if found is None or text.count('"action"') != 1:
            raise Unreadable('Expected one JSON object {"action": …} at the end, and none before.')
        answer = read_json_object(without_fence(found.group()))
        move = answer.get("action")
        if set(answer) != {"action"} or not isinstance(move, str):
            raise Unreadable('Expected just the key "action", with a move as a text.')
        return MOVE.name, {"move": move.strip()}, text[: found.start()].strip()


class LenientParser(VSBenchParser):
    """``vsbench`` with ``strict=False``: any text; `matched` finds the move in it."""

    def _read(self, text: str) -> tuple[str, dict[str, Any], str]:
        return MOVE.name, {"move": text}, ""


class WordsParser(LineParser):
    """``words``: the bare move; before it, a thought in a line of its own."""

    name = "words"

    def instructions(self) -> str:
        """See `Parser.instructions`."""
        return f"{self._asks_for('move')}.\n{_described()}"

    def _words(self, name: str, arguments: Mapping[str, Any]) -> str:
        return str(arguments["move"])

    def _read_words(self, text: str) -> tuple[str, dict[str, Any]]:
        if not text or "\n" in text or len(text) > LONGEST:
            raise Unreadable("Expected one move, and nothing around it.")
        return MOVE.name, {"move": text}


DIALECTS_OF_GAMES: dict[str, type[Parser]] = {
    **DIALECTS,
    VSBenchParser.name: VSBenchParser,
    WordsParser.name: WordsParser,
}


def parser_of(dialect: str, thought: bool, strict: bool) -> Parser:
    """Make the parser of a dialect; not ``strict``, one that reads as VS-Bench does.

    Raises:
        ValueError: there is no such dialect, or none that can be read so.
    """
    if strict:
        return make_parser(dialect, (MOVE,), thought, DIALECTS_OF_GAMES)
    if dialect != VSBenchParser.name:
        raise ValueError(f"strict=False reads the dialect vsbench alone, not {dialect!r}")
    return LenientParser((MOVE,), thought)


_QUOTED = (
    (r'```json\s*\{\s*"action"\s*:\s*"([^"]+)"\s*\}\s*```', "{word}"),
    (r'"action"\s*:\s*"([^"]+)"', "{word}"),
)


def matched(text: str, patterns: Sequence[tuple[str, str]], legal: Sequence[str]) -> str | None:
    """Find a move in any text as VS-Bench does, None where it finds none.

    The first pattern that occurs counts, where it occurs last; the first legal move counts of which
    what was found is a part. So ``"action": "U"`` is ``<UP>``: for comparing with published
    numbers, not for training. (That VS-Bench plays at random where none is found is left to
    callers. A move of blanks alone, which it takes for the first legal one, is none here.)

    Args:
        text: what was said.
        patterns: the game's own, tried behind those of quoted actions: a regular expression with
            one group, and the move that it means, with ``{word}`` for what the group found, or
            ``{upper}`` for it in capitals.
        legal: moves that may be made now.
    """
    for pattern, meant in (*_QUOTED, *patterns):
        found = re.findall(pattern, text, re.IGNORECASE | re.DOTALL)
        if found:
            word = found[-1].strip()
            wanted = meant.format(word=word, upper=word.upper())
            return next((move for move in legal if word and wanted in move), None)
    return None


def _described() -> str:
    return f"The move: {MOVE.description}"


def _quoted(move: str) -> str:
    # Words of moves have "<": `write_json` would escape it, which no model writes.
    return write_json(move).replace("\\u003c", "<")
