"""VL-DAC, the vision-language decoupled actor-critic (arXiv 2508.04280), and RL4VLM beside it.

The policy's loss lives on tokens, the critic's on environment steps: one advantage per turn, from
GAE over the turns' values, is shared by all tokens of the turn. Three stabilisers make it hold: the
critic's gradient stops before the model, the critic learns alone for the first updates, and a KL
term holds on to the reference.

``baseline="rl4vlm"`` trains with one ratio for a whole turn instead, the thought weighed down by λ
(Zhai et al. 2024), so that both can be compared in one command.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

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
from algorithms.stepper import MICROBATCH_TOKENS, Stepper, Weigher, pieces
from policies.policy import Evaluation, Generation
from policies.vlm import VLMPolicy
from vl_envs.core.errors import unknown

BASELINES = ("vl_dac", "rl4vlm")


@dataclass(frozen=True)
class VLDACConfig:
    """The options of `VLDAC`. The defaults suit the tiny model; the paper's (7B) are in brackets.

    Attributes:
        learning_rate: of the model, at its height (5e-5).
        value_learning_rate: of the critic.
        floor: learning rates fall to this share of their height, by a cosine (0.002).
        warmup: updates over which the learning rates rise.
        epochs: passes over the episodes of one update (2).
        minibatch: turns per optimiser step, about; None takes all at once. Turns that are read
            together, for one prompt continues the other, stay together.
        microbatch_tokens: of a pass over the model, padding included, at most; the gradient does
            not depend on it.
        clip: ε of the policy's ratio (0.1).
        value_clip: ε of the critic's change per update, None for no clip (0.1).
        ratio_cap: a turn with a ratio beyond it keeps the clipped surrogate only.
        value_weight: α, of the critic's loss (0.15).
        kl_weight: β, of the k3 estimator against the model as it was at the start; with LoRA,
            against the model without its adapter (0.05).
        entropy_weight: of a bonus for entropy (0).
        gamma, lam: of GAE over turns.
        value_warmup: first updates in which only the critic learns (2).
        baseline: ``vl_dac``, or ``rl4vlm`` for one weighted ratio per turn.
        thought_weight: λ of ``rl4vlm``, .3 to .5.
        importance_cap: of the weights that answers of another sampler get.
        max_grad_norm: gradients are clipped to this norm, model and critic apart.
    """

    learning_rate: float = 1e-3
    value_learning_rate: float = 5e-3
    floor: float = 0.2
    warmup: int = 0
    epochs: int = 1
    minibatch: int | None = 256
    microbatch_tokens: int = MICROBATCH_TOKENS
    clip: float = 0.2
    value_clip: float | None = 0.2
    ratio_cap: float = 10.0
    value_weight: float = 1.0
    kl_weight: float = 0.0
    entropy_weight: float = 0.0
    gamma: float = 1.0
    lam: float = 1.0
    value_warmup: int = 2
    baseline: str = "vl_dac"
    thought_weight: float = 0.5
    importance_cap: float = 2.0
    max_grad_norm: float = 1.0

    def __post_init__(self) -> None:
        if self.baseline not in BASELINES:
            raise unknown("baseline", self.baseline, BASELINES)


@dataclass(frozen=True)
class _Sample:
    """A turn with what the critic makes of it."""

    turn: Turn
    advantage: float
    step_return: float

    @property
    def generation(self) -> Generation:
        """What was said."""
        return self.turn.generation


class VLDAC:
    """Token-level PPO with a critic on environment steps.

    Args:
        policy: is trained in place, with its value head; whether the critic's gradient stops
            before the model is the policy's ``stop_gradient``.
        config: the options.
        total_updates: the learning rate's schedule is laid out for so many.
        seed: of the order of minibatches.
    """

    name = "vl_dac"

    def __init__(
        self, policy: VLMPolicy, config: VLDACConfig, total_updates: int = 100, seed: int = 0
    ) -> None:
        self.policy, self.config, self.seed = policy, config, seed
        self.total_updates = total_updates
        self.optimizer = make_optimizer(
            [
                (policy.model.parameters(), config.learning_rate),
                (policy.value_head.parameters(), config.value_learning_rate),
            ]
        )
        self.stepper = Stepper(
            policy, self.optimizer, config.microbatch_tokens, config.max_grad_norm
        )
        self.updates = 0
        if config.kl_weight:
            policy.freeze_reference()

    def update(self, episodes: Sequence[Episode]) -> dict[str, float]:
        """Learn from whole or truncated episodes; return what is worth logging."""
        config = self.config
        played = learnable(episodes)
        generations = [[turn.generation for turn in episode.turns] for episode in played]
        sampled = recompute(
            self.policy, generations, config.microbatch_tokens, config.importance_cap
        )
        samples = self._credit(played)
        if not samples:
            self.updates += 1
            return {}
        rate = functional.cosine_schedule(
            self.updates, self.total_updates, config.warmup, config.floor
        )
        set_rate(self.optimizer, rate)
        metrics = Means()
        rng = np.random.default_rng([self.seed, self.updates])
        cut = [piece for episode in samples for piece in pieces(self.policy, episode)]
        for batch in minibatches_of_turns(cut, config.minibatch, config.epochs, rng):
            turns = [sample for piece in batch for sample in piece]
            warming = self.updates < config.value_warmup
            # The model rests then even where the critic's gradient does not stop before it.
            self.stepper.step(
                turns, partial(self._loss, len(turns)), metrics, frozen=(0,) if warming else ()
            )
        self.updates += 1
        values = torch.tensor([s.turn.generation.value for episode in samples for s in episode])
        returns = torch.tensor([s.step_return for episode in samples for s in episode])
        return {
            "critic/explained_variance": functional.explained_variance(values, returns),
            "critic/value": float(values.mean()),
            "optimizer/rate": rate * config.learning_rate,
            **sampled,
            **metrics.means(),
        }

    def _credit(self, episodes: Sequence[Episode]) -> list[list[_Sample]]:
        """Run GAE over each episode's turns; normalise advantages over the whole rollout."""
        credits = []
        for episode in episodes:
            rewards = torch.tensor([turn.reward for turn in episode.turns])
            values = torch.tensor([turn.generation.value for turn in episode.turns])
            last = 0.0 if episode.terminated else episode.final_value
            credits.append(
                functional.turn_gae(rewards, values, last, self.config.gamma, self.config.lam)
            )
        if not credits:
            return []
        advantages = functional.normalise(torch.cat([advantage for advantage, _ in credits]))
        remaining = iter(advantages.tolist())
        return [
            [
                _Sample(turn, next(remaining), step_return)
                for turn, step_return in zip(episode.turns, returns.tolist(), strict=True)
            ]
            for episode, (_, returns) in zip(episodes, credits, strict=True)
        ]

    def _loss(
        self, turns: int, weigher: Weigher, samples: Sequence[_Sample], metrics: Means
    ) -> torch.Tensor:
        """Return the share of a micro-batch in the loss of its minibatch, which has ``turns``."""
        config = self.config
        generations = [sample.generation for sample in samples]
        now = weigher.evaluate(generations)
        device = now.values.device
        returns = torch.tensor([sample.step_return for sample in samples], device=device)
        old_values = torch.tensor([g.value for g in generations], device=device)
        value = functional.value_loss(now.values, old_values, returns, config.value_clip).mean()
        metrics.add("loss/value", value.detach(), len(samples))
        loss = config.value_weight * value
        if self.updates >= config.value_warmup:
            advantages = torch.tensor([sample.advantage for sample in samples], device=device)
            sampler = sampler_logprobs(generations, now)
            loss = loss + self._policy_loss(now, sampler, advantages, metrics)
            if config.kl_weight:
                reference = weigher.reference_logprobs(generations)
                divergence = functional.kl(now.logprobs, reference, "k3")
                mean = functional.aggregate(divergence, now.mask, "turn_mean")
                metrics.add("loss/kl", mean.detach(), len(samples))
                loss = loss + config.kl_weight * mean
        return len(samples) / turns * loss

    def _policy_loss(
        self, now: Evaluation, sampler: torch.Tensor, advantages: torch.Tensor, metrics: Means
    ) -> torch.Tensor:
        config = self.config
        logprobs, old_logprobs, mask = now.logprobs, now.old_logprobs, now.mask
        trainer = old_logprobs
        if config.baseline == "rl4vlm":
            # One number per turn: the thought's tokens weigh λ, the action's 1.
            weigh = functional.weighted_sequence_logprob
            both = (logprobs, old_logprobs)
            logprobs, old_logprobs = (
                weigh(x, mask, now.thought_mask, config.thought_weight)[:, None] for x in both
            )
            trainer, sampler = (
                functional.masked_sum(x, now.mask, dim=1)[:, None] for x in (trainer, sampler)
            )
            mask = torch.ones_like(logprobs)
        weights = functional.importance_weights(trainer, sampler, config.importance_cap)
        objective = weights * functional.clipped_surrogate(
            logprobs,
            old_logprobs,
            advantages,
            config.clip,
            config.clip,
            mask=mask,
            ratio_cap=config.ratio_cap,
        )
        loss = functional.aggregate(-objective, mask, "turn_mean")
        entropy = functional.aggregate(now.entropy, now.mask, "turn_mean")
        ratio = functional.log_ratio(logprobs, old_logprobs).exp().detach()[mask.bool()]
        metrics.add("loss/policy", loss.detach(), len(mask))
        metrics.add("policy/entropy", entropy.detach(), len(mask))
        metrics.high("policy/ratio_max", ratio.max())
        metrics.low("policy/ratio_min", ratio.min())
        outside = (ratio - 1).abs() > config.clip
        metrics.add("policy/clipped", outside.float().mean(), len(ratio))
        return loss - config.entropy_weight * entropy
