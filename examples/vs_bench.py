"""VS-Bench: how well a policy decides, foresees and sees in ten games for two.

python examples/vs_bench.py --policy random
python examples/vs_bench.py --policy reference --games coin_dilemma hanabi
python examples/vs_bench.py --policy openai:http://localhost:8000/v1#MODEL
python examples/vs_bench.py --policy FOLDER --parts decision --episodes 2 --out vs_bench.json
"""

from __future__ import annotations

import dataclasses
import json
import shlex
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import tyro
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from algorithms.files import write_atomically
from algorithms.vs_bench import PolicySpeaker, interval
from policies.api import SCHEME, EndpointPolicy, endpoint
from policies.context import NEWEST
from policies.policy import Policy
from vl_envs.core.errors import unknown
from vl_envs.games.asking import NAMED, Contender, Score, Telling
from vl_envs.games.vs_bench import GAMES, decision_making, perception, published, reasoning

Part = Literal["decision", "reasoning", "perception"]
PARTS: dict[Part, str] = {
    "decision": "decision_making",
    "reasoning": "reasoning",
    "perception": "perception",
}
"""Name of a part -> name of its table in the paper."""
BESIDE = ("Human", "o3", "gemini-2.5-pro", "Random")
"""Published rows that are shown."""

PUSH = "Of Simple Push, VS-Bench's table gives the optimum 0; its percentages are of one of 10."


@dataclass(frozen=True)
class Options:
    """Who is measured, and at what.

    Attributes:
        policy: ``random``, ``reference`` (the games' own players), a folder with a model, or
            ``openai:URL#MODEL``: a model behind an OpenAI-compatible server.
        games: names of games.
        parts: what is measured: decisions, predictions of the other's moves, perception.
        episodes: matches of a game from each seat; at Kuhn poker runs of 120.
        samples: questions of a game, in each other part.
        out: a JSON file for the numbers and what led to them.
        seed: of matches, samples and answers.
        dialect: in which a model answers; ``vsbench`` is read as VS-Bench does, others strictly.
        thought: whether a model is asked to reason in its answer.
        history: past turns that a model sees; -1, as in VS-Bench, none; None is all.
        image_size: side of the pictures, in pixels.
        prompt: ``full``, or ``brief``: as the policy was trained.
        max_new_tokens: longest answer, in tokens.
        batch: answers at a time.
        device: where a model lies: ``auto`` (a GPU if there is one), ``cpu``, ``cuda`` …
    """

    policy: str
    games: tuple[str, ...] = GAMES
    parts: tuple[Part, ...] = ("decision", "reasoning", "perception")
    episodes: int = 10
    samples: int = 400
    out: Path | None = None
    seed: int = 0
    dialect: str = "vsbench"
    thought: bool = False
    history: int | None = NEWEST
    image_size: int = 448
    prompt: Literal["full", "brief"] = "full"
    max_new_tokens: int = 1024
    batch: int = 64
    device: str = "auto"

    @property
    def telling(self) -> Telling:
        """How a model is told and read."""
        names = {field.name for field in dataclasses.fields(Telling)}
        return Telling(**{k: v for k, v in dataclasses.asdict(self).items() if k in names})


Scores = dict[Part, dict[str, Score]]
"""Part -> game -> score."""


def main(options: Options) -> Scores:
    """Measure, show the tables, and write the numbers."""
    for game in options.games:
        if game not in GAMES:
            raise unknown("game of VS-Bench", game, GAMES)
    if options.episodes < 1 or options.samples < 1:
        raise ValueError("episodes and samples must be at least 1")
    console, policy = Console(), _policy(options)
    scores: Scores = {part: {} for part in options.parts}
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("")
        for part in options.parts:
            for game in options.games:
                title = f"{PARTS[part]}, {game}"
                progress.update(task, description=title)

                def hear(news: str, title: str = title) -> None:
                    progress.update(task, description=f"{title}: {news}")

                try:
                    scores[part][game] = _measure(part, policy, game, options, hear)
                except ImportError as error:
                    console.print(f"{title} is left out: {error}", markup=False)
    for part, found in scores.items():
        if found:
            console.print(_table(options, part, found))
    if options.out is not None:
        _write(options, scores)
        console.print(f"Everything is in {options.out}.", markup=False)
    if isinstance(policy, EndpointPolicy):
        console.print(policy.usage)
    return scores


def _policy(options: Options) -> Policy | None:
    """Load a model; None for the games' own players."""
    if options.policy in NAMED:
        return None
    if options.policy.startswith(SCHEME):
        return endpoint(options.policy, max_tokens=options.max_new_tokens)
    if not Path(options.policy).is_dir():
        raise ValueError(
            "--policy must be random, reference, a folder with a model or openai:URL#MODEL, "
            f"got {options.policy!r}"
        )
    import torch  # only here: games alone need none of it

    from policies.vlm import VLMPolicy

    torch.set_num_threads(1)
    policy = VLMPolicy.load(
        options.policy, parser=options.telling.parser(), max_new_tokens=options.max_new_tokens
    )
    found = "cuda" if torch.cuda.is_available() else "cpu"
    policy.to(found if options.device == "auto" else options.device)
    return policy


def _measure(
    part: Part, policy: Policy | None, game: str, options: Options, hear: Callable[[str], None]
) -> Score:
    contender: Contender = options.policy
    if policy is not None:
        contender = PolicySpeaker(policy, options.history, options.seed)
    if part == "decision":
        return decision_making(
            contender, game, options.episodes, options.seed, options.telling, hear
        )
    hear(f"{options.samples} samples")
    ask = reasoning if part == "reasoning" else perception
    return ask(contender, game, options.samples, options.seed, options.telling)


def _table(options: Options, part: Part, scores: Mapping[str, Score]) -> Table:
    """Show scores beside published ones."""
    beside = {name: row for name, row in published()[PARTS[part]].items() if name in BESIDE}
    names = [name for name in BESIDE if name in beside]
    title = f"{options.policy}, {PARTS[part]}, in percent"
    caption = PUSH if part == "decision" and "simple_push" in scores else None
    # Narrow enough for a terminal of 80 columns.
    table = Table(
        title=title, caption=caption, box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0)
    )
    for column in ("game", "score [95%]"):
        table.add_column(column, no_wrap=True)
    speaks = options.policy not in NAMED
    more = ["raw" if part == "decision" else "chance", *(["unread"] if speaks else [])]
    for column in (*more, *names):
        table.add_column(column.replace("-", "-\n", 1), justify="right", no_wrap=True)
    for game, score in scores.items():
        low, high = interval(score)
        extra = f"{score.raw:.2f}" if score.chance is None else f"{100 * score.chance:.1f}"
        read = [f"{score.unread:.0%}"] if speaks else []
        there = [f"{beside[name][1 + GAMES.index(game)]:.1f}" for name in names]
        shown = f"{score.value:.1f} [{low:.0f}, {high:.0f}]"
        table.add_row(game, shown, extra, *read, *there)
    mean = f"{_overall(scores):.1f}"
    places = [1 + GAMES.index(game) for game in scores]
    there = [f"{np.mean([beside[name][place] for place in places]):.1f}" for name in names]
    table.add_section()
    table.add_row(f"mean of {len(scores)}", mean, *("" for _ in more), *there)
    return table


def _overall(scores: Mapping[str, Score]) -> float:
    return float(np.mean([score.value for score in scores.values()]))


def _write(options: Options, scores: Scores) -> None:
    record: dict[str, Any] = {
        "command": shlex.join(["python", *sys.argv]),
        "settings": dataclasses.asdict(options),
        "overall": {part: _overall(found) for part, found in scores.items() if found},
        "scores": {
            part: {
                game: {
                    "value": score.value,
                    "interval": interval(score),
                    "raw": score.raw,
                    **dataclasses.asdict(score),
                }
                for game, score in found.items()
            }
            for part, found in scores.items()
        },
    }
    assert options.out is not None
    write_atomically(options.out, json.dumps(record, indent=1, default=str).encode() + b"\n")


if __name__ == "__main__":
    options = tyro.cli(Options, description=__doc__)
    try:
        main(options)
    except (ValueError, OSError) as error:
        raise SystemExit(f"error: {error}") from error
