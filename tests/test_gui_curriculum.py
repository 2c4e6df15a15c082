"""The GUI curriculum in miniature: three stages, each examined once, and a page to look at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from examples import gui_curriculum
from examples.gui_curriculum import BLIND, STAGES, Options, main


def test_three_stages_and_what_they_leave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every stage answers every question; a second call does nothing again."""
    monkeypatch.setattr(gui_curriculum, "EDGES", ("rl",))
    monkeypatch.setattr(gui_curriculum, "PATHS", ("ood",))
    options = Options(
        out=tmp_path,
        imitation=2,
        demonstrations=8,
        single=1,
        multi=1,
        tasks=2,
        group=2,
        eval_tasks=4,
        quiet=True,
    )
    found = main(options)
    assert list(found) == [BLIND, *STAGES]
    for numbers in found.values():
        assert set(numbers) == {"edges/rl", "paths/ood"}
        for name, one in numbers.items():
            assert all(0 <= value <= 1 for value in one["tasks"])
            assert name.startswith("edges") or (one["pass@1"] <= 1 and len(one["tasks@5"]) == 4)
            lengths = one.get("by_length", {"1": {}})
            assert set(lengths) <= {"1", "2", "3", "4"}
    log = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [record["stage"] for record in log] == ["sft", "sft", "grpo_one", "grpo_many"]
    assert log[1]["demonstration/success"] == 1  # a detour does not make the expert fail
    for name in ("episodes.html", "learning_curve.png", "policy/config.json"):
        assert (tmp_path / name).exists()
    again = main(options)
    assert again == found
    assert len((tmp_path / "metrics.jsonl").read_text().splitlines()) == len(log)
