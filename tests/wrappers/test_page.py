"""docs/bring_your_own_algorithm.md: what it shows runs, from top to bottom."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "bring_your_own_algorithm.md"
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def test_examples_run(capsys: pytest.CaptureFixture[str]) -> None:
    """Each example runs behind those above it, and prints what its comments say."""
    pytest.importorskip("sb3_contrib")
    names: dict[str, Any] = {}
    for code in BLOCKS:
        exec(compile(code, PAGE.name, "exec"), names)  # noqa: S102 (our own page)
    printed = capsys.readouterr().out
    assert "('<move> + </move>', '<move> - </move>')" in printed
    assert "(4, 224, 224, 3) (4, 64)" in printed
    assert len(names["grid"]) == 100


def test_page_has_examples() -> None:
    """The test above is not empty."""
    assert len(BLOCKS) >= 6
