"""Dialects of screens under fire: mutations, long texts; nothing is ever run."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.gui.test_dialects import EACH, EVERY, PUBLISHED, parser_of
from vl_envs.core.env import MAX_TEXT
from vl_envs.core.parser import Command, ParseError, Parser

MUTATIONS = 20_000
"""Mutated texts for each dialect."""
SLOWEST = 0.25
"""CPU seconds that the longest text may take; it takes some milliseconds."""


def _parse(parser: Parser, text: str) -> Command | ParseError:
    """Parse within time; whatever is read is a command that can be carried out."""
    for _ in range(3):  # the best of three: the interpreter may be tidying up meanwhile
        start = time.process_time()
        read = parser.parse(text)
        taken = time.process_time() - start
        if taken < SLOWEST:
            break
    assert taken < SLOWEST, (taken, text[:200])
    assert isinstance(read, (Command, ParseError)) and read.raw == text
    if isinstance(read, Command):
        assert parser.commands[read.name].check(read.arguments) is None
    else:
        assert read.message and len(read.message) < 2000
    assert 0 <= parser.action_start(text) <= len(text)
    return read


# Mutations.

_PIECES = (
    *("Action:", "\nAction: ", "Thought: ", "Reason: ", "Explain: ", "\t", "\taction:", "CLICK"),
    *("```", "```python\n", "pyautogui.", "click(", "type(content='", "point=", "start_box='"),
    *("<point>", "</point>", "<|box_start|>", "<|box_end|>", "{", "}", "[", "]", "(", ")", "'"),
    *('"', "\\", "\\x", "\\u12", "\\U0010ffff", ",", "=", ":", "-", ".", "0", "9" * 400, "1e999"),
    *("NaN", "…", "\n", " ", '"action_type": ', '"x": ', "null", "<THINK>", "</THINK>", "\x00"),
    *("\ud800", "🙂", "\u2028", "ı", "DONE", "wait()", "; import os", "__import__('os')"),
    *("point1:", "value:", "summary:", "pick("),
)


def _seeds(parser: Parser) -> list[str]:
    written = [
        parser.write("click", {"point": [500, 300.5]}, "why"),
        parser.write("type", {"text": 'it\'s \\ "so"\n'}, "why"),
        parser.write("scroll", {"direction": "left"}),
        parser.write("pick", {"option": "M"}, "why"),
        parser.write("narrow", {"most": 5, "kinds": ["a"], "more": {"b": 1}}),
        parser.write("complete", {}, "why"),
    ]
    return [*written, *(row[0] for row in PUBLISHED.get(parser.name, []))]


def _mutations(parser: Parser, count: int, seed: int) -> Iterator[str]:
    """Yield readable texts with one to four things done to each."""
    rng = random.Random(seed)
    seeds = _seeds(parser)
    for _ in range(count):
        text = rng.choice(seeds)
        for _ in range(rng.randint(1, 4)):
            at, to = sorted(rng.randint(0, len(text)) for _ in range(2))
            match rng.randrange(6):
                case 0:
                    text = text[:at] + text[min(to, at + 3) :]
                case 1:
                    text = text[:at] + rng.choice(_PIECES) + text[at:]
                case 2:
                    text = text[:to] + text[at:to] * rng.randint(1, 3) + text[to:]
                case 3:
                    text = text[:at] + rng.choice(seeds)[at:]
                case 4:
                    text = text[:at] + chr(rng.randrange(0x3000)) + text[at + 1 :]
                case _:
                    text = text[:to]
        yield text


@EVERY
def test_mutations_never_raise(dialect: str) -> None:
    """Whatever becomes of a good answer, it is a command or an error, in time."""
    parser = parser_of(dialect)
    read = [_parse(parser, text) for text in _mutations(parser, MUTATIONS, seed=7)]
    commands = [command for command in read if isinstance(command, Command)]
    # Both happen often, or the mutations would test nothing.
    assert len(read) == MUTATIONS and MUTATIONS / 50 < len(commands) < MUTATIONS / 2
    for command in commands[::10]:  # and what is read can be said again
        again = parser.parse(parser.write(command.name, command.arguments, "why"))
        assert isinstance(again, Command) and again.arguments == command.arguments


_FRAMES = (
    "{}",
    "Action: {}",
    "Thought: {}\nAction: wait()",
    "Explain: {}\tAction: wait",
    "<THINK>{}</THINK>\taction:BACK",
    "Action: click({})",
    "Action: click(point='{}')",
    "Action: click(point='<point>{}</point>')",
    "Action: type(content='{}')",
    "Action: type(content={})",
    "action:CLICK\tpoint:{}",
    'Action: {{"action_type": {}}}',
    '{{"action_type": "pick", "option": {}}}',
    "pick({})",
    "Action: pick({{{}}})",
    "```python\n{}\n```",
    "pyautogui.write('{}')",
    "pyautogui.click({}, 2)",
    "pyautogui.click(x{}=1, y=2)",
    "<click>{}</click>",
)
_LONG = (
    *(" ", "\t", "\n", "\\", "'", '"', "''", "\\'", "(", "[", "{", "[[1,", '{"a":', "9", "9.", "="),
    *("a=", "1,", "a='b',", "```", "\nAction:", "\taction:", "<point>", ",", "-", "x ", "\\x41"),
)


@EVERY
def test_long_hostile_texts_take_no_time(dialect: str) -> None:
    """The longest text that an environment reads, made of one piece, is read in one pass."""
    parser = parser_of(dialect)
    for frame in _FRAMES:
        for piece in _LONG:
            room = MAX_TEXT - len(frame)
            text = frame.format((piece * (room // len(piece) + 1))[:room])
            _parse(parser, text)
            _parse(parser, text[: MAX_TEXT // 2] + "…")


@EACH
def test_time_grows_with_length_alone(dialect: str) -> None:
    """Four times the text takes some four times as long, not sixteen."""
    parser = parser_of(dialect)

    def seconds(length: int) -> float:
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            for frame in _FRAMES:
                for piece in _LONG:
                    parser.parse(frame.format(piece * (length // len(piece))))
            best = min(best, time.process_time() - start)
        return best

    assert seconds(32_000) < 9 * seconds(8_000)


def test_nothing_is_compiled_opened_or_imported() -> None:
    """The interpreter itself is asked, by an audit hook: reading runs no code."""
    code = """
import sys
from tests.gui.test_dialects_hostile import _mutations, parser_of
from tests.gui.test_dialects_refused import MISSES
from vl_envs.gui.dialects import GUI_DIALECTS
parsers = {name: parser_of(name) for name in GUI_DIALECTS}
texts = [(name, text) for name, parser in parsers.items() for text in _mutations(parser, 500, 1)]
texts += [(name, text) for name, text, _ in MISSES]
for name, text in texts:
    parsers[name].parse(text)  # whatever is made once is made now
seen, watching = set(), False
def hook(event, arguments):
    if watching:
        seen.add(event)
sys.addaudithook(hook)
watching = True
for name, text in texts:
    parsers[name].parse(text)
eval("1")  # the hook sees
watching = False
print(sorted(seen))
"""
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        check=True,
        text=True,
        timeout=120,
    )
    assert run.stdout.strip() == "['compile', 'exec']", run.stdout
