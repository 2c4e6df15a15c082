"""The household experiment in miniature: a cold start, two methods, and what they leave."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from benchmarks import household_learning
from benchmarks.household_learning import METHODS, Options, main

SMALL = dataclasses.replace(
    household_learning.WORLD,
    kwargs={**household_learning.WORLD.kwargs, "max_episode_steps": 4},
    demonstrations=40,
    cold=0.0,
    budget=64,
    turns=12,
)


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Make everything small; give what would be written as the result."""
    kept: dict[str, Any] = {}
    monkeypatch.setattr(household_learning, "WORLD", SMALL)
    monkeypatch.setattr(household_learning, "ENVS", 4)
    monkeypatch.setattr(household_learning, "TASKS", 2)
    monkeypatch.setattr(household_learning, "GROUP", 2)
    monkeypatch.setattr(household_learning, "FIGURE", tmp_path / "learning.png")
    monkeypatch.setattr(
        household_learning, "write_result", lambda path, options, result: kept.update(result)
    )
    return kept


def test_the_work_can_be_shared_and_is_read_back(
    tmp_path: Path, written: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A part of the runs writes no result; the call for all trains only what is missing."""
    out = tmp_path / "runs"
    main(Options(seeds=(0,), methods=("VL-DAC",), out=out))
    assert not written
    finished = (out / "runs/VL-DAC/0/result.json").read_text()
    result = main(Options(seeds=(0,), out=out))
    assert [row["method"] for row in written["rows"]] == ["cold start", *METHODS]
    assert (out / "runs/VL-DAC/0/result.json").read_text() == finished
    with Image.open(tmp_path / "learning.png") as picture:
        assert picture.width > 1000 and np.unique(np.asarray(picture)).size > 9
    for name in METHODS:
        (one,) = result["runs"][name]
        assert 52 <= one["turns"] <= 80
        assert one["success"][0][0] == one["invalid"][0][0] == 0
        assert one["success"][-1][0] == one["turns"]
        assert all(0 <= share <= 1 for _, share in one["invalid"])
        assert len(one["sampled"]) == len(one["greedy"]) == 4
    monkeypatch.setattr(household_learning, "train", None)
    assert main(Options(seeds=(0,), out=out)) == json.loads(json.dumps(result))
    monkeypatch.setattr(household_learning, "WORLD", dataclasses.replace(SMALL, gamma=0.5))
    with pytest.raises(RuntimeError, match="run of other settings"):
        main(Options(seeds=(0,), out=out))


def test_a_stopped_run_ends_as_if_it_had_not_been(
    tmp_path: Path, written: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped behind a checkpoint, a training goes on to the same numbers."""
    options = Options(seeds=(0,), methods=("GRPO",), out=tmp_path / "runs")
    (whole,) = main(options)["runs"]["GRPO"]
    folder = options.out / "runs/GRPO/0"
    (folder / "result.json").unlink()
    saved = sorted((folder / "train").glob("update-*"))
    assert len(saved) == 2
    shutil.rmtree(saved[-1])
    (again,) = main(options)["runs"]["GRPO"]
    assert again["sampled"] == whole["sampled"] and again["success"] == whole["success"]
