"""What another engine sampled, weighed by the policy that is trained.

An engine built for sampling rounds otherwise than the trainer: its log-probabilities differ from
the trainer's though the weights are the same, and ratios made of them would clip, or blow up, what
was never off-policy. So the trainer weighs the answers again before it learns from them; the
engine's numbers enter as capped importance weights only (`functional.importance_weights`), and the
mismatch is logged.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from algorithms.stepper import microbatches, pieces
from policies.policy import Evaluation, Generation
from policies.vlm import VLMPolicy


@dataclass(frozen=True)
class _Foreign:
    """What another engine sampled."""

    generation: Generation


@torch.no_grad()
def recompute(
    policy: VLMPolicy, episodes: Sequence[Sequence[Generation]], tokens: int, cap: float
) -> dict[str, float]:
    """Fill in ``logprobs`` and ``value`` of generations that another engine sampled.

    Args:
        policy: as it is before the update.
        episodes: their generations; those that the policy sampled itself are left alone.
        tokens: of a forward pass, padding included, at most.
        cap: of the importance weights.

    Returns:
        ``sampler/kl`` (mean of the engine's log-probability less the trainer's, in nats a token),
        ``sampler/mismatch_max`` (the largest difference) and ``sampler/importance_clipped`` (share
        of tokens whose weight the cap cuts). Nothing, where the policy sampled everything.
    """
    foreign = [_Foreign(g) for episode in episodes for g in episode if len(g.sampler_logprobs)]
    differences = []
    for parts in microbatches(list(pieces(policy, foreign)), tokens):
        part = [sample.generation for piece in parts for sample in piece]
        now = policy.evaluate(part)
        for generation, row, value in zip(
            part, now.logprobs.float().cpu().numpy(), now.values.tolist(), strict=True
        ):
            generation.logprobs = row[: len(generation.token_ids)].copy()
            generation.value = value
            # What the engine could not score counts as if it agreed.
            scored = np.isfinite(generation.sampler_logprobs)
            generation.sampler_logprobs = np.where(
                scored, generation.sampler_logprobs, generation.logprobs
            )
            differences.append(generation.sampler_logprobs - generation.logprobs)
    if not differences:
        return {}
    difference = np.concatenate(differences)
    return {
        "sampler/kl": float(difference.mean()),
        "sampler/mismatch_max": float(np.abs(difference).max()),
        "sampler/importance_clipped": float((-difference > np.log(cap)).mean()),
    }


def sampler_logprobs(generations: Sequence[Generation], now: Evaluation) -> torch.Tensor:
    """Return the log-probabilities of whatever sampled, [N, L]: the policy's if it did itself."""
    sampler = now.old_logprobs.clone()
    for row, generation in zip(sampler, generations, strict=True):
        own = torch.from_numpy(generation.sampler_logprobs)
        row[: len(own)] = own.to(row)
    return sampler
