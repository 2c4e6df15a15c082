"""Evaluate a policy on held-out tasks: success, return, valid turns, length, Pass@k.

python examples/evaluate.py --policy outputs/quickstart/policy
python examples/evaluate.py --policy expert --env VLTool/MatSearch-v0 --env-kwargs '{}'
python examples/evaluate.py --policy outputs/quickstart/policy --samples 8 --pass-at 1 8
python examples/evaluate.py --policy random --env VLGui/Navigate-v0 --by path_length
python examples/evaluate.py --policy openai:http://localhost:8000/v1#MODEL --max-new-tokens 1024
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import torch
import tyro
from rich.console import Console
from rich.table import Table

import vl_envs  # noqa: F401 (registers the environments)
from algorithms.evaluate import evaluate
from algorithms.rollout import make_envs
from algorithms.run import read_kwargs, told_in_one_line
from policies import smollm2
from policies.api import SCHEME, EndpointPolicy, endpoint
from policies.policy import Policy
from policies.scripted import ExpertPolicy, RandomPolicy
from policies.vlm import VLMPolicy

_LIMITS = ("max_new_tokens", "temperature", "max_context", "max_pictures", "max_pixels")


@dataclass(frozen=True)
class Options:
    """What is evaluated, and how.

    Attributes:
        policy: a folder with a model, ``smollm2``, ``expert``, ``random``, or
            ``openai:URL#MODEL``: a model behind an OpenAI-compatible server.
        env: a registered id.
        env_kwargs: keyword arguments of the environment, as JSON.
        tasks: fixed tasks, the same in every evaluation.
        samples: episodes of each task.
        pass_at: the k of Pass@k, each at most ``samples``.
        greedy: the most likely answers instead of samples.
        by: labels of tasks by which success is broken down, such as ``path_length``.
        history: past turns the policy sees; None is all. This and what follows should be what they
            were in training.
        max_new_tokens: longest answer, in tokens.
        temperature: of sampling.
        max_context: tokens of a prompt with its answer; None is what the model was made for. This
            and the next three are of models that are read here, not of servers.
        max_pictures: in a prompt; None is any number.
        max_pixels: of a picture; larger ones are made smaller.
        dtype: of the model's weights: ``auto`` (as they were saved), ``float32``, ``bfloat16``.
        envs: environments side by side; None is as many as episodes, but no more than 256.
        seed: of sampling.
        device: where the model lies: ``auto`` (a GPU if there is one), ``cpu``, ``cuda`` …
    """

    policy: str
    env: str = "VLTool/MatSearchSmall-v0"
    env_kwargs: str = "{}"
    tasks: int = 256
    samples: int = 1
    pass_at: tuple[int, ...] = ()
    greedy: bool = False
    by: tuple[str, ...] = ()
    history: int | None = None
    max_new_tokens: int = 8
    temperature: float = 1.0
    max_context: int | None = None
    max_pictures: int | None = None
    max_pixels: int | None = None
    dtype: str = "auto"
    envs: int | None = None
    seed: int = 0
    device: str = "auto"


def main(options: Options) -> None:
    """Evaluate and print a table."""
    torch.set_num_threads(1)
    kwargs = read_kwargs(options.env_kwargs)
    count = min(options.tasks * options.samples, options.envs or 256)
    envs = make_envs(options.env, count, **kwargs)
    env: Any = gym.make(options.env, **kwargs).unwrapped
    policy: Policy
    if options.policy == "expert":
        policy = ExpertPolicy(envs)
    elif options.policy == "random":
        policy = RandomPolicy(env.parser, options.seed)
    elif options.policy.startswith(SCHEME):
        asked = {"max_tokens": options.max_new_tokens, "temperature": options.temperature}
        policy = endpoint(options.policy, **asked)
    else:
        name = options.policy
        name = smollm2.name_for(max(env.image_size)) if name == smollm2.NAME else name
        limits = {limit: getattr(options, limit) for limit in _LIMITS}
        model = VLMPolicy.load(name, options.dtype, parser=env.parser, **limits)
        found = "cuda" if torch.cuda.is_available() else "cpu"
        policy = model.to(found if options.device == "auto" else options.device)
    result = evaluate(
        envs,
        policy,
        options.tasks,
        greedy=options.greedy,
        samples=options.samples,
        pass_at=options.pass_at,
        history=options.history,
        seed=options.seed,
    )
    table = Table("measure", "value", title=f"{options.policy} on {options.env}")
    for name, value in result.metrics("").items():
        table.add_row(name, f"{value:.3f}")
    for name in options.by:
        for label, (success, (low, high), tasks) in result.by_label(name).items():
            shown = f"{success:.3f} [{low:.2f}, {high:.2f}] of {tasks}"
            table.add_row(f"success, {name} {label}", shown)
    Console().print(table)
    if isinstance(policy, EndpointPolicy):
        Console().print(policy.usage)


if __name__ == "__main__":
    options = tyro.cli(Options, description=__doc__)
    with told_in_one_line():
        main(options)
