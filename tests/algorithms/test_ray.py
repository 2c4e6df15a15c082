"""Rollouts on Ray: two machines, the same episodes as here, whoever dies meanwhile."""

from __future__ import annotations

import copy
import dataclasses
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from peft import LoraConfig, get_peft_model

from algorithms.orders import Order, Orders
from algorithms.ray_crew import RayConfig
from algorithms.ray_rollout import RayRollout
from algorithms.ray_worker import Place, Round
from algorithms.rollout import Episode, collect, make_envs
from algorithms.run_log import RunLog, read_records
from algorithms.sft import Demonstrator
from algorithms.train import TrainConfig, train
from policies.context import Context
from policies.policy import Generation
from policies.scripted import ExpertPolicy
from policies.transfer import settings, trained_weights
from policies.vlm import VLMPolicy
from tests.faulty import FAULTY, order
from tests.toys import COLOUR, cloned_policy, make_algorithm, toy_policy, weights

ROOT = Path(__file__).resolve().parents[2]
OPTIONS: dict[str, Any] = {"max_invalid": 5, "flicker": True, "babble_reward": 0.01}


def exact(episodes: Sequence[Episode]) -> list[object]:
    """Write down everything that must not differ at all."""
    return [
        (
            (
                e.seed,
                e.index,
                e.task_id,
                e.success,
                e.terminated,
                e.truncated,
                e.env_error,
                e.labels,
            ),
            [(t.reward, t.reward_terms, t.valid, t.observation["text"]) for t in e.turns],
            [t.observation["image"].tobytes() for t in e.turns],
            [
                (g.text, g.prompt_ids.tolist(), g.token_ids.tolist(), g.stopped, g.thought_length)
                for g in (t.generation for t in e.turns)
            ],
            [[i.tobytes() for i in t.generation.images] for t in e.turns],
            e.final_observation and e.final_observation["image"].tobytes(),
        )
        for e in episodes
    ]


def inexact(episodes: Sequence[Episode]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Write down what is computed in floating point, in batches that differ."""
    numbers = [e.final_value for e in episodes]
    for generation in (turn.generation for e in episodes for turn in e.turns):
        numbers += [generation.value, *generation.logprobs.tolist()]
    return np.array(numbers)


def assert_same(far: Sequence[Episode], near: Sequence[Episode]) -> None:
    """Hold episodes played elsewhere against those played here."""
    assert exact(far) == exact(near)
    np.testing.assert_allclose(inexact(far), inexact(near), atol=1e-5, rtol=0)


# What is played next: no cluster needed.


class Lengths:
    """Looks as often as a task's seed says, then names a colour."""

    def act(self, contexts: Sequence[Context], greedy: bool = False) -> list[Generation]:
        """Look or name."""
        said = []
        for context in contexts:
            assert context.stream is not None
            over = len(context.generations) >= context.stream[0] % 3
            said.append(Generation("<name> red </name>" if over else "<look></look>"))
        return said


@pytest.mark.parametrize("turns", [0, 1, 5, 12, 40, 1000])
@pytest.mark.parametrize("group", [1, 3])
def test_turns_give_the_episodes_of_one_process(turns: int, group: int) -> None:
    """However fast the many are: what they play is what one lockstep process would have begun."""
    rng = random.Random(turns + group)
    seeds = [rng.randrange(1000) for _ in range(60) for _ in range(group)]
    near = collect(make_envs(COLOUR, 4), Lengths(), seeds, turns=turns)
    for _ in range(20):
        orders, running = Orders(seeds, None, turns, 4), list[Order]()
        played = list[Order]()
        while orders.ready() or running:
            while orders.ready() and len(running) < 4:
                running.append(orders.next())
            order = running.pop(rng.randrange(len(running)))
            if rng.random() < 0.2:  # who played it was lost
                orders.lost([order])
            else:
                played.append(order)
                orders.finished(order.number, len(near[order.number].turns))
        assert sorted(played) == [Order(i, e.seed, None) for i, e in enumerate(near)]


def test_orders_come_back_first_and_numbers_must_match() -> None:
    """What was lost is played before what is new; a number too few is the caller's mistake."""
    orders = Orders([7, 8, 9], [2, 1, 0], None, 2)
    first = [orders.next() for _ in range(2) if orders.ready()]
    assert first == [Order(0, 7, 2), Order(1, 8, 1)]
    orders.lost(reversed(first))
    assert [orders.next() for _ in range(3) if orders.ready()] == [*first, Order(2, 9, 0)]
    with pytest.raises(ValueError, match="shorter"):
        Orders([1], [], None, 1).ready()


def test_wrong_options_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A number out of range, and a library that is not there."""
    for wrong in ({"workers": 0}, {"replacements": -1}, {"timeout": 0}):
        with pytest.raises(ValueError, match="at least 1"):
            RayConfig(**wrong)
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ImportError, match=r"vl-envs\[ray\]"):
        RayRollout(COLOUR, 2)


# A cluster of two machines.


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder in which failures are ordered."""
    return tmp_path_factory.mktemp("orders")


@pytest.fixture(scope="module")
def rollout(folder: Path) -> Iterator[RayRollout]:
    """Start two nodes of one core each, with a worker on each; everything ends with the tests."""
    pytest.importorskip("ray", reason="needs the extra 'ray'")
    utils: Any = pytest.importorskip("ray.cluster_utils")
    node = {"num_cpus": 1, "object_store_memory": 80 * 2**20}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))  # nodes, and so workers, inherit it
        cluster = utils.Cluster(True, head_node_args={**node, "include_dashboard": False})
        made = RayRollout(f"tests.faulty:{FAULTY}", 2, orders=str(folder), note=True, **OPTIONS)
        try:
            cluster.add_node(**node)
            patch.setenv("RAY_ADDRESS", cluster.address)
            yield made
        finally:
            made.close()
            cluster.shutdown()


@pytest.fixture(scope="module")
def policy() -> VLMPolicy:
    """Make a policy that sometimes succeeds."""
    return cloned_policy(4)


def near(policy: VLMPolicy, seeds: Sequence[int], **kwargs: Any) -> list[Episode]:
    """Play in this process, with as many environments as the workers have."""
    return collect(make_envs(COLOUR, 4, **OPTIONS), policy, seeds, **kwargs)


def begun(folder: Path) -> Counter[int]:
    """Count how often each task was begun, and forget it."""
    file = folder / "begun"
    counted = Counter(map(int, file.read_text().split()) if file.exists() else ())
    file.unlink(missing_ok=True)
    return counted


def settled(rollout: RayRollout, policy: VLMPolicy) -> set[Place | None]:
    """Wait until all workers are up; tell where they are."""
    while any(worker.loading for worker in rollout.crew.workers):
        rollout.collect(policy, range(2))
    return {worker.place for worker in rollout.crew.workers}


def test_it_connects_and_leaves_signals_alone(rollout: RayRollout, policy: VLMPolicy) -> None:
    """Ray would take SIGTERM for itself, and a run could no longer be stopped in good order."""

    def handler(*_: object) -> None: ...

    before = signal.signal(signal.SIGTERM, handler)
    try:
        (episode,) = rollout.collect(policy, [5])
        assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGTERM, before)
    assert episode.seed == 5


def test_a_full_cluster_is_told(rollout: RayRollout, policy: VLMPolicy) -> None:
    """Workers that find no place are an error, which says what there is."""
    settled(rollout, policy)
    more = RayRollout(COLOUR, 1, RayConfig(workers=1, start_timeout=2))
    with pytest.raises(RuntimeError, match=r"1 of 1 workers did not start.*each takes 1 CPUs"):
        more.collect(policy, [1])


def test_the_same_episodes_as_here(rollout: RayRollout, policy: VLMPolicy, folder: Path) -> None:
    """Groups, sampled and greedy: everything equal to one process, played on both machines."""
    seeds = [seed for seed in range(8) for _ in range(3)]
    begun(folder)
    for seed, greedy, history in ((3, True, 1), (4, False, 0), (5, False, None)):
        policy.seed(seed)
        kwargs: dict[str, Any] = {"greedy": greedy, "history": history}
        heard: list[Episode] = []
        far = rollout.collect(policy, seeds, on_episode=heard.append, **kwargs)
        assert_same(far, near(policy, seeds, **kwargs))
        assert sorted(map(id, heard)) == sorted(map(id, far))
        assert begun(folder) == Counter(seeds)
    assert len({place.node for place in settled(rollout, policy) if place}) == 2
    assert {len(e.turns) for e in far} == {2, 3}
    assert {e.success for e in far} == {False, True}
    assert far[0].turns[0].observation["image"].flags.writeable
    assert rollout.collect(policy, []) == []


def test_endless_seeds(rollout: RayRollout, policy: VLMPolicy) -> None:
    """With a number of turns the episodes are those of one process with as many environments."""
    for turns in (1, 30):
        seeds = [seed for seed in range(50, 90) for _ in range(3)]
        far = rollout.collect(policy, iter(seeds), turns=turns)
        assert_same(far, near(policy, iter(seeds), turns=turns))  # type: ignore[arg-type]
        assert len(far) < len(seeds)


def test_workers_sample_with_the_present_weights(rollout: RayRollout, policy: VLMPolicy) -> None:
    """After an update, and after other options, the same processes play as the policy does now."""
    policy = copy.deepcopy(policy)
    before = rollout.collect(policy, range(12))
    places = settled(rollout, policy)
    version = rollout.crew.version
    make_algorithm("vl_dac", policy).update(before)
    policy.temperature = 0.7
    after = rollout.collect(policy, range(12))
    assert_same(after, near(policy, range(12)))
    assert exact(after) != exact(before)
    assert rollout.crew.version == version + 1
    assert settled(rollout, policy) == places


def test_only_the_adapter_travels(rollout: RayRollout, policy: VLMPolicy) -> None:
    """With LoRA the base comes once, then adapter and critic; a base that changes comes again."""
    lora = LoraConfig(r=2, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    model = get_peft_model(copy.deepcopy(policy.model), lora)
    policy = VLMPolicy(model, policy.processor, policy.encoder.parser, max_new_tokens=4)
    assert {n.partition(".")[0] for n in trained_weights(policy) if "lora_" not in n} == {
        "value_head"
    }
    assert_same(rollout.collect(policy, range(6)), near(policy, range(6)))
    copies = rollout.crew._copy
    with torch.no_grad():
        for weight in policy.parameters():
            weight.add_(0.1 * torch.randn_like(weight) * weight.requires_grad)
    assert_same(rollout.collect(policy, range(6)), near(policy, range(6)))
    assert rollout.crew._copy == copies
    model.requires_grad_(True)
    with torch.no_grad():
        for weight in policy.parameters():
            weight.add_(0.05 * torch.randn_like(weight))
    assert_same(rollout.collect(policy, range(6)), near(policy, range(6)))
    assert rollout.crew._copy == copies + 1


def test_a_stale_worker_is_found_out(rollout: RayRollout, policy: VLMPolicy, folder: Path) -> None:
    """What was sampled with another version is thrown away, and played again with this one."""
    rollout.collect(policy, [0])
    begun(folder)
    older = copy.deepcopy(policy)
    with torch.no_grad():
        for weight in older.parameters():
            weight.mul_(0.9)
    old = Round(rollout.crew.version, settings(older), False, None)
    turned: list[int] = []

    def turn_back(episode: Episode) -> None:
        if not turned:
            for worker in rollout.crew.workers:
                worker.actor.refresh.remote(trained_weights(older), old)
            turned.append(episode.seed)

    seeds = range(100, 124)
    far = rollout.collect(policy, seeds, on_episode=turn_back)
    assert_same(far, near(policy, seeds))
    assert rollout.crew.lost == 2
    assert begun(folder).total() > len(seeds)


def test_a_failed_environment_is_played_again(
    rollout: RayRollout, policy: VLMPolicy, folder: Path
) -> None:
    """As here: the episode is that without the failure, and says that it was played again."""
    seeds = range(70, 90)
    for retries in (0, 1):
        order(folder, "raise-second")
        heard: list[Episode] = []
        far = rollout.collect(policy, seeds, retries=retries, on_episode=heard.append)
        assert sorted(map(id, heard)) == sorted(map(id, far))
        (failed,) = (e for e in far if e.env_error or e.replays)
        assert failed.replays == retries
        assert bool(failed.env_error) is not bool(retries)
    assert_same(far, near(policy, seeds))
    assert rollout.crew.lost == 0


def test_what_fails_there_is_told_here(rollout: RayRollout, policy: VLMPolicy) -> None:
    """An error of the policy reaches the caller as its own kind; then it goes on."""
    narrow = copy.deepcopy(policy)
    narrow.max_context = 10
    with pytest.raises(ValueError, match="the goal and the newest observation take"):
        rollout.collect(narrow, range(5))
    assert_same(rollout.collect(policy, range(5)), near(policy, range(5)))


def test_who_looks_into_environments_stays_here(rollout: RayRollout, policy: VLMPolicy) -> None:
    """Experts need the environments of this process, and are sent to `rollout.collect`."""
    envs = make_envs(COLOUR, 1)
    for actor in (ExpertPolicy(envs), Demonstrator(policy, envs)):
        with pytest.raises(ValueError, match=r"use algorithms\.rollout\.collect"):
            rollout.collect(actor, [1])


def test_training_takes_it(rollout: RayRollout, tmp_path: Path) -> None:
    """Two updates on the cluster are two updates here, numbers and weights, but for rounding."""
    trained, logs = [], []
    for name, envs in (("far", rollout), ("near", make_envs(COLOUR, 4, **OPTIONS))):
        policy = toy_policy()
        config = TrainConfig(2, turns=24, seed=3)
        with RunLog(tmp_path / name, quiet=True) as log:
            algorithm = make_algorithm("vl_dac", policy, 2)
            train(algorithm, envs, tmp_path / name / "vl_dac", config, log=log)
        trained.append(weights(policy))
        logs.append([r["rollout/return"] for r in read_records(log.path)])
    assert logs[0] == pytest.approx(logs[1], abs=1e-6)
    torch.testing.assert_close(*trained, atol=1e-4, rtol=0)
    assert not torch.equal(trained[1], weights(toy_policy()))


def lose(what: str, rollout: RayRollout, policy: VLMPolicy, folder: Path) -> None:
    """Have a worker lost in mid-episode: its episodes are played again, and each counts once."""
    policy.seed(11)
    seeds = list(range(200, 230))
    begun(folder)
    order(folder, f"{what}-second")
    places = {worker.place for worker in rollout.crew.workers}
    heard: list[Episode] = []
    far = rollout.collect(policy, seeds, on_episode=heard.append)
    assert_same(far, near(policy, seeds))
    assert sorted(map(id, heard)) == sorted(map(id, far))
    attempts = begun(folder)
    assert set(attempts) == set(seeds)
    assert attempts.total() - len(seeds) in (1, rollout.num_envs)  # what that worker was at
    assert rollout.crew.lost == 1
    assert len(places & {worker.place for worker in rollout.crew.workers}) == 1


def test_a_killed_worker_is_replaced(rollout: RayRollout, policy: VLMPolicy, folder: Path) -> None:
    """SIGKILL in mid-episode; the one in its place plays the same."""
    lost = settled(rollout, policy)
    lose("kill", rollout, policy, folder)
    assert len(lost & settled(rollout, policy)) == 1
    seeds = range(30, 50)
    assert_same(rollout.collect(policy, seeds), near(policy, seeds))


def test_a_silent_worker_is_replaced(
    rollout: RayRollout, policy: VLMPolicy, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that was stopped in mid-episode answers nothing; in the end it is gone."""
    before = settled(rollout, policy)
    hasty = dataclasses.replace(rollout.crew.config, timeout=10)
    monkeypatch.setattr(rollout.crew, "config", hasty)
    lose("freeze", rollout, policy, folder)
    (gone,) = before - {worker.place for worker in rollout.crew.workers}
    assert gone
    until = time.monotonic() + 60
    while Path(f"/proc/{gone.pid}").exists() and time.monotonic() < until:
        time.sleep(0.1)
    assert not Path(f"/proc/{gone.pid}").exists()


def test_too_many_losses_end_it(
    rollout: RayRollout, policy: VLMPolicy, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where no more workers may be replaced the error says who was lost, and how many may be."""
    none = dataclasses.replace(rollout.crew.config, replacements=0)
    monkeypatch.setattr(rollout.crew, "config", none)
    order(folder, "kill-second")
    with pytest.raises(RuntimeError, match=r"lost 1 workers.*process \d+ on node.* was lost"):
        rollout.collect(policy, range(20))
