"""Small policies for the toy environment, and short runs of them, shared by the tests."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from algorithms.distributed import ALONE, Learners
from algorithms.evaluate import evaluate
from algorithms.grpo import GRPO, GRPOConfig
from algorithms.rollout import Episode, collect, make_envs
from algorithms.run_log import RunLog
from algorithms.sft import SFT, Demonstrator, SFTConfig
from algorithms.train import Algorithm, TrainConfig, train
from algorithms.vl_dac import VLDAC, VLDACConfig
from policies.context import Context
from policies.policy import Generation
from policies.tiny import tiny_policy
from policies.vlm import VLMPolicy
from tests.colour import COLOUR as COLOUR
from tests.colour import COLOURS as COLOURS
from tests.colour import COMMANDS as COMMANDS
from tests.colour import SIDE as SIDE
from tests.colour import WORDS as WORDS
from tests.colour import ColourEnv as ColourEnv
from vl_envs.core.parser import TagParser

torch.set_num_threads(1)


def parser(thought: bool = False) -> TagParser:
    """Make the toy's parser."""
    return TagParser(COMMANDS, thought)


def toy_policy(seed: int = 0, max_new_tokens: int = 4, thought: bool = False) -> VLMPolicy:
    """Make an untrained policy for the toy."""
    texts = [WORDS, " ".join(COLOURS)]
    return tiny_policy(texts, SIDE, parser(thought), max_new_tokens, seed)


def picture(shade: int, side: int = SIDE) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Make a grey picture that differs from those of other shades."""
    return np.full((side, side, 3), shade, np.uint8)


def context(
    shades: Sequence[int], policy: VLMPolicy | None = None, history: int | None = None
) -> Context:
    """Make the chat of an episode that has seen pictures of ``shades``; ``policy`` answered."""
    made = Context(0, history)
    for i, shade in enumerate(shades):
        if i:
            made.answer(policy.act([made])[0] if policy else Generation(f"answer {i}"))
        text = "which colour ?" if i == 0 else f"it is {'dark ' * i}now ."
        made.observe({"image": picture(shade), "text": text})
    return made


def cloned_policy(updates: int = 6, expert_error: float = 0.0, **kwargs: Any) -> VLMPolicy:
    """Make a policy that has imitated the expert a little."""
    policy = toy_policy()
    envs = make_envs(COLOUR, 32, expert_error=expert_error, **kwargs)
    sft = SFT(policy, SFTConfig(warmup=2, minibatch=32), updates)
    for i in range(updates):
        sft.update(collect(envs, Demonstrator(policy, envs), range(i * 64, i * 64 + 64)))
    return policy


def play(policy: VLMPolicy, tasks: int = 8, group: int = 4, **kwargs: Any) -> list[Episode]:
    """Play groups of the toy's tasks."""
    policy.seed(1)
    seeds = [seed for seed in range(tasks) for _ in range(group)]
    return collect(make_envs(COLOUR, 16, **kwargs), policy, seeds)


def weights(policy: VLMPolicy) -> torch.Tensor:
    """Copy all weights into one vector."""
    return torch.cat([p.detach().flatten() for p in policy.parameters()])


def make_algorithm(name: str, policy: VLMPolicy, total: int = 4, **options: Any) -> Algorithm:
    """Make one of the three algorithms, with options that use all of its parts."""
    if name == "sft":
        return SFT(policy, SFTConfig(**{"warmup": 1, "minibatch": 4, **options}), total)
    options = {"minibatch": 8, "kl_weight": 0.1, **options}
    if name == "grpo":
        return GRPO(policy, GRPOConfig(**options), total)
    return VLDAC(policy, VLDACConfig(**{"value_warmup": 1, **options}), total)


def fail(what: str, policy: VLMPolicy, at: int, error: Exception) -> None:
    """Let the policy run out of memory in its ``at``-th pass, forward or (nearly done) backward."""
    calls = itertools.count(1)

    def count(gradient: torch.Tensor) -> None:
        if next(calls) == at:
            raise error

    if what == "backward":
        # The last weight that a gradient comes to: all others have theirs by then.
        policy.model.get_input_embeddings().weight.register_hook(count)
        return
    evaluate = policy.evaluate

    def evaluate_or_fail(generations: Any) -> Any:
        now = evaluate(generations)
        count(now.logprobs)
        return now

    policy.evaluate = evaluate_or_fail  # type: ignore[method-assign]


def train_toy(
    name: str,
    folder: Path,
    updates: int,
    total: int = 4,
    policy: VLMPolicy | None = None,
    learners: Learners = ALONE,
    patience: float = 0.0,
    **options: Any,
) -> VLMPolicy:
    """Train a small fixed run, or go on with it, and return the policy."""
    policy = policy or toy_policy()
    envs = make_envs(COLOUR, 4, expert_error=0.3, babble_reward=0.01)
    held_out = make_envs(COLOUR, 4)
    group = 4 if name == "grpo" else 1
    config = TrainConfig(
        updates, tasks=16 // group, group=group, evaluate_every=2, checkpoint_every=2, seed=3
    )

    def evaluation() -> dict[str, float]:
        return evaluate(held_out, policy, 4, learners=learners).metrics("eval/test/sampled/")

    with RunLog(folder, quiet=True, patience=patience, silent=not learners.first) as log:
        train(
            make_algorithm(name, policy, total, **options),
            envs,
            folder / name,
            config,
            log=log,
            actor=Demonstrator(policy, envs) if name == "sft" else None,
            evaluation=evaluation,
            learners=learners,
        )
    return policy
