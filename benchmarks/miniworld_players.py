"""Who wins MiniWorld's tasks: the expert, the one that looks, random commands, and the best blind.

    pip install -c constraints.txt -e '.[train,miniworld]'
    python -m benchmarks.miniworld_players

The blind players repeat a sequence whatever they see: so far ahead, so many turns to the left,
where things can be picked up a try every now and then. For each task the best of them on some
worlds is asked again on others, whose share of successes is reported.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import tyro

import vl_envs  # noqa: F401 (registers the environments)
from benchmarks.record import write_result
from policies.context import Context
from policies.scripted import RandomPolicy
from vl_envs.miniworld.env import MiniWorldEnv
from vl_envs.registry import ENVIRONMENTS, EnvRow

Player = Callable[[Any], str]
"""Says what to do after an observation."""
Sequence = tuple[tuple[str, int], ...]
"""Commands, each so many times."""


@dataclass(frozen=True)
class Options:
    """What is measured.

    Attributes:
        episodes: of each player in each task.
        trials: of each blind sequence, in worlds of their own, to choose the best.
        tasks: names of tasks; all, where none is given.
    """

    episodes: int = 100
    trials: int = 40
    tasks: tuple[str, ...] = ()


@dataclass
class Played:
    """What came of some episodes of a player."""

    wins: int = 0
    turns: int = 0
    episodes: int = 0
    returns: tuple[float, float] = (float("inf"), float("-inf"))
    """Smallest and largest return of the episodes that were won."""

    @property
    def share(self) -> float:
        """The share of successes."""
        return self.wins / self.episodes


def blind_sequences(commands: tuple[str, ...]) -> list[Sequence]:
    """List the blind players' sequences: ahead alone, and ahead and round in many measures."""
    found: list[Sequence] = [(("move_forward", 10),)]
    for far, round_ in itertools.product((3, 10, 20, 30, 60), (1, 3, 5, 7)):
        ahead: Sequence = (("move_forward", min(far, 10)),) * max(1, far // 10)
        if "pick_up" in commands:
            ahead = (("move_forward", 2), ("pick_up", 1)) * max(1, far // 2)
        found.append((*ahead, ("turn_left", round_)))
    return found


def play(row: EnvRow, player: Callable[[MiniWorldEnv, int], Player], seeds: range) -> Played:
    """Let a player, made anew for each world, play some worlds."""
    env = gym.make(row.id, image_size=8, reward="own")
    vl = env.unwrapped
    assert isinstance(vl, MiniWorldEnv)
    # None of these players looks at pixels, and drawing takes most of the time.
    vl.simulator.view = lambda height, width: np.zeros((height, width, 3), np.uint8)  # type: ignore[method-assign]
    played = Played()
    for seed in seeds:
        observation, _ = env.reset(seed=seed)
        say, total, ended = player(vl, seed), 0.0, False
        while not ended:
            observation, reward, terminated, truncated, info = env.step(say(observation))
            ended, total = terminated or truncated, total + float(reward)
            played.turns += 1
        played.episodes += 1
        played.wins += info["success"]
        if info["success"]:
            low, high = played.returns
            played.returns = min(low, total), max(high, total)
    env.close()
    return played


def expert(vl: MiniWorldEnv, seed: int) -> Player:
    """Make the environment's expert."""
    return lambda _: vl.expert_action()


def looking(vl: MiniWorldEnv, seed: int) -> Player:
    """Make the expert that looks before it walks."""
    vl._expert.looks = True
    return lambda _: vl.expert_action()


def wild(vl: MiniWorldEnv, seed: int) -> Player:
    """Make a player of random commands, each once to ten times."""
    policy, context = RandomPolicy(vl.parser, seed=seed), Context()

    def say(observation: Any) -> str:
        (generation,) = policy.act([context])
        return generation.text

    return say


def once(vl: MiniWorldEnv, seed: int) -> Player:
    """Make a player of random commands, each once."""
    policy, context = RandomPolicy(vl.parser, seed=seed), Context()

    def say(observation: Any) -> str:
        (generation,) = policy.act([context])
        command = vl.parser.parse(generation.text)
        return vl.parser.write(command.name, {})  # type: ignore[union-attr]

    return say


def repeating(sequence: Sequence) -> Callable[[MiniWorldEnv, int], Player]:
    """Make a blind player of a sequence."""

    def make(vl: MiniWorldEnv, seed: int) -> Player:
        words: Iterator[str] = itertools.cycle(
            vl.parser.write(name, {"steps": number} if vl.parser.commands[name].parameters else {})
            for name, number in sequence
        )
        return lambda _: next(words)

    return make


def told(sequence: Sequence) -> str:
    """Write a sequence in words."""
    parts = []
    for (name, number), group in itertools.groupby(sequence):
        count = number * len(list(group))
        parts.append(f"{name.replace('_', ' ')} {count}".removesuffix(" 1"))
    if len(parts) > 3:  # the same few words over and over
        parts = [*parts[:2], "…", parts[-1]]
    return ", ".join(parts)


def row_of(row: EnvRow, options: Options) -> dict[str, Any]:
    """Measure one task."""
    long = row.max_episode_steps > 900
    seeds = range(10_000, 10_000 + options.episodes // (4 if long else 1))
    trials = range(20_000, 20_000 + options.trials // (4 if long else 1))
    commands = tuple(gym.make(row.id, image_size=8).unwrapped.parser.commands)  # type: ignore[attr-defined]
    sequences = blind_sequences(commands)
    best = max(sequences, key=lambda sequence: play(row, repeating(sequence), trials).wins)
    path, look = play(row, expert, seeds), play(row, looking, seeds)
    ahead = play(row, repeating(sequences[0]), seeds)
    blind = play(row, repeating(best), seeds)
    random, single = play(row, wild, seeds), play(row, once, seeds)
    return {
        "task": row.id.partition("/")[2].removesuffix("-v0"),
        "moves": row.max_episode_steps,
        "expert": path.share,
        "turns": round(path.turns / path.episodes),
        "looks first": look.share,
        "its turns": round(look.turns / look.episodes),
        "random": max(random.share, single.share),
        "ahead": ahead.share,
        "best blind": blind.share,
        "which repeats": told(best),
        "returns": [round(value, 3) for value in path.returns],
        "random, repeated": random.share,
        "random, once": single.share,
        "episodes": len(seeds),
    }


def main(options: Options) -> None:
    """Measure all tasks and write the result."""
    rows = []
    for row in ENVIRONMENTS:
        name = row.id.partition("/")[2].removesuffix("-v0")
        if row.extra == "miniworld" and name in (options.tasks or (name,)):
            rows.append(row_of(row, options))
            print(rows[-1], flush=True)
    shown = [{key: row[key] for key in list(row)[:10]} for row in rows]
    details = [{key: row[key] for key in ("task", *list(row)[10:])} for row in rows]
    if not options.tasks:
        result = {"rows": shown, "details": details}
        write_result(Path("benchmarks/results/miniworld_players.json"), options, result)


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
