"""Stable-Baselines3 on two tasks of the suite, three seeds each, beside random and expert play.

    python -m benchmarks.sb3_ppo

Each seed is a run of examples/sb3_ppo.py. Blind players learn from black pictures: what they win
can be won without looking. Intervals (95%) are bootstrapped over seeds, then episodes.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
import tyro
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from algorithms.curves import COLOURS, GREY
from algorithms.files import write_atomically
from algorithms.run_log import read_records
from algorithms.statistics import bootstrap_interval
from benchmarks.record import ROOT, write_result
from examples.sb3_ppo import RECIPES, main
from examples.sb3_ppo import Options as Run

PICTURE = Path("docs/sb3_learning_curves.png")
Task = Literal["hallway", "ez_points"]


@dataclass(frozen=True)
class Options:
    """What is run.

    Attributes:
        seeds: of each task.
        tasks: names of the recipes.
        blind: those of them that are also learned blind.
        steps: of each run; 0 takes the recipe's own.
        eval_episodes: of each player.
        out: folder of the runs; finished ones in it are not run again.
    """

    seeds: tuple[int, ...] = (0, 1, 2)
    tasks: tuple[Task, ...] = ("hallway", "ez_points")
    blind: tuple[Task, ...] = ("hallway", "ez_points")
    steps: int = 0
    eval_episodes: int = 200
    out: Path = Path("outputs/benchmark_sb3_ppo")


def run(options: Options) -> None:
    """Run what is missing, then write all results and draw the curves."""
    rows: list[dict[str, Any]] = []
    details: dict[str, Any] = {}
    figure = Figure(figsize=(9, 3.4), dpi=150, layout="constrained")
    panels = figure.subplots(1, len(options.tasks), sharey=True, squeeze=False)[0]
    for task, panel in zip(options.tasks, panels, strict=True):
        learner, env_id = RECIPES[task].algorithm.__name__, RECIPES[task].env_id
        runs = {learner: _runs(options, task, blind=False)}
        if task in options.blind:
            runs[f"{learner}, blind"] = _runs(options, task, blind=True)
        found = {name: [_summary(folder) for folder in folders] for name, folders in runs.items()}
        players = {"random": [one["players"]["random"] for one in found[learner]]}
        for name in reversed(runs):
            players[name] = [one["players"][learner] for one in found[name]]
        players["expert"] = [one["players"]["expert"] for one in found[learner]]
        rows += [_row(env_id, name, seeds) for name, seeds in players.items()]
        details[task] = found
        _draw(panel, env_id, runs, players["random"])
    result = {"rows": rows, "details": details}
    write_result(Path("benchmarks/results/sb3_ppo.json"), options, result)
    panels[0].set_ylabel("success of training episodes")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    write_atomically(ROOT / PICTURE, buffer.getvalue())
    for row in rows:
        print(row)


def _runs(options: Options, task: Task, blind: bool) -> list[Path]:
    """Run the seeds that are not done; return their folders."""
    folders = []
    for seed in options.seeds:
        folder = options.out / f"{task}{'_blind' * blind}_{seed}"
        if (folder / "summary.json").exists():
            _check(_summary(folder), options.steps or RECIPES[task].steps, options, folder)
        else:
            main(
                Run(
                    task,
                    folder,
                    seed,
                    options.steps,
                    eval_episodes=options.eval_episodes,
                    blind=blind,
                    quiet=True,
                )
            )
        folders.append(folder)
    return folders


def _check(summary: Mapping[str, Any], steps: int, options: Options, folder: Path) -> None:
    """Refuse a finished run of another length: it would be told as one of this length."""
    tested = {len(one["episodes"]) for one in summary["players"].values()}
    if summary["steps"] < steps or tested != {options.eval_episodes}:
        raise RuntimeError(
            f"{folder} holds a run of {summary['steps']} steps, tested in {tested} episodes; "
            f"wanted are {steps} and {options.eval_episodes}: delete it, or give another --out"
        )


def _summary(folder: Path) -> dict[str, Any]:
    summary: dict[str, Any] = json.loads((folder / "summary.json").read_text())
    return summary


def _row(env_id: str, player: str, seeds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Say how a player did: means over seeds, and the interval of its success."""
    episodes = [np.array(one["episodes"]) for one in seeds]
    low, high = bootstrap_interval(episodes, rng=np.random.default_rng(0))
    mean = np.mean([one.mean() for one in episodes])
    return {
        "environment": f"`{env_id}`",
        "player": player,
        "success": f"{mean:.2f} [{low:.2f}, {high:.2f}]",
        "return": round(float(np.mean([one["return"] for one in seeds])), 2),
        "turns": round(float(np.mean([one["length"] for one in seeds])), 1),
    }


def _draw(
    panel: Axes, env_id: str, runs: Mapping[str, Sequence[Path]], chance: Sequence[Any]
) -> None:
    """Draw the mean over seeds, with a band from the worst to the best."""
    for (name, folders), colour in zip(runs.items(), COLOURS, strict=False):
        steps, success = _curves(folders)
        panel.plot(steps, success.mean(axis=0), color=colour, linewidth=1.5, label=name)
        low, high = success.min(axis=0), success.max(axis=0)
        panel.fill_between(steps, low, high, color=colour, alpha=0.2, linewidth=0)
    level = float(np.mean([one["success"] for one in chance]))
    panel.axhline(level, color=GREY, linestyle="--", linewidth=1, label="random")
    panel.set_title(env_id, fontsize=10)
    panel.set_xlabel("steps of the environments")
    panel.set_ylim(-0.03, 1.03)
    panel.legend(frameon=False, fontsize=8.5, loc="upper left")
    panel.spines[["top", "right"]].set_visible(False)


def _curves(folders: Sequence[Path], window: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Read steps [rollouts] and success [seeds, rollouts], each the mean of ``window`` rollouts."""
    curves = []
    steps: list[float] = []
    for folder in folders:
        rows = [r for r in read_records(folder / "metrics.jsonl") if "rollout/success" in r]
        steps = [float(str(r["steps"])) for r in rows]
        raw = np.array([float(str(r["rollout/success"])) for r in rows])
        curves.append([raw[max(0, i + 1 - window) : i + 1].mean() for i in range(len(raw))])
    return np.array(steps), np.array(curves)


if __name__ == "__main__":
    torch.set_num_threads(1)
    run(tyro.cli(Options, description=__doc__))
