"""How fast games are played: engines alone, our games, their pictures, both faces of them.

    pip install -c constraints.txt -e '.[train,games]'
    python -m benchmarks.games_speed

Everybody plays at random, and everything is measured in turns in one process, after a warm-up. A
step is a move, or both players' where they move at once. Ratios are medians of the ratios pair by
pair, ours to the engine's.

- *steps*: of a `Game`, without pictures; beside them the same game as its engine has it, moves as
  numbers: OpenSpiel's states, PettingZoo's and mpe2's parallel environments, which observe vectors,
  and ALE with a frame skip of 4. Tic-tac-toe is our own, and so are games with none beside.
- *pictures*: of positions of random matches, both seats, 448 x 448; beside them what the engine
  renders in its own size, every state ten times, so that a step between them hardly counts.
- *Gymnasium*: turns of ``gym.make`` in the first seat, each with a text and a picture of 448 x 448;
  the other seat plays at random, too, and at Pong it is the cartridge.
- *PettingZoo*: steps with ``actions="index"``, each with a picture of 448 x 448 for each agent that
  moves.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from itertools import chain, cycle, islice
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import tyro

import vl_envs  # noqa: F401 (registers the environments)
from benchmarks.rates import rate_row
from benchmarks.record import write_result
from vl_envs.games.table import GAMES, make_game

SIDE = 448
WANTED = 300
"""Pictures a second that every game is to draw."""
POSITIONS = 200
"""Positions of random matches that are drawn, again and again."""
OPENSPIEL = ("tic_tac_toe", "kuhn_poker", "breakthrough", "hanabi")

Stream = Iterator[None]
"""Does something once for each ``next``, for ever."""


@dataclass(frozen=True)
class Options:
    """What is measured.

    Attributes:
        rounds: measurements of each kind, in turns.
        seconds: that one measurement takes.
        warm_up: seconds that each kind runs before the first.
        games: names of those that are measured.
        seed: of the matches.
    """

    rounds: int = 7
    seconds: float = 1.0
    warm_up: float = 1.0
    games: tuple[str, ...] = tuple(GAMES)
    seed: int = 0


# Engines alone.


def openspiel(name: str, seed: int) -> Stream:
    """Take random legal actions in OpenSpiel's states."""
    pyspiel = import_module("pyspiel")
    rng = np.random.default_rng(seed)
    parameters = getattr(make_game(name), "parameters", {})
    game = pyspiel.load_game(name, dict(parameters))
    while True:
        state = game.new_initial_state()
        while not state.is_terminal():
            if state.is_chance_node():
                actions, shares = zip(*state.chance_outcomes(), strict=True)
                state.apply_action(actions[int(rng.choice(len(actions), p=np.array(shares)))])
                continue
            legal = state.legal_actions()
            state.apply_action(legal[int(rng.integers(len(legal)))])
            yield


def parallel(make: Callable[[], Any], actions: int, seed: int, pictures: bool = False) -> Stream:
    """Take random actions in a parallel environment, or render each state ten times."""
    rng, env = np.random.default_rng(seed), make()
    while True:
        env.reset(seed=int(rng.integers(2**31)))
        while len(env.agents) == 2:
            drawn = {agent: int(rng.integers(actions)) for agent in env.agents}
            env.step(drawn)
            if not pictures:
                yield
                continue
            for _ in range(10):
                env.render()
                yield


def zombies(mode: str | None) -> Callable[[], Any]:
    """Give what makes PettingZoo's game in our settings."""
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    module = import_module("pettingzoo.butterfly.knights_archers_zombies_v11")
    settings = {"spawn_delay": 10, "num_archers": 1, "num_knights": 1, "max_zombies": 5}
    return lambda: module.parallel_env(**settings, max_cycles=200, render_mode=mode)


def push(mode: str | None) -> Callable[[], Any]:
    """Give what makes mpe2's game."""
    module = import_module("mpe2.simple_push_v3")
    return lambda: module.parallel_env(max_cycles=25, render_mode=mode)


def atari(seed: int, pictures: bool = False) -> Stream:
    """Take random actions in the emulator, four frames each, or fetch each screen ten times."""
    ale = import_module("ale_py")
    ale.ALEInterface.setLoggerMode(ale.LoggerMode.Error)
    emulator = ale.ALEInterface()
    emulator.setInt("random_seed", seed)
    emulator.setInt("frame_skip", 4)
    emulator.setFloat("repeat_action_probability", 0.25)
    emulator.loadROM(ale.roms.get_rom_path("pong"))
    rng, codes = np.random.default_rng(seed), (ale.Action.NOOP, ale.Action.RIGHT, ale.Action.LEFT)
    while True:
        if emulator.game_over():
            emulator.reset_game()
        emulator.act(codes[int(rng.integers(3))])
        for _ in range(10 if pictures else 1):
            if pictures:
                emulator.getScreenRGB()
            yield


def engine(name: str, seed: int) -> tuple[Stream | None, Stream | None]:
    """Give steps and pictures of a game's engine alone, None for what there is not."""
    if name in OPENSPIEL:
        return openspiel(name, seed), None
    if name == "knights_archers_zombies":
        return parallel(zombies(None), 6, seed), parallel(zombies("rgb_array"), 6, seed, True)
    if name == "simple_push":
        return parallel(push(None), 5, seed), parallel(push("rgb_array"), 5, seed, True)
    if name == "pong":
        return atari(seed), atari(seed, True)
    return None, None


# Ours.


def states(name: str, seed: int) -> Iterator[Any]:
    """Play random matches of ours; give the state after each step, the same object changed."""
    game, rng = make_game(name), np.random.default_rng(seed)
    anyone = game.players["random"]
    while True:
        state = game.start(rng)
        while seats := game.to_move(state):
            game.play(state, {seat: anyone(game, state, seat, rng) for seat in seats}, rng)
            yield state


def steps(name: str, seed: int) -> Stream:
    """Take steps of ours."""
    return (None for _ in states(name, seed))


def pictures(name: str, seed: int) -> Stream:
    """Draw positions of random matches, as every seat sees them."""
    game = make_game(name)
    kept = [game.copy(state) for state in islice(states(name, seed), POSITIONS)]
    for state, seat in cycle([(state, seat) for state in kept for seat in game.seats]):
        game.picture(state, seat, (SIDE, SIDE))
        yield


def turns(name: str, seed: int) -> Stream:
    """Take turns of the Gymnasium environment in the first seat, beside random play."""
    opponent = "random" if len(make_game(name).seats) == 2 else None
    env = gym.make(f"VLGames/{GAMES[name]}-v0", opponent=opponent, seat=0, image_size=SIDE)
    rng = np.random.default_rng(seed)
    _, info = env.reset(seed=seed)
    while True:
        said = info["admissible_actions"]
        _, _, terminated, truncated, info = env.step(said[int(rng.integers(len(said)))])
        if terminated or truncated:
            _, info = env.reset()
        yield


def zoo(name: str, seed: int) -> Stream:
    """Take steps of the PettingZoo environment."""
    module, rng = import_module(f"vl_envs.games.{name}_v0"), np.random.default_rng(seed)

    def drawn(observation: Any) -> int:
        return int(rng.choice(np.flatnonzero(observation["action_mask"])))

    if make_game(name).simultaneous:
        env = module.parallel_env(actions="index", image_size=SIDE)
        while True:
            seen, _ = env.reset(seed=int(rng.integers(2**31)))
            while env.agents:
                seen, *_ = env.step({agent: drawn(seen[agent]) for agent in env.agents})
                yield
    env = module.env(actions="index", image_size=SIDE)
    while True:
        env.reset(seed=int(rng.integers(2**31)))
        for _ in env.agent_iter():
            observation, _, terminated, truncated, _ = env.last()
            over = terminated or truncated
            env.step(None if over else drawn(observation))
            if not over:
                yield


# The measurement.


def per_second(stream: Stream, seconds: float) -> float:
    """Tell how often a stream does what it does."""
    began, done = time.perf_counter(), 0
    while (spent := time.perf_counter() - began) < seconds:
        for _ in range(10):
            next(stream)
        done += 10
    return done / spent


def measure(name: str, options: Options) -> dict[str, list[float]]:
    """Measure everything of a game, in turns; kinds that it has not are left out."""
    seed = options.seed
    raw, rendered = engine(name, seed)
    every = {
        "engine": raw,
        "steps": steps(name, seed),
        "rendered": rendered,
        "pictures": pictures(name, seed),
        "Gymnasium": turns(name, seed),
        "PettingZoo": zoo(name, seed),
    }
    streams = {kind: stream for kind, stream in every.items() if stream is not None}
    for stream in streams.values():
        per_second(stream, options.warm_up)
    rates: dict[str, list[float]] = {kind: [] for kind in streams}
    for _ in range(options.rounds):
        for kind, stream in streams.items():
            rates[kind].append(per_second(stream, options.seconds))
    return rates


def row(name: str, rates: dict[str, list[float]]) -> dict[str, str]:
    """Write a game's line of the table: medians, and ranges in brackets."""

    def cell(kind: str) -> str:
        if kind not in rates:
            return "–"
        summed = rate_row(kind, rates[kind])
        return f"{summed['median']} ({summed['range']})"

    def ratio(ours: str, theirs: str) -> str:
        if theirs not in rates:
            return "–"
        pairs = zip(rates[ours], rates[theirs], strict=True)
        return f"{statistics.median(a / b for a, b in pairs):.2g}"

    fast = statistics.median(rates["pictures"]) >= WANTED
    return {
        "game": make_game(name).title,
        "steps/s": cell("steps"),
        "engine alone": cell("engine"),
        "ratio": ratio("steps", "engine"),
        "pictures/s": cell("pictures"),
        f"{WANTED} or more": "yes" if fast else "no",
        "engine's own pictures/s": cell("rendered"),
        "pictures' ratio": ratio("pictures", "rendered"),
        "turns/s, Gymnasium": cell("Gymnasium"),
        "steps/s, PettingZoo": cell("PettingZoo"),
    }


def main(options: Options) -> None:
    """Measure all games and write the result."""
    measured = {}
    rows = []
    for name in options.games:
        measured[name] = measure(name, options)
        rows.append(row(name, measured[name]))
        print(rows[-1], flush=True)
    slowest = min(chain.from_iterable(rates["pictures"] for rates in measured.values()))
    path = Path("benchmarks/results/games_speed.json")
    result = {"slowest_pictures_per_second": round(slowest), "rows": rows, "rates": measured}
    write_result(path, options, result)


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
