"""Command schemas: what they render, what they accept, and how they say no."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vl_envs.core.tool import CommandSpec, Tool, ToolResult

SPEC = CommandSpec(
    "zoom",
    "look closer.",
    {
        "box": {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 4},
        "times": {"type": "integer", "default": 2},
        "mode": {"type": "string", "enum": ["sharp", "soft"], "default": "sharp"},
    },
)
BOX = [0, 0.5, 10, 20]


def _one(schema: dict[str, Any], value: Any) -> str | None:
    return CommandSpec("do", "do.", {"x": schema}).check({"x": value})


def test_json_schema_is_what_function_calling_expects() -> None:
    """Arguments without a default are required; the schema is plain JSON."""
    schema = SPEC.json_schema()
    assert json.loads(json.dumps(schema)) == schema
    assert (schema["name"], schema["description"]) == ("zoom", "look closer.")
    assert schema["parameters"]["type"] == "object"
    assert schema["parameters"]["required"] == ["box"]
    assert list(schema["parameters"]["properties"]) == ["box", "times", "mode"]


def test_right_arguments_are_accepted() -> None:
    """With and without the optional ones."""
    assert SPEC.check({"box": BOX}) is None
    assert SPEC.check({"box": BOX, "times": 3, "mode": "soft"}) is None
    assert CommandSpec("wait", "wait.").check({}) is None


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, "zoom needs the argument 'box'."),
        ({"times": 1}, "zoom needs the argument 'box'."),
        ({"box": BOX, "tims": 1}, "no argument 'tims'; its arguments: box, times, mode."),
        ({"box": BOX, "x" * 1000: 1}, "xxx'; its arguments: box"),
        ({"box": BOX[:3]}, "The argument 'box' of zoom must have 4 items, not 3."),
        ({"box": [*BOX, 1]}, "must have 4 items, not 5."),
        ({"box": tuple(BOX)}, "must be of type array, not tuple."),
        ({"box": [1, 2, 3, "4"]}, "has an item that must be of type number, not str."),
        ({"box": [1, 2, 3, False]}, "has an item that must be of type number, not bool."),
        ({"box": [1, 2, 3, math.nan]}, "a finite number of reasonable size"),
        ({"box": [1, 2, 3, math.inf]}, "a finite number of reasonable size"),
        ({"box": [1, 2, 3, 10**400]}, "a finite number of reasonable size"),
        ({"box": BOX, "times": 2.0}, "'times' of zoom must be of type integer, not float."),
        ({"box": BOX, "times": "2"}, "must be of type integer, not str."),
        ({"box": BOX, "times": True}, "must be of type integer, not bool."),
        ({"box": BOX, "times": None}, "must be of type integer, not NoneType."),
        ({"box": BOX, "mode": "hard"}, "'mode' of zoom must be one of sharp, soft."),
        ({"box": BOX, "mode": ["soft"]}, "must be of type string, not list."),
    ],
)
def test_wrong_arguments_are_named(arguments: dict[str, Any], expected: str) -> None:
    """The sentence names the argument, what was wanted and what came, at bearable length."""
    problem = SPEC.check(arguments)
    assert problem is not None and expected in problem
    assert len(problem) < 200 and problem.endswith(".")


def test_limits_of_arrays_in_words() -> None:
    """One-sided and two-sided limits read well."""
    numbers = {"type": "array", "items": {"type": "integer"}}
    assert _one(numbers, []) is None and _one(numbers, [1] * 50) is None
    assert "at least 1 items, not 0" in str(_one({**numbers, "minItems": 1}, []))
    assert "0 to 2 items, not 3" in str(_one({**numbers, "maxItems": 2}, [1, 2, 3]))
    assert "1 to 2 items, not 3" in str(_one({**numbers, "minItems": 1, "maxItems": 2}, [1, 2, 3]))


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("string", ["", "x"], [1, None, ["x"]]),
        ("integer", [0, -5, 2**53], [1.5, True, "1", 2**53 + 1]),
        ("number", [0, 0.5, -1e9], [True, "1", math.nan]),
        ("boolean", [True, False], [0, 1, "true", None]),
        ("array", [[], ["x"]], [(), "x", {}]),
        ("object", [{}, {"a": [1]}], [[], "x", None]),
    ],
)
def test_types(kind: str, good: list[Any], bad: list[Any]) -> None:
    """Each JSON type takes its own values; Python's `bool` is no number."""
    assert [_one({"type": kind}, value) for value in good] == [None] * len(good)
    assert all(_one({"type": kind}, value) for value in bad)


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=10,
)


@settings(max_examples=300, deadline=None)
@given(arguments=st.dictionaries(st.sampled_from(["box", "times", "mode", "?"]), json_values))
def test_any_arguments_are_right_or_told(arguments: dict[str, Any]) -> None:
    """Checking never raises."""
    problem = SPEC.check(arguments)
    assert problem is None or problem.endswith(".")


@pytest.mark.parametrize("schema", [{"type": "str"}, {"type": "array", "items": {"type": "str"}}])
def test_a_type_that_json_lacks_is_refused_at_once(schema: dict[str, Any]) -> None:
    """An author's slip is told when the command is made, not when a model first uses it."""
    with pytest.raises(ValueError, match=r"unknown type of do\.x(\.items)? 'str'.*'string'"):
        CommandSpec("do", "do.", {"x": schema})


@pytest.mark.parametrize("name", ["", "two words", "a>b", "<a>", '"a"', "a\n"])
def test_names_are_words(name: str) -> None:
    """A command's name stands in tags and JSON, so it is one word."""
    with pytest.raises(ValueError, match="one word"):
        CommandSpec(name, "do.")


def test_a_tool_is_a_spec_that_can_be_called() -> None:
    """A tool answers on the episode's state, and keeps none of its own."""

    class Count(Tool[list[int]]):
        spec = CommandSpec("count", "count.", {"by": {"type": "integer"}})

        def __call__(self, state: list[int], **arguments: Any) -> ToolResult:
            """Count."""
            state.append(arguments["by"])
            return ToolResult(f"{sum(state)}")

    state: list[int] = []
    tool = Count()
    assert tool(state, by=2) == ToolResult("2") and tool(state, by=3).text == "5"
    assert tool([], by=1).text == "1"
    result = ToolResult("x")
    assert (result.ok, result.error, result.image, result.cost) == (True, None, None, 1.0)
