"""What household agents say is read as it was meant, or refused in words; nothing raises."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vl_envs.alfworld.ask_to_act import ASK
from vl_envs.alfworld.dialect import ACT, HOUSEHOLD_DIALECTS, VERBS
from vl_envs.core.parser import Command, ParseError, make_parser

EACH = pytest.mark.parametrize("dialect", HOUSEHOLD_DIALECTS)
SAID = {
    "arft": "<think> I see it. </think><act> take apple 1 from fridge 1 </act>",
    "hermes": "<think>I see it.</think><tool_call>"
    '{"name": "act", "arguments": {"command": "take apple 1 from fridge 1"}}</tool_call>',
    "json": '{"thoughts": "I see it.", "action": {"name": "act", '
    '"arguments": {"command": "take apple 1 from fridge 1"}}}',
    "alfworld": "Thought: I see it.\ntake apple 1 from fridge 1",
    "rl4vlm": '```json\n{"thoughts": "I see it.", "action": "take apple 1 from fridge 1"}\n```',
}


@EACH
def test_reads_its_published_form(dialect: str) -> None:
    """One action, in each dialect's own words."""
    parser = make_parser(dialect, (ACT, ASK), True, HOUSEHOLD_DIALECTS)
    command = parser.parse(SAID[dialect])
    assert isinstance(command, Command), command
    assert (command.name, command.thought) == ("act", "I see it.")
    assert command.arguments == {"command": "take apple 1 from fridge 1"}


@EACH
def test_what_is_written_is_read(dialect: str) -> None:
    """Both commands come back, with and without a thought; instructions are no answer."""
    parser = make_parser(dialect, (ACT, ASK), True, HOUSEHOLD_DIALECTS)
    for thought in ("", "it is in the fridge"):
        for name, arguments in (
            ("act", {"command": "heat egg 1 with microwave 1"}),
            ("act", {"command": "look"}),
            ("ask", {"question": "which thing?"}),
        ):
            text = parser.write(name, arguments, thought)
            command = parser.parse(text)
            assert isinstance(command, Command), (text, command)
            assert (command.name, command.arguments) == (name, arguments)
            assert command.thought == thought
            assert text[parser.action_start(text) :].strip()
    assert isinstance(parser.parse(parser.instructions()), ParseError)
    assert all(verb in parser.instructions() for verb in ("go to", "heat", "ask"))


@pytest.mark.parametrize("dialect", ["alfworld", "rl4vlm"])
@pytest.mark.parametrize("text", ["", "fly", "golook", "go", "I go to bed 1", "look\nlook", "ask"])
def test_bare_words_that_are_no_action(dialect: str, text: str) -> None:
    """Only what begins with a verb, or with ``ask`` and a question, is an action."""
    parser = make_parser(dialect, (ACT, ASK), True, HOUSEHOLD_DIALECTS)
    said = parser.write("act", {"command": text})
    read = parser.parse(said)
    assert isinstance(read, ParseError)
    if text != "ask":
        assert all(verb in read.message for verb in VERBS)


@EACH
@settings(max_examples=150, deadline=None)
@given(
    text=st.text(max_size=80) | st.sampled_from(["ask \ud800", '{"action": 1}', "Thought: look"])
)
def test_nothing_raises(dialect: str, text: str) -> None:
    """Any text at all is a command or an error with a message."""
    parser = make_parser(dialect, (ACT, ASK), True, HOUSEHOLD_DIALECTS)
    read = parser.parse(text)
    assert isinstance(read, Command) or read.message
