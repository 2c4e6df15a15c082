"""How long do 4 pictures of 448 x 448 pixels and their texts take to cross in `AsyncVectorEnv`?

Measured side by side in one run: through shared memory (`FreeText`'s own), and through the pipe.
The environments do nothing, so that the time of a step is that of the crossing: actions out,
observations in, and the copy of the batch that Gymnasium hands out.

    python -m benchmarks.free_text
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import tyro
from gymnasium.vector import AsyncVectorEnv

from benchmarks.record import write_result
from vl_envs.core.env import MAX_TEXT
from vl_envs.core.spaces import FreeText

RESULT = Path("benchmarks/results/free_text.json")
ENVS, SIDE, CHARACTERS = 4, 448, 2000


@dataclass
class Options:
    """How much is measured.

    Attributes:
        repetitions: of every kind of crossing, in turn.
        steps: timed in each repetition.
        warm_up: steps before them.
    """

    repetitions: int = 7
    steps: int = 200
    warm_up: int = 20


class Idle(gym.Env[dict[str, Any], str]):
    """Has its observations ready: another picture and another text in every step."""

    def __init__(self) -> None:
        image = gym.spaces.Box(0, 255, (SIDE, SIDE, 3), np.uint8)
        self.observation_space = gym.spaces.Dict(image=image, text=FreeText(MAX_TEXT))
        self.action_space = FreeText(MAX_TEXT)
        noise = np.random.default_rng(0).integers(0, 256, (2, SIDE, SIDE, 3), dtype=np.uint8)
        self.ready = [
            {"image": picture, "text": letter * CHARACTERS}
            for picture, letter in zip(noise, "aé", strict=True)
        ]
        self.turn = 0

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Hand out the first observation."""
        self.turn = 0
        return self.ready[0], {}

    def step(self, action: str) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Hand out the next observation."""
        self.turn += 1
        return self.ready[self.turn % 2], 0.0, False, False, {}


def milliseconds_a_step(envs: AsyncVectorEnv[Any, Any], options: Options) -> float:
    """Step ``envs`` and return the mean time of a step, every text looked at, in ms."""
    actions = ("<think>" + "x" * 200 + "</think><answer>y</answer>",) * ENVS
    envs.reset(seed=0)
    for turn in range(1, options.warm_up + options.steps + 1):
        if turn == options.warm_up + 1:
            start = time.perf_counter()
        observation = envs.step(actions)[0]
        assert all(text[0] == "aé"[turn % 2] for text in observation["text"])
    return (time.perf_counter() - start) / options.steps * 1000


def measure(options: Options) -> dict[str, list[float]]:
    """Measure all kinds in turn, again and again, so that a busy moment hits them alike."""
    kinds = {
        "shared memory": partial(AsyncVectorEnv),
        "shared memory, copy=False": partial(AsyncVectorEnv, copy=False),
        "pipe": partial(AsyncVectorEnv, shared_memory=False),
    }
    times: dict[str, list[float]] = {name: [] for name in kinds}
    for _ in range(options.repetitions):
        for name, make in kinds.items():
            envs = make([Idle] * ENVS)
            times[name].append(milliseconds_a_step(envs, options))
            envs.close()
    return times


def main(options: Options) -> None:
    """Measure, print a table, and write `RESULT`."""
    times = measure(options)
    pipe = statistics.median(times["pipe"])
    rows = [
        {
            "crossing": name,
            "ms_per_step": round(statistics.median(values), 3),
            "fastest": round(min(values), 3),
            "slowest": round(max(values), 3),
            "pipe_over_this": round(pipe / statistics.median(values), 1),
        }
        for name, values in times.items()
    ]
    for row in rows:
        print(*(f"{key} {value}" for key, value in row.items()), sep="  ")
    what = f"a step of {ENVS} x {SIDE} x {SIDE} x 3 bytes and {CHARACTERS} characters each, median"
    raw = {name: [round(value, 3) for value in values] for name, values in times.items()}
    write_result(RESULT, options, {"what": what, "rows": rows, "repetitions_ms": raw})
    print(f"written to {RESULT}")


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
