"""Queries that are meant to break a search."""

from __future__ import annotations

HOSTILE = (
    "",
    " \n\t",
    "\x00",
    "\ud800",
    "🙈" * 9,
    "-" * 5000,
    "x" * 10**6,
    "a b " * 10**5,
    '"}]\r\nX: y',
)
