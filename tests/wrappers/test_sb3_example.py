"""examples/sb3_ppo.py in miniature: it learns a toy in seconds, and leaves what it promises."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from PIL import Image

from tests.wrappers.toy import LAMPS

sb3_ppo = pytest.importorskip(
    "examples.sb3_ppo", reason="needs the extra sb3", exc_type=ImportError
)


def recipe(task: str, **kwargs: Any) -> Any:
    """Make a small recipe for the toy, of a task's kind."""
    real = sb3_ppo.RECIPES[task]
    options = {**real.options, "n_steps": 64, "batch_size": 64, "learning_rate": 1e-3}
    small = {"prompt": "brief", "thought": False}
    return real._replace(env_id=LAMPS, kwargs=small, options=options, held_out={}, **kwargs)


def run(task: str, out: Path, **options: Any) -> dict[str, Any]:
    """Run the example, quietly."""
    small = {"n_envs": 4, "eval_episodes": 40, "quiet": True}
    summary: dict[str, Any] = sb3_ppo.main(
        sb3_ppo.Options(task=task, out=out, **{**small, **options})
    )
    return summary


def test_masked_ppo_learns_a_toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Random play wins some, the trained policy nearly all, the expert everything."""
    monkeypatch.setitem(sb3_ppo.RECIPES, "ez_points", recipe("ez_points", steps=4096))
    players = run("ez_points", tmp_path)["players"]
    assert list(players) == ["random", "MaskablePPO", "expert"]
    assert players["expert"]["success"] == 1 and players["expert"]["length"] == 3
    assert players["random"]["success"] < 0.6
    assert players["MaskablePPO"]["success"] > 0.9
    names = {"metrics.jsonl", "model.zip", "learning_curve.png", "summary.json"}
    assert {path.name for path in tmp_path.iterdir()} == names
    with Image.open(tmp_path / "learning_curve.png") as curve:
        assert min(curve.size) > 200
    log = [json.loads(line) for line in (tmp_path / "metrics.jsonl").read_text().splitlines()]
    assert [row["update"] for row in log] == [*range(1, 17), 16]
    assert log[-1]["steps"] == 4096
    assert log[-1]["eval/held out/greedy/success"] == players["MaskablePPO"]["success"]
    assert len(json.loads((tmp_path / "summary.json").read_text())["players"]) == 3


def test_same_seed_same_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures alone: two runs of a seed are equal, another seed differs."""
    monkeypatch.setitem(sb3_ppo.RECIPES, "hallway", recipe("hallway", steps=256))
    seeds = {"a": 0, "b": 0, "c": 1}
    for name, seed in seeds.items():
        run("hallway", tmp_path / name, seed=seed, eval_episodes=2)
    logs = {name: (tmp_path / name / "metrics.jsonl").read_text() for name in seeds}
    assert logs["a"] == logs["b"] != logs["c"]


def test_blind_players_see_black(monkeypatch: pytest.MonkeyPatch) -> None:
    """The text stays, the picture goes."""
    monkeypatch.setitem(sb3_ppo.RECIPES, "ez_points", recipe("ez_points", steps=64))
    sighted, blind = (
        sb3_ppo.make(sb3_ppo.Options("ez_points", blind=blind)).reset(seed=0)[0]
        for blind in (False, True)
    )
    assert sighted["image"].any() and not blind["image"].any()
    assert np.array_equal(sighted["text"], blind["text"])


def test_features_tell_pictures_and_words_apart() -> None:
    """Another picture, another word and another order of words give other features."""
    env = sb3_ppo.see_and_read(gym.make(LAMPS))
    image = gym.spaces.Box(0, 255, (3, 40, 40), np.uint8)
    torch.manual_seed(0)
    extractor = sb3_ppo.PictureAndWords(
        gym.spaces.Dict({"image": image, "text": env.observation_space["text"]})
    )
    seen = {"image": torch.zeros(4, 3, 40, 40), "text": torch.zeros(4, 16)}
    seen["image"][1] = 1
    seen["text"][2, :2] = torch.tensor([2.0, 3.0])
    seen["text"][3, :2] = torch.tensor([3.0, 2.0])
    features = extractor(seen)
    assert features.shape == (4, extractor.features_dim)
    assert len({tuple(row.tolist()) for row in features}) == 4


def test_benchmark_tells_every_player(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row for each player, blind ones where they are asked for, a picture, and no run twice."""
    from benchmarks import sb3_ppo as benchmark

    written: list[dict[str, Any]] = []
    monkeypatch.setattr(benchmark, "write_result", lambda *a: written.append(a[2]))
    monkeypatch.setattr(benchmark, "PICTURE", tmp_path / "curves.png")
    for task in ("hallway", "ez_points"):
        monkeypatch.setitem(sb3_ppo.RECIPES, task, recipe(task))
    options = benchmark.Options(seeds=(0, 1), steps=512, eval_episodes=5, out=tmp_path)
    benchmark.run(options)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/model.zip")}
    benchmark.run(options)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.glob("*/model.zip")} == before
    assert len(before) == 8 and written[0] == written[1]
    assert [row["player"] for row in written[0]["rows"]] == [
        *("random", "PPO, blind", "PPO", "expert"),
        *("random", "MaskablePPO, blind", "MaskablePPO", "expert"),
    ]
    with pytest.raises(RuntimeError, match=r"holds a run of .* wanted are 1024 and 5"):
        benchmark.run(dataclasses.replace(options, steps=1024))
    with Image.open(tmp_path / "curves.png") as curves:
        assert min(curves.size) > 200
