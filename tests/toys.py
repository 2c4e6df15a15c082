"""A toy environment that is learned in seconds, and small policies for it, shared by the tests."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym
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
from vl_envs.core.env import Outcome, View, VLEnv
from vl_envs.core.parser import Command, TagParser
from vl_envs.core.tool import CommandSpec

torch.set_num_threads(1)

COLOUR = "Test/Colour-v0"
COLOURS = {"red": (220, 40, 40), "green": (40, 180, 60), "blue": (50, 70, 230)}
SIDE = 16
WORDS = "<think> </think> I see a <name> </name> <look> </look> which colour ? it is dark now ."
COMMANDS = (
    CommandSpec("look", "looks again."),
    CommandSpec("name", "names it.", {"colour": {"type": "string"}}, final=True),
)


@dataclass
class ColourState:
    """The true colour, the picture's brightness, and how often the agent looked."""

    colour: str
    brightness: float
    looks: int = 0


class ColourEnv(VLEnv[ColourState]):
    """Name the picture's colour, after any number of looks; three turns at most.

    Args:
        expert_looks: how often the expert looks before it names.
        flicker: whether the picture changes with every look.
        look_reward: earned by a look.
        babble_reward: earned by each letter of an unreadable action: even a policy that was never
            trained gets unequal returns.
        fails: ``look`` (the environment fails at every look), or ``step`` or ``reset`` to raise.
        split: taken for form's sake.
        kwargs: of `VLEnv`.
    """

    def __init__(
        self,
        expert_looks: int = 1,
        flicker: bool = False,
        look_reward: float = 0.0,
        babble_reward: float = 0.0,
        fails: str = "",
        split: str = "train",
        **kwargs: Any,
    ) -> None:
        defaults: dict[str, Any] = {"image_size": SIDE, "prompt": "brief", "thought": False}
        super().__init__(COMMANDS, **{**defaults, "max_invalid": 1, **kwargs})
        self.expert_looks, self.flicker, self.look_reward = expert_looks, flicker, look_reward
        self.babble_reward, self.fails = babble_reward, fails
        self.steps = 0

    def _start(self, options: Mapping[str, Any]) -> tuple[ColourState, str]:
        if self.fails == "reset":
            raise RuntimeError("the simulator is dead")
        names = tuple(COLOURS)
        colour = names[int(self.np_random.integers(len(names)))]
        return ColourState(colour, float(self.np_random.uniform(0.8, 1.0))), colour

    def step(self, action: str) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Count the steps, then do as every environment does."""
        self.steps += 1
        if self.fails == "step":
            raise RuntimeError("the simulator is dead")
        return super().step(action)

    def _refuse(self, error: Any) -> Outcome:
        outcome = super()._refuse(error)
        return dataclasses.replace(
            outcome, reward_terms={"babble": self.babble_reward * len(error.raw)}
        )

    def _apply(self, command: Command) -> Outcome:
        state = self.state
        if command.name == "look":
            state.looks += 1
            error = "the lamp is out" if self.fails == "look" else None
            terms = {"look": self.look_reward}
            return Outcome(terms, message="it is dark now .", env_error=error)
        right = command.arguments["colour"] == state.colour
        return Outcome({"right": float(right)}, terminated=True, success=right)

    def _observe(self) -> View:
        state = self.state
        dim = 0.5**state.looks if self.flicker else 1.0
        colour = np.array(COLOURS[state.colour]) * state.brightness * dim
        picture = np.broadcast_to(colour.astype(np.uint8), (*self.image_size, 3)).copy()
        return View(picture, "" if state.looks else "which colour ?")

    def expert_action(self) -> str:
        """Look, then name; an expert that errs always says red."""
        thought = "I see a dark red colour ." if self.parser.thought else ""
        if self.state.looks < self.expert_looks:
            return self.parser.write("look", {}, thought)
        named = "red" if self._expert_errs else self.state.colour
        return self.parser.write("name", {"colour": named}, thought)

    def vocabulary(self) -> Iterable[str]:
        """Give the few words there are."""
        return [WORDS, " ".join(COLOURS)]


if COLOUR not in gym.registry:
    gym.register(COLOUR, entry_point=ColourEnv, max_episode_steps=3)


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

    with RunLog(folder, quiet=True, silent=not learners.first) as log:
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
