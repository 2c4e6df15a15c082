"""Learn in a visual world from an expert of its parallel text world, on the student's own states.

    python examples/emma.py             # three ways to learn, some twenty minutes on one CPU core
    python examples/emma.py --quick     # the same in a minute, to see that it runs

After EMMA (Yang et al. 2024, arXiv 2311.16714, "Embodied Multi-Modal Agent trained by an LLM from a
Parallel TextWorld"). A household game is played in two worlds at once: the student sees pictures,
the teacher hears the text of the same game and says what it would do now. The teacher here is the
scripted explorer, which knows only what it was told, in place of EMMA's language model. A lesson is
one state with the teacher's action; all arms begin with the same beginner, and get equally many
lessons and optimiser steps:

- ``cloning``: the teacher plays, so that lessons are on the teacher's states.
- ``dagger``: the student plays, and the teacher says what it should have done. As in DAgger (Ross
  et al. 2011, arXiv 1011.0686) it helps out: in the first round it takes all turns, then half …
- ``reflection``: as ``dagger``, but lessons in which the student erred come more often, and every
  other time the text names the mistake first. What cannot be done is a mistake; where both go
  somewhere, nobody errs: before a thing is found, one place is as good as another.

``reflection`` is our own reading of EMMA's teacher, which looks back at failed episodes before it
answers. EMMA then learns from pairs of a better and a worse action (DPO); this example imitates.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import torch
import tyro
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

import vl_envs  # noqa: F401 (registers the environments)
from algorithms.evaluate import EVALUATION_SEEDS, Result, evaluate
from algorithms.files import write_atomically
from algorithms.rollout import Episode, Turn, make_envs
from algorithms.run import told_in_one_line
from algorithms.sft import SFT, SFTConfig
from policies.context import Context
from policies.policy import Generation
from policies.tiny import tiny_policy
from policies.vlm import VLMPolicy

ARMS = ("cloning", "dagger", "reflection")
PAIRS = 16
"""Games side by side."""
LONGEST = 10
"""Tokens of the longest answer."""
MISTAKE = "Not: {}."
"""How a text names what the student said, and should not have."""


@dataclass(frozen=True)
class Options:
    """The recipe.

    Attributes:
        out: output folder; what is finished in it is not done again.
        seed: of everything.
        arms: ways to learn; see above.
        env: a registered id of the family ``VLAlfworld``.
        rooms: kinds of rooms that are played.
        beginner: lessons of the beginner, on the teacher's states.
        beginner_passes: passes over them.
        rounds: of playing, then learning.
        lessons: of a round.
        passes: of a round, over all lessons so far.
        taken_over: share of the turns that the teacher takes in round n of ``dagger``: to the n-th
            power.
        minibatch: lessons of an optimiser step.
        learning_rate: of AdamW.
        history: past turns that the student sees.
        steps: turns of an episode at most.
        image_size: side of the pictures, in pixels.
        eval_tasks: tasks of the last evaluation, in rooms never seen.
        quick: a run that is too short to learn anything.
        quiet: no progress bars.
    """

    out: Path = Path("outputs/emma")
    seed: int = 0
    arms: tuple[str, ...] = ARMS
    env: str = "VLAlfworld/PickAndPlace-v0"
    rooms: tuple[str, ...] = ("bathroom",)
    beginner: int = 1500
    beginner_passes: int = 8
    rounds: int = 4
    lessons: int = 1500
    passes: int = 4
    taken_over: float = 0.5
    minibatch: int = 16
    learning_rate: float = 1e-3
    history: int = 1
    steps: int = 30
    image_size: int = 48
    eval_tasks: int = 200
    quick: bool = False
    quiet: bool = False


@dataclass(frozen=True)
class Lesson:
    """What the student saw, what the teacher says to it, and what the student had said.

    Attributes:
        answer: the teacher's action behind what the student saw, as tokens to imitate.
        reminded: the same where the student erred, behind a text that names the mistake.
    """

    answer: Generation
    reminded: Generation | None = None


class TwoWorlds:
    """One game in the visual and in the text world; both take the same steps.

    Args:
        options: the recipe.
        draws: seeds of games, one after another.
    """

    def __init__(self, options: Options, draws: Iterator[int]) -> None:
        self.history, self.draws = options.history, draws
        shared = world_options(options)
        self.seen = gym.make(options.env, **shared)
        self.told = gym.make(options.env, observation="text", expert="explorer", **shared)
        self.begin()

    def begin(self) -> None:
        """Begin the next game."""
        seed = next(self.draws)
        observation, _ = self.seen.reset(seed=seed)
        self.told.reset(seed=seed)
        self.context = Context(history=self.history)
        self.context.observe(observation)

    def teacher(self) -> str:
        """Ask the expert of the text world what it would do now."""
        said: str = self.told.unwrapped.expert_action()  # type: ignore[attr-defined]
        return said

    def step(self, said: Generation) -> bool:
        """Do the same in both worlds, and begin the next game where this one is over.

        Returns:
            whether it could be done.
        """
        self.context.answer(said)
        observation, _, terminated, truncated, info = self.seen.step(said.text)
        told = self.told.step(said.text)[0]
        assert told["text"] == observation["text"], "the worlds have come apart"
        self.context.observe(observation)
        if terminated or truncated:
            self.begin()
        return bool(info["valid"])


def world_options(options: Options) -> dict[str, Any]:
    """Give the options of both worlds: full text, things without numbers, no thoughts."""
    return {
        "rooms": options.rooms,
        "text": "full",
        "numbered": False,
        "thought": False,
        "prompt": "brief",
        "image_size": options.image_size,
        "max_episode_steps": options.steps,
    }


def main(options: Options) -> dict[str, Any]:
    """Teach in each way; return the arms' numbers."""
    torch.set_num_threads(1)
    if options.quick:
        options = replace(
            options, beginner=96, beginner_passes=1, rounds=2, lessons=64, passes=1, eval_tasks=8
        )
    found: dict[str, Any] = {}
    with Progress(disable=options.quiet) as progress:
        found["beginner"] = _once(options, "beginner", progress)
        for arm in options.arms:
            found[arm] = _once(options, arm, progress)
    table = Table("arm", "success in new rooms", "interval", "valid", "student erred, by round")
    for name, one in found.items():
        interval = "{:.2f} to {:.2f}".format(*one["interval"])
        erred = " ".join(f"{share:.2f}" for share in one["erred"])
        table.add_row(name, f"{one['success']:.2f}", interval, f"{one['valid']:.2f}", erred)
    Console(quiet=options.quiet).print(table)
    return found


def _once(options: Options, name: str, progress: Progress) -> dict[str, Any]:
    """Make the beginner, or teach an arm, unless that is done; return its numbers."""
    folder = options.out / name
    done, setup = folder / "result.json", str(replace(options, out=Path(), arms=(), quiet=False))
    if done.is_file():
        read: dict[str, Any] = json.loads(done.read_text())
        if read["setup"] != setup:
            raise ValueError(f"{folder} holds a run of other options: give another --out")
        return read
    env: Any = gym.make(options.env, **world_options(options)).unwrapped
    if name == "beginner":
        policy = tiny_policy(
            [*env.vocabulary(), MISTAKE],
            options.image_size,
            env.parser,
            max_new_tokens=LONGEST,
            seed=options.seed,
            grid=2,
            text_first=True,
            vision_layers=1,
        )
        rounds, lessons, passes = 1, options.beginner, options.beginner_passes
    else:
        beginner = options.out / "beginner"
        policy = VLMPolicy.load(beginner, parser=env.parser, max_new_tokens=LONGEST)
        rounds, lessons, passes = options.rounds, options.lessons, options.passes
    erred = teach(policy, name, options, progress, rounds, lessons, passes)
    policy.save(folder)
    result = examine(policy, options)
    numbers = {
        "setup": setup,
        "success": result.success,
        "interval": result.interval,
        "valid": result.valid,
        "turns": result.length,
        "erred": erred,
        "tasks": result.per_task,
    }
    write_atomically(done, json.dumps(numbers).encode())
    return numbers


def teach(
    policy: VLMPolicy,
    arm: str,
    options: Options,
    progress: Progress,
    rounds: int,
    lessons: int,
    passes: int,
) -> list[float]:
    """Play and learn in turn; return the share of lessons, round by round, that found a mistake.

    Args:
        policy: the student.
        arm: one of `ARMS`; any other name is taught as ``cloning``.
        options: the recipe.
        progress: bars.
        rounds: of playing and learning.
        lessons: of a round.
        passes: of a round, over all lessons so far.
    """
    # Beginner and arms draw games of their own; the arms draw the same, as far as lengths allow.
    rng = np.random.default_rng([options.seed, arm in ARMS])
    draws = iter(rng.integers(EVALUATION_SEEDS, size=100_000).tolist())
    worlds = [TwoWorlds(options, draws) for _ in range(PAIRS)]
    policy.seed(int(rng.integers(2**62)))
    config = SFTConfig(learning_rate=options.learning_rate, warmup=1, minibatch=options.minibatch)
    sft = SFT(policy, config, rounds * passes, options.seed)
    known: list[Lesson] = []
    erred = []
    bar = progress.add_task(arm, total=rounds * (lessons + passes))
    for number in range(rounds):
        begun = len(known)
        helped = options.taken_over**number if arm in ("dagger", "reflection") else 1.0
        while len(known) < begun + lessons:
            new = play(worlds, policy, rng.random(PAIRS) < helped)
            known += new[: begun + lessons - len(known)]
            progress.update(bar, completed=progress.tasks[bar].completed + len(new))
        erred.append(float(np.mean([one.reminded is not None for one in known[begun:]])))
        for _ in range(passes):
            sft.update(curriculum(known, arm, rng))
            progress.advance(bar)
    progress.update(bar, completed=rounds * (lessons + passes))
    return erred


def play(worlds: Sequence[TwoWorlds], policy: VLMPolicy, helped: NDArray[np.bool_]) -> list[Lesson]:
    """Take one turn in every game, and return what is to be learned from it.

    Args:
        worlds: the games.
        policy: the student.
        helped: in which games the teacher takes the turn, [games].
    """
    best = [policy.encode(world.context, world.teacher()) for world in worlds]
    alone = [i for i in range(len(worlds)) if not helped[i]]
    tried = policy.act([worlds[i].context for i in alone]) if alone else []
    said = dict(zip(alone, tried, strict=True))
    lessons = []
    for i, (world, answer) in enumerate(zip(worlds, best, strict=True)):
        now = world.context
        before = replace(now, messages=[*now.messages], generations=[*now.generations])
        did = said.get(i, answer)
        possible = world.step(did)
        erred = i in said and not (possible and as_good(did.text, answer.text))
        lessons.append(Lesson(answer, remind(policy, before, did, answer) if erred else None))
    return lessons


def as_good(said: str, best: str) -> bool:
    """Tell whether a possible action is as good as the teacher's: the same, or both go places."""
    words, better = bare(said).split(), bare(best).split()
    return words == better or words[:2] == better[:2] == ["go", "to"]


def bare(action: str) -> str:
    """Take the tags off an action."""
    return action.replace("<act>", "").replace("</act>", "").strip()


def remind(policy: VLMPolicy, context: Context, said: Generation, answer: Generation) -> Generation:
    """Write the lesson again, with the mistake in the text before it."""
    newest = context.messages[-1]
    text = f"{newest.text}\n{MISTAKE.format(bare(said.text))}"
    named = replace(newest, text=text, token_ids=None)
    reminded = replace(context, messages=[*context.messages[:-1], named])
    return policy.encode(reminded, answer.text)


def curriculum(known: Sequence[Lesson], arm: str, rng: np.random.Generator) -> list[Episode]:
    """Choose the lessons of one pass: all of them once, or mistakes twice as often as the rest."""
    chosen = np.arange(len(known))
    if arm == "reflection":
        weights = np.array([1.0 if one.reminded is None else 2.0 for one in known])
        chosen = rng.choice(len(known), len(known), p=weights / weights.sum())
    answers = []
    for i in chosen.tolist():
        reminded = known[i].reminded if arm == "reflection" and rng.random() < 0.5 else None
        answers.append(reminded or known[i].answer)
    # One lesson an "episode", for minibatches are counted in these.
    nothing: Any = None
    return [Episode(i, turns=[Turn(nothing, answer)]) for i, answer in enumerate(answers)]


def examine(policy: VLMPolicy, options: Options) -> Result:
    """Let the student play alone, in rooms it has never seen."""
    envs = make_envs(options.env, PAIRS, split="valid_unseen", **world_options(options))
    return evaluate(envs, policy, options.eval_tasks, history=options.history, seed=options.seed)


if __name__ == "__main__":
    chosen = tyro.cli(Options, description=__doc__)
    with told_in_one_line():
        main(chosen)
