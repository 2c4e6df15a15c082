"""A small reader of s-expressions, in which PDDL is written, safe for whatever text comes."""

from __future__ import annotations

import re
from typing import TypeAlias

MAX_CHARACTERS = 4_000_000
"""Longest text that is read; the longest published problems have some 200,000."""
MAX_DEPTH = 40
"""Deepest nesting that is read; goals have some 10."""

Expression: TypeAlias = "str | list[Expression]"

_TOKEN = re.compile(r"[()]|[^\s()]+")


def read_expression(text: str) -> list[Expression]:
    """Read one s-expression; a comment goes from a semicolon to the end of its line.

    Raises:
        ValueError: too long or too deep a text, or one whose parentheses do not match.
    """
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"expected at most {MAX_CHARACTERS} characters of PDDL, got {len(text)}")
    open_lists: list[list[Expression]] = [[]]
    for token in _TOKEN.findall(re.sub(";.*", "", text)):
        if token == "(":
            inner: list[Expression] = []
            open_lists[-1].append(inner)
            open_lists.append(inner)
            if len(open_lists) > MAX_DEPTH:
                raise ValueError(f"expected at most {MAX_DEPTH} nested parentheses in PDDL")
        elif token == ")":
            open_lists.pop()
            if not open_lists:
                raise ValueError("expected balanced parentheses in PDDL, got one ')' too many")
        else:
            open_lists[-1].append(token)
    whole = open_lists[0]
    if len(open_lists) > 1 or len(whole) != 1 or not isinstance(whole[0], list):
        raise ValueError(
            f"expected one PDDL expression, got {len(whole)} of which {len(open_lists) - 1} "
            "parentheses are never closed"
        )
    return whole[0]
