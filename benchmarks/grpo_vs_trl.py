"""GRPO on one-turn tasks, ours and TRL's `GRPOTrainer`: what `throughput` times side by side.

Both train the same tiny model from the same weights on the same pictures, prompts and reward, with
the same group size, batch and answer length; one picture, one prompt, one answer.
"""

from __future__ import annotations

import os

os.environ.update(HF_HUB_OFFLINE="1", TRL_EXPERIMENTAL_SILENCE="1", TRANSFORMERS_VERBOSITY="error")

import tempfile
import time
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
from PIL import Image

import vl_envs  # noqa: F401 (registers the environments)
from algorithms.grpo import GRPO, GRPOConfig
from algorithms.rollout import collect, make_envs
from policies.tiny import tiny_policy
from policies.vlm import VLMPolicy

ENV = "Bench/OneTurn-v0"
# One turn: the episode is over after the first answer, whatever it says.
_SMALL = gym.spec("VLTool/MatSearchSmall-v0")
gym.register(ENV, _SMALL.entry_point, max_episode_steps=1, kwargs=_SMALL.kwargs)


@dataclass(frozen=True)
class GRPOSize:
    """How much is trained.

    Attributes:
        tasks: prompts per update.
        group: answers per prompt.
        tokens: longest answer.
        updates: that are timed; one more goes before them.
    """

    tasks: int = 8
    group: int = 8
    tokens: int = 8
    updates: int = 20

    @property
    def samples(self) -> int:
        """Answers in all timed updates."""
        return self.updates * self.tasks * self.group


def start_policy(size: GRPOSize) -> VLMPolicy:
    """Make the untrained policy that both sides start from."""
    env: Any = gym.make(ENV).unwrapped
    return tiny_policy(env.vocabulary(), env.image_size[0], env.parser, size.tokens)


def ours(policy: VLMPolicy, size: GRPOSize) -> float:
    """Return samples per second of rollout and update together."""
    envs = make_envs(ENV, size.tasks * size.group)
    algorithm = GRPO(policy, GRPOConfig(truncated="reward"), size.updates + 1)

    def update(number: int) -> None:
        policy.seed(number)
        seeds = [number * 1000 + i for i in range(size.tasks) for _ in range(size.group)]
        episodes = collect(envs, policy, seeds)
        for episode in episodes:  # the reward of both sides
            episode.turns[0].reward = reward_of(episode.turns[0].generation.text)
        algorithm.update(episodes)

    update(0)
    began = time.perf_counter()
    for number in range(1, size.updates + 1):
        update(number)
    envs.close()
    return size.samples / (time.perf_counter() - began)


def reward_of(text: str) -> float:
    """Reward distinct words, so that no group is without signal and nothing is skipped."""
    return len(set(text.split())) / 8


def trl(policy: VLMPolicy, size: GRPOSize) -> float:
    """Return samples per second of `GRPOTrainer`, from its second step on."""
    from datasets import Dataset
    from transformers import TrainerCallback
    from trl.trainer.grpo_config import GRPOConfig as TRLConfig
    from trl.trainer.grpo_trainer import GRPOTrainer

    env: Any = gym.make(ENV)
    rows = [env.reset(seed=1000 + i)[0] for i in range(size.tasks * (size.updates + 1))]
    data = Dataset.from_dict(
        {
            "prompt": [[{"role": "user", "content": row["text"]}] for row in rows],
            "image": [Image.fromarray(row["image"]) for row in rows],
        }
    )

    def reward(completions: list[list[dict[str, str]]], **_: Any) -> list[float | None]:
        return [reward_of(completion[0]["content"]) for completion in completions]

    stamps: list[float] = []

    class Clock(TrainerCallback):
        def on_step_end(self, *_: Any, **__: Any) -> None:
            stamps.append(time.perf_counter())

    with tempfile.TemporaryDirectory() as folder:
        config = TRLConfig(
            output_dir=folder,
            use_cpu=True,
            bf16=False,
            fp16=False,
            per_device_train_batch_size=size.tasks * size.group,
            num_generations=size.group,
            max_completion_length=size.tokens,
            max_steps=size.updates + 1,
            learning_rate=5e-4,
            beta=0.0,
            temperature=1.0,
            report_to="none",
            save_strategy="no",
            logging_strategy="no",
            gradient_checkpointing=False,
            disable_tqdm=True,
            remove_unused_columns=False,
        )
        trainer = GRPOTrainer(
            model=policy.model.train(),
            reward_funcs=reward,
            args=config,
            train_dataset=data,
            processing_class=policy.processor,
            callbacks=[Clock()],
        )
        trainer.train()
    return size.samples / (stamps[-1] - stamps[0])
