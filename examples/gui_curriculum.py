"""GUI Exploration Lab's experiment in small: imitation, then single-turn RL, then multi-turn RL.

    python examples/gui_curriculum.py                # some ten minutes on one CPU core
    python examples/gui_curriculum.py --seed 1 --out outputs/gui_curriculum_1

A tiny vision-language model learns its way through an app of 16 screens whose icons stand somewhere
else in every episode. It imitates in one subtree of the app, learns by reinforcement in another
(first single steps, paid for their parts; then whole ways, paid on arrival), and is asked in the
third, too, which it never saw. After each stage the same questions are asked: is the next step
right (edge accuracy), and is the goal reached (Pass@1 greedy, Pass@5 of five samples)?
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym
import torch
import tyro
from rich.console import Console
from rich.table import Table

import vl_envs  # noqa: F401 (registers the environments)
from algorithms.curves import learning_curve
from algorithms.evaluate import Result, evaluate
from algorithms.files import write_atomically
from algorithms.grpo import GRPO, GRPOConfig
from algorithms.report import write_html
from algorithms.rollout import make_envs
from algorithms.run import told_in_one_line
from algorithms.run_log import RunLog
from algorithms.sft import SFT, Demonstrator, SFTConfig
from algorithms.train import TrainConfig, train
from policies.context import NEWEST, Context
from policies.policy import Generation, Policy
from policies.tiny import tiny_policy
from policies.vlm import VLMPolicy

ENV = "VLGui/NavigateSmall-v0"
BLIND = "always back"
"""A player to compare with, who needs to see nothing."""
STAGES = ("imitation", "single-turn RL", "multi-turn RL")
EDGES = ("sft", "rl", "ood", "image", "position", "noise", "theme")
"""Splits on which the next step is asked for."""
PATHS = ("sft", "rl", "test", "ood")
"""Splits on which whole ways are asked for; ``test`` holds ways that no stage was trained on."""


@dataclass(frozen=True)
class Options:
    """The recipe.

    Attributes:
        out: output folder; what is finished in it is not done again.
        seed: of everything.
        imitation: updates of supervised training.
        demonstrations: expert episodes of each of them.
        expert_error: share of these in which the expert tries a wrong icon first: who never saw a
            detour is too sure of itself to explore later.
        single: updates of single-turn RL.
        multi: updates of multi-turn RL.
        tasks: tasks of an RL update.
        group: episodes of each task.
        temperature: of sampling while learning by reinforcement; high, for what was imitated is
            too sure of itself to explore.
        entropy: weight of the bonus for entropy in reinforcement.
        eval_tasks: tasks of each evaluation.
        quiet: no progress bars.
    """

    out: Path = Path("outputs/gui_curriculum")
    seed: int = 0
    imitation: int = 140
    demonstrations: int = 192
    expert_error: float = 0.2
    single: int = 100
    multi: int = 150
    tasks: int = 16
    group: int = 16
    temperature: float = 2.0
    entropy: float = 0.08
    eval_tasks: int = 128
    quiet: bool = False


class AlwaysBack:
    """Presses the arrow, wherever it is."""

    def act(self, contexts: Sequence[Context], greedy: bool = False) -> list[Generation]:
        """Answer each context in the same way."""
        return [Generation("<click> [125, 125] </click>") for _ in contexts]


def main(options: Options) -> dict[str, Any]:
    """Go through the stages; return each one's numbers."""
    torch.set_num_threads(1)
    env: Any = gym.make(ENV).unwrapped
    size, seed = env.image_size[0], options.seed
    policy = tiny_policy(env.vocabulary(), size, env.parser, seed=seed, text_first=True)
    found: dict[str, Any] = {BLIND: examine(AlwaysBack(), options)}
    with RunLog(options.out, options.quiet) as log:
        for stage in STAGES:
            _train(stage, policy, options, log)
            path = options.out / f"{stage.replace(' ', '_')}.json"
            if not path.exists():
                numbers = examine(policy, options)
                write_atomically(path, json.dumps(numbers, indent=1).encode())
            found[stage] = json.loads(path.read_text())
        policy.save(options.out / "policy")
        curve = options.out / "learning_curve.png"
        learning_curve(log.path, curve)
        shown = [
            (
                f"after {STAGES[-1]}, {split}",
                _ask(policy, options, {"split": split}, tasks=3).episodes,
            )
            for split in ("rl", "ood")
        ]
        write_html(shown, options.out / "episodes.html", ENV, curve)
    _print(found)
    return found


def _train(stage: str, policy: VLMPolicy, options: Options, log: RunLog) -> None:
    """Do one stage: what is learned from, and how."""
    count, seed = options.tasks * options.group, options.seed
    if stage == "imitation":
        # Half of the tasks are to press a named icon, anywhere: what a pretrained model knows.
        what: dict[str, Any] = {
            "split": "sft",
            "tasks": ("name", "icon"),
            "expert_error": options.expert_error,
        }
        envs = make_envs(ENV, options.demonstrations, **what)
        plan = TrainConfig(
            options.imitation, tasks=options.demonstrations, history=NEWEST, seed=seed
        )
        sft = SFT(
            policy,
            SFTConfig(minibatch=32, warmup=min(12, options.imitation - 1)),
            options.imitation,
            seed,
        )
        train(sft, envs, options.out / "sft", plan, log=log, actor=Demonstrator(policy, envs))
        return
    turns, updates = ("one", options.single) if stage == STAGES[1] else ("many", options.multi)
    envs = make_envs(ENV, count, split="rl", turns=turns)
    plan = TrainConfig(
        updates, tasks=options.tasks, group=options.group, history=NEWEST, seed=seed + 1
    )
    minibatch = 64 if turns == "one" else 256  # in turns: about 64 episodes of either
    config = GRPOConfig(entropy_weight=options.entropy, minibatch=minibatch)
    grpo = GRPO(policy, config, updates, seed)
    grpo.name = f"grpo_{turns}"
    policy.temperature = options.temperature
    train(grpo, envs, options.out / grpo.name, plan, log=log)
    policy.temperature = 1.0


def examine(policy: Policy, options: Options) -> dict[str, Any]:
    """Ask for next steps and for whole ways, in and out of distribution."""
    numbers: dict[str, Any] = {}
    for split in EDGES:
        result = _ask(policy, options, {"split": split, "turns": "one", "lengths": [1]})
        numbers[f"edges/{split}"] = {"success": result.success, "tasks": result.per_task}
    for split in PATHS:
        greedy = _ask(policy, options, {"split": split})
        sampled = _ask(policy, options, {"split": split}, samples=5)
        numbers[f"paths/{split}"] = {
            "pass@1": greedy.success,
            "pass@5": sampled.pass_at[5],
            "tasks": greedy.per_task,
            "tasks@5": [float(share > 0) for share in sampled.per_task],
            "turns": greedy.length,
            "by_length": {k: v._asdict() for k, v in greedy.by_label("path_length").items()},
        }
    return numbers


def _ask(
    policy: Policy,
    options: Options,
    kwargs: Mapping[str, Any],
    samples: int = 1,
    tasks: int | None = None,
) -> Result:
    tasks = tasks or options.eval_tasks
    envs = make_envs(ENV, min(256, tasks * samples), **kwargs)
    return evaluate(
        envs,
        policy,
        tasks,
        greedy=samples == 1,
        samples=samples,
        pass_at=(5,) if samples >= 5 else (),
        history=NEWEST,
        seed=options.seed,
    )


def _print(found: Mapping[str, Any]) -> None:
    table = Table("asked for", *found)
    for name in next(iter(found.values())):
        for measure in ("success", "pass@1", "pass@5"):
            if measure in next(iter(found.values()))[name]:
                cells = [f"{numbers[name][measure]:.3f}" for numbers in found.values()]
                table.add_row(f"{name} {measure}", *cells)
    Console().print(table)


if __name__ == "__main__":
    options = tyro.cli(Options, description=__doc__)
    with told_in_one_line():
        main(options)
