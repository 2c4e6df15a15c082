"""What is no answer in the dialects of screens: near misses, and the instructions themselves."""

from __future__ import annotations

import re

import pytest

from tests.gui.test_dialects import (
    CLICK,
    COMMANDS,
    EACH,
    EVERY,
    RENEW,
    SCREEN,
    THOUGHT,
    parser_of,
    refused,
)
from vl_envs.core.parser import Command, ParseError, make_parser
from vl_envs.core.tool import CommandSpec
from vl_envs.gui.actions import TYPE
from vl_envs.gui.dialects import GUI_DIALECTS

# Near misses.

NEAR: dict[str, list[tuple[str, str]]] = {
    "gelab": [
        # Not the form.
        ("", "Expected Explain: …, a tab and Action: …"),
        ("complete", "Expected Explain: …, a tab and Action: …"),
        ("Explain: a Action: complete", "no Action:"),
        ("Explain: a\nAction: complete", "no Action:"),
        ("Explain: a\tb\tAction: complete", "Expected Explain: …, a tab and Action: …"),
        ("<THINK>a\taction:BACK", "write </THINK> behind it"),
        # Two actions, or text around one.
        ("Action: back\tAction: home", "each once"),
        ("Action: back\nAction: home", "no action 'back\\nAction: home'"),
        ("Action: click(1,2) Done.", "nothing around it"),
        ("Action: click(1,2); click(3,4)", "one action a turn"),
        ("Action: complete.", "no action 'complete.'"),
        ("Action: Complete", "no action 'Complete'"),
        # Points.
        ("Action: click(1)", "click needs the argument y"),
        ("Action: click(1,2,3)", "one action a turn"),
        ("Action: click(start_box='(1,2)'", "nothing around it"),
        ("Action: click(start_box='(1,2,3,4)')", "is no point"),
        ("Action: click(start_box='<|box_start|>(1,nan)<|box_end|>')", "is no plain number"),
        ("Action: click(start_box='(1,2)', point='(3,4)')", "needs one point"),
        ("Action: click(start_box=12)", "a text in quotes for start_box"),
        ("Action: click(element=3)", "'element' of click does not belong there"),
        # Records.
        ("action:CLICK", "CLICK takes point as a field"),
        ("action:CLICK\tpoint:1", "is no point"),
        ("action:CLICK\tpoint:1,2\tvalue:x", "CLICK takes point as a field"),
        ("action:CLICK\tpoint:1,2\tpoint:3,4", "each once"),
        ("action:CLICK\tpoint:1e2,2", "is no plain number"),
        ("action:CLICK\tindex:3", "Expected Explain: …"),
        ("action:TYPE\tpoint:1,2", "TYPE takes value as a field"),
        ("action:TYPE\tvalue:x\tpoint:here", "is no point"),
        ("action:SLIDE\tpoint1:1,2\tpoint2:3,4", "along one axis"),
        ("action:SLIDE\tpoint1:1,2", "SLIDE takes point1 and point2"),
        ("action:WAIT\tvalue:long", "is no plain number"),
        ("action:AWAKE\tvalue:Mail", "does not belong to 'AWAKE'"),
        ("action:ABORT", "no action 'ABORT'"),
        ("Action: complete\tvalue:x", "does not belong to 'complete'"),
    ],
    "uitars": [
        ("", "lines that begin with Thought: and Action:"),
        ("wait()", "lines that begin with Thought: and Action:"),
        ("Thought: a", "lines that begin with Thought: and Action:"),
        ("Thought: a Action: wait()", "lines that begin with Thought: and Action:"),
        ("So:\nAction: wait()", "lines that begin with Thought: and Action:"),
        ("Thought: a\nAction: ", "nothing around it"),
        ("Action: wait() Done.", "nothing around it"),
        ("Action: wait()\nAction: wait()", "Cannot read ')\\nAction: wait('"),
        ("Action: wait()\n\npress_back()", "one action a turn"),
        ("Action: click(point='<point>1 2</point>'", "nothing around it"),
        ("Action: click(point='<point>1 2</point>", "nothing around it"),
        ("Action: click(point='<point>1 2</point>)", "Cannot read"),
        ("Action: click(point='<point>1</point>')", "is no point"),
        ("Action: click(point='<point>1 2 3</point>')", "is no point"),
        ("Action: click(point='<point>1,,2</point>')", "is no point"),
        ("Action: click(point='<point>1e3 2</point>')", "is no plain number"),
        ("Action: click(point='<point>1e999 2</point>')", "is no plain number"),
        ("Action: click(point='<point>inf 2</point>')", "is no plain number"),
        ("Action: click(point='<point>+1 2</point>')", "is no plain number"),
        ("Action: click(point='<point>１ ２</point>')", "is no plain number"),
        ("Action: click(point='<point>1 9999999999999999</point>')", "reasonable size"),
        (f"Action: click(point='<point>1 {'9' * 5000}</point>')", "is no plain number"),
        ("Action: click(point='<point>x y</point>')", "is no plain number"),
        ("Action: click(start_box='[1, 2, 3, 4]')", "is no point"),
        ("Action: click()", "needs one point"),
        ("Action: click(index=3)", "'index' of click does not belong there"),
        ("Action: click('<point>1 2</point>')", "Cannot read"),
        ("Action: type(content='it's')", 'Cannot read "s\'"'),
        ("Action: type(content='a\nb')", "Cannot read"),
        ("Action: type(content='a\\q')", "no escape \\q;"),
        ("Action: type(content='\\U00110000')", "no escape"),
        ("Action: type(content='\\x4')", "no escape"),
        ("Action: type(content=f'{x}')", "Cannot read \"f'{x}'\""),
        ("Action: type(content=b'x')", "Cannot read"),
        ("Action: type(content='a' 'b')", "Cannot read \"'b'\""),
        ("Action: type(content='a' + 'b')", "Cannot read \"+ 'b'\""),
        ("Action: type(content='''a''')", "Cannot read"),
        ("Action: type(content=str(1))", "Cannot read 'str(1)'"),
        ("Action: type(content=5)", "a text in quotes for content"),
        ("Action: type(content='a',)", "Cannot read ','"),
        ("Action: type(content='a', content='b')", "is given twice"),
        ("Action: type(text='a')", "'text' of type does not belong there"),
        ("Action: type()", "type needs the argument content"),
        ("Action: type(content='…')", "Write your own words"),
        ("Action: scroll(direction='sideways')", "must be one of up, down, left, right"),
        ("Action: scroll(point='<point>a b</point>', direction='up')", "is no plain number"),
        ("Action: scroll()", "scroll needs the argument direction"),
        ("Action: wait(5)", "Cannot read '5'"),
        ("Action: press_back('x')", "Cannot read"),
        ("Action: hotkey(key='ctrl c')", "no action 'hotkey'; use click(point="),
        ("Action: back()", "no action 'back'"),
        ("Action: CLICK(point='<point>1 2</point>')", "no action 'CLICK'"),
    ],
    "androidworld": [
        ("", "lines that begin with Reason: and Action:"),
        ("Thought: a\nAction: {}", "lines that begin with Reason: and Action:"),
        ("{}", 'Expected the key "action_type"'),
        ("[]", "lines that begin with Reason: and Action:"),
        ('{"action_type": "wait"} Done.', "Extra data"),
        ('{"action_type": "wait"}' * 2, "Extra data"),
        ('Action: [{"action_type": "wait"}]', "Expected a JSON object, got list"),
        ('Action: {"action_type": "wait"', "Expected one JSON object"),
        ("Action: {'action_type': 'wait'}", "Expected one JSON object"),
        ('Reason: a Action: {"action_type": "wait"}', "lines that begin with Reason:"),
        ('{"action_type": ["wait"]}', 'Expected the key "action_type"'),
        ('{"action_type": "wait", "action_type": "wait"}', "repeated"),
        ('{"action_type": "click", "index": 3}', "give x and y, not an index"),
        ('{"action_type": "input_text", "text": "a", "index": 3}', "give x and y, not an index"),
        ('{"action_type": "click", "x": 3}', 'both "x" and "y"'),
        ('{"action_type": "click", "x": "3", "y": 4}', 'both "x" and "y"'),
        ('{"action_type": "click", "x": true, "y": 4}', 'both "x" and "y"'),
        ('{"action_type": "click", "x": NaN, "y": 4}', "NaN is not a JSON number"),
        ('{"action_type": "click", "x": 1e999, "y": 4}', 'both "x" and "y"'),
        ('{"action_type": "click", "x": ' + "9" * 400 + ', "y": 4}', 'both "x" and "y"'),
        ('{"action_type": "click", "x": ' + "9" * 5000 + ', "y": 4}', "Expected one JSON object"),
        ('{"action_type": "click", "x": 1, "y": 2, "z": 3}', "click takes no key 'z'"),
        ('{"action_type": "input_text", "text": "a", "x": 1}', 'both "x" and "y"'),
        ('{"action_type": "input_text"}', "type needs the argument 'text'"),
        ('{"action_type": "input_text", "text": 5}', "must be of type string"),
        ('{"action_type": "input_text", "text": "…"}', "Write your own words"),
        ('{"action_type": "scroll", "direction": "in"}', "must be one of up, down"),
        ('{"action_type": "status", "goal_status": "infeasible"}', "The only goal_status"),
        ('{"action_type": "status"}', "The only goal_status"),
        ('{"action_type": "open_app", "app_name": "Mail"}', "no action 'open_app'"),
        ('{"action_type": "wait", "x": ' + "[" * 9000 + "]" * 9000 + "}", "nested too deeply"),
    ],
    "osworld": [
        ("", "nothing around it"),
        ("I would click it.", "nothing around it"),
        ("I see.\npyautogui.click(1, 2)", "no action 'I see.\\npyautogui.click'"),
        ("pyautogui.click(1, 2) # there", "nothing around it"),
        ("```python\npyautogui.click(1, 2)\n``` Done.", "nothing around it"),
        ("```python\npyautogui.click(1, 2)", "no action '```python"),
        ("```python\n```", "nothing around it"),
        ("```", "nothing around it"),
        ("pyautogui.click(1, 2)\npyautogui.click(3, 4)", "one action a turn"),
        ("pyautogui.click(1, 2); pyautogui.click(3, 4)", "one action a turn"),
        ("```\nWAIT\n```\n```\nDONE\n```", "nothing around it"),
        ("import os; pyautogui.click(1, 2)", "no action 'import os; pyautogui.click'"),
        ("import pyautogui\npyautogui.click(1, 2)", "no action 'import pyautogui"),
        ("os.system('true')", "no action 'os.system'"),
        ("__import__('os').system('true')", "no action '__import__'"),
        ("pyautogui.click(1, 2", "nothing around it"),
        ("pyautogui.click 1, 2", "nothing around it"),
        ("click(1, 2)", "no action 'click'"),
        ("pyautogui.doubleClick(1, 2)", "no action 'pyautogui.doubleClick'"),
        ("pyautogui.press(pyautogui.press('enter'))", "Cannot read"),
        ("pyautogui.click(1)", "needs the argument y"),
        ("pyautogui.click()", "needs the argument x and y"),
        ("pyautogui.click(1, x=2)", "is given twice"),
        ("pyautogui.click(x=1, 2)", "Cannot read"),
        ("pyautogui.click(1, 2, button='right')", "'button' of pyautogui.click does not belong"),
        ("pyautogui.click('1', 2)", "takes a number for x, not a text"),
        ("pyautogui.click(1 + 1, 2)", "Cannot read '+ 1, 2'"),
        ("pyautogui.click(1e3, 2)", "Cannot read 'e3, 2'"),
        ("pyautogui.click(nan, 2)", "Cannot read 'nan, 2'"),
        ("pyautogui.click(float('nan'), 2)", "Cannot read"),
        ("pyautogui.click(0x10, 2)", "Cannot read 'x10, 2'"),
        ("pyautogui.click(1_0, 2)", "Cannot read '_0, 2'"),
        ("pyautogui.click(.5, 2)", "Cannot read '.5, 2'"),
        ("pyautogui.click(5., 2)", "Cannot read '., 2'"),
        ("pyautogui.click(-9999999999999999, 2)", "reasonable size"),
        ("pyautogui.click(" + "9" * 5000 + ", 2)", "Cannot read"),
        ("pyautogui.click(*(1, 2))", "Cannot read '*(1, 2)'"),
        ("pyautogui.click((1, 2))", "Cannot read '(1, 2)'"),
        ("pyautogui.write(f'{x}')", "Cannot read"),
        ("pyautogui.write('a' + 'b')", "Cannot read"),
        ("pyautogui.write('a' 'b')", "Cannot read"),
        ("pyautogui.write('a\\\nb')", "Cannot read"),
        ("pyautogui.write('a', interval='b')", "takes a number for interval"),
        ("pyautogui.write(['a', 'b'])", "Cannot read"),
        ("pyautogui.press('esc')", "'esc' does nothing here; those that do: enter, return"),
        ("pyautogui.press(['enter'])", "Cannot read"),
        ("pyautogui.press('enter', presses=2)", "'presses' of pyautogui.press does not belong"),
        ("pyautogui.hotkey('ctrl', 'c')", "'ctrl c' does nothing here"),
        ("pyautogui.hotkey('alt')", "needs the argument the 2nd key"),
        ("pyautogui.scroll(0)", "by 0 does nothing"),
        ("pyautogui.scroll('up')", "takes a number for clicks"),
        ("time.sleep(1)", "no action 'time.sleep'"),
        ("FAIL", "no action 'FAIL'"),
        ("wait", "nothing around it"),
    ],
}
MISSES = [(dialect, *row) for dialect, rows in NEAR.items() for row in rows]


@pytest.mark.parametrize(("dialect", "text", "expected"), MISSES, ids=lambda part: str(part)[:40])
def test_near_misses_are_refused_with_words(dialect: str, text: str, expected: str) -> None:
    """Nothing is guessed or mended, and each refusal says what would have been right."""
    read = parser_of(dialect).parse(text)
    assert isinstance(read, ParseError), read
    assert expected in read.message


@EACH
@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("{}", "narrow needs the argument 'most'"),
        ('{"most": 1, "most": 2}', "repeated"),
        ('{"most": NaN}', "NaN is not a JSON number"),
        ('{"most": 1e999}', "a finite number of reasonable size"),
        ('{"most": "1"}', "must be of type number, not str"),
        ('{"most": 1, "least": 0}', "narrow takes no argument 'least'"),
        ('{"most": 1, "kinds": [1]}', "must be of type string, not int"),
        ('{"most": 1, "more": ' + "[" * 9000 + "]" * 9000 + "}", "nested too deeply"),
        ("{'most': 1}", "Expected one JSON object"),
        ('{"most": 1', "Expected one JSON object"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_other_commands_are_checked_as_json(dialect: str, arguments: str, expected: str) -> None:
    """A command without a word of its own takes JSON arguments of its schema, unrepaired."""
    call = f"narrow({arguments})"
    texts = {"gelab": f"Action: {call}", "uitars": f"Action: {call}", "osworld": call}
    flat = '{"action_type": "narrow", ' + arguments[1:].lstrip()
    texts["androidworld"] = flat.replace('"narrow", }', '"narrow"}')
    assert expected in refused(dialect, texts[dialect])


# Instructions.


@EVERY
@THOUGHT
@pytest.mark.parametrize("commands", [COMMANDS, SCREEN, (CLICK,), (TYPE, RENEW)], ids=len)
def test_instructions_are_no_answer(
    dialect: str, thought: bool, commands: tuple[CommandSpec, ...]
) -> None:
    """Neither the instructions nor any line, or run of lines, can be read."""
    parser = make_parser(dialect, commands, thought, GUI_DIALECTS)
    lines = parser.instructions().splitlines()
    for start in range(len(lines)):
        for end in range(start + 1, len(lines) + 1):
            part = "\n".join(lines[start:end])
            assert isinstance(parser.parse(part), ParseError), part


@EACH
def test_examples_copied_from_the_instructions_are_no_answer(dialect: str) -> None:
    """An example cut out of its line and put in place is refused: its words are no one's."""
    parser = parser_of(dialect)
    frames = ("{}", "Thought: a\nAction: {}", "Reason: a\nAction: {}", "Action: {}", "```\n{}\n```")
    free = {"back", "home", "wait", "complete", "renew"}  # no words that could be missing
    read = set()
    for line in parser.instructions().splitlines():
        example = re.sub(r"^- |: (?=[a-z]).*$", "", line)
        for piece in example.split(" or "):
            for frame in frames:
                command = parser.parse(frame.format(piece))
                if isinstance(command, Command):
                    read.add(command.name)
    assert read == free


@EACH
@THOUGHT
def test_instructions_tell_what_there_is_and_nothing_else(dialect: str, thought: bool) -> None:
    """Each given command with its description; a thought only where it is wanted."""
    asks = {"gelab": "Explain", "uitars": "Thought", "androidworld": "Reason", "osworld": "reason"}
    full = parser_of(dialect, thought).instructions()
    assert all(command.description in full for command in COMMANDS)
    assert (asks[dialect] in full) == thought
    ground = make_parser(dialect, [CLICK], thought, GUI_DIALECTS).instructions()
    assert CLICK.description in ground and (asks[dialect] in ground) == thought
    forms = dict(GUI_DIALECTS[dialect].forms)  # type: ignore[attr-defined]
    del forms["click"]
    for absent in (*forms.values(), "Within quotes", "enter", "wheel", "Scroll"):
        assert absent not in ground
