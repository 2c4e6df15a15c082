"""The outer loop: a run goes on exactly where it was stopped, killed, or found the disk full."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import torch

from algorithms.checkpoint import Checkpoints
from algorithms.evaluate import evaluate
from algorithms.rollout import make_envs
from algorithms.run_log import RunLog, read_records
from algorithms.train import TrainConfig, train
from benchmarks.soak_watch import small_disk
from policies.vlm import VLMPolicy
from tests.faulty import FAULTY, order
from tests.killed import MOMENTS, SIGNALS, UPDATES
from tests.toys import COLOUR, make_algorithm, toy_policy, train_toy, weights

ROOT = Path(__file__).resolve().parents[2]


def lines(folder: Path) -> list[dict[str, Any]]:
    """Read a run's log without its clock; every line must be whole."""
    text = (folder / "metrics.jsonl").read_text()
    assert text.endswith("\n")
    records = map(json.loads, text.splitlines())
    return [{k: v for k, v in r.items() if not k.startswith("time/")} for r in records]


# Stopped.


@pytest.mark.parametrize("name", ["sft", "grpo", "vl_dac"])
def test_resumed_equals_straight(tmp_path: Path, name: str) -> None:
    """2n updates equal n, stop, resume, n: the same weights to the bit, the same log."""
    straight = train_toy(name, tmp_path / "straight", 4)
    train_toy(name, tmp_path / "stopped", 2)
    stopped = train_toy(name, tmp_path / "stopped", 4)
    assert torch.equal(weights(stopped), weights(straight))
    assert lines(tmp_path / "stopped") == lines(tmp_path / "straight")
    assert not torch.equal(weights(straight), weights(toy_policy()))


def test_a_finished_run_does_nothing_more(tmp_path: Path) -> None:
    """Called again, it loads the last checkpoint and writes no line."""
    first = train_toy("grpo", tmp_path, 4)
    before = lines(tmp_path)
    again = train_toy("grpo", tmp_path, 4)
    assert torch.equal(weights(again), weights(first))
    assert lines(tmp_path) == before


def test_a_run_is_repeatable(tmp_path: Path) -> None:
    """One seed, one curve; torch's global random state has no part in it."""
    torch.manual_seed(1)
    one = train_toy("vl_dac", tmp_path / "one", 3)
    torch.manual_seed(2)
    two = train_toy("vl_dac", tmp_path / "two", 3)
    assert torch.equal(weights(one), weights(two))


def test_log_has_every_update_once(tmp_path: Path) -> None:
    """The evaluation before training, then one line an update, evaluated when it is due."""
    train_toy("grpo", tmp_path, 4)
    records = lines(tmp_path)
    assert [r["update"] for r in records] == [0, 1, 2, 3, 4]
    assert [r["update"] for r in records if "eval/test/sampled/success" in r] == [0, 2, 4]
    assert [r["episodes"] for r in records[1:]] == [16, 32, 48, 64]
    wanted = {"rollout/success", "policy/entropy", "policy/ratio_max", "grpo/equal_groups"}
    assert all(wanted <= r.keys() for r in records[1:])


def test_evaluation_does_not_move_training(tmp_path: Path) -> None:
    """Training with many evaluations, or none, gives the same weights."""
    trained = []
    for every, kind in ((1, True), (0, False)):
        policy = toy_policy()
        held_out = make_envs(COLOUR, 3)

        def evaluation(policy: VLMPolicy = policy, held_out: Any = held_out) -> dict[str, float]:
            return evaluate(held_out, policy, 5, seed=9).metrics("eval/test/")

        with RunLog(tmp_path / str(every), quiet=True) as log:
            train(
                make_algorithm("vl_dac", policy),
                make_envs(COLOUR, 4),
                tmp_path / str(every) / "vl_dac",
                TrainConfig(3, tasks=8, evaluate_every=every),
                log=log,
                evaluation=evaluation if kind else None,
            )
        trained.append(weights(policy))
    assert torch.equal(*trained)


def test_a_run_with_a_budget_goes_on_in_its_schedule(tmp_path: Path) -> None:
    """Where the learning rate follows the turns played, they are found again in the log."""

    def trained(folder: Path, *parts: int) -> VLMPolicy:
        for updates in parts:
            policy = toy_policy()
            plan = TrainConfig(updates, turns=12, budget=70, checkpoint_every=2, seed=3)
            with RunLog(folder, quiet=True) as log:
                envs = make_envs(COLOUR, 4, babble_reward=0.01)
                train(make_algorithm("vl_dac", policy, 9), envs, folder / "a", plan, log=log)
        return policy

    straight = trained(tmp_path / "straight", 9)
    stopped = trained(tmp_path / "stopped", 1, 3, 9)
    assert torch.equal(weights(stopped), weights(straight))
    assert lines(tmp_path / "stopped") == lines(tmp_path / "straight")
    assert 3 < len(lines(tmp_path / "straight")) < 9


# Environments that fail.


@pytest.mark.parametrize("orders", [("raise-step", "raise-reset"), ()])
def test_failures_do_not_change_what_is_learned(tmp_path: Path, orders: tuple[str, ...]) -> None:
    """With an episode at a time, the weights are the same to the bit; the log counts replays."""
    trained: list[torch.Tensor] = []
    for failures in ((), orders):
        policy = toy_policy()
        envs = make_envs(FAULTY, 1, orders=order(tmp_path / "orders", *failures), babble_reward=0.1)
        folder = tmp_path / str(len(trained))
        with RunLog(folder, quiet=True) as log:
            plan = TrainConfig(3, tasks=4)
            train(make_algorithm("vl_dac", policy), envs, folder / "a", plan, log=log)
        trained.append(weights(policy))
        records = lines(folder)
        assert sum(r["rollout/replayed"] for r in records) == len(failures)
        assert [r["episodes"] for r in records] == [4, 8, 12]
    assert torch.equal(*trained)


def test_an_environment_that_always_fails_ends_the_run(tmp_path: Path) -> None:
    """Nothing could be learned any more: the error says what failed, and the run can go on."""
    orders = order(tmp_path / "orders")
    envs, policy = make_envs(FAULTY, 2, orders=orders), toy_policy()
    algorithm = make_algorithm("vl_dac", policy)
    plan = TrainConfig(3, tasks=2, checkpoint_every=2)
    with RunLog(tmp_path, quiet=True) as log:
        train(algorithm, envs, tmp_path / "a", TrainConfig(1, tasks=2), log=log)
        order(tmp_path / "orders", *["raise-step"] * 6)
        with pytest.raises(ValueError, match=r"in every episode of an update: RuntimeError: the"):
            train(algorithm, envs, tmp_path / "a", plan, log=log)
        train(algorithm, envs, tmp_path / "a", plan, log=log)
    assert [r["update"] for r in lines(tmp_path)] == [1, 2, 3]


# Killed, stopped, or out of space.


@pytest.fixture(scope="module")
def failed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """Run the toy in processes that fail in all ways; give their folders and last words."""
    folder = tmp_path_factory.mktemp("killed")
    done = subprocess.run(
        [sys.executable, "-m", "tests.killed", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
    )
    died: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return folder, died


@pytest.fixture(scope="module")
def straight(tmp_path_factory: pytest.TempPathFactory) -> tuple[VLMPolicy, Path]:
    """Run the same without any failure."""
    folder = tmp_path_factory.mktemp("straight")
    return train_toy("grpo", folder, UPDATES, UPDATES), folder


@pytest.mark.parametrize("moment", [*MOMENTS, *SIGNALS])
def test_a_failed_run_goes_on_exactly(
    moment: str, failed: tuple[Path, dict[str, str]], straight: tuple[VLMPolicy, Path]
) -> None:
    """Whatever stopped it: whole lines, a loadable checkpoint, and the same end when rerun."""
    folder, died = failed[0] / moment, failed[1][moment]
    if moment == "half":
        assert not (folder / "metrics.jsonl").read_text().endswith("\n")
    else:
        assert lines(folder)
    if moment.startswith("full"):
        assert died.startswith("OSError: ")
        assert str(folder) in died
    elif moment in SIGNALS:
        name = moment.partition("-")[0]
        assert died == (
            f"Stopped: stopped by {name}: started again, the training in {folder / 'grpo'} goes on "
            "from its last checkpoint"
        )
        assert Checkpoints(folder / "grpo").saved()[-1][0] == SIGNALS[moment]
    else:
        assert died == "SIGKILL"
    saved = Checkpoints(folder / "grpo").saved()
    assert saved
    loaded = VLMPolicy.load(saved[-1][1])
    assert weights(loaded).isfinite().all()
    again = train_toy("grpo", folder, UPDATES, UPDATES)
    assert torch.equal(weights(again), weights(straight[0]))
    assert lines(folder) == lines(straight[1])
    assert [n for n, _ in Checkpoints(folder / "grpo").saved()][-2:] == [4, 6]


def test_the_error_of_a_full_disk_says_what_is_left(failed: tuple[Path, dict[str, str]]) -> None:
    """It names the checkpoint that could not be written and the last good one."""
    for moment in ("full-model", "full-state"):
        message = failed[1][moment]
        assert "could not write checkpoint" in message
        assert "update-000004" in message
        assert f"last good one is {failed[0] / moment / 'grpo' / 'update-000002'}" in message


def test_a_full_disk_is_waited_for(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A run that may wait ends as if there had been room, and says what it waited for."""
    with small_disk(tmp_path / "disk", 16) as mounted:
        if not mounted:
            pytest.skip("needs the right to mount a small disk")
        folder, ballast = tmp_path / "disk" / "run", tmp_path / "disk" / "ballast"
        train_toy("grpo", folder, 2, UPDATES)
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(bytes(4096)):
                pass
        threading.Timer(3.0, ballast.unlink).start()
        waited = train_toy("grpo", folder, 4, UPDATES, patience=60.0)
        straight = train_toy("grpo", tmp_path / "straight", 4, UPDATES)
        assert torch.equal(weights(waited), weights(straight))
        assert lines(folder) == lines(tmp_path / "straight")
    assert "THE DISK IS FULL, waiting 60 s more for room" in capfd.readouterr().err


# Checkpoints.


def test_partial_and_foreign_folders_are_ignored(tmp_path: Path) -> None:
    """Only folders with exactly the right name count, and the newest is taken."""
    policy = toy_policy()
    algorithm = make_algorithm("sft", policy)
    checkpoints = Checkpoints(tmp_path)
    assert checkpoints.saved() == []
    assert checkpoints.resume(policy, algorithm.optimizer) == 0
    checkpoints.save(policy, algorithm.optimizer, 7)
    for name in (".update-000009.partial", "update-9", "update-000010.bak", "other"):
        (tmp_path / name).mkdir()
    assert checkpoints.saved() == [(7, tmp_path / "update-000007")]
    assert checkpoints.resume(policy, algorithm.optimizer) == 7
    checkpoints.save(policy, algorithm.optimizer, 9)
    assert [number for number, _ in checkpoints.saved()] == [7, 9]
    assert not (tmp_path / ".update-000009.partial").exists()


@pytest.mark.parametrize("keep", [1, 2, 3])
def test_only_the_newest_are_kept(tmp_path: Path, keep: int) -> None:
    """Older checkpoints go when a newer one is complete."""
    policy = toy_policy()
    optimizer = make_algorithm("sft", policy).optimizer
    checkpoints = Checkpoints(tmp_path, keep)
    for update in range(1, 6):
        checkpoints.save(policy, optimizer, update)
    assert [number for number, _ in checkpoints.saved()] == [1, 2, 3, 4, 5][-keep:]


def test_a_checkpoint_holds_policy_critic_and_optimizer(tmp_path: Path) -> None:
    """Another policy becomes the saved one, to the bit; the folder is a model folder too."""
    policy = train_toy("vl_dac", tmp_path, 2)
    other = toy_policy(seed=5)
    algorithm = make_algorithm("vl_dac", other)
    assert Checkpoints(tmp_path / "vl_dac").resume(other, algorithm.optimizer) == 2
    assert torch.equal(weights(other), weights(policy))
    assert algorithm.optimizer.state_dict()["state"]
    loaded = VLMPolicy.load(tmp_path / "vl_dac" / "update-000002")
    assert torch.equal(weights(loaded), weights(policy))


# The log.


def test_lines_of_lost_updates_are_dropped(tmp_path: Path) -> None:
    """A resumed stage forgets what its checkpoint does not know, and no other stage's lines."""
    log = RunLog(tmp_path, quiet=True)
    for stage, update in (("sft", 1), ("sft", 2), ("grpo", 0), ("grpo", 1), ("grpo", 2)):
        log.write({"stage": stage, "update": update})
    with log.path.open("a") as file:
        file.write('{"stage": "gr')
    assert len(read_records(log.path)) == 5
    log.start_stage("grpo", 4, 1)
    kept = [(r["stage"], r["update"]) for r in lines(tmp_path)]
    assert kept == [("sft", 1), ("sft", 2), ("grpo", 0), ("grpo", 1)]
