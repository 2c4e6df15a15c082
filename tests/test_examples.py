"""The examples, in miniature: what they promise to write, and how they go on."""

from __future__ import annotations

import json
import runpy
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from PIL import Image

from algorithms import evaluate as evaluation
from policies.vlm import VLMPolicy
from tests.toys import ColourEnv, weights

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
SMALL = (
    *("--sft-updates", "2", "--rl-updates", "2", "--tasks", "2", "--group", "4"),
    *("--demonstrations", "4", "--eval-tasks", "4", "--eval-every", "1", "--quiet"),
)


def example(name: str, out: Path, *options: str) -> None:
    """Run an example as from the command line."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sys.argv", [name, "--out", str(out), *SMALL, *options])
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")


def records(out: Path) -> list[dict[str, Any]]:
    """Read the log, of which every line must be whole."""
    return [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a small quickstart."""
    folder = tmp_path_factory.mktemp("out") / "quickstart"
    example("quickstart.py", folder)
    return folder


def test_quickstart_writes_what_it_promises(out: Path) -> None:
    """Log, curve, episodes as GIF and as a page, numbers, and a policy."""
    promised = {
        *("config.json", "metrics.jsonl", "learning_curve.png", "before.gif", "after.gif"),
        *("episodes.html", "summary.json", "policy", "sft", "grpo"),
    }
    assert {path.name for path in out.iterdir()} == promised
    with Image.open(out / "learning_curve.png") as curve:
        assert min(curve.size) > 200
    for name in ("before", "after"):
        with Image.open(out / f"{name}.gif") as film:
            assert getattr(film, "n_frames", 1) >= 3
    page = (out / "episodes.html").read_text()
    assert "data:image/png;base64," in page
    assert "://" not in page  # it needs nothing from outside
    assert "after GRPO" in page


def test_quickstart_log_and_summary(out: Path) -> None:
    """Both stages are logged, and the summary is the last evaluation of both splits."""
    log = records(out)
    stages = [(r["stage"], r["update"]) for r in log]
    assert stages == [("sft", 0), ("sft", 1), ("sft", 2), ("grpo", 1), ("grpo", 2)]
    summary = json.loads((out / "summary.json").read_text())
    for split in ("test", "names"):
        for mode in ("sampled", "greedy"):
            name = f"eval/{split}/{mode}/success"
            assert 0 <= summary[name] <= 1
            assert summary[name] == log[-1][name]


def test_quickstart_policy_can_be_loaded(out: Path) -> None:
    """The policy's folder holds the weights of the last checkpoint."""
    policy = VLMPolicy.load(out / "policy")
    last = VLMPolicy.load(out / "grpo" / "update-000002")
    assert torch.equal(weights(policy), weights(last))
    assert np.isfinite(weights(policy).numpy()).all()


def test_evaluation_sees_what_training_saw(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the limits of its prompts: other prompts would be another policy."""
    asked: dict[str, Any] = {}
    play = evaluation.evaluate

    def look(envs: Any, policy: Any, tasks: int, **options: Any) -> evaluation.Result:
        asked.update(policy=policy, envs=envs, **options)
        return play(envs, policy, tasks, **options)

    monkeypatch.setattr(evaluation, "evaluate", look)
    limits = "--max-context 900 --max-pictures 3 --temperature 0.5 --dtype bfloat16"
    words = f"--policy {out / 'policy'} --tasks 4 --envs 2 --history 1 {limits}"
    monkeypatch.setattr("sys.argv", ["evaluate.py", *words.split()])
    runpy.run_path(str(EXAMPLES / "evaluate.py"), run_name="__main__")
    policy = asked["policy"]
    assert (asked["history"], asked["envs"].num_envs) == (1, 2)
    assert (policy.max_context, policy.max_pictures, policy.temperature) == (900, 3, 0.5)
    assert policy.model.dtype == torch.bfloat16


def test_other_options_are_refused(out: Path) -> None:
    """The error names the options that differ and what can be done; nothing is touched."""
    before = (out / "metrics.jsonl").read_bytes()
    with pytest.raises(SystemExit, match=r"other options \(seed, tasks\).*--fresh"):
        example("quickstart.py", out, "--seed", "5", "--tasks", "3")
    assert (out / "metrics.jsonl").read_bytes() == before


def test_same_options_resume(out: Path) -> None:
    """A run that lost its last stage makes it again, just as it was."""
    before = weights(VLMPolicy.load(out / "policy"))
    log = [{k: v for k, v in r.items() if not k.startswith("time/")} for r in records(out)]
    for checkpoint in (out / "grpo").iterdir():
        for file in checkpoint.iterdir():
            file.unlink()
        checkpoint.rmdir()
    example("quickstart.py", out)
    assert torch.equal(weights(VLMPolicy.load(out / "policy")), before)
    again = [{k: v for k, v in r.items() if not k.startswith("time/")} for r in records(out)]
    assert again == log


def test_fresh_starts_anew(out: Path) -> None:
    """With --fresh the folder's old run makes room for one with other options."""
    example("quickstart.py", out, "--fresh", "--seed", "5", "--algo", "sft")
    assert {r["stage"] for r in records(out)} == {"sft"}
    assert not (out / "grpo").exists()


def test_fresh_removes_nothing_but_runs(tmp_path: Path) -> None:
    """A folder that no run has made (a model's, too) is not thrown away, whatever is asked for."""
    (tmp_path / "config.json").write_text('{"model_type": "llava"}')
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(SystemExit, match=r"throws away runs only, and .* holds no run"):
        example("quickstart.py", tmp_path, "--fresh")
    assert (tmp_path / "thesis.tex").exists()


def test_a_mistyped_option_claims_no_folder(tmp_path: Path) -> None:
    """After an error in the options the corrected command runs."""
    for wrong in (["--env", "VLTool/MatSerch-v0"], ["--env-kwargs", '{"size": "tiny"}']):
        with pytest.raises(SystemExit, match=r"MatSearch|tiny"):
            example("train.py", tmp_path / "run", "--algo", "sft", *wrong)
    example("train.py", tmp_path / "run", "--algo", "sft")


def test_train_on_another_environment(tmp_path: Path) -> None:
    """VL-DAC on real flags, its options from the command line; then on from its policy."""
    kwargs = {"kinds": ["flag"], "image_size": 32, "prompt": "brief", "thought": False}
    world = ("--env", "VLTool/MatSearch-v0", "--env-kwargs", json.dumps(kwargs))
    example(
        "train.py",
        tmp_path / "first",
        *(*world, "--algo", "vl_dac", "--history", "2"),
        *("--vl-dac.value-warmup", "1", "--vl-dac.kl-weight", "0.1"),
    )
    log = records(tmp_path / "first")
    assert all(np.isfinite(v) for r in log for v in r.values() if isinstance(v, float))
    assert [(r["stage"], r["update"]) for r in log][-2:] == [("vl_dac", 1), ("vl_dac", 2)]
    assert "loss/policy" not in log[-2]
    assert {"loss/policy", "loss/value", "loss/kl", "critic/explained_variance"} <= log[-1].keys()
    trained = str(tmp_path / "first" / "policy")
    example("train.py", tmp_path / "second", *world, "--policy", trained, "--sft-updates", "0")
    assert {r["stage"] for r in records(tmp_path / "second")} == {"grpo"}


@pytest.mark.parametrize("kwargs", ["{", "[1]", "null"])
def test_env_kwargs_must_be_an_object(tmp_path: Path, kwargs: str) -> None:
    """The error says what was expected."""
    with pytest.raises(SystemExit, match="env_kwargs must be a JSON object"):
        example("train.py", tmp_path, "--env-kwargs", kwargs)


class NoSplits(ColourEnv):
    """An outsider's environment: it knows nothing of splits."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)


class NoWords(NoSplits):
    """One that does not tell its words either."""

    def vocabulary(self) -> Iterable[str]:
        """Give none."""
        return ()


def test_train_on_an_outsiders_environment(tmp_path: Path) -> None:
    """Without splits, seeds that training does not play are held out; words must be told."""
    gym.register("Test/NoSplits-v0", entry_point=NoSplits, max_episode_steps=3)
    gym.register("Test/NoWords-v0", entry_point=NoWords, max_episode_steps=3)
    example("train.py", tmp_path / "run", "--env", "Test/NoSplits-v0")
    assert "eval/held_out/greedy/success" in records(tmp_path / "run")[-1]
    with pytest.raises(SystemExit, match="no vocabulary"):
        example("train.py", tmp_path / "other", "--env", "Test/NoWords-v0")


def test_published_questions_are_not_trained_on(tmp_path: Path) -> None:
    """A MAT file is a test set: training on it is refused."""
    Image.new("RGB", (32, 32)).save(tmp_path / "a.png")
    row = {"id": 1, "question": "What is it?", "answer": "x", "image_path": "a.png"}
    (tmp_path / "MAT-Search.json").write_text(json.dumps([row]))
    (tmp_path / "corpus.jsonl").write_text(json.dumps({"id": "1", "contents": "t\nx"}))
    corpus = f"jsonl:{tmp_path / 'corpus.jsonl'}"
    kwargs = json.dumps({"source": f"mat:{tmp_path}", "search": corpus})
    with pytest.raises(SystemExit, match="published test set"):
        example(
            "train.py", tmp_path / "run", "--env", "VLTool/MatSearch-v0", "--env-kwargs", kwargs
        )
