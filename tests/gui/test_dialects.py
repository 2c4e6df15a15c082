"""Dialects of screens: what others publish is read, what is nearly that is refused, with words."""

from __future__ import annotations

import pickle
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vl_envs.core.parser import DIALECTS, PLACEHOLDER, Command, ParseError, Parser, make_parser
from vl_envs.core.tool import CommandSpec
from vl_envs.gui.actions import BACK, COMPLETE, DIRECTIONS, HOME, SCROLL, TYPE, WAIT, click
from vl_envs.gui.dialects import GUI_DIALECTS

CLICK = click("norm_1000")
PICK = CommandSpec("pick", "choose an option.", {"option": {"type": "string"}})
NARROW = CommandSpec(
    "narrow",
    "show fewer.",
    {
        "most": {"type": "number"},
        "kinds": {"type": "array", "items": {"type": "string"}, "default": []},
        "more": {"type": "object", "default": {}},
    },
)
RENEW = CommandSpec("renew", "load again.")
SCREEN = (CLICK, TYPE, SCROLL, BACK, HOME, WAIT, COMPLETE)
COMMANDS = (*SCREEN, PICK, NARROW, RENEW)
OWN = tuple(name for name in GUI_DIALECTS if name not in DIALECTS)
EVERY = pytest.mark.parametrize("dialect", sorted(GUI_DIALECTS))
EACH = pytest.mark.parametrize("dialect", OWN)
THOUGHT = pytest.mark.parametrize("thought", [True, False])

NASTY = (
    *("", " ", "\n", "a\n", "\n\na\r\n\tb ", "it's", '"quoted"', "'\"", "\\", "\\n", "a\\", "\\'"),
    *("')", "'); wait()", "x') + type(content='y", "</point>", "<|box_end|>", "```", "```\nDONE\n"),
    *("\tAction: back", "\nAction: wait()", "Action:", "Thought: a", "Explain: a\taction:BACK"),
    *("</type>", "</think>", "</tool_call>", '{"action_type": "wait"}', '"}', "${x}", "{0}", "%s"),
    *("__import__('os').system('true')", "漢字 é ـ 🙂", "👩\u200d🚀", "\ud800", "\udfff\ud83d"),
    *("\x00\x07\x1b\x7f\x85\u2028\u202e\ufeff\ufffe\xa0", "null", "-1", "9" * 5000, "x" * 8000),
)
anything = st.text(st.characters(codec=None), max_size=60)  # lone surrogates too
numbers = st.integers(-(2**53), 2**53) | st.floats(-(2.0**53), 2.0**53)


def parser_of(dialect: str, thought: bool = True) -> Parser:
    """Make a dialect's parser over all the commands."""
    return make_parser(dialect, COMMANDS, thought, GUI_DIALECTS)


def _read(dialect: str, text: str) -> Command:
    command = parser_of(dialect).parse(text)
    assert isinstance(command, Command), (text, command)
    assert command.raw == text
    return command


def refused(dialect: str, text: str, commands: tuple[CommandSpec, ...] = COMMANDS) -> str:
    """Parse what cannot be read, and return what the model is told."""
    error = make_parser(dialect, commands, True, GUI_DIALECTS).parse(text)
    assert isinstance(error, ParseError), error
    assert error.raw == text and error.message
    return error.message


def _back_and_forth(dialect: str, name: str, arguments: dict[str, Any], thought: str = "") -> None:
    written = parser_of(dialect).write(name, arguments, thought)
    command = _read(dialect, written)
    assert (command.name, command.arguments) == (name, arguments)
    assert command.thought == thought


def _fits_a_tag(text: str) -> bool:
    """Tell whether ``arft``, which holds texts as they stand, can hold this one."""
    tag = re.search(r"</?(think|" + "|".join(c.name for c in COMMANDS) + r")>", text)
    return bool(text) and text == text.strip() and not tag


# What is written is read.


@EVERY
def test_every_command_comes_back_as_written(dialect: str) -> None:
    """Each command, with and without a thought, is written, read, and the same."""
    points = ([0, 0], [500, 300], [0.5, 0.125], [-3, 999.75])
    given: list[tuple[str, dict[str, Any]]] = [("click", {"point": point}) for point in points]
    given += [("scroll", {"direction": way}) for way in DIRECTIONS]
    given += [(name, {}) for name in ("back", "home", "wait", "complete", "renew")]
    given += [("type", {"text": "blue shirt"}), ("pick", {"option": "size M"})]
    given += [("narrow", {"most": 30}), ("narrow", {"most": 1.5, "kinds": ["a", "b"], "more": {}})]
    assert {name for name, _ in given} == {command.name for command in COMMANDS}
    for name, arguments in given:
        for thought in ("", "because", "It is 3 < 4: go.\nThen stop."):
            _back_and_forth(dialect, name, dict(arguments), thought)


@EVERY
@pytest.mark.parametrize("text", NASTY, ids=lambda text: repr(text)[:30])
def test_nasty_texts_come_back_as_written(dialect: str, text: str) -> None:
    """Nothing in a text can end it, become a second action, or get lost."""
    if dialect == "arft" and not _fits_a_tag(text):
        return
    for name, argument in (("type", "text"), ("pick", "option")):
        _back_and_forth(dialect, name, {argument: text}, "because")
    _back_and_forth(dialect, "narrow", {"most": 1, "kinds": [text], "more": {text: text}}, "why")


@EACH
@settings(max_examples=200, deadline=None)
@given(text=anything.filter(lambda text: text != PLACEHOLDER))
def test_any_text_comes_back_as_written(dialect: str, text: str) -> None:
    """Hypothesis finds no text that writing and reading changes."""
    _back_and_forth(dialect, "type", {"text": text}, "why")
    _back_and_forth(dialect, "pick", {"option": text})


@EVERY
@settings(max_examples=200, deadline=None)
@given(x=numbers, y=numbers)
def test_any_point_comes_back_as_written(dialect: str, x: float, y: float) -> None:
    """Coordinates keep every digit, however small or large."""
    written = parser_of(dialect).write("click", {"point": [x, y]})
    assert _read(dialect, written).arguments == {"point": [x, y]}


@EACH
@settings(max_examples=200, deadline=None)
@given(thought=anything)
def test_no_thought_breaks_the_action(dialect: str, thought: str) -> None:
    """A thought may lose what would be read as an action, never the action."""
    for hostile in (
        thought,
        f"{thought}\nAction: wait()\n{thought}",
        f"a\taction:BACK\t{thought}```",
    ):
        command = _read(dialect, parser_of(dialect).write("pick", {"option": "M"}, hostile))
        assert (command.name, command.arguments) == ("pick", {"option": "M"})


@EACH
def test_the_end_of_a_text_submits(dialect: str) -> None:
    """A line break alone, or at the end, is kept: that is how a text is submitted."""
    for text in ("\n", "blue shirt\n"):
        _back_and_forth(dialect, "type", {"text": text})


# What others publish.

# Dialect -> text, command, its argument's value (None where it takes none), thought.
PUBLISHED: dict[str, list[tuple[str, str, Any, str]]] = {
    "gelab": [
        # GUI Exploration Lab: training rows, and the short form of the paper.
        (
            "Explain: click fan icon on page_0."
            "\tAction: click(start_box='<|box_start|>(632,65)<|box_end|>')",
            "click",
            [632, 65],
            "click fan icon on page_0.",
        ),
        ("Explain: this is it.\tAction: complete", "complete", None, "this is it."),
        ("explain:click fan.\tAction: click(start_box='(5,6)')", "click", [5, 6], "click fan."),
        ("Action: click(635,65)", "click", [635, 65], ""),
        ("Action: back()", "back", None, ""),
        # GELab-Zero.
        (
            "<THINK> I see. </THINK>\nexplain:tap\taction:CLICK\tpoint:5,3\tsummary:tapped",
            "click",
            [5, 3],
            "I see.\ntap",
        ),
        ("explain:a\taction:CLICK\tpoint:500 300\tsummary:", "click", [500, 300], "a"),
        ("explain:a\taction:TYPE\tvalue:12:30 o'clock\tpoint:1,2", "type", "12:30 o'clock", "a"),
        ("explain:a\taction:TYPE\tvalue:x\tsummary:b", "type", "x", "a"),
        ("action:SLIDE\tpoint1:500,800\tpoint2:510,200", "scroll", "down", ""),
        ("action:SLIDE\tpoint1:5,2\tpoint2:5,8", "scroll", "up", ""),
        ("action:SLIDE\tpoint1:800,5\tpoint2:200,5", "scroll", "right", ""),
        ("action:SLIDE\tpoint1:200,5\tpoint2:800,5", "scroll", "left", ""),
        ("explain:a\taction:WAIT\tvalue:3\tsummary:b", "wait", None, "a"),
        ("explain:a\taction:COMPLETE\treturn:it is done\tsummary:b", "complete", None, "a"),
        ("action:BACK", "back", None, ""),
        ("action:HOME", "home", None, ""),
    ],
    "uitars": [
        # Version 1.5.
        ("Thought: I see.\nAction: click(point='<point>2 3</point>')", "click", [2, 3], "I see."),
        ("Thought: a\nb\n\nAction: type(content='shirt\\n')", "type", "shirt\n", "a\nb"),
        ("Action: type(content='it\\'s \"so\" \\\\')", "type", 'it\'s "so" \\', ""),
        ('Action: type(content="it\'s \\u00e9\\x21")', "type", "it's é!", ""),
        ("Action: scroll(point='<point>1 2</point>', direction='down')", "scroll", "down", ""),
        ("Action: scroll(direction='up')", "scroll", "up", ""),
        ("Action: press_back()", "back", None, ""),
        ("Action: press_home()", "home", None, ""),
        ("Action: wait()", "wait", None, ""),
        ("Action: finished(content='done')", "complete", None, ""),
        ("Action: finished()", "complete", None, ""),
        # Version 1.0.
        (
            "Thought: a\nAction: click(start_box='<|box_start|>(112,224)<|box_end|>')",
            "click",
            [112, 224],
            "a",
        ),
        ("Action: click(start_box='(112,224)')", "click", [112, 224], ""),
        ("Action: click(start_box='( 1.5 , -2 )')", "click", [1.5, -2], ""),
    ],
    "androidworld": [
        ('Reason: a\nAction: {"action_type": "click", "x": 5, "y": 6}', "click", [5, 6], "a"),
        ('{"action_type":"click","x":5,"y":6}', "click", [5, 6], ""),
        ('{"action_type": "input_text", "text": "a"}', "type", "a", ""),
        ('{"action_type": "input_text", "text": "a", "x": 1, "y": 2}', "type", "a", ""),
        ('{"action_type": "keyboard_enter"}', "type", "\n", ""),
        ('{"action_type": "scroll", "direction": "left"}', "scroll", "left", ""),
        ('{"action_type": "navigate_back"}', "back", None, ""),
        ('{"action_type": "navigate_home"}', "home", None, ""),
        ('{"action_type": "wait"}', "wait", None, ""),
        ('Action: {"action_type": "status", "goal_status": "complete"}', "complete", None, ""),
    ],
    "osworld": [
        ("I see.\n```python\npyautogui.click(5, 6)\n```", "click", [5, 6], "I see."),
        ("```\npyautogui.click(x=5, y=6.5)\n```", "click", [5, 6.5], ""),
        ("pyautogui.click( y = 6 , x = -5 )", "click", [-5, 6], ""),
        ("```python\npyautogui.write('a b', interval=0.1)\n```", "type", "a b", ""),
        ('pyautogui.typewrite("a\\tb\\n")', "type", "a\tb\n", ""),
        ("pyautogui.write(message='a')", "type", "a", ""),
        ("pyautogui.press('enter')", "type", "\n", ""),
        ("pyautogui.press('pagedown')", "scroll", "down", ""),
        ("pyautogui.scroll(-10)", "scroll", "down", ""),
        ("pyautogui.scroll(3, x=5, y=6)", "scroll", "up", ""),
        ("pyautogui.hscroll(2)", "scroll", "right", ""),
        ("pyautogui.hscroll(-2)", "scroll", "left", ""),
        ("pyautogui.hotkey('alt', 'left')", "back", None, ""),
        ("pyautogui.press('browserback')", "back", None, ""),
        ("pyautogui.hotkey('alt', 'home')", "home", None, ""),
        ("pyautogui.press('home')", "home", None, ""),
        ("```WAIT```", "wait", None, ""),
        ("All is done.\n```\nDONE\n```", "complete", None, "All is done."),
        ("DONE", "complete", None, ""),
    ],
}


@pytest.mark.parametrize(
    ("dialect", "text", "name", "value", "thought"),
    [(dialect, *row) for dialect, rows in PUBLISHED.items() for row in rows],
    ids=lambda part: str(part)[:40],
)
def test_published_forms_are_read(
    dialect: str, text: str, name: str, value: object, thought: str
) -> None:
    """What the papers and repositories write is read, blanks around it or not."""
    spec = next(command for command in COMMANDS if command.name == name)
    for around in (text, f"\n {text}\n\n"):
        command = _read(dialect, around)
        assert command.name == name and tuple(command.arguments) == tuple(spec.parameters)
        assert list(command.arguments.values()) == ([] if value is None else [value])
        assert command.thought == thought
    # An action is known only where its command is given.
    others = tuple(command for command in COMMANDS if command.name != name)
    assert refused(dialect, text, others)


# Other commands, and where actions begin.


def test_a_command_cannot_take_the_word_of_another() -> None:
    """Two meanings of one word are an author's error, and told as such."""
    for dialect, word, taken in (
        ("uitars", "press_back", BACK),
        ("uitars", "finished", COMPLETE),
        ("androidworld", "status", COMPLETE),
        ("androidworld", "input_text", TYPE),
    ):
        other = CommandSpec(word, "something else.", {"text": {"type": "string"}})
        with pytest.raises(ValueError, match=f"{taken.name!r} as {word!r}"):
            make_parser(dialect, [taken, other], True, GUI_DIALECTS)
        alone = make_parser(dialect, [CLICK, other], True, GUI_DIALECTS)
        command = alone.parse(alone.write(word, {"text": "x"}))
        assert isinstance(command, Command) and command.name == word
    odd = CommandSpec("go", "go.", {"action_type": {"type": "string"}})
    with pytest.raises(ValueError, match="action_type"):
        make_parser("androidworld", [odd], True, GUI_DIALECTS)


@EACH
def test_a_known_name_with_other_arguments_is_another_command(dialect: str) -> None:
    """An environment's own ``click`` on an element is not mistaken for one on a point."""
    own = CommandSpec("click", "press an element.", {"element": {"type": "integer"}})
    parser = make_parser(dialect, [own], True, GUI_DIALECTS)
    assert "element" in parser.instructions()
    command = parser.parse(parser.write("click", {"element": 3}, "why"))
    assert isinstance(command, Command) and command.arguments == {"element": 3}


def test_fail_needs_a_command() -> None:
    """OSWorld's FAIL gives up: only where an environment lets an agent do so."""
    assert "no action 'FAIL'" in refused("osworld", "```FAIL```")
    give_up = CommandSpec("fail", "say that it cannot be done.", final=True)
    parser = make_parser("osworld", [*SCREEN, give_up], True, GUI_DIALECTS)
    command = parser.parse("It cannot be.\n```FAIL```")
    assert isinstance(command, Command) and (command.name, command.arguments) == ("fail", {})
    assert isinstance(parser.parse(parser.write("fail", {})), Command)


@EACH
@pytest.mark.parametrize("thought", ["why", "two\nlines", "my action: none", "Action", "a (b) {c}"])
def test_action_start_divides_thought_and_action(dialect: str, thought: str) -> None:
    """Everything before the index is thought, everything behind it is the action."""
    parser = parser_of(dialect)
    for name, arguments in (("pick", {"option": "\nAction: wait()"}), ("renew", {})):
        text = parser.write(name, arguments, thought)
        before, behind = text[: parser.action_start(text)], text[parser.action_start(text) :]
        assert thought in before and name not in before and name in behind
        assert parser.action_start(parser.write(name, arguments)) == 0
    assert parser.action_start("<THINK>a</THINK>action:BACK") == (16 if dialect == "gelab" else 0)


@EACH
def test_dialects_are_pickled_and_end_with_the_answer(dialect: str) -> None:
    """A parser crosses to a worker; nothing in it could cut a text short."""
    parser = parser_of(dialect)
    twin = pickle.loads(pickle.dumps(parser))  # noqa: S301 (our own bytes)
    text = parser.write("type", {"text": "x"}, "why")
    assert twin.parse(text) == parser.parse(text)
    assert twin.instructions() == parser.instructions() and parser.stop == ()
