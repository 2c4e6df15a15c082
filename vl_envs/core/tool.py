"""Commands an agent may give, and tools that carry them out.

A `CommandSpec` owns a command's name, description and argument schema; every parser renders its
instructions from it and checks arguments against it. A `Tool` is a spec that can be called.
"""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from PIL import Image

from vl_envs.core.errors import unknown

State = TypeVar("State")

_LARGEST = 2**53  # beyond it a float no longer tells neighbouring integers apart

_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
}


@dataclass(frozen=True)
class CommandSpec:
    """A command's name, what it does, and its arguments.

    Attributes:
        name: one word, unique in its environment.
        description: one sentence for the model.
        parameters: argument name -> JSON schema (``type``, and where wanted ``description``,
            ``enum``, ``items``, ``minItems``, ``maxItems``). All arguments are required unless
            their schema has a ``default``.
        final: whether the command ends the episode; tool-call dialects write it outside the call.
    """

    name: str
    description: str
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    final: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for a name that is no word and for a type JSON does not have."""
        if not re.fullmatch(r"[\w-]+", self.name):
            raise ValueError(f"a command's name is one word, got {self.name!r}")
        for name, schema in self.parameters.items():
            _check_type(f"{self.name}.{name}", schema)

    def json_schema(self) -> dict[str, Any]:
        """Render the spec as an OpenAI-style function schema."""
        required = [name for name, schema in self.parameters.items() if "default" not in schema]
        return {
            "name": self.name,
            "description": self.description,
            "parameters": {
                "type": "object",
                "properties": {name: dict(schema) for name, schema in self.parameters.items()},
                "required": required,
            },
        }

    def check(self, arguments: Mapping[str, Any]) -> str | None:
        """Say in plain words what is wrong with ``arguments``, or None if nothing is."""
        for name in arguments:
            if name not in self.parameters:
                wanted = ", ".join(self.parameters) or "none"
                return f"{self.name} takes no argument {name[:40]!r}; its arguments: {wanted}."
        for name, schema in self.parameters.items():
            if name not in arguments:
                if "default" in schema:
                    continue
                return f"{self.name} needs the argument {name!r}."
            problem = _mismatch(arguments[name], schema)
            if problem:
                return f"The argument {name!r} of {self.name} {problem}."
        return None


def _check_type(where: str, schema: Mapping[str, Any]) -> None:
    kind = schema.get("type", "string")
    if kind not in _JSON_TYPES:
        raise unknown(f"type of {where}", kind, _JSON_TYPES)
    if "items" in schema:
        _check_type(f"{where}.items", schema["items"])


def _mismatch(value: Any, schema: Mapping[str, Any]) -> str | None:
    """Say how ``value`` breaks ``schema``, as the end of a sentence."""
    kind = str(schema.get("type", "string"))
    fits = isinstance(value, _JSON_TYPES[kind])
    if not fits or (isinstance(value, bool) and kind != "boolean"):  # Python's bool is an int
        return f"must be of type {kind}, not {type(value).__name__}"
    if isinstance(value, (int, float)) and not abs(value) <= _LARGEST:
        return "must be a finite number of reasonable size"
    if "enum" in schema and value not in schema["enum"]:
        return f"must be one of {', '.join(map(str, schema['enum']))}"
    if isinstance(value, list):
        low, high = schema.get("minItems", 0), schema.get("maxItems", math.inf)
        if not low <= len(value) <= high:
            wanted = low if low == high else f"{low} to {high}"
            wanted = f"at least {low}" if high == math.inf else wanted
            return f"must have {wanted} items, not {len(value)}"
        for item in value:
            problem = _mismatch(item, schema.get("items", {"type": "string"}))
            if problem:
                return f"has an item that {problem}"
    return None


@dataclass(frozen=True)
class ToolResult:
    """What a tool answers.

    Attributes:
        text: shown to the agent.
        image: a picture to show, or None to leave the shown one.
        ok: whether the tool did what was asked.
        error: why not, where the *tool* failed (a dead server) rather than the request.
        cost: what the call used up, in the tool's own unit.
    """

    text: str
    image: Image.Image | None = None
    ok: bool = True
    error: str | None = None
    cost: float = 1.0


class Tool(ABC, Generic[State]):
    """Something an agent can call; never raises for bad arguments, but answers with a text."""

    spec: CommandSpec

    @abstractmethod
    def __call__(self, state: State, **arguments: Any) -> ToolResult:
        """Act on one episode's ``state``; a tool keeps no state of its own."""
