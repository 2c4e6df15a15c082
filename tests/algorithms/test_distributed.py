"""Two learners (torchrun, gloo) give what one gives: the same log, the same weights.

"The same" is what the order of summing in float32 allows: logged numbers agree within 1e-5 of
their size, and weights within 5% of the way that the farthest of them went: the optimiser divides
by a gradient's size, so that where it is next to nothing, its rounding shows.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import torch

from algorithms.checkpoint import Checkpoints
from algorithms.distributed import Learners, Replicas, join
from algorithms.rollout import Episode, collect, make_envs
from algorithms.run import run
from policies.vlm import VLMPolicy
from tests.learners import UPDATES, config, train_slowly
from tests.toys import COLOUR, toy_policy, train_toy, weights

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Do all runs in one process, in one pass a minibatch."""
    folder = tmp_path_factory.mktemp("one")
    for name in ("sft", "grpo", "vl_dac"):
        torch.save(weights(train_slowly(name, folder / name)), folder / f"{name}.pt")
    run(config(folder / "run"))
    return folder


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Do all runs in two processes, which hold the whole model each, or half of it.

    One process has begun the GRPO of halves. The two meet on this machine and nowhere else.
    """
    folder = tmp_path_factory.mktemp("two")
    train_slowly("grpo", folder / "fsdp" / "grpo", UPDATES // 2)
    runs = [f"ddp/{run}" for run in ("sft", "grpo", "vl_dac", "fault", "run")]
    runs += [f"fsdp/{run}" for run in ("grpo", "vl_dac", "run", "pictures")]
    command = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    done = subprocess.run(
        [sys.executable, *command, "-m", "tests.learners", str(folder), *runs],
        cwd=ROOT,
        env={**os.environ, "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]
    return folder


def lines(folder: Path) -> list[dict[str, Any]]:
    """Read a run's log without its clock."""
    records = map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())
    return [{k: v for k, v in r.items() if not k.startswith("time/")} for r in records]


def assert_same_log(came: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    """Compare two logs, number by number."""
    assert [record.keys() for record in came] == [record.keys() for record in wanted]
    for ours, theirs in zip(came, wanted, strict=True):
        assert ours.pop("stage") == theirs.pop("stage")
        assert ours == pytest.approx(theirs, rel=1e-5, abs=1e-6)


def assert_same_weights(came: torch.Tensor, wanted: torch.Tensor) -> None:
    """Compare two ends of a training."""
    moved = (wanted - weights(toy_policy())).abs().max()
    assert moved > 1e-3
    assert (came - wanted).abs().max() < 0.05 * moved


@pytest.mark.parametrize(
    ("many", "name"),
    [*[("ddp", n) for n in ("sft", "grpo", "vl_dac")], *[("fsdp", n) for n in ("grpo", "vl_dac")]],
)
def test_two_learn_what_one_learns(many: str, name: str, one: Path, two: Path) -> None:
    """Every loss, norm and score of every update, and the last weights, are those of one."""
    assert_same_log(lines(two / many / name), lines(one / name))
    assert_same_weights(torch.load(two / many / f"{name}.pt"), torch.load(one / f"{name}.pt"))


@pytest.mark.parametrize("many", ["ddp", "fsdp"])
def test_one_goes_on_where_two_stopped(many: str, one: Path, two: Path, tmp_path: Path) -> None:
    """A checkpoint holds all, whoever wrote it: one process ends where two would have."""
    shutil.copytree(two / many / "vl_dac", tmp_path / "vl_dac")
    saved = Checkpoints(tmp_path / "vl_dac" / "vl_dac").saved()
    assert [update for update, _ in saved] == [UPDATES // 2, UPDATES]
    loaded = VLMPolicy.load(saved[-1][1])
    assert_same_weights(weights(loaded), torch.load(one / "vl_dac.pt"))
    shutil.rmtree(saved[-1][1])
    policy = train_slowly("vl_dac", tmp_path / "vl_dac")
    assert_same_log(lines(tmp_path / "vl_dac"), lines(one / "vl_dac"))
    assert_same_weights(weights(policy), torch.load(one / "vl_dac.pt"))


def test_what_one_cannot_hold_all_do_again(one: Path, two: Path) -> None:
    """The second process runs out of memory: both halve, and nothing else comes of it."""
    records = lines(two / "ddp" / "fault")
    assert [record.pop("optimizer/halved", 0) for record in records] == [0, 1, 0, 0, 0]
    assert_same_log(records, lines(one / "grpo"))
    assert_same_weights(torch.load(two / "ddp" / "fault.pt"), torch.load(one / "grpo.pt"))


def test_only_one_may_see_new_pictures(two: Path) -> None:
    """Shards are fetched by all at once, so also where one process needs no picture tower."""
    gradients = torch.load(two / "fsdp" / "pictures.pt")
    assert any(came.abs().max() > 0 for came, _ in gradients.values() if came is not None)
    for came, wanted in gradients.values():
        torch.testing.assert_close(came, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("many", ["ddp", "fsdp"])
def test_a_whole_run(many: str, one: Path, two: Path) -> None:
    """Imitation, reinforcement, evaluation: one log, one summary, as by one process."""
    folders = (two / many / "run", one / "run")
    assert_same_log(*map(lines, folders))
    came, wanted = (json.loads((folder / "summary.json").read_text()) for folder in folders)
    assert came.pop("time/cpu_seconds") and wanted.pop("time/cpu_seconds")
    assert came == pytest.approx(wanted)
    files = [{path.name for path in folder.iterdir()} for folder in folders]
    assert files[0] == files[1]
    ours, theirs = (weights(VLMPolicy.load(folder / "policy")) for folder in folders)
    assert (ours - theirs).abs().max() < 1e-4


# Shares of a rollout.


class Pair(Replicas):
    """Two learners in threads of one process."""

    def __init__(self, rank: int, table: list[Any], meeting: Barrier) -> None:
        Learners.__init__(self)
        self.rank, self.world = rank, 2
        self.table, self.meeting = table, meeting

    def gather(self, thing: Any) -> list[Any]:
        """Lay things on a table, and look when both have."""
        self.table[self.rank] = thing
        self.meeting.wait(60)
        both = list(self.table)
        self.meeting.wait(60)
        return both


def pair() -> list[Pair]:
    """Make two learners that know each other."""
    table, meeting = [None, None], Barrier(2)
    return [Pair(rank, table, meeting) for rank in range(2)]


def play_together(turns: int | None, seeds: Sequence[int]) -> list[list[Episode]]:
    """Let two play; return what each got. No ``seeds`` are groups of three without end."""

    def play(learner: Pair, policy: VLMPolicy) -> list[Episode]:
        shared = learner.share_out(partial(collect, make_envs(COLOUR, 3), policy))
        return shared(seeds or (number // 3 for number in count()), turns=turns)

    policies = [toy_policy(), toy_policy()]  # made here: new weights come from a global state
    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(play, pair(), policies))


def said(episodes: Sequence[Episode]) -> list[tuple[int, str]]:
    """List who said what."""
    return [(e.seed, t.generation.text) for e in episodes for t in e.turns]


def test_shares_make_the_whole() -> None:
    """All get all episodes, in order: those that one would have played alone."""
    seeds = [7, 7, 7, 3, 3, 5, 8, 8, 8, 8]
    alone = collect(make_envs(COLOUR, 4), toy_policy(), seeds)
    for episodes in play_together(None, seeds):
        assert [episode.seed for episode in episodes] == seeds
        assert said(episodes) == said(alone)


def test_shares_of_turns() -> None:
    """Each stops after its share of the turns; no group is cut or played by both."""
    first, second = play_together(20, ())
    assert said(first) == said(second)
    groups = Counter(episode.seed for episode in first)
    assert set(groups.values()) == {3}
    assert sum(len(episode.turns) for episode in first) >= 20
    assert any(seed % 2 for seed in groups) and not all(seed % 2 for seed in groups)


# What many cannot do.


def test_alone_without_torchrun() -> None:
    """No process group is made; and what only many can do is refused."""
    with join("ddp", "cpu") as learners:
        assert (type(learners), learners.world, learners.device.type) == (Learners, 1, "cpu")
    assert not torch.distributed.is_initialized()
    with pytest.raises(ValueError, match="torchrun --nproc-per-node"), join("fsdp", "cpu"):
        pass


def test_what_is_for_one_process_only() -> None:
    """An algorithm whose steps nobody can share is refused by name."""

    class Own:
        policy = toy_policy()

    learner = pair()[0]
    with (
        pytest.raises(ValueError, match="Own can be trained by one process"),
        learner.training(Own()),
    ):
        pass


def test_a_disk_that_not_all_see(tmp_path: Path) -> None:
    """Learners that found different checkpoints would drift apart: they do not begin."""

    class Strangers(Learners):
        def gather(self, thing: Any) -> list[Any]:
            return [thing, 2]

    with pytest.raises(ValueError, match=r"checkpoints of \[0, 2\] updates.*all of them see"):
        train_toy("sft", tmp_path, 1, learners=Strangers())
