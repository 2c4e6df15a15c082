"""Supervised fine-tuning on an expert's demonstrations: the cold start before RL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from gymnasium.vector import VectorEnv

from algorithms import functional
from algorithms.optimisation import Means, make_optimizer, minibatches, set_rate
from algorithms.rollout import Episode, Turn, learnable
from algorithms.stepper import MICROBATCH_TOKENS, Stepper, Weigher
from policies.context import Context
from policies.policy import Generation
from policies.scripted import ExpertPolicy
from policies.vlm import VLMPolicy


class Demonstrator:
    """Acts as the environments' expert, and encodes what it says as the policy would say it.

    Args:
        policy: the policy that is to learn; its tokenizer and chat template are used.
        envs: the vector environment that is played.
    """

    def __init__(self, policy: VLMPolicy, envs: VectorEnv[Any, Any, Any]) -> None:
        self.policy, self.expert = policy, ExpertPolicy(envs)

    def act(self, contexts: Sequence[Context], greedy: bool = False) -> list[Generation]:
        """Answer each context with the expert's action, as tokens to imitate."""
        said = self.expert.act(contexts)
        return [self.policy.encode(c, g.text) for c, g in zip(contexts, said, strict=True)]


@dataclass(frozen=True)
class SFTConfig:
    """The options of `SFT`.

    Attributes:
        learning_rate: of AdamW, at its height.
        floor: the learning rate falls to this share of it (cosine).
        warmup: updates over which the learning rate rises.
        minibatch: episodes per optimiser step.
        microbatch_tokens: of a pass over the model, padding included, at most; the gradient does
            not depend on it.
        max_grad_norm: gradients are clipped to this norm.
    """

    learning_rate: float = 2e-3
    floor: float = 0.2
    warmup: int = 12
    minibatch: int = 64
    microbatch_tokens: int = MICROBATCH_TOKENS
    max_grad_norm: float = 1.0


class SFT:
    """Imitates demonstrations: cross-entropy of the expert's tokens, nothing else.

    Args:
        policy: is trained in place.
        config: the options.
        total_updates: the learning rate's schedule is laid out for so many.
        seed: of the order of minibatches.
    """

    name = "sft"

    def __init__(
        self, policy: VLMPolicy, config: SFTConfig, total_updates: int = 100, seed: int = 0
    ) -> None:
        self.policy, self.config, self.seed = policy, config, seed
        self.total_updates = total_updates
        self.optimizer = make_optimizer([(policy.model.parameters(), config.learning_rate)])
        self.stepper = Stepper(
            policy, self.optimizer, config.microbatch_tokens, config.max_grad_norm
        )
        self.updates = 0

    def update(self, episodes: Sequence[Episode]) -> dict[str, float]:
        """Take one pass over the demonstrations."""
        config = self.config
        rate = functional.cosine_schedule(
            self.updates, self.total_updates, config.warmup, config.floor
        )
        set_rate(self.optimizer, rate)
        metrics = Means()
        rng = np.random.default_rng([self.seed, self.updates])
        for batch in minibatches(learnable(episodes), config.minibatch, 1, rng):
            turns = [turn for episode in batch for turn in episode.turns]
            tokens = sum(len(turn.generation.token_ids) for turn in turns)
            self.stepper.step(turns, partial(_loss, tokens), metrics)
        self.updates += 1
        return {"optimizer/rate": rate * config.learning_rate, **metrics.means()}


def _loss(tokens: int, weigher: Weigher, turns: Sequence[Turn], metrics: Means) -> torch.Tensor:
    """Return the share of a micro-batch in the loss of its minibatch, which has ``tokens``."""
    now = weigher.evaluate([turn.generation for turn in turns])
    own = sum(len(turn.generation.token_ids) for turn in turns)
    loss = -functional.masked_mean(now.logprobs, now.mask)
    metrics.add("loss/policy", loss.detach(), own)
    return own / tokens * loss
