"""GRPO and its kin: several episodes of one task, judged against each other; no critic.

The advantage of an episode is its return against the returns of its group, and every token the
model sampled in the episode shares it. The variants differ in a few options, which `VARIANTS`
lists; any of them can be set by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch

from algorithms import functional
from algorithms.importance import recompute, sampler_logprobs
from algorithms.optimisation import (
    Means,
    make_optimizer,
    minibatches_of_turns,
    set_rate,
)
from algorithms.rollout import Episode, Turn, learnable
from algorithms.stepper import MICROBATCH_TOKENS, Stepper, Weigher
from policies.policy import Generation
from policies.vlm import VLMPolicy
from vl_envs.core.errors import unknown

VARIANTS: Mapping[str, Mapping[str, Any]] = {
    # Shao et al. 2024, DeepSeekMath; what is one answer there is one episode here.
    "grpo": {},
    # Liu et al. 2025: no division by the deviation, none by an answer's own length.
    "dr_grpo": {"advantage": "dr_grpo", "aggregation": "constant"},
    # Yu et al. 2025: wider upper clip, mean over all tokens, equal groups drawn again.
    "dapo": {
        "clip_low": 0.2,
        "clip_high": 0.28,
        "kl_weight": 0.0,
        "aggregation": "token_mean",
        "resample": 2,
        "overlong_buffer": 0.2,
    },
    # Zheng et al. 2025: one ratio for a whole answer.
    "gspo": {"sequence_ratio": True, "clip_low": 3e-4, "clip_high": 4e-4},
    # Ahmadian et al. 2024; with the clip and several epochs it is LOOP.
    "rloo": {"advantage": "rloo"},
}
TRUNCATED = ("zero", "mask", "reward")


@dataclass(frozen=True)
class GRPOConfig:
    """The options of `GRPO`.

    Attributes:
        learning_rate: of AdamW, at its height.
        floor: the learning rate falls to this share of it (cosine).
        warmup: updates over which the learning rate rises.
        epochs: passes over the episodes of one update.
        minibatch: turns per optimiser step, about; None takes all at once. Episodes stay whole.
        microbatch_tokens: of a pass over the model, padding included, at most; the gradient does
            not depend on it.
        clip_low, clip_high: the ratio is clipped to [1 - clip_low, 1 + clip_high].
        advantage: ``grpo``, ``dr_grpo`` or ``rloo`` (see `functional.group_advantages`).
        aggregation: ``episode_mean``, ``turn_mean``, ``token_mean`` or ``constant`` (see
            `functional.aggregate`).
        sequence_ratio: one ratio per answer (GSPO) instead of one per token.
        kl_weight: of the k3 estimator against the model as it was at the start; with LoRA, against
            the model without its adapter.
        entropy_weight: of a bonus for entropy.
        truncated: how an episode that ran out of turns counts: ``zero`` (return 0), ``mask`` (not
            learned from) or ``reward`` (what it earned).
        resample: how often groups with equal returns are replaced by new tasks, at most.
        importance_cap: of the weights that answers of another sampler get.
        overlong_buffer: share of the longest answer over which DAPO's penalty rises; 0 is off.
        max_grad_norm: gradients are clipped to this norm.
    """

    learning_rate: float = 5e-4
    floor: float = 0.2
    warmup: int = 0
    epochs: int = 1
    minibatch: int | None = None
    microbatch_tokens: int = MICROBATCH_TOKENS
    clip_low: float = 0.2
    clip_high: float = 0.25
    advantage: str = "grpo"
    aggregation: str = "episode_mean"
    sequence_ratio: bool = False
    kl_weight: float = 0.0
    entropy_weight: float = 0.0
    truncated: str = "zero"
    resample: int = 0
    overlong_buffer: float = 0.0
    importance_cap: float = 2.0
    max_grad_norm: float = 1.0

    @classmethod
    def variant(cls, name: str, **options: Any) -> GRPOConfig:
        """Make the config of a named variant; ``options`` win over the variant's."""
        if name not in VARIANTS:
            raise unknown("variant", name, VARIANTS)
        return cls(**{**VARIANTS[name], **options})

    def __post_init__(self) -> None:
        if self.truncated not in TRUNCATED:
            raise unknown("rule for truncated episodes", self.truncated, TRUNCATED)
        if self.advantage not in functional.GROUP_KINDS:
            raise unknown("advantage", self.advantage, functional.GROUP_KINDS)
        if self.aggregation not in functional.AGGREGATIONS:
            raise unknown("aggregation", self.aggregation, functional.AGGREGATIONS)
        for name in ("epochs", "minibatch", "microbatch_tokens"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")


class _Sample(NamedTuple):
    """A turn, how many tokens its episode has, and how the episode compares with its group."""

    turn: Turn
    episode_tokens: int
    advantage: float

    @property
    def generation(self) -> Generation:
        """What was said."""
        return self.turn.generation


class GRPO:
    """Group-relative policy optimisation over whole episodes.

    Groups with equal returns have no gradient. They are left out before the batch is averaged, so
    the others weigh as much as if they had been alone.

    Args:
        policy: is trained in place.
        config: the options.
        total_updates: the learning rate's schedule is laid out for so many.
        seed: of the order of minibatches.
    """

    name = "grpo"

    def __init__(
        self, policy: VLMPolicy, config: GRPOConfig, total_updates: int = 100, seed: int = 0
    ) -> None:
        self.policy, self.config, self.seed = policy, config, seed
        self.total_updates = total_updates
        self.optimizer = make_optimizer([(policy.model.parameters(), config.learning_rate)])
        self.stepper = Stepper(
            policy, self.optimizer, config.microbatch_tokens, config.max_grad_norm
        )
        self.updates = 0
        self.resample = config.resample
        if config.kl_weight:
            policy.freeze_reference()

    def informative(self, episodes: Sequence[Episode]) -> list[Episode]:
        """Keep the episodes whose group has unequal returns: the others have no gradient."""
        kept, returns = self._returns(episodes)
        equal = functional.zero_variance_groups(returns, _groups(kept)).tolist()
        return [e for e, same in zip(kept, equal, strict=True) if not same]

    def update(self, episodes: Sequence[Episode]) -> dict[str, float]:
        """Learn from the episodes of whole groups; return what is worth logging."""
        config = self.config
        kept, returns = self._returns(episodes)
        if not kept:
            self.updates += 1
            return {"grpo/used": 0.0}
        groups = _groups(kept)
        advantages = functional.group_advantages(returns, groups, config.advantage)
        equal = functional.zero_variance_groups(returns, groups)
        learned = [
            [_Sample(turn, _tokens(episode), advantage) for turn in episode.turns]
            for episode, advantage, same in zip(
                kept, advantages.tolist(), equal.tolist(), strict=True
            )
            if not same
        ]
        rate = functional.cosine_schedule(
            self.updates, self.total_updates, config.warmup, config.floor
        )
        set_rate(self.optimizer, rate)
        generations = [[sample.turn.generation for sample in episode] for episode in learned]
        sampled = recompute(
            self.policy, generations, config.microbatch_tokens, config.importance_cap
        )
        metrics = Means()
        rng = np.random.default_rng([self.seed, self.updates])
        for batch in minibatches_of_turns(learned, config.minibatch, config.epochs, rng):
            self._step(batch, metrics)
        self.updates += 1
        return {
            "grpo/used": len(learned) / len(episodes),
            "grpo/equal_groups": float(equal.float().mean()),
            "optimizer/rate": rate * config.learning_rate,
            **sampled,
            **metrics.means(),
        }

    def _returns(self, episodes: Sequence[Episode]) -> tuple[list[Episode], torch.Tensor]:
        """Keep what may be learned from, and say what each episode was worth."""
        rule = self.config.truncated
        kept = learnable(episodes)
        if rule == "mask":
            kept = [e for e in kept if not e.truncated]
        returns = torch.tensor(
            [0.0 if rule == "zero" and e.truncated else e.episode_return for e in kept]
        )
        if self.config.overlong_buffer and kept:
            limit = self.policy.max_new_tokens
            lengths = [max(len(t.generation.token_ids) for t in e.turns) for e in kept]
            buffer = max(1, round(limit * self.config.overlong_buffer))
            returns += functional.overlong_penalty(torch.tensor(lengths), limit, buffer)
        return kept, returns

    def _step(self, batch: Sequence[Sequence[_Sample]], metrics: Means) -> None:
        """Take one optimiser step over a minibatch of whole episodes."""
        samples = [sample for episode in batch for sample in episode]
        denominators = {
            "episode_mean": len(batch),
            "turn_mean": len(samples),
            "token_mean": sum(len(sample.generation.token_ids) for sample in samples),
        }
        longest = float(self.policy.max_new_tokens)
        denominator = denominators.get(self.config.aggregation, len(samples) * longest)
        self.stepper.step(samples, partial(self._loss, denominator), metrics)

    def _loss(
        self, denominator: float, weigher: Weigher, samples: Sequence[_Sample], metrics: Means
    ) -> torch.Tensor:
        """Return the share of a micro-batch in its minibatch's loss."""
        config = self.config
        generations = [sample.generation for sample in samples]
        now = weigher.evaluate(generations)
        device = now.logprobs.device
        tokens = sum(len(generation.token_ids) for generation in generations)
        advantages = torch.tensor([sample.advantage for sample in samples], device=device)
        if config.sequence_ratio:
            ratio = functional.sequence_ratio(now.logprobs, now.old_logprobs, now.mask)
        else:
            ratio = functional.log_ratio(now.logprobs, now.old_logprobs).exp()
        objective = functional.surrogate_from_ratio(
            ratio, advantages, config.clip_low, config.clip_high
        )
        objective = objective * functional.importance_weights(
            now.old_logprobs, sampler_logprobs(generations, now), config.importance_cap
        )
        per_token = -objective - config.entropy_weight * now.entropy
        if config.kl_weight:
            reference = weigher.reference_logprobs(generations)
            divergence = functional.kl(now.logprobs, reference, "k3")
            metrics.add("loss/kl", functional.masked_mean(divergence, now.mask), tokens)
            per_token = per_token + config.kl_weight * divergence
        loss = functional.aggregate(
            per_token,
            now.mask,
            config.aggregation,
            length=self.policy.max_new_tokens,
            episode_tokens=torch.tensor([s.episode_tokens for s in samples], device=device),
            denominator=denominator,
        )
        on_tokens = ratio.detach()[now.mask.bool()]
        metrics.add("loss/policy", -functional.masked_mean(objective, now.mask), tokens)
        metrics.add("policy/entropy", functional.masked_mean(now.entropy, now.mask), tokens)
        metrics.high("policy/ratio_max", on_tokens.max())
        metrics.low("policy/ratio_min", on_tokens.min())
        outside = (on_tokens < 1 - config.clip_low) | (on_tokens > 1 + config.clip_high)
        metrics.add("policy/clipped", outside.float().mean(), tokens)
        return loss


def _groups(episodes: Sequence[Episode]) -> torch.Tensor:
    """Number the groups, int64 [N]: the episodes of one seed play one task, from one seat."""
    numbers: dict[tuple[int, str], int] = {}
    tasks = [(episode.seed, episode.labels.get("seat", "")) for episode in episodes]
    return torch.tensor([numbers.setdefault(task, len(numbers)) for task in tasks])


def _tokens(episode: Episode) -> int:
    """Count the tokens that were sampled in an episode."""
    return sum(len(turn.generation.token_ids) for turn in episode.turns)
