"""What a policy is, and the plain data it gives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
import numpy.typing as npt

from policies.context import Context

if TYPE_CHECKING:
    import torch

_NO_IDS, _NO_LOGPROBS = np.zeros(0, np.int64), np.zeros(0, np.float32)


@dataclass
class Generation:
    """One sampled answer. The sampled ids are kept, and never made from the text again.

    Attributes:
        text: what was said.
        prompt_ids: int64 [P], the tokens the model was given.
        token_ids: int64 [L], the tokens it sampled (or, in a demonstration, those to imitate).
        logprobs: float32 [L], of the sampled tokens under the sampling distribution of the policy
            that is trained.
        sampler_logprobs: float32 [L], of another engine that sampled in the policy's stead, with
            the same weights but its own arithmetic; empty where the policy sampled.
        images: the pictures in the prompt, uint8 [H, W, 3] each.
        value: the critic's V(s) at the last prompt token, 0 without a critic.
        stopped: True where the answer came to its end, False where it ran out of tokens.
        thought_length: how many of the tokens belong to the thought.
    """

    text: str
    prompt_ids: npt.NDArray[np.int64] = field(default_factory=_NO_IDS.copy)
    token_ids: npt.NDArray[np.int64] = field(default_factory=_NO_IDS.copy)
    logprobs: npt.NDArray[np.float32] = field(default_factory=_NO_LOGPROBS.copy)
    sampler_logprobs: npt.NDArray[np.float32] = field(default_factory=_NO_LOGPROBS.copy)
    images: tuple[npt.NDArray[np.uint8], ...] = ()
    value: float = 0.0
    stopped: bool = True
    thought_length: int = 0


@dataclass
class Evaluation:
    """What the policy thinks now of sampled tokens, with gradients; row i is generation i.

    Attributes:
        logprobs: float32 [N, L], 0 beyond a row's end.
        old_logprobs: float32 [N, L], as they were when the tokens were sampled.
        mask: float32 [N, L], 1 on sampled tokens.
        thought_mask: float32 [N, L], 1 on those that belong to the thought.
        entropy: float32 [N, L], of the distribution each token was drawn from, in nats.
        values: float32 [N], V(s) at the last prompt token.
    """

    logprobs: torch.Tensor
    old_logprobs: torch.Tensor
    mask: torch.Tensor
    thought_mask: torch.Tensor
    entropy: torch.Tensor
    values: torch.Tensor


class Policy(Protocol):
    """Turns contexts into text actions."""

    def act(self, contexts: Sequence[Context], greedy: bool = False) -> list[Generation]:
        """Answer a batch of contexts; the most likely answers where ``greedy``."""
        ...


class TrainablePolicy(Policy, Protocol):
    """A policy whose sampled tokens can be weighed again, with gradients."""

    def evaluate(self, generations: Sequence[Generation]) -> Evaluation:
        """Weigh exactly the sampled tokens of ``generations``."""
        ...

    def values(self, contexts: Sequence[Context]) -> npt.NDArray[np.float32]:
        """Return V(s) of contexts that await an answer, float32 [N]."""
        ...

    def seed(self, seed: int) -> None:
        """Start the random stream of sampling anew."""
        ...


class Sampler(Policy, Protocol):
    """Plays in the stead of a policy that is trained, with that policy's weights."""

    def seed(self, seed: int) -> None:
        """Begin a rollout: take over the policy's weights, start the random stream anew."""
        ...

    def rest(self) -> None:
        """End a rollout: leave the device to the trainer."""
        ...
