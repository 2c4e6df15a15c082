"""Micro-batches by tokens, and what happens where memory runs out."""

from __future__ import annotations

import copy
import warnings
from typing import Any

import numpy as np
import pytest
import torch

from algorithms.rollout import Episode
from algorithms.stepper import microbatches, padded_tokens, pieces
from algorithms.vl_dac import VLDAC, VLDACConfig
from policies.policy import Generation
from policies.vlm import VLMPolicy
from tests.toys import cloned_policy, fail, make_algorithm, play, weights

CUDA, CPU = (
    torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
    RuntimeError("[enforce fail] . DefaultCPUAllocator: can't allocate memory: you tried to …"),
)


class Said:
    """A sample that knows nothing but a generation."""

    def __init__(self, prompt: int, answer: int) -> None:
        self.generation = Generation(
            "", np.arange(prompt, dtype=np.int64), np.zeros(answer, np.int64)
        )


@pytest.fixture(scope="module")
def cloned() -> VLMPolicy:
    """Give a policy that keeps the format and often errs in the colour."""
    return cloned_policy(8, expert_error=0.5)


@pytest.fixture(scope="module")
def episodes(cloned: VLMPolicy) -> list[Episode]:
    """Give groups of four, some of them with unequal returns, one to three turns long."""
    return play(cloned, flicker=True)


# Cutting.


def test_micro_batches_stay_within_the_budget() -> None:
    """Rows times the longest prompt and the longest rest; what is larger goes alone."""
    rows = [[Said(p, a)] for p, a in ((50, 10), (20, 5), (20, 4), (10, 6), (10, 1), (8, 1))]
    assert padded_tokens(rows[1:4]) == 3 * (20 + 6)
    parts = list(microbatches(rows, 55))
    assert [len(part) for part in parts] == [1, 2, 3]
    assert [padded_tokens(part) for part in parts] == [60, 50, 48]
    assert [piece for part in parts for piece in part] == rows
    assert [len(part) for part in microbatches(rows, 1)] == [1] * 6
    assert [len(part) for part in microbatches(rows, 10**6)] == [6]


def test_the_budget_holds_in_the_model(cloned: VLMPolicy, episodes: list[Episode]) -> None:
    """No pass reads more tokens, padding included, unless a piece alone is longer."""
    turns = [turn for episode in episodes for turn in episode.turns]
    longest = max(padded_tokens([piece]) for piece in pieces(cloned, turns))
    for tokens, passes in ((1, len(list(pieces(cloned, turns)))), (longest, None), (10**6, 1)):
        policy = copy.deepcopy(cloned)
        reads: list[list[int]] = []
        evaluate = policy.evaluate

        def begin(
            generations: Any, evaluate: Any = evaluate, reads: list[list[int]] = reads
        ) -> Any:
            reads.append([])
            return evaluate(generations)

        def read(_: Any, args: Any, kwargs: dict[str, Any], reads: list[list[int]] = reads) -> None:
            reads[-1].append(kwargs["input_ids"].numel())

        policy.evaluate = begin  # type: ignore[method-assign]
        policy.model.model.register_forward_pre_hook(read, with_kwargs=True)
        options: dict[str, Any] = {"minibatch": None, "kl_weight": 0.0, "microbatch_tokens": tokens}
        make_algorithm("vl_dac", policy, **options).update(episodes)
        assert max(map(sum, reads)) <= max(tokens, longest)
        assert len(reads) == passes or (passes is None and 1 < len(reads) < len(turns))


# Out of memory.


@pytest.mark.parametrize("name", ["sft", "grpo", "vl_dac"])
@pytest.mark.parametrize(("what", "at"), [("forward", 1), ("forward", 6), ("backward", 3)])
def test_a_minibatch_is_done_again(
    cloned: VLMPolicy, episodes: list[Episode], name: str, what: str, at: int
) -> None:
    """The fault leaves no trace: the same weights to the bit, the same numbers; but it is told."""
    # Of one piece each, micro-batches cannot become smaller, so that even sums are the same.
    options = {"microbatch_tokens": 1, **({"value_warmup": 0} if name == "vl_dac" else {})}
    wanted, came = copy.deepcopy(cloned), copy.deepcopy(cloned)
    numbers = make_algorithm(name, wanted, **options).update(episodes)
    fail(what, came, at, CUDA if at == 1 else CPU)
    with pytest.warns(UserWarning, match="out of memory in an update.*done again"):
        told = make_algorithm(name, came, **options).update(episodes)
    assert torch.equal(weights(came), weights(wanted))
    assert not torch.equal(weights(came), weights(cloned))
    assert told.pop("optimizer/halved") == 1
    assert told == numbers


def test_micro_batches_are_halved_once(cloned: VLMPolicy, episodes: list[Episode]) -> None:
    """Half of the largest there was, for good, and not a word more; the second time is an error."""
    policy = copy.deepcopy(cloned)
    turns = [turn for episode in episodes for turn in episode.turns]
    whole = padded_tokens(list(pieces(cloned, turns)))
    config = VLDACConfig(minibatch=None, value_warmup=0)
    algorithm = VLDAC(policy, config)
    fail("forward", policy, 1, CUDA)
    with pytest.warns(UserWarning, match=f"at most {whole // 2} tokens"):
        algorithm.update(episodes)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        metrics = algorithm.update(episodes)
    assert "optimizer/halved" not in metrics
    assert algorithm.stepper.tokens == whole // 2
    fail("backward", policy, 2, CUDA)
    with pytest.raises(MemoryError, match=r"microbatch_tokens, gradient checkpointing.* 2\.00 GiB"):
        algorithm.update(episodes)


def test_other_errors_are_told_as_they_are(cloned: VLMPolicy, episodes: list[Episode]) -> None:
    """A mistake in a model is no lack of memory."""
    policy = copy.deepcopy(cloned)
    fail("forward", policy, 1, RuntimeError("shapes do not match"))
    with pytest.raises(RuntimeError, match="shapes do not match"):
        make_algorithm("grpo", policy).update(episodes)


def test_the_budget_is_checked(cloned: VLMPolicy) -> None:
    """A pass holds something."""
    for name in ("sft", "grpo", "vl_dac"):
        with pytest.raises(ValueError, match="microbatch_tokens must be at least 1, got 0"):
            make_algorithm(name, cloned, microbatch_tokens=0)
