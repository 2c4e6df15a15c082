"""Policies in VS-Bench's protocol (`vl_envs.games.vs_bench`), and how sure its scores are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from algorithms.statistics import bootstrap_interval
from policies.context import NEWEST, Context
from policies.policy import Policy


class Scored(Protocol):
    """A score of the protocol: values, and what a mean of them is in percent."""

    @property
    def values(self) -> tuple[float, ...]:
        """What was counted."""
        ...

    def percent(self, raw: float) -> float:
        """Give a mean in percent."""
        ...


class PolicySpeaker:
    """A policy that answers what the protocol asks.

    Args:
        policy: answers, all asks at once.
        history: past turns that it sees; None is all, `NEWEST`, as in VS-Bench, none: it is then
            told the rules each time.
        seed: of its sampling, which is started anew.
    """

    def __init__(self, policy: Policy, history: int | None = NEWEST, seed: int = 0) -> None:
        self.policy, self.history = policy, history
        if hasattr(policy, "seed"):
            policy.seed(seed)

    def answer(self, asks: Sequence[Any]) -> list[str]:
        """Answer each ask; what was seen before is kept in its ``memory``."""
        contexts: list[Context] = []
        for ask in asks:
            context = ask.memory.setdefault("context", Context(0, self.history))
            tells = self.history == NEWEST or not context.messages
            text = "\n".join(part for part in (tells * ask.rules, ask.text) if part)
            context.observe({"image": ask.image, "text": text})
            _forget(context)
            contexts.append(context)
        said = self.policy.act(contexts)
        for context, generation in zip(contexts, said, strict=True):
            context.answer(generation)
        return [generation.text for generation in said]


def _forget(context: Context) -> None:
    """Drop what will not be seen again: the first turn and the newest ones are."""
    if context.history is not None:
        gone = slice(1, len(context.messages) - max(context.history, 0) - 1)
        if gone.stop > 1:
            del context.messages[gone], context.generations[gone], context.observations[gone]


def raw_interval(score: Scored) -> tuple[float, float]:
    """Give the bootstrap interval (95%) of the mean of a score's values."""
    return bootstrap_interval(score.values, rng=np.random.default_rng(0))


def interval(score: Scored) -> tuple[float, float]:
    """Give the bootstrap interval (95%) of a score, in percent."""
    low, high = raw_interval(score)
    return score.percent(low), score.percent(high)
