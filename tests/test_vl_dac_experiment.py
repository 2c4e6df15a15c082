"""VL-DAC's experiment runs from end to end on a small budget, and judges differences rightly."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import vl_dac, vl_dac_runs
from benchmarks.vl_dac_figures import draw_curves
from benchmarks.vl_dac_runs import ABLATION, METHODS, OPEN, WORLDS, World, cold_start, load, run

SMALL = dataclasses.replace(
    WORLDS["NumberLine"], demonstrations=400, cold=0.0, budget=200, turns=64
)


@pytest.fixture(scope="module")
def cold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cold start, made with small evaluations."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vl_dac_runs, "TASKS", 20)
        return cold_start(SMALL, tmp_path_factory.mktemp("cold"))


@pytest.mark.parametrize("method", ["VL-DAC", "RL4VLM λ .5", "LOOP"])
def test_a_run_stays_in_its_budget_and_is_read_back(
    cold: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """A method trains from the cold start; a finished run is not run again, and repeats itself."""
    monkeypatch.setattr(vl_dac_runs, "TASKS", 20)
    result = run(SMALL, METHODS[method], 0, cold, tmp_path / "one")
    assert SMALL.budget - SMALL.turns <= result["turns"] <= SMALL.budget + 200
    assert result["curve"][0][0] == 0 and result["curve"][-1][0] == result["turns"]
    assert len(result["sampled"]) == len(result["greedy"]) == 40
    (tmp_path / "one" / "metrics.jsonl").unlink()
    assert run(SMALL, METHODS[method], 0, cold, tmp_path / "one") == json.loads(json.dumps(result))
    again = run(SMALL, METHODS[method], 0, cold, tmp_path / "two")
    assert again["curve"] == result["curve"] and again["sampled"] == result["sampled"]


def test_every_method_begins_at_the_same_weights(cold: Path) -> None:
    """Methods differ in how they learn alone; the ablation switches what it says."""
    for make in {**METHODS, **ABLATION, **OPEN}.values():
        algorithm = make(SMALL, load(SMALL, cold), 0)
        assert algorithm.updates == 0
    none = ABLATION["none"](SMALL, load(SMALL, cold), 0)
    assert none.config.value_warmup == 0 and none.config.kl_weight == 0  # type: ignore[attr-defined]
    assert not none.policy.stop_gradient
    whole = ABLATION["VL-DAC"](SMALL, load(SMALL, cold), 0)
    assert whole.config.value_warmup > 0 and whole.config.kl_weight > 0  # type: ignore[attr-defined]
    assert whole.policy.stop_gradient


def test_a_policy_of_two_games_says_the_words_of_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For the transfer between games one model knows both vocabularies."""
    monkeypatch.setattr(vl_dac_runs, "TASKS", 20)
    world: World = dataclasses.replace(SMALL, also="VLCards/EZPoints-v0", demonstrations=200)
    folder = cold_start(world, tmp_path)
    for env, action in ((world.env, "<move> + </move>"), (world.also, "<write> 10 </write>")):
        policy = load(world, folder, env)
        parser = vl_dac_runs.open_env(world, env).parser
        ids = policy.tokenizer(action, add_special_tokens=False).input_ids
        assert parser.parse(policy.encoder.text(np.array(ids))).name


@pytest.mark.parametrize(
    ("less", "verdict"), [(0.3, "below"), (-0.3, "above"), (0.0, "not told apart")]
)
def test_verdicts_follow_the_interval(less: float, verdict: str) -> None:
    """A difference counts only where its interval leaves out 0."""
    rng = np.random.default_rng(0)

    def runs(mean: float) -> list[dict[str, list[float]]]:
        return [{"sampled": (rng.random(200) < mean).astype(float).tolist()} for _ in range(5)]

    assert vl_dac._difference(runs(0.6 - less), runs(0.6)).endswith(verdict)


def test_curves_are_drawn(tmp_path: Path) -> None:
    """A panel for each world, whatever the curves' lengths."""
    curve = [(0, 0.2), (500, 0.5), (1000, 0.9)]
    series = {(w, m): [curve, curve[:2]] for w in ("A", "B", "C") for m in ("x", "y")}
    draw_curves(series, tmp_path / "curves.png", ["A", "B", "C"], ["x", "y"])
    with Image.open(tmp_path / "curves.png") as picture:
        assert picture.width > 800 and np.unique(np.asarray(picture)).size > 9
