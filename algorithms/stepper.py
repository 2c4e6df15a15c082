"""Optimiser steps over minibatches too large for one pass: what all update loops share.

A minibatch is cut into micro-batches by the tokens that a pass reads, padding included; their
gradients add up to the minibatch's. Where memory runs out, the gradient is thrown away, the
micro-batches are made half as large, once, and the minibatch is done again.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypeVar

import torch

from algorithms.distributed import ALONE, Learners
from algorithms.optimisation import Means, clip_and_step
from policies.policy import Evaluation, Generation
from policies.vlm import VLMPolicy

MICROBATCH_TOKENS = 8192
"""The default. The tiny model gains little with more, and loses where lengths differ: the fewer are
padded to one length, the better."""
_NO_MEMORY = ("can't allocate memory", "CUBLAS_STATUS_ALLOC_FAILED")
"""How torch says so where it has no class of error for it: on CPU, and in a library of CUDA's."""


class Weigher(Protocol):
    """What weighs sampled tokens, with gradients: a policy, or a twin of it cut into shards."""

    def evaluate(self, generations: Sequence[Generation]) -> Evaluation:
        """Weigh exactly the sampled tokens."""
        ...

    def reference_logprobs(self, generations: Sequence[Generation]) -> torch.Tensor:
        """Return the log-probabilities [N, L] of the reference."""
        ...


class Sample(Protocol):
    """What is learned from: a generation, and whatever an algorithm knows of it."""

    @property
    def generation(self) -> Generation:
        """What was said."""
        ...


One = TypeVar("One", bound=Sample)


class Stepper:
    """Takes an optimiser's steps, each over a minibatch of samples.

    Args:
        policy: weighs the samples.
        optimizer: of its weights.
        tokens: of a micro-batch, padding included, at most; a piece that is longer goes alone.
        max_norm: gradients are clipped to it, each group of the optimiser apart.

    Raises:
        ValueError: ``tokens`` is below 1.
    """

    def __init__(
        self, policy: VLMPolicy, optimizer: torch.optim.Optimizer, tokens: int, max_norm: float
    ) -> None:
        if tokens < 1:
            raise ValueError(f"microbatch_tokens must be at least 1, got {tokens}")
        self.policy = policy
        self.weigher: Weigher = policy
        self.optimizer, self.tokens, self.max_norm = optimizer, tokens, max_norm
        self.learners: Learners = ALONE
        self.halved = False

    def step(
        self,
        samples: Sequence[One],
        loss: Callable[[Weigher, Sequence[One], Means], torch.Tensor],
        metrics: Means,
        frozen: Sequence[int] = (),
    ) -> None:
        """Take one step over a minibatch.

        Args:
            samples: of the minibatch, the turns of an episode one after another.
            loss: gives a micro-batch's share in the minibatch's loss; all shares add up to it.
                Turns that are read in one pass stay together, episodes need not.
            metrics: takes what the loss finds.
            frozen: the optimiser's groups that do not learn in this step.

        Raises:
            MemoryError: there is too little even for micro-batches half as large.
        """
        cut = pieces(self.policy, samples)
        longest_first = sorted(cut, key=lambda piece: padded_tokens([piece]), reverse=True)
        while True:
            # Every process cuts the same pieces in the same way, and takes its own.
            shares = [
                list(microbatches(share, self.tokens))
                for share in self.learners.shares(longest_first)
            ]
            found = self.learners.gather(self._accumulate(shares, loss))
            errors = [error for error, _ in found if error]
            if not errors:
                break
            self.optimizer.zero_grad(set_to_none=True)
            self._halve(errors[0], max(padded_tokens(part) for parts in shares for part in parts))
            metrics.add("optimizer/halved", 1.0)
        for _, part in found:
            metrics.merge(part)
        for number in frozen:
            for parameter in self.optimizer.param_groups[number]["params"]:
                parameter.grad = None
        self.learners.sum_gradients(self.optimizer)
        clip_and_step(self.optimizer, self.max_norm, metrics)

    def _accumulate(
        self,
        shares: Sequence[Sequence[Sequence[Sequence[One]]]],
        loss: Callable[[Weigher, Sequence[One], Means], torch.Tensor],
    ) -> tuple[str, Means]:
        """Add up the gradient of this process's share; say what went wrong where memory ran out."""
        metrics = Means()
        parts = shares[self.learners.rank]
        try:
            for part in parts:
                samples = [sample for piece in part for sample in piece]
                loss(self.weigher, samples, metrics).backward()  # type: ignore[no-untyped-call]
            if self.learners.in_step:
                # Shards are fetched by all at once, so all must make as many passes.
                for _ in range(max(map(len, shares)) - len(parts)):
                    shortest = next(part for share in shares for part in share)[-1]
                    nothing = 0.0 * loss(self.weigher, shortest, Means())
                    nothing.backward()  # type: ignore[no-untyped-call]
        except (RuntimeError, MemoryError) as error:
            if not _is_out_of_memory(error):
                raise
            if self.learners.in_step:  # the others wait in the middle of a pass
                raise MemoryError(_advice(str(error))) from error
            return str(error), metrics
        return "", metrics

    def _halve(self, error: str, largest: int) -> None:
        """Make micro-batches half as large as the largest there was, the first time."""
        if self.halved:
            raise MemoryError(_advice(error))
        self.halved = True
        self.tokens = max(1, min(self.tokens, largest) // 2)
        if torch.cuda.is_available():
            torch.cuda.empty_cache()  # what was cut to other sizes
        if self.learners.first:
            warnings.warn(
                f"out of memory in an update: its minibatch is done again, and micro-batches hold "
                f"at most {self.tokens} tokens from now on ({error.splitlines()[0]})",
                stacklevel=3,
            )


def padded_tokens(parts: Sequence[Sequence[Sample]]) -> int:
    """Count the tokens that `VLMPolicy.evaluate` reads of pieces, padding included.

    A piece is one row. Its first prompt, with the pictures' tokens, is padded to the longest of
    the batch, and so is what follows.
    """
    sizes = [_size(piece) for piece in parts]
    return len(parts) * (max(prompt for prompt, _ in sizes) + max(rest for _, rest in sizes))


def microbatches(parts: Sequence[Sequence[One]], tokens: int) -> Iterator[list[Sequence[One]]]:
    """Chain pieces as long as they read no more than ``tokens``, padding included."""
    part: list[Sequence[One]] = []
    widest, longest = 0, 0
    for piece in parts:
        prompt, rest = _size(piece)
        widest, longest = max(widest, prompt), max(longest, rest)
        if part and (len(part) + 1) * (widest + longest) > tokens:
            yield part
            part, widest, longest = [], prompt, rest
        part.append(piece)
    if part:
        yield part


def _size(piece: Sequence[Sample]) -> tuple[int, int]:
    """Count the tokens of a piece's first prompt, and those behind it."""
    first, last = piece[0].generation, piece[-1].generation
    return len(first.prompt_ids), (
        len(last.prompt_ids) + len(last.token_ids) - len(first.prompt_ids)
    )


def pieces(policy: VLMPolicy, samples: Sequence[One]) -> Iterator[Sequence[One]]:
    """Cut samples, the turns of an episode one after another, where a new row begins."""
    start = 0
    for group in policy.pack([sample.generation for sample in samples]):
        yield samples[start : start + len(group)]
        start += len(group)


def _is_out_of_memory(error: Exception) -> bool:
    known = isinstance(error, torch.OutOfMemoryError | MemoryError)
    return known or any(words in str(error) for words in _NO_MEMORY)


def _advice(error: str) -> str:
    return (
        "out of memory in an update: try a smaller microbatch_tokens, gradient checkpointing, "
        "smaller pictures (image_size, max_pixels), a shorter max_new_tokens or history, or more "
        f"learners that share the model (torchrun with --sharding fsdp). {error.splitlines()[0]}"
    )
