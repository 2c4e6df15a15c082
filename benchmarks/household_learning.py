"""VL-DAC and GRPO on household tasks: success and invalid actions over turns, three seeds each.

    python -m benchmarks.household_learning                                # all, one after another
    python -m benchmarks.household_learning --methods VL-DAC --seeds 0 1   # a part of the runs

A tiny model first imitates: half of the demonstrations know where everything is, half look for it,
and both are careless. That one checkpoint is where every method and every seed begins. What is
finished is read back, and what was stopped goes on; the call with all methods writes
benchmarks/results/household_learning.json and draws docs/alfworld/learning.png.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import tyro
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, PercentFormatter

from algorithms.curves import COLOURS, INK
from algorithms.evaluate import EVALUATION_SEEDS, evaluate
from algorithms.files import write_atomically
from algorithms.rollout import Episode, collect
from algorithms.run_log import RunLog
from algorithms.sft import SFT, Demonstrator, SFTConfig
from algorithms.statistics import bootstrap_interval
from algorithms.train import TrainConfig, train
from benchmarks.record import write_result
from benchmarks.vl_dac_runs import ENVS, GROUP, Method, World, open_env, vector
from policies.tiny import tiny_policy
from policies.vlm import VLMPolicy

RESULT = Path("benchmarks/results/household_learning.json")
FIGURE = Path("docs/alfworld/learning.png")
HISTORY = 1
"""Past turns that the model sees beside the goal."""
TASKS = 100
"""Held-out episodes of an evaluation on the way; at the end there are twice as many."""
PASSES, PARTS = 40, 2
"""Imitation takes so many passes at most, and looks so often in a pass whether it is enough."""
LONGEST = 10
"""Tokens of the longest answer: ``<act> move soapbottle to countertop 1 </act>`` has seven."""
METHODS: dict[str, Method] = {
    "VL-DAC": Method(),
    "GRPO": Method("grpo", {"kl_weight": 0.01, "learning_rate": 5e-4}),
}
WORLD = World(
    "VLAlfworld/PickAndPlace-v0",
    {
        "rooms": ("bathroom",),
        "image_size": 48,
        "numbered": False,
        "thought": False,
        "prompt": "brief",
        "shaping": 0.5,
        "invalid_penalty": 0.1,
        "max_episode_steps": 30,
    },
    test={"split": "valid_unseen"},
    careless=0.4,
    demonstrations=6000,
    cold=0.3,
    budget=48_000,
)
CURVES = {"success": "success, new rooms", "invalid": "invalid actions"}
"""What is drawn, and how the axis is called."""


@dataclass(frozen=True)
class Options:
    """What is run.

    Attributes:
        seeds: of the trainings; the cold start is the same for all.
        methods: of `METHODS`; the result is written by the call that names all.
        out: folder of the runs.
    """

    seeds: tuple[int, ...] = (0, 1, 2)
    methods: tuple[str, ...] = tuple(METHODS)
    out: Path = Path("outputs/household_learning")


def main(options: Options) -> dict[str, Any]:
    """Run what is missing; return the numbers, and write them where all methods are named."""
    torch.set_num_threads(1)
    start = cold_start(options)
    found: dict[str, list[dict[str, Any]]] = {}
    for seed in options.seeds:
        for name in options.methods:
            found.setdefault(name, []).append(run(options, name, seed))
            print(f"{name}, seed {seed}: {np.mean(found[name][-1]['sampled']):.2f}", flush=True)
    rows = [_row("cold start", [start]), *(_row(name, found[name]) for name in found)]
    result = {"rows": rows, "cold start": start, "runs": found}
    if set(options.methods) == set(METHODS):
        write_result(RESULT, options, result)
        draw(found, FIGURE)
    return result


# The cold start.


def cold_start(options: Options) -> dict[str, Any]:
    """Imitate until `World.cold`; return what the policy that is saved then can do.

    Raises:
        RuntimeError: imitation did not get there.
    """
    folder, setup = options.out / "cold", str(WORLD)
    done = folder / "cold.json"
    if finished := _finished(done, setup):
        return finished
    with closing(open_env(WORLD)) as env:
        policy = tiny_policy(
            env.vocabulary(),
            WORLD.kwargs["image_size"],
            env.parser,
            max_new_tokens=LONGEST,
            grid=2,
            text_first=True,
            vision_layers=1,
        )
    shown = _demonstrations(policy)
    config = SFTConfig(learning_rate=1e-3, warmup=1, minibatch=2)
    sft, curve = SFT(policy, config, PASSES * PARTS), []
    began = time.perf_counter()
    with closing(vector(WORLD, ENVS)) as test:
        for part in range(PASSES * PARTS):
            loss = sft.update(shown[part % PARTS :: PARTS]).get("loss/policy", 0.0)
            # In the rooms of training, and sampled otherwise than in what is reported.
            result = evaluate(test, policy, TASKS, history=HISTORY, seed=TASKS)
            curve.append(result.success)
            minutes = (time.perf_counter() - began) / 60
            print(
                f"{(part + 1) / PARTS:.1f} passes: loss {loss:.3f}, success {result.success:.2f}, "
                f"valid {result.valid:.2f}, {minutes:.1f} minutes",
                flush=True,
            )
            if result.success >= WORLD.cold:
                policy.save(folder)
                record = {"setup": setup, "imitation": curve, **_final(policy, 0)}
                write_atomically(done, json.dumps(record).encode())
                return record
    raise RuntimeError(f"imitation came to {curve}, not to {WORLD.cold}")


def _demonstrations(policy: VLMPolicy) -> list[Episode]:
    """Let both experts play, each for half of the turns."""
    rng = np.random.default_rng(0)
    episodes = []
    for expert in ("planner", "explorer"):
        seeds = iter(rng.integers(EVALUATION_SEEDS, size=100_000).tolist())
        with closing(vector(WORLD, expert=expert, expert_error=WORLD.careless)) as envs:
            actor, turns = Demonstrator(policy, envs), WORLD.demonstrations // 2
            episodes += collect(envs, actor, seeds, history=HISTORY, turns=turns)
    return episodes


# A training.


def run(options: Options, name: str, seed: int) -> dict[str, Any]:
    """Train once from the cold start; return curve and final evaluation, read back if finished."""
    method, folder = METHODS[name], options.out / "runs" / name / str(seed)
    setup = f"{WORLD} {method.config(WORLD)}"
    if finished := _finished(folder / "result.json", setup):
        return finished
    with closing(open_env(WORLD)) as env:
        cold = options.out / "cold"
        policy = VLMPolicy.load(cold, parser=env.parser, max_new_tokens=LONGEST)
    algorithm = method.begin(WORLD, policy, seed)
    updates = max(2, round(WORLD.budget / (1.15 * WORLD.turns)))
    plan = TrainConfig(
        updates=10 * updates,
        turns=WORLD.turns,
        budget=WORLD.budget,
        group=GROUP if name == "GRPO" else 1,
        history=HISTORY,
        evaluate_every=max(1, updates // 7),
        checkpoint_every=2,
        seed=seed,
    )

    def evaluation() -> dict[str, float]:
        result = evaluate(test, policy, TASKS, history=HISTORY, seed=seed)
        return result.metrics("eval/held_out/sampled/")

    with ExitStack() as stack:
        envs = stack.enter_context(closing(vector(WORLD, ENVS)))
        test = stack.enter_context(closing(vector(WORLD, ENVS, **WORLD.test)))
        log = stack.enter_context(RunLog(folder, quiet=True))
        train(algorithm, envs, folder / "train", plan, log=log, evaluation=evaluation)
        records = log.records()
    policy.save(folder / "policy")
    result = {"setup": setup, **_summary(records), **_final(policy, seed)}
    write_atomically(folder / "result.json", json.dumps(result).encode())
    return result


def _final(policy: VLMPolicy, seed: int) -> dict[str, Any]:
    """Evaluate on twice as many held-out episodes, sampled and greedy."""
    found: dict[str, Any] = {}
    with closing(vector(WORLD, ENVS, **WORLD.test)) as test:
        for mode in ("sampled", "greedy"):
            result = evaluate(
                test,
                policy,
                2 * TASKS,
                greedy=mode == "greedy",
                history=HISTORY,
                seed=seed + 1000,
            )
            found[mode] = result.per_task
            found[f"{mode}/invalid"] = 1 - result.valid
            found[f"{mode}/turns"] = result.length
    return found


def _finished(done: Path, setup: str) -> dict[str, Any]:
    """Read what a finished run left, {} if there is none.

    Raises:
        RuntimeError: it is a run of other settings.
    """
    if not done.is_file():
        return {}
    read: dict[str, Any] = json.loads(done.read_text())
    if read["setup"] != setup:
        raise RuntimeError(
            f"{done.parent} holds a run of other settings: delete it, or give another --out.\n"
            f"there: {read['setup']}\nhere:  {setup}"
        )
    return read


def _summary(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    key = "eval/held_out/sampled/"
    tested = [record for record in records if f"{key}success" in record]
    trained = [record for record in records if "time/rollout" in record]
    return {
        "success": [(record["turns"], record[f"{key}success"]) for record in tested],
        "invalid": [(record["turns"], 1 - record[f"{key}valid"]) for record in tested],
        "training/success": [(r["turns"], r["rollout/success"]) for r in trained],
        "training/invalid": [(r["turns"], 1 - r["rollout/valid"]) for r in trained],
        "turns": trained[-1]["turns"],
        "minutes": sum(r["time/rollout"] + r["time/update"] for r in trained) / 60,
    }


# Table and figure.


def _row(name: str, runs: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return {
        "method": name,
        "success, sampled": _cell([one["sampled"] for one in runs]),
        "each seed": " ".join(f"{np.mean(one['sampled']):.2f}".lstrip("0") for one in runs),
        "success, greedy": _cell([one["greedy"] for one in runs]),
        "invalid actions, sampled": f"{np.mean([one['sampled/invalid'] for one in runs]):.2f}",
        "turns an episode": f"{np.mean([one['sampled/turns'] for one in runs]):.1f}",
        "turns of training": f"{np.mean([one.get('turns', 0) for one in runs]):.0f}",
    }


def _cell(seeds: Sequence[Sequence[float]]) -> str:
    low, high = bootstrap_interval(seeds, rng=np.random.default_rng(0))
    return f"{np.mean([np.mean(one) for one in seeds]):.2f} [{low:.2f}, {high:.2f}]"


def draw(found: Mapping[str, Sequence[Mapping[str, Any]]], output: Path) -> None:
    """Draw a panel for each of `CURVES`: a line for each method, a band from worst to best seed."""
    figure = Figure(figsize=(9.2, 3.6), dpi=150, layout="constrained")
    for panel, (key, label) in zip(figure.subplots(1, len(CURVES)), CURVES.items(), strict=True):
        panel.spines[["top", "right"]].set_visible(False)
        panel.grid(axis="y", color="#d9dce1", linewidth=0.6)
        panel.yaxis.set_major_formatter(PercentFormatter(1.0))
        panel.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x / 1000:g}k"))
        panel.tick_params(labelsize=8.5, colors=INK)
        for (name, runs), colour in zip(found.items(), COLOURS, strict=False):
            xs = np.linspace(0, min(one[key][-1][0] for one in runs), 40)
            ys = np.array([np.interp(xs, *np.array(one[key]).T) for one in runs])
            panel.plot(xs, ys.mean(0), color=colour, linewidth=1.8, label=name)
            panel.fill_between(xs, ys.min(0), ys.max(0), color=colour, alpha=0.15, linewidth=0)
        panel.set_ylim(bottom=0)
        panel.set_xlabel("turns", fontsize=9)
        panel.set_ylabel(label, fontsize=9)
        panel.legend(frameon=False, fontsize=9)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    output.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(output, buffer.getvalue())


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
