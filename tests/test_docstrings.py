"""Every environment's docstring tells the same things under the same headings."""

from __future__ import annotations

import inspect
import re
from importlib import import_module

import pytest

from vl_envs.registry import ENVIRONMENTS

HEADINGS = (
    "Description",
    "Action Space",
    "Observation Space",
    "Rewards",
    "Starting State",
    "Episode End",
    "Arguments",
    "Version History",
)
ENTRY_POINTS = sorted({row.entry_point for row in ENVIRONMENTS})


def sections(docstring: str) -> dict[str, str]:
    """Split a docstring at its ``## Heading`` lines; a heading in a code block is none."""
    found: dict[str, str] = {}
    heading, fenced = "", False
    for line in inspect.cleandoc(docstring).splitlines():
        fenced ^= line.startswith("```")
        match = None if fenced else re.fullmatch(r"##\s+(.+?)\s*", line)
        if match:
            heading = match[1] if match[1] not in found else f"{match[1]} (again)"
        found[heading] = found.get(heading, "") + ("" if match else f"{line}\n")
    return {name: text.strip() for name, text in found.items()}


@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
def test_environment_docstring_has_all_headings_in_order(entry_point: str) -> None:
    """A class says what it is in a first line, then fills Gymnasium's headings in order."""
    module, _, name = entry_point.partition(":")
    docstring = getattr(import_module(module), name).__doc__
    assert docstring, f"{entry_point} has no docstring"
    found = sections(docstring)
    assert found.pop("", ""), f"{entry_point}: the docstring begins without a summary"
    assert tuple(found) == HEADINGS
    assert [heading for heading, text in found.items() if not text] == []


def test_there_are_environments() -> None:
    """The test above is not empty."""
    assert ENTRY_POINTS


def test_sections_sees_order_repetition_and_code() -> None:
    """Headings come back in order, a second one of a name and one in a code block are told."""
    text = "One line.\n\n    ## B\n    x\n    ```\n    ## not one\n    ```\n    ## A\n    ## B\n"
    found = sections(text)
    assert list(found) == ["", "B", "A", "B (again)"]
    assert found["A"] == ""
