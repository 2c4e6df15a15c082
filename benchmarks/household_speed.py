"""How fast household games are played: our engine, ALFWorld's own, and the whole environment.

    pip install -c constraints.txt -e '.[train,alfworld]'
    python -m benchmarks.household_speed

Both engines play the same games with the same commands, in turns, in one process; after each
command they say what happened, what can be done next and whether the game is won. ALFWorld's
engine is always given games that were made before; ours makes its own in two of the rows. Ratios
are medians of the ratios pair by pair. ALFWorld's engine is measured as it is installed, and once
more with what it parses of its grammar remembered.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import gymnasium as gym
import numpy as np
import tyro

import vl_envs  # noqa: F401 (registers the environments)
from benchmarks.household_parity import OurGame, random_command
from benchmarks.rates import rate_row
from benchmarks.real_alfworld import RealGame, Seen, game_data, remembered_grammar
from benchmarks.record import write_result
from vl_envs.alfworld.goals import TASKS
from vl_envs.alfworld.homes import Home, chances, make_home, wishes_of
from vl_envs.alfworld.pddl import write_problem
from vl_envs.alfworld.plans import plan_of

ENV = "VLAlfworld/All-v0"


@dataclass(frozen=True)
class Options:
    """What is measured.

    Attributes:
        repetitions: of each measurement, each with a game of every task.
        steps: in each game.
        turns: of the whole environment in each repetition.
        homes: of ours that are made one after another in each repetition, as in a training.
        seed: of the games.
    """

    repetitions: int = 5
    steps: int = 20
    turns: int = 2000
    homes: int = 600
    seed: int = 0


def draw(seed: int, task: str) -> tuple[Home, OurGame, Seen]:
    """Make a new game of ours, and begin it."""
    home = make_home(np.random.default_rng(seed), (task,), "train")
    game = OurGame(home.house, home.state, home.wish)
    return home, game, game.reset()


def resets_per_minute(seed: int, real: bool) -> float:
    """Begin a game of every task; the games are made before."""
    spent = 0.0
    for number, task in enumerate(TASKS):
        home, _, _ = draw(seed + number, task)
        problem = write_problem(home.house, home.state, home.wish)
        data = game_data(problem, home.wish.text) if real else None
        began = time.perf_counter()
        if data is not None:
            RealGame(data).reset()
        else:
            OurGame(home.house, home.state, home.wish).reset()
        spent += time.perf_counter() - began
    return 60 * len(TASKS) / spent


def plans_per_minute(seed: int) -> float:
    """Make and begin a game of ours of every task, each in a floor plan never drawn before."""
    spent = 0.0
    for number, task in enumerate(TASKS):
        forget()
        began = time.perf_counter()
        draw(seed + number, task)
        spent += time.perf_counter() - began
    return 60 * len(TASKS) / spent


def forget() -> None:
    """Forget floor plans, and all else that is remembered between games of ours."""
    for remembering in (plan_of, wishes_of, chances):
        remembering.cache_clear()


def homes_per_minute(seed: int, count: int) -> float:
    """Make ``count`` games of ours with nothing remembered at first, floor plans as they come."""
    forget()
    rng = np.random.default_rng(seed)
    began = time.perf_counter()
    for _ in range(count):
        home = make_home(rng, TASKS, "train")
        OurGame(home.house, home.state, home.wish).reset()
    return 60 * count / (time.perf_counter() - began)


def steps_rate(seed: int, steps: int, real: bool) -> float:
    """Take random steps in a game of every task; return how many a second."""
    spent, taken = 0.0, 0
    for number, task in enumerate(TASKS):
        home, game, seen = draw(seed + number, task)
        rng = np.random.default_rng(seed)
        commands = []
        for _ in range(steps):
            commands.append(random_command(rng, game, seen.admissible))
            seen = game.step(commands[-1])
        player: OurGame | RealGame = OurGame(home.house, home.state, home.wish)
        if real:
            problem = write_problem(home.house, home.state, home.wish)
            player = RealGame(game_data(problem, home.wish.text))
        player.reset()
        began = time.perf_counter()
        for command in commands:
            player.step(command)
        spent += time.perf_counter() - began
        taken += steps
    return taken / spent


def turns_per_second(turns: int, observation: str) -> float:
    """Say random possible things to the whole environment, resets included."""
    env = gym.make(ENV, observation=observation)
    rng = np.random.default_rng(0)
    _, info = env.reset(seed=0)
    began = time.perf_counter()
    for _ in range(turns):
        said = info["admissible_actions"]
        _, _, terminated, truncated, info = env.step(said[int(rng.integers(len(said)))])
        if terminated or truncated:
            _, info = env.reset()
    return turns / (time.perf_counter() - began)


def main(options: Options) -> None:
    """Measure everything and write the result."""
    rows = []
    engines: dict[str, Callable[[], AbstractContextManager[None]]] = {
        "ALFWorld": nullcontext,
        "ALFWorld, its grammar remembered": remembered_grammar,
    }
    for block, (than, remembering) in enumerate(engines.items()):
        begun: dict[bool, list[float]] = {False: [], True: []}
        many: list[float] = []
        planned: list[float] = []
        stepped: dict[bool, list[float]] = {False: [], True: []}
        with remembering():
            for repetition in range(options.repetitions):
                seed = options.seed + len(TASKS) * (repetition + options.repetitions * block)
                planned.append(plans_per_minute(seed))
                for real in (False, True):
                    begun[real].append(resets_per_minute(seed, real))
                    stepped[real].append(steps_rate(seed, options.steps, real))
                many.append(homes_per_minute(seed, options.homes))
        rows.append(rate_row("steps/s", stepped[False], stepped[True], than))
        # ALFWorld makes no games: theirs are made before, and are just begun.
        for what, rates in {
            "resets/minute, games made before": begun[False],
            f"resets/minute, {options.homes} new games in a row": many,
            "resets/minute, each in a new floor plan": planned,
        }.items():
            rows.append(rate_row(what, rates, begun[True], than))
        print(*rows[-4:], sep="\n", flush=True)
    for kind, what in {"text": "text alone", "image": "text and a picture"}.items():
        rates = [turns_per_second(options.turns, kind) for _ in range(options.repetitions)]
        rows.append(rate_row(f"turns/s of {ENV}, {what}", rates))
        print(rows[-1], flush=True)
    write_result(Path("benchmarks/results/household_speed.json"), options, {"rows": rows})


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
