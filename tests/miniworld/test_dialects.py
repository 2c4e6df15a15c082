"""The dialects of first-person worlds: what they read, what they refuse, and what they write."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vl_envs.core.parser import Command, ParseError, Parser
from vl_envs.core.tool import CommandSpec
from vl_envs.miniworld.dialects import WORLD_DIALECTS
from vl_envs.miniworld.env import MiniWorldEnv
from vl_envs.miniworld.tasks import HANDS


def parser(dialect: str, task: str = "PutNext", **kwargs: Any) -> Parser:
    """Make a task's parser; no world is built for it."""
    return MiniWorldEnv(task, dialect=dialect, **kwargs).parser


def read(dialect: str, text: str, task: str = "PutNext") -> tuple[str, dict[str, Any], str] | None:
    """Read a text; None where it is refused."""
    command = parser(dialect, task).parse(text)
    if isinstance(command, ParseError):
        return None
    return command.name, dict(command.arguments), command.thought


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"thoughts": "the box is left", "action": 0}', ("turn_left", {}, "the box is left")),
        ('{"description": "a", "thoughts": "b", "action": 2}', ("move_forward", {}, "a\nb")),
        ('{"action": 1}', ("turn_right", {}, "")),
        ('{"thoughts": "back", "action": "3"}', ("move_back", {}, "back")),
        (' \n{"thoughts": "é 漢", "action": 5}\n', ("drop", {}, "é 漢")),
        ('{"thoughts": "say \\"action\\": 2", "action": 4}', ("pick_up", {}, 'say "action": 2')),
    ],
)
def test_vldac_reads_what_is_published(
    text: str, expected: tuple[str, dict[str, Any], str]
) -> None:
    """The two forms of VL-DAC's prompts, with MiniWorld's numbers."""
    assert read("vldac", text) == expected


@pytest.mark.parametrize(
    "text",
    [
        '{"thoughts": "x", "action": 6}',
        '{"thoughts": "x", "action": -1}',
        '{"thoughts": "x", "action": 2.0}',
        '{"thoughts": "x", "action": true}',
        '{"thoughts": "x", "action": "two"}',
        '{"thoughts": "x", "action": "٣"}',
        '{"thoughts": "x", "action": "٢"}',
        '{"thoughts": "x", "action": " 2"}',
        '{"thoughts": "x", "action": "2\\n"}',
        '{"thoughts": "x", "action": [2]}',
        '{"thoughts": "x", "action": null}',
        '{"thoughts": "x", "action": 1e0}',
        '{"thoughts": "x", "action": 99999999999999999999}',
        '{"thoughts": ["x"], "action": 2}',
        '{"thoughts": "x"}',
        '{"thoughts": "x", "action": 2, "steps": 3}',
        '{"thoughts": "x", "action": 2, "action": 1}',
        "{'thoughts': 'x', 'action': 2}",
        '{"thoughts": "x", "action": 2} and so on',
        '[{"action": 2}]',
        "2",
        "move forward",
    ],
)
def test_vldac_refuses_the_rest(text: str) -> None:
    """A number of the list and thoughts, in one JSON object, and nothing else."""
    assert read("vldac", text) is None


def test_vldac_knows_only_the_commands_of_the_task() -> None:
    """In a task without hands there are three numbers."""
    assert read("vldac", '{"action": 2}', "Hallway") == ("move_forward", {}, "")
    assert read("vldac", '{"action": 3}', "Hallway") is None
    told = parser("vldac", "Hallway").parse('{"action": 3}')
    assert isinstance(told, ParseError) and "from 0 to 2" in told.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("turn left", ("turn_left", {}, "")),
        ("Turn Left.", ("turn_left", {}, "")),
        ("  move forward 10\n", ("move_forward", {"steps": 10}, "")),
        ("MOVE BACK 1", ("move_back", {"steps": 1}, "")),
        ("Thought: it is ahead\nmove forward 3", ("move_forward", {"steps": 3}, "it is ahead")),
        ("Thought: turn left\n\npick up", ("pick_up", {}, "turn left")),
        ("drop", ("drop", {}, "")),
    ],
)
def test_words_are_read(text: str, expected: tuple[str, dict[str, Any], str]) -> None:
    """A command in words, perhaps a number, and before it a thought of one line."""
    assert read("words", text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "turn",
        "left",
        "turn around",
        "turn_left",
        "turn  left",
        "turn left!",
        "turn left..",
        "turn left, then move forward",
        "turn left\nmove forward",
        "I turn left",
        "move forward 0",
        "move forward 11",
        "move forward -3",
        "move forward 3.5",
        "move forward 999999",
        "move forward ٣",
        "move forward ３",
        "move forward three",
        "move forward 1e1",
        "move forward 3 times",
        "pick up 2",
        "drop 1",
        "Thought: turn left",
        "thought: x\nturn left",
        "Thought: one\ntwo\nturn left",
        "ｔurn left",
        "turn left\u202e",
        "turn left\x00",
        "move forward " + "9" * 5000,
    ],
)
def test_words_refuse_the_rest(text: str) -> None:
    """No guess is made, and no number but an ASCII one from 1 to 10."""
    assert read("words", text) is None


THOUGHTS = ("", "left", "the red box is ahead", 'say "action": 2', "é 漢字 🙂", "Thought: again")


@pytest.mark.parametrize("dialect", sorted(WORLD_DIALECTS))
def test_what_is_written_is_read_again(dialect: str) -> None:
    """Every command and number of steps comes back; behind any thought begins the same action."""
    speaks = parser(dialect)
    for name, spec in speaks.commands.items():
        numbers = [None, *range(1, 11)] if spec.parameters and dialect != "vldac" else [None]
        for number, thought in itertools.product(numbers, THOUGHTS):
            arguments = {} if number is None else {"steps": number}
            text = speaks.write(name, arguments, thought)
            command = speaks.parse(text)
            assert isinstance(command, Command), (text, command)
            assert (command.name, dict(command.arguments)) == (name, arguments)
            assert command.thought == thought
            plain = speaks.write(name, arguments)
            assert text[speaks.action_start(text) :] == plain[speaks.action_start(plain) :]


@pytest.mark.parametrize("thought", [True, False])
@pytest.mark.parametrize("dialect", ["vldac", "words"])
def test_instructions_tell_all_commands_and_are_no_answer(dialect: str, thought: bool) -> None:
    """Each command has its line, thoughts are asked for where wanted, and no line is an action."""
    speaks = parser(dialect, thought=thought)
    text = speaks.instructions()
    for name in HANDS:
        assert name.replace("_", " ") in text
    assert ("hought" in text) == thought
    assert all(isinstance(speaks.parse(line), ParseError) for line in (text, *text.splitlines()))


def test_lengths_are_those_of_the_task() -> None:
    """Fast tasks tell their long steps, others their short ones."""
    assert "turn 15 degrees" in parser("words", "Hallway").instructions()
    assert "go 0.15 m ahead" in parser("words", "Hallway").instructions()
    assert "turn 45 degrees" in parser("words", "Sign").instructions()
    assert "go 0.7 m ahead" in parser("words", "MazeS3Fast").instructions()


PIECES = (
    *("turn", "left", "right", "move", "forward", "back", "pick", "up", "drop", " ", "\n", "_"),
    *("Thought:", "Thought: x\n", "1", "10", "11", "٣", "-", ".", "3.0", "999999", "e9", "…"),
    *('{"action": ', '"thoughts": "', "}", '"', ",", "[", "]", "null", "NaN", "2", "\\u0000"),
    *("<turn_left>", "</turn_left>", "<think>", "</think>", "\x00", "\ud800", "🙂", "\u202e"),
)


@pytest.mark.parametrize("dialect", sorted(WORLD_DIALECTS))
def test_soup_is_read_or_refused(dialect: str) -> None:
    """20,000 mixtures of the dialects' pieces: a known command with arguments in range, or not."""
    speaks, rng = parser(dialect), random.Random(0)
    read_ones = 0
    for _ in range(20_000):
        text = "".join(rng.choices(PIECES, k=rng.randrange(1, 9)))
        if rng.random() < 0.3:
            good = list(speaks.write(rng.choice(HANDS), {}, rng.choice(THOUGHTS)))
            good[rng.randrange(len(good))] = rng.choice(PIECES)
            text = "".join(good)
        command = speaks.parse(text)
        if isinstance(command, Command):
            read_ones += 1
            assert command.name in HANDS
            assert command.arguments.get("steps", 1) in range(1, 11)
        else:
            assert command.message
    assert 0 < read_ones < 10_000


@settings(max_examples=300, deadline=None)
@given(text=st.text(st.characters(codec=None), max_size=60))
@pytest.mark.parametrize("dialect", ["vldac", "words"])
def test_any_unicode_is_read_or_refused(dialect: str, text: str) -> None:
    """Nothing raises, and whatever is thought, the command comes back."""
    specs = [CommandSpec("turn_left", "x")]
    speaks = WORLD_DIALECTS[dialect](specs)
    speaks.parse(text)
    written = speaks.parse(speaks.write("turn_left", {}, text))
    assert isinstance(written, Command) and written.name == "turn_left"


def test_a_thought_behind_white_space_is_no_action() -> None:
    """The action of ``words`` begins behind the thought's line, wherever that begins."""
    text = "\n Thought: left\nmove forward 3"
    words = parser("words", "Hallway")
    assert words.parse(text).thought == "left"  # type: ignore[union-attr]
    assert text[words.action_start(text) :] == "move forward 3"


def test_vldac_may_stand_in_a_fence() -> None:
    """As the other JSON dialects may."""
    assert read("vldac", '```json\n{"thoughts": "x", "action": 2}\n```') is not None
