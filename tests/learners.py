"""Train the toy in as many processes as torchrun has started.

Arguments: a folder, and runs: ``ddp/RUN`` or ``fsdp/RUN``. The last weights of a run are written to
``FOLDER/ddp/RUN.pt``. What a run does is told by its name: an algorithm, or

- ``fault``: GRPO, and a process other than the first runs out of memory in a backward pass;
- ``run``: a whole run as examples/train.py makes it;
- ``pictures``: nothing is trained: two processes weigh episodes, and only one sees new pictures.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import torch

from algorithms.distributed import Learners, Replicas, join
from algorithms.grpo import GRPO, GRPOConfig
from algorithms.run import RunConfig, _run
from algorithms.sft import SFTConfig
from algorithms.vl_dac import VLDACConfig
from policies.vlm import VLMPolicy
from tests.toys import COLOUR, context, fail, toy_policy, train_toy, weights

UPDATES = 4
TOKENS = 60
"""Of a micro-batch: so few that a process makes several passes, and not as many as the other."""


def train_slowly(name: str, folder: Path, updates: int = UPDATES, **options: Any) -> VLMPolicy:
    """Train with small steps: they leave rounding no room to grow."""
    options["learning_rate"] = 2e-4
    if name == "vl_dac":
        options["value_learning_rate"] = 1e-3
    return train_toy(name, folder, updates, UPDATES, **options)


def train_one(run: str, folder: Path, learners: Learners) -> None:
    """Do a run, or go on with it, and write its last weights."""
    if run == "run":
        _run(config(folder / run), learners)
        return
    policy, name = toy_policy(), run
    if run == "pictures":
        found = weigh_pictures(policy, learners)
        if learners.first:
            torch.save(found, folder / f"{run}.pt")
        return
    if run == "fault":
        name = "grpo"
        if learners.rank == 1:
            fail("backward", policy, 3, torch.OutOfMemoryError("CUDA out of memory"))
    train_slowly(name, folder / run, policy=policy, learners=learners, microbatch_tokens=TOKENS)
    if learners.first:
        torch.save(weights(policy), folder / f"{run}.pt")


def weigh_pictures(policy: VLMPolicy, learners: Learners) -> dict[str, tuple[Any, Any]]:
    """Add up the gradients of an episode with new pictures and one without, a process each.

    Returns:
        For each weight the gradient of the two, and what it should be.
    """
    episodes = [context(shades, policy) for shades in ((0, 60, 120), (90, 90, 90))]
    for episode in episodes:
        episode.answer(policy.act([episode])[0])
    sum(policy.evaluate(e.generations).logprobs.sum() for e in episodes).backward()  # type: ignore
    wanted = {name: weight.grad for name, weight in policy.model.named_parameters()}
    policy.zero_grad()
    algorithm = GRPO(policy, GRPOConfig())
    with learners.training(algorithm), learners.updating():
        weigher = algorithm.stepper.weigher
        weigher.evaluate(episodes[learners.rank].generations).logprobs.sum().backward()  # type: ignore
        came = {
            name: None if weight.grad is None else weight.grad.full_tensor()
            for name, weight in weigher.policy.model.named_parameters()  # type: ignore
        }
    return {name: (came[name], wanted[name]) for name in wanted}


def config(out: Path) -> RunConfig:
    """Give the options of a short whole run."""
    return RunConfig(
        env=COLOUR,
        env_kwargs='{"babble_reward": 0.01}',
        algo="vl_dac",
        out=out,
        sft_updates=2,
        rl_updates=2,
        tasks=3,
        group=5,
        demonstrations=9,
        eval_tasks=7,
        eval_every=1,
        quiet=True,
        sft=SFTConfig(learning_rate=2e-4),
        vl_dac=VLDACConfig(learning_rate=2e-4, value_learning_rate=1e-3, value_warmup=1),
    )


if __name__ == "__main__":
    torch.set_num_threads(1)
    with join("fsdp", "cpu") as shards:
        kinds = {"ddp": Replicas(shards.device), "fsdp": shards}
        for place in map(Path, sys.argv[2:]):
            train_one(place.name, Path(sys.argv[1]) / place.parent, kinds[str(place.parent)])
