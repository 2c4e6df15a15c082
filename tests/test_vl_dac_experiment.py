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
from benchmarks.vl_dac_runs import ABLATION, METHODS, OPEN, WORLDS, cold_start, load, run

SMALL = dataclasses.replace(
    WORLDS["NumberLine"],
    also="VLCards/EZPoints-v0",
    demonstrations=400,
    cold=0.35,
    budget=200,
    turns=64,
)


@pytest.fixture(scope="module")
def cold(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cold start that knows two games, made with few and small evaluations."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(vl_dac_runs, "TASKS", 20)
        patch.setattr(vl_dac_runs, "PARTS", 1)
        return cold_start(SMALL, tmp_path_factory.mktemp("cold"))


@pytest.mark.parametrize("method", ["VL-DAC", "RL4VLM λ .5", "LOOP", "imitation, as long"])
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
    with pytest.raises(RuntimeError, match="run of other settings"):
        run(dataclasses.replace(SMALL, gamma=0.5), METHODS["VL-DAC"], 0, cold, tmp_path / "one")


def test_the_rate_ends_where_the_budget_does(
    cold: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many turns an update takes, the last one's learning rate is near the floor."""
    monkeypatch.setattr(vl_dac_runs, "TASKS", 20)
    world = dataclasses.replace(SMALL, budget=1500)
    rates = run(world, METHODS["LOOP"], 0, cold, tmp_path)["rate"]
    height = vl_dac_runs.RATES["rloo", SMALL.env]
    assert max(rates) > 0.9 * height
    assert rates[-1] < 0.5 * height


def test_every_method_begins_at_the_same_weights(cold: Path) -> None:
    """Methods differ in how they learn alone; the ablation switches what it says."""
    for method in {**METHODS, **ABLATION, **OPEN}.values():
        algorithm = method.begin(SMALL, load(SMALL, cold), 0)
        assert algorithm.updates == 0
    none = ABLATION["none"].begin(SMALL, load(SMALL, cold), 0)
    assert none.config.value_warmup == 0 and none.config.kl_weight == 0  # type: ignore[attr-defined]
    assert not none.policy.stop_gradient
    whole = ABLATION["VL-DAC"].begin(SMALL, load(SMALL, cold), 0)
    assert whole.config.value_warmup > 0 and whole.config.kl_weight > 0  # type: ignore[attr-defined]
    assert whole.policy.stop_gradient


def test_a_policy_of_two_games_says_the_words_of_both(cold: Path) -> None:
    """For the transfer between games one model knows both vocabularies."""
    for env, action in ((SMALL.env, "<move> + </move>"), (SMALL.also, "<write> 10 </write>")):
        policy = load(SMALL, cold, env)
        parser = vl_dac_runs.open_env(SMALL, env).parser
        ids = policy.tokenizer(action, add_special_tokens=False).input_ids
        assert parser.parse(policy.encoder.text(np.array(ids))).name


def test_verdicts_follow_the_seeds() -> None:
    """A difference counts only where five seeds agree on it; equal runs are not told apart."""
    below, above, unsure, same = (
        [-0.30, -0.28, -0.33, -0.31, -0.29],
        [0.30, 0.28, 0.33, 0.31, 0.29],
        [-0.30, 0.02, 0.01, -0.02, 0.01],
        [0.0] * 5,
    )
    texts = vl_dac.verdicts([below, unsure, above, same])
    ends = ("below", "not told apart", "above", "not told apart")
    assert all(text.endswith(end) for text, end in zip(texts, ends, strict=True))


def test_verdicts_seldom_err() -> None:
    """Of tables in which nothing differs, one of twenty at most claims anything."""
    rng = np.random.default_rng(0)
    wrong = 0
    for _ in range(400):
        texts = vl_dac.verdicts(rng.normal(0, 0.1, (16, 5)).tolist())
        wrong += any(not text.endswith("not told apart") for text in texts)
    assert wrong / 400 < 0.08


def test_a_height_counts_once_it_is_kept() -> None:
    """A curve that touches .90 and falls again did not get there."""
    touches = [(0, 0.5), (1000, 0.92), (2000, 0.7), (3000, 0.8)]
    stays = [(0, 0.5), (1000, 0.92), (2000, 0.89), (3000, 0.97)]
    assert vl_dac._steps_to(0.9, [stays]) == "1k"
    assert vl_dac._steps_to(0.9, [touches]) == "not reached (1 of 1 never)"


def test_curves_are_drawn(tmp_path: Path) -> None:
    """A panel for each world, whatever the curves' lengths."""
    curve = [(0, 0.2), (500, 0.5), (1000, 0.9)]
    series = {(w, m): [curve, curve[:2]] for w in ("A", "B", "C") for m in ("x", "y")}
    draw_curves(series, tmp_path / "curves.png", ["A", "B", "C"], ["x", "y"])
    with Image.open(tmp_path / "curves.png") as picture:
        assert picture.width > 800 and np.unique(np.asarray(picture)).size > 9
