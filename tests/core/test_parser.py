"""Parsers read exactly what they ask for: no guess, no repair, and an error that helps."""

from __future__ import annotations

import json
import os
import pickle
import re
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vl_envs.core.parser import (
    DIALECTS,
    PLACEHOLDER,
    Command,
    ParseError,
    Parser,
    Unreadable,
    make_parser,
    read_json,
    read_json_object,
    write_json,
)
from vl_envs.core.tool import CommandSpec

COMMANDS = (
    CommandSpec("search", "look something up.", {"query": {"type": "string"}}),
    CommandSpec(
        "crop",
        "look closer.",
        {
            "box": {
                "type": "array",
                "items": {"type": "number"},
                "minItems": 4,
                "maxItems": 4,
                "description": "left, top, right, bottom",
            },
            "label": {"type": "string", "default": ""},
        },
    ),
    CommandSpec("wait", "do nothing."),
    CommandSpec("note", "keep anything.", {"value": {"type": "object"}}),
    CommandSpec("answer", "say it.", {"text": {"type": "string"}}, final=True),
)
DIALECT = pytest.mark.parametrize("dialect", sorted(DIALECTS))
THOUGHT = pytest.mark.parametrize("thought", [True, False])

anything = st.text(st.characters(codec=None), max_size=60)  # lone surrogates too
numbers = st.integers(-(2**53), 2**53) | st.floats(-1e9, 1e9)


def _parser(dialect: str, thought: bool = True) -> Parser:
    return make_parser(dialect, COMMANDS, thought)


def _read(dialect: str, text: str) -> Command:
    command = _parser(dialect).parse(text)
    assert isinstance(command, Command), command
    assert command.raw == text
    return command


def _refused(dialect: str, text: str) -> str:
    error = _parser(dialect).parse(text)
    assert isinstance(error, ParseError), error
    assert error.raw == text and error.message
    return error.message


def _call(dialect: str, name: str, arguments: str) -> str:
    """Write a command with ``arguments`` as they stand, in the dialect's JSON."""
    if dialect == "arft":
        if name == "note":  # its only argument stands alone
            arguments = arguments.removeprefix('{"value": ').removesuffix("}")
        return f"<{name}>{arguments}</{name}>"
    call = f'{{"name": "{name}", "arguments": {arguments}}}'
    return f"<tool_call>{call}</tool_call>" if dialect == "hermes" else f'{{"action": {call}}}'


def _plain(text: str) -> bool:
    """Tell whether tags can hold ``text`` as it stands."""
    tag = re.search(r"</?(think|tool_call|search|crop|wait|note|answer)>", text)
    return bool(text) and text == text.strip() and text != PLACEHOLDER and not tag


# What is written is read.


@DIALECT
@settings(max_examples=150, deadline=None)
@given(text=anything.filter(_plain), thought=anything.map(str.strip).filter(_plain) | st.just(""))
def test_texts_come_back_as_written(dialect: str, text: str, thought: str) -> None:
    """Any text and thought that are not themselves tags survive writing and reading."""
    parser = _parser(dialect)
    for name, argument in (("search", "query"), ("answer", "text")):
        command = _read(dialect, parser.write(name, {argument: text}, thought))
        assert (command.name, command.arguments) == (name, {argument: text})
        assert command.thought == thought


@DIALECT
@settings(max_examples=100, deadline=None)
@given(
    box=st.lists(numbers, min_size=4, max_size=4),
    label=anything.filter(lambda text: text != PLACEHOLDER),
)
def test_json_arguments_come_back_as_written(dialect: str, box: list[float], label: str) -> None:
    """Arguments that are written as JSON survive whatever they hold, tags included."""
    parser = _parser(dialect)
    for text in (label, f"</crop></tool_call><answer>{label}</answer><think>"):
        arguments = {"box": box, "label": text}
        written = parser.write("crop", arguments, "why")
        command = _read(dialect, written)
        assert (command.name, command.arguments, command.thought) == ("crop", arguments, "why")
        assert _truncate(parser, written) == written


@DIALECT
def test_commands_without_arguments(dialect: str) -> None:
    """A command that takes nothing is written and read without arguments."""
    parser = _parser(dialect)
    for thought in ("", "why not"):
        command = _read(dialect, parser.write("wait", {}, thought))
        assert (command.name, command.arguments, command.thought) == ("wait", {}, thought)


@DIALECT
def test_white_space_around_does_not_count(dialect: str) -> None:
    """Blanks and line ends before, between and behind the parts are of no matter."""
    written = _parser(dialect).write("search", {"query": "x"}, "why")
    written = written.replace("</think>", "\n </think>\n\n").replace(", ", " ,\n ")
    assert _read(dialect, f"\n  {written}\n ").arguments == {"query": "x"}


# Instructions.


@DIALECT
@THOUGHT
def test_instructions_are_no_answer(dialect: str, thought: bool) -> None:
    """Mistake 6: neither the instructions nor any line, or run of lines, can be read."""
    parser = _parser(dialect, thought)
    lines = parser.instructions().splitlines()
    for start in range(len(lines)):
        for end in range(start + 1, len(lines) + 1):
            part = "\n".join(lines[start:end])
            assert isinstance(parser.parse(part), ParseError), part


@DIALECT
def test_examples_copied_from_the_instructions_are_no_answer(dialect: str) -> None:
    """Mistake 6: an example cut out of its line is refused: its words are not the model's."""
    parser = _parser(dialect)
    text = parser.instructions()
    for pattern in (r"<(\w+)>.*?</\1>", r"<tool_call>.*?</tool_call>", r"\{.*\}"):
        for match in re.finditer(pattern, text):
            command = parser.parse(match[0])
            # A command without arguments has no words that could be missing.
            assert isinstance(command, ParseError) or command.name == "wait", match[0]


@DIALECT
@THOUGHT
def test_instructions_name_all_there_is(dialect: str, thought: bool) -> None:
    """Every command, argument and description is told; the thought only where it is wanted."""
    text = _parser(dialect, thought).instructions()
    for command in COMMANDS:
        assert command.name in text and command.description in text
        if len(command.parameters) > 1:
            assert all(name in text for name in command.parameters)
    assert ("think" in text or "thoughts" in text) == thought


def test_instructions_do_not_depend_on_the_process() -> None:
    """The same commands give the same text under another hash seed: no set is walked."""
    code = (
        "from vl_envs.core.parser import *\nfrom vl_envs.core.tool import CommandSpec\n"
        "c = [CommandSpec(n, n, {'x': {'type': 'string'}}, final=True) for n in 'abcdefgh']\n"
        "for d in DIALECTS: p = make_parser(d, c); print(p.instructions(), p.stop, p.parse('?'))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] != b""


# Stop strings and the place where the action begins.


def _truncate(parser: Parser, text: str) -> str:
    """Cut ``text`` behind the first stop string, as generation does."""
    ends = [text.index(stop) + len(stop) for stop in parser.stop if stop in text]
    return text[: min(ends, default=len(text))]


@pytest.mark.parametrize("dialect", ["arft", "hermes"])
@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("search", {"query": "x"}),
        ("crop", {"box": [1, 2, 3, 4]}),
        ("wait", {}),
        ("answer", {"text": "y"}),
    ],
)
def test_generation_cut_at_the_stop_string_can_be_read(
    dialect: str, name: str, arguments: dict[str, Any]
) -> None:
    """Mistake 13: what a model rambles behind the closing tag is cut off, and the rest is read."""
    parser = _parser(dialect)
    written = parser.write(name, arguments, "why")
    rambling = f"{written}<information>1. Paris</information><answer>Paris</answer>"
    assert isinstance(parser.parse(rambling), ParseError)
    command = _read(dialect, _truncate(parser, rambling))
    assert (command.name, command.arguments) == (name, arguments)


def test_json_has_no_stop_string() -> None:
    """Braces may stand anywhere in JSON: generation stops at the end of the sequence."""
    assert _parser("json").stop == ()


@DIALECT
@pytest.mark.parametrize("thought", ["why", 'my "action": none', 'an "action"', "action", "a\\"])
@pytest.mark.parametrize("name", ["search", "answer"])
def test_action_start_divides_thought_and_action(dialect: str, thought: str, name: str) -> None:
    """Everything before the index is thought, everything behind it is the command."""
    (argument,) = next(c for c in COMMANDS if c.name == name).parameters
    parser = _parser(dialect)
    text = parser.write(name, {argument: 'the "action": here'}, thought)
    start = parser.action_start(text)
    before, behind = text[:start], text[start:]
    assert (json.dumps(thought)[1:-1] if dialect == "json" else thought) in before
    assert name in behind and name not in before
    assert parser.action_start(parser.write(name, {argument: "x"})) <= 1


def test_action_start_with_an_argument_called_action() -> None:
    """The action begins at the object's own key, not at an argument of the same name."""
    parser = make_parser("json", [CommandSpec("go", "go.", {"action": {"type": "string"}})])
    text = parser.write("go", {"action": "left"}, "why")
    assert parser.action_start(text) == text.index('"action": {')


@DIALECT
@given(text=anything)
@settings(max_examples=50, deadline=None)
def test_action_start_of_any_text_is_an_index(dialect: str, text: str) -> None:
    """Also where nothing can be read the index lies in the text."""
    for garbage in (text, text + "</think>", '{"thoughts": "' + text, text + '"action"'):
        assert 0 <= _parser(dialect).action_start(garbage) <= len(garbage)


# Thoughts.


@pytest.mark.parametrize("dialect", ["arft", "hermes"])
def test_thoughts_in_tags(dialect: str) -> None:
    """A thought is optional and may hold tags; it must be closed and lead the answer."""
    action = "<answer> 4 </answer>"
    assert _read(dialect, action).thought == ""
    assert _read(dialect, f"<think> 2 < 4 </think> {action}").thought == "2 < 4"
    assert _read(dialect, f"<think></think>{action}").thought == ""
    inside = _read(dialect, f"<think>not <answer>5</answer></think>{action}")
    assert (inside.thought, inside.arguments) == ("not <answer>5</answer>", {"text": "4"})
    assert "</think>" in _refused(dialect, f"<think>hm {action}")
    _refused(dialect, f"{action}<think>hm</think>")
    _refused(dialect, f"hm</think>{action}")
    _refused(dialect, f"<think>a</think><think>b</think>{action}")
    _refused(dialect, "<think>just thinking</think>")


def test_thoughts_in_json() -> None:
    """The thoughts are a text, and may be left out."""
    assert _read("json", '{"action": "wait"}').thought == ""
    assert _read("json", '{"action": "wait", "thoughts": "later"}').thought == "later"
    for thoughts in ("1", "null", "[]", '{"a": 1}', "true"):
        message = _refused("json", f'{{"thoughts": {thoughts}, "action": "wait"}}')
        assert '"thoughts" (a text)' in message


# What is refused, and how.


@pytest.mark.parametrize(
    ("dialect", "text", "expected"),
    [
        # Nothing, or something else.
        ("arft", "", "exactly one of <search>"),
        ("arft", "I would search for it.", "<answer>…</answer>"),
        ("hermes", "", "<tool_call>{…}</tool_call> or <answer>…</answer>"),
        ("hermes", "hello", "nothing around it"),
        ("json", "", "Expected one JSON object"),
        ("json", "search", "Expected one JSON object"),
        # Text around the command.
        ("arft", "Sure: <search>x</search>", "nothing around it"),
        ("arft", "<search>x</search> Done.", "nothing around it"),
        ("hermes", 'So <tool_call>{"name": "wait"}</tool_call>', "nothing around it"),
        ("hermes", "<answer>x</answer>!", "nothing around it"),
        ("json", 'Here: {"action": "wait"}', "Expected one JSON object"),
        ("json", '{"action": "wait"} Done.', "Extra data"),
        # Two commands in a turn.
        ("arft", "<search>x</search><search>y</search>", "one command a turn"),
        ("arft", "<search>x</search><answer>y</answer>", "exactly one of"),
        ("hermes", '<tool_call>{"name": "wait"}</tool_call>' * 2, "one tool call a turn"),
        ("hermes", '<tool_call>{"name": "wait"}</tool_call><answer>x</answer>', "nothing around"),
        ("hermes", "<answer>x</answer><answer>y</answer>", "one command a turn"),
        ("json", '{"action": "wait"}' * 2, "Extra data"),
        ("json", '[{"action": "wait"}]', "Expected a JSON object, got list"),
        ("json", '{"action": ["wait", "wait"]}', "must be a command's name"),
        # Nested, unclosed and crossed tags.
        ("arft", "<search><search>x</search></search>", "one command a turn"),
        ("arft", "<answer><search>x</search></answer>", "one command a turn"),
        ("arft", "<answer>x<think>y</think></answer>", "one command a turn"),
        ("arft", "<search>x</answer>", "exactly one of"),
        ("arft", "<search>x", "exactly one of"),
        ("arft", "x</search>", "exactly one of"),
        ("arft", "<search>", "exactly one of"),
        ("hermes", '<answer><tool_call>{"name": "wait"}</tool_call></answer>', "one tool call or"),
        (
            "hermes",
            '<tool_call><tool_call>{"name": "wait"}</tool_call></tool_call>',
            "one tool call",
        ),
        ("hermes", '<tool_call>{"name": "wait"}', "nothing around it"),
        ("hermes", '<tool_call>{"name": "wait"}</answer>', "nothing around it"),
        # Empty.
        ("arft", "<search></search>", "<search> is empty"),
        ("arft", "<search> \n </search>", "<search> is empty"),
        ("hermes", "<answer> </answer>", "<answer> is empty"),
        ("hermes", "<tool_call></tool_call>", "Expected one JSON object"),
        ("hermes", "<tool_call>{}</tool_call>", '{"name": a text, "arguments": an object}'),
        ("json", "{}", "must be a command's name"),
        # The instructions' own placeholder.
        ("arft", "<answer>…</answer>", "your own words"),
        ("hermes", "<answer> … </answer>", "your own words"),
        ("json", '{"action": {"name": "search", "arguments": {"query": "…"}}}', "your own words"),
        # Unknown commands and keys.
        ("arft", "<serch>x</serch>", "<search>…</search>"),
        ("hermes", '<tool_call>{"name": "serch", "arguments": {}}</tool_call>', "use search or"),
        ("json", '{"action": "answr"}', "no command 'answr'; use search or crop or wait"),
        ("json", '{"action": "wait", "reason": 1}', 'just the keys "thoughts"'),
        ("json", '{"action": {"name": "wait", "args": {}}}', 'just {"name": a text'),
        ("json", '{"action": {"name": 1}}', 'just {"name": a text'),
        ("json", '{"action": {"name": "wait", "arguments": []}}', '"arguments": an object'),
        ("json", '{"action": null}', "must be a command's name"),
        ("json", "null", "got NoneType"),
        # Case counts.
        ("arft", "<Search>x</Search>", "<search>…</search>"),
        ("json", '{"action": "Wait"}', "no command 'Wait'"),
    ],
)
def test_errors_say_what_was_expected(dialect: str, text: str, expected: str) -> None:
    """Each refusal tells the model what would have been right."""
    assert expected in _refused(dialect, text)


@DIALECT
@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        # Mistake 10: JSON is not repaired.
        ("crop", "{'box': [1, 2, 3, 4]}", "Expected one JSON object"),
        ("crop", '{"box": [1, 2, 3, 4],}', "Expected one JSON object"),
        ("crop", '{"box": [1, 2, 3, 4]', "Expected one JSON object"),
        ("crop", "{box: [1, 2, 3, 4]}", "Expected one JSON object"),
        ("crop", '{"box": [1, 2, 3, 4]} // there', "Expected one JSON object"),
        ("crop", '{"box": [01, 2, 3, 4]}', "Expected one JSON object"),
        ("crop", '{"box": (1, 2, 3, 4)}', "Expected one JSON object"),
        ("crop", '{"box": [1, 2, 3, 2+2]}', "Expected one JSON object"),
        ("crop", '{"label": "a\nb", "box": [1, 2, 3, 4]}', "Expected one JSON object"),
        ("crop", '{"label": "\\x41", "box": [1, 2, 3, 4]}', "Expected one JSON object"),
        # What JSON does not have, and what it should not.
        ("crop", '{"box": [NaN, 2, 3, 4]}', "NaN is not a JSON number"),
        ("crop", '{"box": [1, -Infinity, 3, 4]}', "-Infinity is not a JSON number"),
        ("crop", '{"box": [1e999, 2, 3, 4]}', "a finite number of reasonable size"),
        ("crop", '{"box": [1, 2, 3, 99999999999999999999]}', "a finite number of reasonable size"),
        ("crop", f'{{"box": [1, 2, 3, {"9" * 5000}]}}', "Expected one JSON object"),
        ("crop", '{"box": [1, 2, 3, 4], "box": [5, 6, 7, 8]}', "repeated"),
        ("note", '{"value": {"a": 1, "a": 2}}', "repeated"),
        # Arguments of the wrong kind or number.
        ("crop", "{}", "crop needs the argument 'box'"),
        ("crop", '{"box": [1, 2, 3]}', "must have 4 items, not 3"),
        ("crop", '{"box": [1, 2, 3, "4"]}', "an item that must be of type number, not str"),
        ("crop", '{"box": [1, 2, 3, true]}', "must be of type number, not bool"),
        ("crop", '{"box": [1, 2, 3, null]}', "must be of type number, not NoneType"),
        ("crop", '{"box": [[1], 2, 3, 4]}', "must be of type number, not list"),
        ("crop", '{"box": "1, 2, 3, 4"}', "must be of type array, not str"),
        ("crop", '{"box": {"x": 1}}', "must be of type array, not dict"),
        ("crop", '{"box": [1, 2, 3, 4], "label": 5}', "'label' of crop must be of type string"),
        ("crop", '{"box": [1, 2, 3, 4], "lable": "x"}', "its arguments: box, label"),
        ("wait", '{"for": 3}', "wait takes no argument 'for'; its arguments: none"),
        ("note", '{"value": []}', "must be of type object"),
        # Nesting.
        ("note", '{"value": ' + '{"a":' * 40 + "1" + "}" * 41, "nested too deeply"),
        ("note", '{"value": ' + '{"a":' * 900 + "1" + "}" * 901, "nested too deeply"),
        ("note", '{"value": ' + "[" * 100000 + "]" * 100000 + "}", "nested too deeply"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_bad_json_arguments_are_told_and_never_repaired(
    dialect: str, name: str, arguments: str, expected: str
) -> None:
    """Mistake 10: the error comes back, in every dialect, whatever could have been meant."""
    assert expected in _refused(dialect, _call(dialect, name, arguments))


@DIALECT
def test_what_is_read_can_be_pickled(dialect: str) -> None:
    """The deepest readable value still passes between processes, from any depth of the stack."""
    text = _call(dialect, "note", '{"value": ' + '{"a":' * 25 + "1" + "}" * 26)
    command = _read(dialect, text)
    assert pickle.loads(pickle.dumps(command)) == command  # noqa: S301 (our own bytes)


@DIALECT
@settings(max_examples=200, deadline=None)
@given(text=anything)
def test_any_text_is_a_command_or_an_error(dialect: str, text: str) -> None:
    """Nothing raises, in any frame that gets a text past the first check."""
    frames = (
        text,
        f"<think>{text}",
        f"<search>{text}</search>",
        f"<crop>{text}</crop>",
        f"<tool_call>{text}</tool_call>",
        f'<tool_call>{{"name": "crop", "arguments": {{"box": {text}}}}}</tool_call>',
        f'{{"thoughts": "{text}", "action": "{text}"}}',
        f'{{"action": {{"name": "crop", "arguments": {{"box": {text}}}}}}}',
        f"```{text}```",
    )
    for frame in frames:
        read = _parser(dialect).parse(frame)
        assert isinstance(read, (Command, ParseError)) and read.raw == frame


# One argument that is no text, in tags.

ALONE = (
    CommandSpec(
        "click",
        "press.",
        {
            "point": {
                "type": "array",
                "items": {"type": "number"},
                "minItems": 2,
                "maxItems": 2,
            }
        },
    ),
    CommandSpec("count", "count.", {"to": {"type": "integer", "default": 3}}),
    CommandSpec("tick", "tick.", {"on": {"type": "boolean"}}),
    CommandSpec("keep", "keep.", {"value": {"type": "object"}}, final=True),
)


@pytest.mark.parametrize(
    ("text", "name", "arguments"),
    [
        ("<click>[500, 300]</click>", "click", {"point": [500, 300]}),
        ("<click> [ 500 , 300.5 ] </click>", "click", {"point": [500, 300.5]}),
        ("<click>\n[-5,\n0]\n</click>", "click", {"point": [-5, 0]}),
        ("<count>7</count>", "count", {"to": 7}),
        ("<count></count>", "count", {}),
        ("<tick> true </tick>", "tick", {"on": True}),
        ('<keep>{"value": 1}</keep>', "keep", {"value": {"value": 1}}),
        ("<keep>{}</keep>", "keep", {"value": {}}),
    ],
)
def test_a_lone_argument_stands_bare_in_its_tag(
    text: str, name: str, arguments: dict[str, Any]
) -> None:
    """The JSON value itself is the tag's body, and comes back as written."""
    parser = make_parser("arft", ALONE)
    command = parser.parse(text)
    assert isinstance(command, Command), command
    assert (command.name, command.arguments) == (name, arguments)
    assert parser.parse(parser.write(name, arguments)) == Command(
        name, arguments, "", parser.write(name, arguments)
    )


def test_a_lone_argument_is_written_with_spaces() -> None:
    """Blanks inside the tag keep numbers apart from it for word tokenizers."""
    parser = make_parser("arft", ALONE)
    assert parser.write("click", {"point": [500, 300]}) == "<click> [500, 300] </click>"
    tagged = {"value": {"a": "</keep>"}}
    assert "</keep>" not in parser.write("keep", tagged)[:-7]
    # A final command is a tag in tool-call answers too.
    tags = make_parser("hermes", ALONE)
    assert tags.write("keep", {"value": {"a": 1}}) == '<keep> {"a": 1} </keep>'
    assert "<keep>…</keep>" in tags.instructions()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<click>500, 300</click>", "Expected one JSON array"),
        ("<click>(500, 300)</click>", "Expected one JSON array"),
        ('<click>{"point": [500, 300]}</click>', "must be of type array, not dict"),
        ("<click>[500]</click>", "must have 2 items, not 1"),
        ("<click>[NaN, 1]</click>", "NaN is not a JSON number"),
        ("<click>[1e999, 1]</click>", "a finite number of reasonable size"),
        ("<click></click>", "click needs the argument 'point'"),
        ("<click>…</click>", "Expected one JSON array"),
        ("<click>[1, 2]</click><click>[1, 2]</click>", "one command a turn"),
        ('<count>"7"</count>', "must be of type integer, not str"),
        ('<count>{"to": 7}</count>', "must be of type integer, not dict"),
        ("<tick>1</tick>", "must be of type boolean, not int"),
        ("<tick>True</tick>", "Expected one JSON boolean"),
        ("<keep>[]</keep>", "must be of type object, not list"),
        ("<keep>" + "[" * 100_000 + "]" * 100_000 + "</keep>", "nested too deeply"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_lone_argument_is_checked(text: str, expected: str) -> None:
    """It is JSON of its type and nothing else."""
    error = make_parser("arft", ALONE).parse(text)
    assert isinstance(error, ParseError) and expected in error.message


def test_readers_of_json_are_for_families_too() -> None:
    """What a dialect of a family needs is public, and tells the model what is wrong."""
    assert read_json(" [1, {}] ") == [1, {}] and read_json_object('{"a": 1}') == {"a": 1}
    assert read_json(write_json({"a": "<b>\n"})) == {"a": "<b>\n"}
    assert "<" not in write_json(["<b>"]) and "\n" not in write_json(["\n"])
    for text, message in (("[1", "one JSON value"), ("[Infinity]", "Infinity is not")):
        with pytest.raises(Unreadable, match=message):
            read_json(text)
    with pytest.raises(Unreadable, match="a JSON object, got list"):
        read_json_object("[]")


def test_nothing_is_evaluated() -> None:
    """Python in place of JSON or text stays text."""
    code = "__import__('os').environ.update(VL_ENVS_PWNED='1')"
    assert _read("arft", f"<search>{code}</search>").arguments == {"query": code}
    for dialect in DIALECTS:
        _refused(dialect, _call(dialect, "crop", f'{{"box": {code}}}'))
    assert "VL_ENVS_PWNED" not in os.environ


@pytest.mark.parametrize("fence", ["```json\n{}\n```", "```\n{}\n```", "```{}```"])
def test_one_fence_around_json_is_allowed(fence: str) -> None:
    """Models like to fence JSON; one fence is part of the dialect, a text around it is not."""
    fenced = fence.replace("{}", '{"action": "wait"}')
    assert _read("json", fenced).name == "wait"
    _refused("json", f"Here you are: {fenced}")
    _refused("json", f"```\n{fenced}\n```")
    _refused("json", "```json```")


# Making parsers.


def test_unknown_dialect_names_the_nearest() -> None:
    """A misspelt dialect brings the valid ones, the nearest first."""
    with pytest.raises(ValueError, match=r"unknown dialect 'herms'.*mean 'hermes'.*Valid:.*arft"):
        make_parser("herms", COMMANDS)


@DIALECT
@pytest.mark.parametrize("names", [("go", "go"), ("think",), ("go", "tool_call")], ids=str)
def test_names_that_cannot_be_told_apart_are_refused(dialect: str, names: tuple[str]) -> None:
    """Two commands of one name, or one called like a dialect's own tag, are an author's error."""
    with pytest.raises(ValueError, match="names of their own"):
        make_parser(dialect, [CommandSpec(name, "go.") for name in names])


@DIALECT
def test_parsers_are_pickled(dialect: str) -> None:
    """A parser crosses to a worker process and reads on alike."""
    parser = _parser(dialect)
    twin = pickle.loads(pickle.dumps(parser))  # noqa: S301 (our own bytes)
    text = parser.write("search", {"query": "x"}, "why")
    assert twin.parse(text) == parser.parse(text)
    assert twin.instructions() == parser.instructions()
