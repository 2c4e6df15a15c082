"""The facts on disk, and who may be asked about."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any

Fact = dict[str, Any]
Table = dict[str, Fact]

KINDS = {"flag": "countries", "element": "elements", "constellation": "constellations"}
"""Kind of picture, and the table that holds the facts about what it shows."""


@cache
def load() -> dict[str, Table]:
    """Read the tables ``countries``, ``elements`` and ``constellations`` (and ``sources``)."""
    text = files(__package__).joinpath("data/facts.json").read_text(encoding="utf-8")
    tables: dict[str, Table] = json.loads(text)
    return tables


def table(kind: str) -> Table:
    """Give the facts about everything of a kind, drawn or not."""
    return load()[KINDS[kind]]


def name(kind: str, code: str) -> str:
    """Give the usual English name."""
    first: str = table(kind)[code]["names"][0]
    return first
