"""GRPO samples per second, ours beside TRL's `GRPOTrainer`, alternating in one run.

Both train the same tiny model from the same weights on the same pictures, prompts and reward, with
the same group size, batch and answer length; one picture, one prompt, one answer.

    pip install -c constraints.txt -e '.[train,bench]'
    python -m benchmarks.grpo_vs_trl
"""

from __future__ import annotations

import os

os.environ.update(HF_HUB_OFFLINE="1", TRL_EXPERIMENTAL_SILENCE="1", TRANSFORMERS_VERBOSITY="error")

import copy
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym
import torch
import tyro
from PIL import Image

import vl_envs  # noqa: F401 (registers the environments)
from algorithms.grpo import GRPO, GRPOConfig
from algorithms.rollout import collect, make_envs
from benchmarks.record import write_result
from policies.tiny import tiny_policy

ENV = "Bench/OneTurn-v0"
# One turn: the episode is over after the first answer, whatever it says.
_SMALL = gym.spec("VLTool/MatSearchSmall-v0")
gym.register(ENV, _SMALL.entry_point, max_episode_steps=1, kwargs=_SMALL.kwargs)


@dataclass(frozen=True)
class Options:
    """What is compared.

    Attributes:
        tasks: prompts per update.
        group: answers per prompt.
        tokens: longest answer.
        updates: per repetition.
        repetitions: of both, in turn.
        threads: of torch.
    """

    tasks: int = 8
    group: int = 8
    tokens: int = 8
    updates: int = 20
    repetitions: int = 3
    threads: int = 1


def ours(policy: Any, options: Options) -> float:
    """Return samples per second of rollout and update together."""
    envs = make_envs(ENV, options.tasks * options.group)
    algorithm = GRPO(policy, GRPOConfig(total_updates=options.updates + 1, truncated="reward"))

    def update(number: int) -> None:
        policy.seed(number)
        seeds = [number * 1000 + i for i in range(options.tasks) for _ in range(options.group)]
        episodes = collect(envs, policy, seeds)
        for episode in episodes:  # the reward of both sides
            episode.turns[0].reward = reward_of(episode.turns[0].generation.text)
        algorithm.update(episodes)

    update(0)
    began = time.perf_counter()
    for number in range(1, options.updates + 1):
        update(number)
    envs.close()
    return options.updates * options.tasks * options.group / (time.perf_counter() - began)


def reward_of(text: str) -> float:
    """Reward distinct words, so that no group is without signal and nothing is skipped."""
    return len(set(text.split())) / 8


def trl(policy: Any, options: Options) -> float:
    """Return samples per second of `GRPOTrainer`, from its second step on."""
    from datasets import Dataset
    from transformers import TrainerCallback
    from trl import GRPOConfig as TRLConfig
    from trl import GRPOTrainer

    env: Any = gym.make(ENV)
    rows = [env.reset(seed=1000 + i)[0] for i in range(options.tasks * (options.updates + 1))]
    data = Dataset.from_dict(
        {
            "prompt": [[{"role": "user", "content": row["text"]}] for row in rows],
            "image": [Image.fromarray(row["image"]) for row in rows],
        }
    )

    def reward(completions: list[list[dict[str, str]]], **_: Any) -> list[float]:
        return [reward_of(completion[0]["content"]) for completion in completions]

    stamps: list[float] = []

    class Clock(TrainerCallback):  # type: ignore[misc]
        def on_step_end(self, *_: Any, **__: Any) -> None:
            stamps.append(time.perf_counter())

    with tempfile.TemporaryDirectory() as folder:
        config = TRLConfig(
            output_dir=folder,
            use_cpu=True,
            bf16=False,
            fp16=False,
            per_device_train_batch_size=options.tasks * options.group,
            num_generations=options.group,
            max_completion_length=options.tokens,
            max_steps=options.updates + 1,
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
    return options.updates * options.tasks * options.group / (stamps[-1] - stamps[0])


def main(options: Options) -> None:
    """Measure both in turn and write the result."""
    torch.set_num_threads(options.threads)
    env: Any = gym.make(ENV).unwrapped
    start = tiny_policy(env.vocabulary(), env.image_size[0], env.parser, options.tokens)
    rates: dict[str, list[float]] = {"vl-envs": [], "trl": []}
    for _ in range(options.repetitions):
        rates["vl-envs"].append(ours(copy.deepcopy(start), options))
        rates["trl"].append(trl(copy.deepcopy(start), options))
        print({name: round(values[-1]) for name, values in rates.items()}, flush=True)
    pairs = zip(rates["vl-envs"], rates["trl"], strict=True)
    ratio = statistics.median(a / b for a, b in pairs)
    write_result(
        Path("benchmarks/results/grpo_vs_trl.json"),
        options,
        {
            "rows": [
                {
                    "GRPO with": name,
                    "samples/s (median)": round(statistics.median(values)),
                    "range": f"{min(values):.0f}-{max(values):.0f}",
                }
                for name, values in rates.items()
            ],
            "ratio": round(ratio, 2),
        },
    )
    print(f"ratio vl-envs / trl: {ratio:.2f}")


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
