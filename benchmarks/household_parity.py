"""Whether our household engine answers as ALFWorld's own does: both play the same games.

    pip install -c constraints.txt -e '.[train,alfworld]'
    python -m benchmarks.household_parity

Generated games are written as PDDL for ALFWorld's engine. Both get the same commands: half of the
games are random walks, in the other half the shortest plan is carried out in between. Every answer
is compared, the commands that can be given then, in order, and whether the game is won.
``--record`` plays a few games only and keeps what ALFWorld answers for the tests.
"""

from __future__ import annotations

import gzip
import json
import multiprocessing
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tyro

from benchmarks.real_alfworld import RealGame, Seen, game_data, remembered_grammar
from benchmarks.record import ROOT, write_result
from vl_envs.alfworld.engine import KNIVES, admissible, intro, obey
from vl_envs.alfworld.goals import APPLIANCES, TASKS, Wish, won
from vl_envs.alfworld.homes import SPLITS, Home, make_home
from vl_envs.alfworld.house import House, HouseState
from vl_envs.alfworld.pddl import write_problem
from vl_envs.alfworld.planner import plan

TRANSCRIPTS = ROOT / "tests/alfworld/transcripts.json.gz"
WEIGHTS = {"go": 10, "take": 8, "move": 4, "open": 5, "examine": 4, "use": 5, "slice": 10}
"""How often a random walk does what begins so, whatever it can be done with."""
NONSENSE = 0.12
"""Share of commands in random walks that are made up."""


@dataclass(frozen=True)
class Options:
    """What is compared.

    Attributes:
        games: how many.
        steps: in each.
        seed: of the games and the walks.
        processes: that play at once.
        record: whether to play 12 games only and write them for the tests.
    """

    games: int = 120
    steps: int = 50
    seed: int = 0
    processes: int = 2
    record: bool = False


class OurGame:
    """A game in our engine, with the same interface as `RealGame`."""

    def __init__(self, house: House, state: HouseState, wish: Wish) -> None:
        self.house, self.state, self.wish = house, state.copy(), wish

    def reset(self) -> Seen:
        """Say what is said first."""
        return self._seen(intro(self.house, self.state, self.wish.text))

    def step(self, command: str) -> Seen:
        """Do what a command says."""
        return self._seen(obey(self.house, self.state, command))

    def _seen(self, feedback: str) -> Seen:
        now = self.house, self.state
        return Seen(feedback, admissible(*now), won(*now, self.wish))


def walk(
    rng: np.random.Generator, game: OurGame, seen: list[Seen], steps: int, planned: bool
) -> Iterator[str]:
    """Give commands, the next one when ALFWorld's answer to the last is in ``seen``."""
    said = 0
    while said < steps:
        if planned and said == steps // 4:
            planned = False
            for command in plan(game.house, game.state, game.wish)[: steps - said]:
                yield command
                said += 1
            continue
        yield random_command(rng, game, seen[-1].admissible)
        said += 1


def random_command(rng: np.random.Generator, game: OurGame, possible: list[str]) -> str:
    """Draw one of the possible commands, or make one up."""
    if rng.random() < NONSENSE:
        return made_up(rng, game.house)
    held = game.state.held
    knife = held is not None and game.house.things[held].kind in KNIVES

    verbs = Counter(command.split()[0] for command in possible)

    wanted = {f"go to {game.house.receptacles[r].name}" for r in attractive(game.house, game.state)}

    def weight(command: str) -> float:
        verb = command.split()[0]
        if command in wanted:
            return 10 / len(wanted)
        if verb == "move" and knife:
            return 0.2
        if verb == "take" and "knife" in command:
            return 10
        return WEIGHTS.get(verb, 8 if " with " in command else 1) / verbs[verb]

    weights = np.array([weight(command) for command in possible])
    return possible[int(rng.choice(len(possible), p=weights / weights.sum()))]


def attractive(house: House, state: HouseState) -> set[int]:
    """Return the receptacles where what is seldom done could be done next."""
    held = state.held
    if held is None:
        knives = [i for i, thing in enumerate(house.things) if thing.kind in KNIVES]
        return {state.where[knife] for knife in knives if state.where[knife] >= 0}
    thing = house.things[held]
    if thing.kind in KNIVES:
        food = [i for i, other in enumerate(house.things) if other.sliceable]
        return {state.where[one] for one in food if state.where[one] >= 0}
    kinds = {kind for verb, kind in APPLIANCES.items() if getattr(thing, f"{verb}able")}
    return {i for i, receptacle in enumerate(house.receptacles) if receptacle.kind in kinds}


def made_up(rng: np.random.Generator, house: House) -> str:
    """Make up a command: of things that may be elsewhere, or nearly one, or none at all."""
    names = [receptacle.name for receptacle in house.receptacles]
    names += [thing.name for thing in house.things]
    one, other = (names[int(index)] for index in rng.integers(len(names), size=2))
    made = [
        f"take {one} from {other}",
        f"move {one} to {other}",
        f"examine {one}",
        f"use {one}",
        f"open {one}",
        f"close {one}",
        f"go to {one}",
        f"go to  {one}",
        f"Go to {one}",
        f"  go to {one} ",
        f"slice {one} with {other}",
        f"heat {one} with {other}",
        f"put {one} in/on {other}",
        f"go to {one.split()[0]}",
        "look around",
        "inventory ",
        "LOOK",
        "",
    ]
    return made[int(rng.integers(len(made)))]


def compare(job: tuple[int, int, int]) -> dict[str, Any]:
    """Play one game in both engines; return what ALFWorld answers and where ours differs."""
    seed, number, steps = job
    rng = np.random.default_rng([seed, number])
    task, split = TASKS[number % len(TASKS)], SPLITS[number // len(TASKS) % len(SPLITS)]
    home = make_home(rng, (task,), split)
    problem = write_problem(home.house, home.state, home.wish)
    with remembered_grammar():
        real = RealGame(game_data(problem, home.wish.text))
        played = play(rng, home, real, steps, planned=number // len(TASKS) % 2 == 0)
    return {"task": task, "room": home.room, "split": split, "problem": problem, **played}


def play(
    rng: np.random.Generator, home: Home, real: RealGame, steps: int, planned: bool
) -> dict[str, Any]:
    """Let both engines obey the same walk."""
    ours = OurGame(home.house, home.state, home.wish)
    seen, mine, commands = [real.reset()], [ours.reset()], [""]
    for command in walk(rng, ours, seen, steps, planned):
        commands.append(command)
        mine.append(ours.step(command))
        seen.append(real.step(command))
    equal = [[a == b for a, b in zip(*pair, strict=True)] for pair in zip(seen, mine, strict=True)]
    first = next((i for i, row in enumerate(equal) if not all(row)), None)
    return {
        "wish": home.wish.text,
        "commands": commands[1:],
        "seen": seen,
        "equal": equal,
        "difference": None if first is None else difference(commands[: first + 1], seen, mine),
    }


def difference(commands: list[str], seen: list[Seen], mine: list[Seen]) -> str:
    """Tell the first difference of a game."""
    there, here = seen[len(commands) - 1], mine[len(commands) - 1]
    lines = [f"after {commands[-4:]}"]
    if there.feedback != here.feedback:
        lines.append(f"  ALFWorld: {there.feedback!r}\n  ours:     {here.feedback!r}")
    if there.admissible != here.admissible:
        only = {*there.admissible} - {*here.admissible}, {*here.admissible} - {*there.admissible}
        lines.append(f"  only in ALFWorld: {sorted(only[0])}, only in ours: {sorted(only[1])}")
    if there.won != here.won:
        lines.append(f"  won: {there.won} in ALFWorld, {here.won} in ours")
    return "\n".join(lines)


def summary(task: str, games: list[dict[str, Any]]) -> dict[str, Any]:
    """Sum up games of one task: shares of answers that are the same, the first one included."""
    rows = [row for game in games for row in game["equal"]]
    words, commands, being_won = (
        f"{100 * sum(column) / len(rows):.2f} %" for column in zip(*rows, strict=True)
    )
    return {
        "task": task,
        "games": len(games),
        "steps": sum(len(game["commands"]) for game in games),
        "same words": words,
        "same commands": commands,
        "same in being won": being_won,
        "won": sum(any(seen.won for seen in game["seen"]) for game in games),
    }


def record(games: list[dict[str, Any]]) -> None:
    """Write what ALFWorld answered, small: commands that can be given are told by their changes."""
    kept = []
    for game in games:
        steps, before = [], set[str]()
        for command, seen in zip(["", *game["commands"]], game["seen"], strict=True):
            now = {*seen.admissible}
            assert seen.admissible == sorted(now)
            change = sorted(now - before), sorted(before - now)
            steps.append([command, seen.feedback, *change, seen.won])
            before = now
        names = ("task", "wish", "problem")
        kept.append({**{name: game[name] for name in names}, "steps": steps})
    TRANSCRIPTS.write_bytes(gzip.compress(json.dumps(kept).encode(), mtime=0))


def main(options: Options) -> None:
    """Play all games and write the result."""
    games = 2 * len(TASKS) if options.record else options.games
    jobs = [(options.seed, number, options.steps) for number in range(games)]
    played = []
    with multiprocessing.get_context("spawn").Pool(options.processes) as pool:
        for game in pool.imap(compare, jobs):
            played.append(game)
            print(len(played), game["task"], game["split"], game["room"], flush=True)
            if game["difference"]:
                print(game["difference"], flush=True)
    by_task = defaultdict(list)
    for game in played:
        by_task[game["task"]].append(game)
    rows = [summary(task, by_task[task]) for task in TASKS if task in by_task]
    rows.append(summary("all", played))
    for row in rows:
        print(row)
    verbs = Counter(
        command.split()[0]
        for game in played
        for command, seen in zip(game["commands"], game["seen"][1:], strict=True)
        if seen.feedback != "Nothing happens."
    )
    if options.record:
        record(played)
        return
    rooms = Counter(f"{game['room']}, {game['split']}" for game in played)
    differences = [game["difference"] for game in played if game["difference"]]
    result = {"rows": rows, "obeyed": verbs, "games in": rooms, "differences": differences[:20]}
    write_result(Path("benchmarks/results/household_parity.json"), options, result)


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
