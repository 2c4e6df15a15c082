"""A whole run: its options, and from the command line: it is stopped, and goes on."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from algorithms.distributed import Learners
from algorithms.grpo import GRPOConfig
from algorithms.ray_crew import RayConfig
from algorithms.run import RunConfig, _make_policy, _run, _training_envs, run
from algorithms.run_log import read_records
from policies.loading import LoRA
from tests.toys import COLOUR

ROOT = Path(__file__).resolve().parents[2]
SMALL = "--sft-updates 3 --rl-updates 2000 --tasks 2 --group 2 --demonstrations 4 --eval-tasks 2"
WATCHED = "--envs 2 --vectorization-mode async --quiet"


def start(out: Path, *words: str) -> subprocess.Popen[str]:
    """Start training."""
    command = [sys.executable, "examples/train.py", "--out", str(out), *SMALL.split(), *words]
    return subprocess.Popen(
        [*command, *WATCHED.split()],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def stop_after(process: subprocess.Popen[str], out: Path, updates: int) -> str:
    """Send SIGTERM to the trainer and all its environments; return what it said at the end."""
    deadline = time.monotonic() + 120
    while len(read_records(out / "metrics.jsonl")) <= updates:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGTERM)
    _, said = process.communicate(timeout=120)
    return said


def test_a_stopped_run_says_how_to_go_on_and_does(tmp_path: Path) -> None:
    """Exit code 143, one line, a checkpoint of every update made; ``--resume never`` refuses."""
    out = tmp_path / "run"
    process = start(out, "--resume", "never")
    said = stop_after(process, out, 5)
    assert process.returncode == 128 + signal.SIGTERM
    assert said.splitlines()[-1] == (
        "stopped by SIGTERM: to go on, run the same command again, with --resume auto and without "
        "--fresh"
    )
    made = int(str(read_records(out / "metrics.jsonl")[-1]["update"]))
    assert (out / "grpo" / f"update-{made:06d}").is_dir()

    process = start(out, "--resume", "never")
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "holds a run already, and --resume never does not go on with it" in said
    assert "--fresh to throw it away" in said

    process = start(out)
    said = stop_after(process, out, made + 6)
    assert "stopped by SIGTERM" in said
    records = read_records(out / "metrics.jsonl")
    updates = [record["update"] for record in records if record["stage"] == "grpo"]
    assert updates == list(range(1, len(updates) + 1))
    assert len(updates) > made


def config(out: Path = Path(), **options: Any) -> RunConfig:
    """Give the options of the shortest run."""
    return RunConfig(
        env=COLOUR, out=out, sft_updates=1, rl_updates=1, tasks=2, group=2, demonstrations=4,
        eval_tasks=2, quiet=True, **options,
    )  # fmt: skip


def pair() -> Learners:
    """Make the first of two learners, who needs the other for nothing here."""
    learners = Learners()
    learners.world = 2
    return learners


@pytest.mark.parametrize("temperature", [0.0, -1.0])
def test_a_temperature_is_checked(temperature: float, tmp_path: Path) -> None:
    """Below 0 a policy would say what it finds least likely, and learn from that."""
    with pytest.raises(ValueError, match="temperature must be above 0"):
        run(config(tmp_path / "run", temperature=temperature))
    assert not (tmp_path / "run").exists()


def test_the_tiny_policy_takes_the_limits_of_others() -> None:
    """An option that was given is not left out."""
    given: dict[str, Any] = {"max_context": 99, "max_pictures": 2, "max_pixels": 300}
    given |= {"max_new_tokens": 5, "gradient_checkpointing": True, "stop_gradient": False}
    policy = _make_policy(config(temperature=0.5, **given), {})
    assert {name: getattr(policy, name) for name in given} == given
    assert policy.temperature == 0.5


@pytest.mark.parametrize("option", [{"lora": LoRA(rank=4)}, {"dtype": "bfloat16"}])
def test_what_the_tiny_policy_has_not_is_refused(option: dict[str, Any]) -> None:
    """It is no model on a disk, over which an adapter could be laid again."""
    with pytest.raises(ValueError, match="trained whole, in float32: leave out"):
        _make_policy(config(**option), {})


def test_an_environment_may_name_its_module(tmp_path: Path) -> None:
    """As workers on other machines need it."""
    named = dataclasses.replace(config(tmp_path), env=f"tests.colour:{COLOUR}")
    assert "eval/test/greedy/success" in run(named)


def test_an_engine_is_for_one_process(tmp_path: Path) -> None:
    """Those of several would all take the first GPU."""
    with pytest.raises(ValueError, match="torchrun has started 2"):
        _run(config(tmp_path / "run", sampler="vllm"), pair())


def test_the_first_of_many_plays_for_all_on_ray() -> None:
    """The cluster has as many environments as there are episodes, however many learn."""
    pytest.importorskip("ray")
    options = config(rollouts="ray", ray=RayConfig(workers=2))
    for learners in (Learners(), pair()):
        assert _training_envs(options, 16, {}, learners).num_envs == 8
    assert _training_envs(config(), 16, {}, pair()).num_envs == 8


def test_a_run_goes_on_with_what_saves_memory(tmp_path: Path) -> None:
    """As the advice says where memory ran out; what is computed may not change."""
    begun = config(tmp_path)
    run(begun)
    small = dataclasses.replace(
        begun, envs=1, gradient_checkpointing=True, grpo=GRPOConfig(microbatch_tokens=100)
    )
    run(small)
    with pytest.raises(ValueError, match=r"other options \(grpo\)"):
        run(dataclasses.replace(begun, grpo=GRPOConfig(learning_rate=0.1)))
