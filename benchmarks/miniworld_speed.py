"""How fast MiniWorld's worlds are walked through: as installed, mended, and as an environment.

    pip install -c constraints.txt -e '.[train,miniworld]'
    python -m benchmarks.miniworld_speed

Each measurement is a process of its own; what is compared alternates, and a ratio is the median of
the ratios pair by pair. All make the same moves in the same worlds; resets are not counted.
"""

from __future__ import annotations

import cProfile
import importlib
import json
import os
import pstats
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import tyro

from benchmarks.rates import rate_row
from benchmarks.record import ROOT, write_result
from vl_envs.core.parser import Parser
from vl_envs.miniworld.simulator import Simulator
from vl_envs.miniworld.tasks import HANDS, TASKS

MOVES = 15
"""Moves that are made in each world: hardly ever enough to reach a goal."""
Act = Callable[[int], object]
"""Resets to a seed, or makes a move of MiniWorld's number."""


@dataclass(frozen=True)
class Options:
    """What is measured.

    Attributes:
        tasks: names of tasks.
        sides: of the square pictures, in pixels.
        repetitions: of each measurement.
        steps: in each.
        worker: internal: what a process of its own measures.
    """

    tasks: tuple[str, ...] = ("Hallway", "FourRooms", "Maze", "PickupObjects", "CollectHealth")
    sides: tuple[int, ...] = (224, 64)
    repetitions: int = 5
    steps: int = 600
    worker: str = ""


def raw(task: str, side: int) -> tuple[Act, Act]:
    """Make MiniWorld's own environment, just as it is installed."""
    importlib.import_module("pyglet").options["headless"] = True
    importlib.import_module("miniworld")
    size: dict[str, Any] = {"obs_width": side, "obs_height": side}
    env: Any = gym.make(f"MiniWorld-{task}-v0", **size).unwrapped
    return lambda seed: env.reset(seed=seed), lambda action: env.step(action)


def mended(task: str, side: int) -> tuple[Act, Act]:
    """Make the same world, mended: a move and a picture a step."""
    simulator = Simulator(task, counters=TASKS[task].counters)

    def reset(seed: int) -> None:
        simulator.build(seed)
        simulator.view(side, side)

    def step(action: int) -> None:
        simulator.step(action)
        simulator.view(side, side)

    return reset, step


def environment(task: str, side: int) -> tuple[Act, Act]:
    """Make the whole environment: text in, picture and text out."""
    importlib.import_module("vl_envs")
    env = gym.make(f"VLMiniWorld/{task}-v0", image_size=side)
    parser: Parser = env.get_wrapper_attr("parser")
    words = [parser.write(name, {}, "ahead") for name in HANDS if name in parser.commands]
    return lambda seed: env.reset(seed=seed), lambda action: env.step(words[action])


KINDS = {"raw": raw, "mended": mended, "environment": environment}


def walk(kind: str, task: str, side: int, steps: int) -> dict[str, Any]:
    """Take steps; return how many a second, and in which parts the time goes."""
    reset, step = KINDS[kind](task, side)
    # Ahead more often than not.
    actions = np.random.default_rng(0).choice([0, 1, 2, 2], size=steps + MOVES)
    spent = 0.0
    for number, action in enumerate(actions):
        if number % MOVES == 0:
            reset(number)
        began = time.perf_counter()
        try:
            step(int(action))
        except gym.error.ResetNeeded:  # a goal was near
            reset(number + 1)
            continue
        if number >= MOVES:  # the first world warms up
            spent += time.perf_counter() - began
    profile = cProfile.Profile()
    if kind == "environment":
        reset(0)
        profile.enable()
        for action in actions[:MOVES]:
            step(int(action))
        profile.disable()
    return {"rate": steps / spent, "parts": parts(profile) if kind == "environment" else {}}


def parts(profile: cProfile.Profile) -> dict[str, float]:
    """Sum up where a profile's time went, as shares."""
    stats: Any = pstats.Stats(profile)
    total = stats.total_tt
    wanted = {"drawing": "_draw", "of which reading back": "_resolve", "moving": "_apply"}
    wanted["reading the action"] = "_read"
    found = {}
    for what, function in wanted.items():
        times = [row[3] for (_, _, name), row in stats.stats.items() if name == function]
        found[what] = round(max(times, default=0.0) / total, 2)
    return found


def measure(kind: str, task: str, side: int, steps: int, threads: str = "") -> dict[str, Any]:
    """Measure in a process of its own."""
    given = json.dumps([kind, task, side, steps])
    command = [sys.executable, "-m", "benchmarks.miniworld_speed", "--worker", given]
    variables = {**os.environ, **({"LP_NUM_THREADS": threads} if threads else {})}
    done = subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, check=True
    )
    result: dict[str, Any] = json.loads(done.stdout.strip().split("\n")[-1])
    return result


def main(options: Options) -> None:
    """Measure everything and write the result."""
    if options.worker:
        print(json.dumps(walk(*json.loads(options.worker))))
        return
    rows, shares = [], {}
    for side in options.sides:
        for task in options.tasks:
            runs = []
            for _ in range(options.repetitions):
                runs.append({kind: measure(kind, task, side, options.steps) for kind in KINDS})
            rates = {kind: [run[kind]["rate"] for run in runs] for kind in KINDS}
            for kind, what in (("mended", "moves and pictures"), ("environment", "turns")):
                name = f"{what}/s of {task}, {side} x {side}"
                rows.append(rate_row(name, rates[kind], rates["raw"], "MiniWorld"))
                print(rows[-1], flush=True)
            shares[f"{task}, {side}"] = runs[-1]["environment"]["parts"]
    for side in options.sides:
        pairs = [
            [measure("mended", "Hallway", side, options.steps, n)["rate"] for n in ("0", "")]
            for _ in range(options.repetitions)
        ]
        name = f"moves and pictures/s of Hallway, {side} x {side}, LP_NUM_THREADS=0"
        columns = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
        rows.append(rate_row(name, *columns, "threads as they come"))
        print(rows[-1], flush=True)
    write_result(
        Path("benchmarks/results/miniworld_speed.json"), options, {"rows": rows, "shares": shares}
    )


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
