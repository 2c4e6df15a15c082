"""Evaluation: fixed tasks, honest intervals, and nothing of training's touched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch

from algorithms.evaluate import EVALUATION_SEEDS, evaluate
from algorithms.rollout import make_envs
from policies.context import Context
from policies.policy import Generation
from policies.scripted import ExpertPolicy, RandomPolicy
from policies.vlm import VLMPolicy
from tests.toys import COLOUR, cloned_policy, context, parser


class SometimesRight:
    """Names the right colour in every other sample of a task."""

    def __init__(self, envs: Any) -> None:
        self.expert = ExpertPolicy(envs)
        self.episodes = 0

    def act(self, contexts: Sequence[Context], greedy: bool = False) -> list[Generation]:
        """Count the episodes by their first turns."""
        said = self.expert.act(contexts)
        for i, generation in enumerate(said):
            self.episodes += 1
            if self.episodes % 2:
                said[i] = Generation(generation.text.replace("name>", "nom>"))
        return said


@pytest.fixture(scope="module")
def cloned() -> VLMPolicy:
    """Give a policy that is right now and then."""
    return cloned_policy(12, expert_error=0.6)


def test_pass_at_k_and_interval() -> None:
    """One of two samples right in every task: success .5, pass@1 .5, pass@2 1."""
    envs = make_envs(COLOUR, 2, expert_looks=0)
    result = evaluate(envs, SometimesRight(envs), 10, samples=2, pass_at=(1, 2))
    assert result.success == 0.5
    assert result.pass_at == {1: 0.5, 2: 1.0}
    assert result.per_task == [0.5] * 10
    assert result.interval == (0.5, 0.5)  # all tasks alike: nothing to resample
    assert result.valid == 0.5
    assert result.length == 1
    assert result.mean_return == 0.5


def test_interval_holds_the_mean(cloned: VLMPolicy) -> None:
    """It is a proper interval around the success, narrower with more tasks."""
    envs = make_envs(COLOUR, 32)
    few, many = (evaluate(envs, cloned, tasks) for tasks in (12, 192))
    for result in (few, many):
        low, high = result.interval
        assert 0 <= low < result.success < high <= 1
    assert many.interval[1] - many.interval[0] < few.interval[1] - few.interval[0]


def test_tasks_are_fixed(cloned: VLMPolicy) -> None:
    """The same tasks come every time, whoever plays, and training never draws them."""
    envs = make_envs(COLOUR, 4)
    model = evaluate(envs, cloned, 6, samples=2)
    other = evaluate(make_envs(COLOUR, 3), RandomPolicy(parser()), 6, samples=2)
    seeds = [EVALUATION_SEEDS + task for task in range(6) for _ in range(2)]
    assert [e.seed for e in model.episodes] == [e.seed for e in other.episodes] == seeds
    assert [e.task_id for e in model.episodes] == [e.task_id for e in other.episodes]


def test_one_seed_gives_one_result(cloned: VLMPolicy) -> None:
    """Sampling starts anew from the seed; another seed samples otherwise."""
    envs = make_envs(COLOUR, 16)

    def said(seed: int) -> list[str]:
        return [e.turns[-1].generation.text for e in evaluate(envs, cloned, 32, seed=seed).episodes]

    cloned.seed(99)
    first = said(1)
    assert said(1) == first
    assert said(2) != first


def test_greedy(cloned: VLMPolicy) -> None:
    """Greedy answers do not depend on the seed."""
    envs = make_envs(COLOUR, 16)
    results = [evaluate(envs, cloned, 32, greedy=True, seed=seed) for seed in (1, 2)]
    assert results[0].per_task == results[1].per_task


def test_nothing_is_learned_and_nothing_global_drawn(cloned: VLMPolicy) -> None:
    """Weights, torch's and NumPy's global random states stay what they were."""
    before = [p.detach().clone() for p in cloned.parameters()]
    state, legacy = torch.get_rng_state(), np.random.get_state()[1].tolist()  # type: ignore[index]
    evaluate(make_envs(COLOUR, 4), cloned, 8)
    assert torch.equal(torch.get_rng_state(), state)
    assert np.random.get_state()[1].tolist() == legacy  # type: ignore[index]
    assert all(map(torch.equal, before, cloned.parameters()))
    assert all(p.grad is None for p in cloned.parameters())


def test_training_s_stream_is_its_own(cloned: VLMPolicy) -> None:
    """A stream that is seeded, as training does for each update, is the same after evaluation."""
    cloned.seed(4)
    wanted = [g.token_ids.tolist() for g in cloned.act([context([9])] * 20)]
    evaluate(make_envs(COLOUR, 4), cloned, 8, seed=3)
    cloned.seed(4)
    assert [g.token_ids.tolist() for g in cloned.act([context([9])] * 20)] == wanted


def test_failed_environments_are_left_out() -> None:
    """They are counted, and change no other number."""
    envs = make_envs(COLOUR, 4, fails="look")
    with pytest.raises(ValueError, match="failed in every episode: the lamp is out"):
        evaluate(envs, ExpertPolicy(envs), 4)

    class Half(ExpertPolicy):
        def act(self, contexts: Sequence[Context], greedy: bool = False) -> list[Generation]:
            said = super().act(contexts)
            return [
                g if c.stream and c.stream[1] % 2 else Generation("<name> red </name>")
                for c, g in zip(contexts, said, strict=True)
            ]

    result = evaluate(envs, Half(envs), 4)
    assert result.env_errors == 2
    assert len(result.episodes) == 2
    assert result.length == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"tasks": 0}, "at least one task and one sample, got 0 and 1"),
        ({"samples": 0}, "at least one task and one sample, got 256 and 0"),
        ({"samples": 2, "pass_at": (1, 4)}, r"pass_at \(1, 4\) needs .* samples, got 2"),
    ],
)
def test_bad_numbers(options: dict[str, Any], message: str) -> None:
    """The error says what came and what would be right."""
    envs = make_envs(COLOUR, 1)
    with pytest.raises(ValueError, match=message):
        evaluate(envs, ExpertPolicy(envs), **options)


def test_metrics_are_named_by_split() -> None:
    """All numbers stand behind the prefix."""
    envs = make_envs(COLOUR, 4)
    metrics = evaluate(envs, ExpertPolicy(envs), 4, samples=2, pass_at=(2,)).metrics(
        "eval/test/greedy/"
    )
    assert metrics.pop("eval/test/greedy/pass@2") == 1
    names = {"success", "success_low", "success_high", "return", "valid", "length", "env_errors"}
    assert metrics.keys() == {f"eval/test/greedy/{name}" for name in names}


class Alternating:
    """Plays as the expert where the way is one move long, and waits elsewhere."""

    def __init__(self, envs: Any) -> None:
        self.expert, self.envs = ExpertPolicy(envs), envs

    def act(self, contexts: Sequence[Context], greedy: bool = False) -> list[Generation]:
        """Look at the environments' tasks to decide."""
        said = self.expert.act(contexts)
        states = self.envs.get_attr("state")
        return [
            generation if states[context.index].task.length == 1 else Generation("?")
            for context, generation in zip(contexts, said, strict=True)
        ]


def test_success_by_label() -> None:
    """Success is broken down by what the environment tells of its tasks."""
    envs = make_envs("VLGui/NavigateSmall-v0", 8, lengths=(1, 3), turns="one")
    result = evaluate(envs, Alternating(envs), 24, samples=2, pass_at=(2,))
    groups = result.by_label("path_length")
    assert list(groups) == ["1", "3"]
    assert groups["1"].success == 1 and groups["1"].interval == (1, 1)
    assert groups["3"].success == 0
    assert groups["1"].tasks + groups["3"].tasks == 24
    assert result.success == pytest.approx(groups["1"].tasks / 24)
    assert result.by_label("weather") == {}
