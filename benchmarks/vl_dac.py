"""VL-DAC's experiment in small (arXiv 2508.04280): learning curves, ablation, transfer.

    python -m benchmarks.vl_dac curves       # VL-DAC and its rivals on four worlds
    python -m benchmarks.vl_dac ablation     # its three stabilisers on OneRoom
    python -m benchmarks.vl_dac transfer     # trained on one world, tested on its siblings
    python -m benchmarks.vl_dac open         # from words alone, with other weights and pictures
    python -m benchmarks.vl_dac speed        # what the time goes to

Each writes benchmarks/results/vl_dac_<figure>.json; the first two draw docs/vl_dac/<figure>.png;
`make docs` fills the tables of docs/vl_dac.md. Runs that are finished are not run again.
"""

from __future__ import annotations

import dataclasses
import multiprocessing
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import tyro
from rich.console import Console
from scipy import stats

from algorithms.rollout import collect
from algorithms.statistics import bootstrap_interval
from benchmarks.record import write_result
from benchmarks.vl_dac_figures import draw_curves
from benchmarks.vl_dac_runs import (
    ABLATION,
    METHODS,
    NAVIGATION,
    OPEN,
    WORLDS,
    World,
    cold_start,
    final,
    load,
    run,
    vector,
)
from policies.context import NEWEST, Context
from policies.policy import Generation

RESULTS = Path("benchmarks/results")
FIGURES = Path("docs/vl_dac")
VL_DAC = "VL-DAC"
SIBLINGS: dict[str, tuple[str, ...]] = {
    "OneRoom": ("VLMiniWorld/OneRoomS6-v0", "VLMiniWorld/Hallway-v0", "VLMiniWorld/FourRooms-v0"),
    "OneRoomS6": ("VLMiniWorld/OneRoom-v0", "VLMiniWorld/FourRooms-v0", "VLMiniWorld/WallGap-v0"),
    "NumberLine + EZPoints": ("VLCards/EZPoints-v0",),
}
"""World that is trained on -> environments that are tested, before and after."""
TRANSFER: dict[str, World] = {
    "OneRoom": WORLDS["OneRoom"],
    "OneRoomS6": World("VLMiniWorld/OneRoomS6-v0"),
    # One model that was shown the words of both games, then trained on the first alone.
    "NumberLine + EZPoints": dataclasses.replace(
        WORLDS["NumberLine"], also="VLCards/EZPoints-v0", cold=0.3
    ),
}


def _words_alone(world: World) -> World:
    """Begin without an expert: with the words, and more steps to find out what they do."""
    return dataclasses.replace(world, babble=True, cold=0.0, budget=30_000)


OPEN_WORLDS: dict[str, tuple[World, tuple[str, ...]]] = {
    "Hallway, words alone": (
        _words_alone(WORLDS["Hallway"]),
        (VL_DAC, "VL-DAC, entropy .01"),
    ),
    "OneRoom, words alone": (
        _words_alone(WORLDS["OneRoom"]),
        (VL_DAC, "VL-DAC, entropy .01"),
    ),
    "OneRoom": (WORLDS["OneRoom"], ("VL-DAC, KL 0", VL_DAC, "VL-DAC, KL .05")),
    "Hallway": (WORLDS["Hallway"], ("LOOP, turn mean",)),
    # From a start that says either sign whatever the cards, only the common one is learned.
    "EZPoints, all careless": (
        dataclasses.replace(WORLDS["EZPoints"], careless=1.0, demonstrations=1000, cold=0.4),
        (VL_DAC, "VL-DAC, entropy .01"),
    ),
    "OneRoom, 80 px": (
        dataclasses.replace(WORLDS["OneRoom"], kwargs={**NAVIGATION, "image_size": 80}),
        (VL_DAC,),
    ),
}
"""What the recipe leaves open: worlds, and what is tried on them."""
PUBLISHED: dict[str, dict[tuple[str, str], str]] = {
    "curves": {
        ("Hallway", VL_DAC): ".67 → .99",
        ("Hallway", "LOOP"): ".67 → about .77",
        ("OneRoom", VL_DAC): ".26 → .98 ± .02",
        ("OneRoom", "RL4VLM λ .35"): ".26 → .98",
        ("OneRoom", "RL4VLM λ .5"): ".26 → .93 ± .07",
        ("OneRoom", "LOOP"): ".26 → about .21",
        ("EZPoints", VL_DAC): ".02 → .84 to .9",
    },
    "ablation": {
        ("OneRoom", "none"): ".72",
        ("OneRoom", "warm-up"): ".82",
        ("OneRoom", "KL"): ".93",
        ("OneRoom", "stop-gradient"): ".96",
        ("OneRoom", VL_DAC): ".99",
    },
}
"""What arXiv 2508.04280 reports of Qwen2-VL-7B, where it does: figure -> row -> level."""
HEIGHT = 0.9
"""Success that a training is timed to, and must keep on average."""


@dataclass(frozen=True)
class Options:
    """What is run.

    Attributes:
        figure: which part of the experiment.
        seeds: of the trainings; the cold start is the same for all.
        worlds: of the curves.
        workers: trainings side by side, a core each.
        out: folder of the runs.
    """

    figure: tyro.conf.Positional[Literal["curves", "ablation", "transfer", "open", "speed"]]
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    worlds: tuple[str, ...] = tuple(WORLDS)
    workers: int = 2
    out: Path = Path("outputs/vl_dac")


def main(options: Options) -> None:
    """Run a part of the experiment and write its results."""
    began = time.time()
    result = {
        "curves": curves,
        "ablation": ablation,
        "transfer": transfer,
        "open": left_open,
        "speed": speed,
    }[options.figure](options)
    result["minutes"] = round((time.time() - began) / 60, 1)
    write_result(RESULTS / f"vl_dac_{options.figure}.json", options, result)
    for row in result["rows"]:
        Console().print(row)


# The figures.


def curves(options: Options) -> dict[str, Any]:
    """Train every method on every world, from the world's one cold start."""
    worlds = {name: WORLDS[name] for name in options.worlds}
    found = _train(options, [(world, method) for world in worlds for method in METHODS], WORLDS)
    rows = []
    for name, world in worlds.items():
        start = _start(world, options.out / "cold" / name)
        rows.append(_row("curves", name, "cold start", [start]))
        rows += [_row("curves", name, method, found[name, method]) for method in METHODS]
    _compare(rows, found)
    series = {key: [run["curve"] for run in runs] for key, runs in found.items()}
    draw_curves(series, FIGURES / "curves.png", list(worlds), list(METHODS))
    return {"rows": rows, "runs": _by_name(found)}


def ablation(options: Options) -> dict[str, Any]:
    """Train on OneRoom with none, one and all of the stabilisers."""
    found = _train(options, [("OneRoom", name) for name in ABLATION], WORLDS)
    runs = {name: found["OneRoom", name] for name in ABLATION}
    rows = [_row("ablation", "OneRoom", name, runs[name]) for name in ABLATION]
    _compare(rows, found)
    series = {key: [run["curve"] for run in found[key]] for key in found}
    # In the colours of the other figure.
    methods = [VL_DAC, *(name for name in ABLATION if name != VL_DAC)]
    draw_curves(series, FIGURES / "ablation.png", ["OneRoom"], methods)
    return {"rows": rows, "runs": _by_name(found)}


def transfer(options: Options) -> dict[str, Any]:
    """Train VL-DAC on one world, test on others before and after."""
    found = _train(options, [(name, VL_DAC) for name in TRANSFER], TRANSFER)
    rows = []
    for name, world in TRANSFER.items():
        cold = options.out / "cold" / name
        trained = [options.out / "runs" / name / VL_DAC / str(seed) for seed in options.seeds]
        for env in (world.env, *SIBLINGS[name]):
            before = [final(world, load(world, cold, env), 0, env)]
            after = [
                final(world, load(world, folder / "policy", env), seed, env)
                for folder, seed in zip(trained, options.seeds, strict=True)
            ]
            rows.append(
                {
                    "trained on": name,
                    "tested on": env,
                    "before": _cell([one["sampled"] for one in before]),
                    "after": _cell([one["sampled"] for one in after]),
                    "greedy before": _cell([one["greedy"] for one in before]),
                    "greedy after": _cell([one["greedy"] for one in after]),
                }
            )
    return {"rows": rows, "runs": _by_name(found)}


def left_open(options: Options) -> dict[str, Any]:
    """Begin with words alone, weigh the KL term otherwise, look at larger pictures."""
    worlds = {name: world for name, (world, _) in OPEN_WORLDS.items()}
    wanted = [(name, method) for name, (_, methods) in OPEN_WORLDS.items() for method in methods]
    found = _train(options, wanted, worlds)
    rows = []
    for name, (world, methods) in OPEN_WORLDS.items():
        start = _start(world, options.out / "cold" / name)
        rows.append(_row("open", name, "cold start", [start]))
        rows += [_row("open", name, method, found[name, method]) for method in methods]
    return {"rows": rows, "runs": _by_name(found)}


def speed(options: Options) -> dict[str, Any]:
    """Say how many turns a second the whole loop makes, and what the time goes to."""
    world = WORLDS["OneRoom"]
    cold = cold_start(world, options.out / "cold" / "OneRoom")
    rows = []
    for size in (48, 64, 112):
        sized = dataclasses.replace(world, kwargs={**world.kwargs, "image_size": size})
        # The policy takes pictures of 48 pixels: larger ones are made, and left out of its sight.
        rows.append(_split(sized, load(world, cold), size))
    return {"rows": rows}


class _Shrinking:
    """Acts on a corner of pictures that are too large for the policy, and keeps the time."""

    def __init__(self, policy: Any) -> None:
        self.policy, self.seconds = policy, 0.0

    def act(self, contexts: Sequence[Context], greedy: bool = False) -> list[Generation]:
        """Answer, and count how long it took."""
        began = time.perf_counter()
        for context in contexts:
            message = context.messages[-1]
            if message.image is not None:
                message.image = np.ascontiguousarray(message.image[:48, :48])
        answers: list[Generation] = self.policy.act(contexts, greedy)
        self.seconds += time.perf_counter() - began
        return answers


def _split(world: World, policy: Any, size: int) -> dict[str, Any]:
    actor = _Shrinking(policy)
    with closing(vector(world)) as envs:
        collect(envs, actor, range(16), history=NEWEST)  # textures are read, caches filled
        actor.seconds = 0.0
        began = time.perf_counter()
        episodes = collect(envs, actor, range(100, 10_000), history=NEWEST, turns=2000)
        played = time.perf_counter() - began
    turns = sum(len(episode.turns) for episode in episodes)
    algorithm = METHODS[VL_DAC].begin(world, policy, 0)
    algorithm.updates = 3  # behind the critic's warm-up
    began = time.perf_counter()
    algorithm.update(episodes)
    learned = time.perf_counter() - began
    whole = played + learned
    return {
        "picture": f"{size} x {size}",
        "turns per second": round(turns / whole, 1),
        "environment": f"{(played - actor.seconds) / whole:.0%}",
        "sampling": f"{actor.seconds / whole:.0%}",
        "update": f"{learned / whole:.0%}",
        "environment alone, turns per second": round(turns / (played - actor.seconds)),
    }


# What they share.

Found = dict[tuple[str, str], list[dict[str, Any]]]


def _train(
    options: Options, wanted: Sequence[tuple[str, str]], worlds: Mapping[str, World]
) -> Found:
    """Do all runs that are wanted, some at a time; the cold starts come first."""
    console = Console()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.workers, mp_context=context) as pool:
        names = list(dict.fromkeys(name for name, _ in wanted))
        list(pool.map(cold_start, *zip(*[_cold(options, worlds, n) for n in names], strict=True)))
        jobs = {
            pool.submit(_job, options, worlds[name], name, method, seed): (name, method, seed)
            for seed in options.seeds
            for name, method in wanted
        }
        for number, job in enumerate(as_completed(jobs), 1):
            name, method, seed = jobs[job]
            success = np.mean(job.result()["sampled"])
            console.print(f"{number}/{len(jobs)} {name}, {method}, seed {seed}: {success:.2f}")
    return {
        (name, method): [_job(options, worlds[name], name, method, seed) for seed in options.seeds]
        for name, method in wanted
    }


def _cold(options: Options, worlds: Mapping[str, World], name: str) -> tuple[World, Path]:
    return worlds[name], options.out / "cold" / name


def _job(options: Options, world: World, name: str, method: str, seed: int) -> dict[str, Any]:
    how = {**ABLATION, **OPEN, **METHODS}[method]
    folder = options.out / "runs" / name / method / str(seed)
    return run(world, how, seed, options.out / "cold" / name, folder)


def _start(world: World, cold: Path) -> dict[str, Any]:
    return {**final(world, load(world, cold), 0), "curve": []}


def _row(figure: str, world: str, method: str, runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Sum up the seeds of a method."""
    means = [float(np.mean(one["sampled"])) for one in runs]
    return {
        "world": world,
        "method": method,
        "sampled": _cell([one["sampled"] for one in runs]),
        "each seed": " ".join(f"{mean:.2f}".lstrip("0") for mean in means),
        "greedy": _cell([one["greedy"] for one in runs]),
        "less VL-DAC": "",
        f"steps to {HEIGHT:.2f}": _steps_to(HEIGHT, [one["curve"] for one in runs]),
        "published": PUBLISHED.get(figure, {}).get((world, method), ""),
    }


def _compare(rows: Sequence[dict[str, Any]], found: Found) -> None:
    """Set each method beside VL-DAC, seed by seed; judge all of a table's rows together."""
    judged, differences = [], []
    for row in rows:
        key = row["world"], row["method"]
        if key in found and row["method"] != VL_DAC:
            ours = found[row["world"], VL_DAC]
            pairs = zip(found[key], ours, strict=True)
            judged.append(row)
            differences.append([np.mean(a["sampled"]) - np.mean(b["sampled"]) for a, b in pairs])
    for row, text in zip(judged, verdicts(differences), strict=True):
        row["less VL-DAC"] = text


def verdicts(differences: Sequence[Sequence[float]], level: float = 0.05) -> list[str]:
    """Say each mean difference, its t interval over the seeds, and what follows.

    A bootstrap over five seeds is too narrow; and of twenty comparisons one errs by chance. So the
    test is a paired t test, and Holm's correction holds the chance of any error below ``level``.
    """
    tests = [stats.ttest_1samp(np.asarray(one), 0.0) for one in differences]
    values = [1.0 if np.isnan(test.pvalue) else float(test.pvalue) for test in tests]
    told_apart = [False] * len(tests)
    for rank, index in enumerate(np.argsort(values)):
        if values[index] > level / (len(values) - rank):
            break
        told_apart[index] = True
    texts = []
    for one, test, apart in zip(differences, tests, told_apart, strict=True):
        mean, (low, high) = np.mean(one), test.confidence_interval()
        words = ("below" if mean < 0 else "above") if apart else "not told apart"
        texts.append(f"{mean:+.2f} [{low:+.2f}, {high:+.2f}] {words}")
    return texts


def _cell(seeds: Sequence[Sequence[float]]) -> str:
    values = [np.array(seed) for seed in seeds]
    low, high = bootstrap_interval(values, rng=np.random.default_rng(0))
    return f"{np.mean([one.mean() for one in values]):.2f} [{low:.2f}, {high:.2f}]"


def _steps_to(height: float, curves: Sequence[Sequence[Sequence[float]]]) -> str:
    """Say when half of the seeds had reached a success for good, and how many never did.

    For good: this evaluation is as high, and so is the mean of all from it on.
    """
    if not all(curves):
        return ""
    steps = []
    for curve in curves:
        successes = np.array([success for _, success in curve])
        means = np.cumsum(successes[::-1])[::-1] / np.arange(len(curve), 0, -1)
        kept = np.flatnonzero((successes >= height) & (means >= height))
        steps.append(curve[kept[0]][0] if len(kept) else np.inf)
    missed, median = int(np.isinf(steps).sum()), np.median(steps)
    told = "not reached" if np.isinf(median) else f"{median / 1000:.0f}k"
    return f"{told} ({missed} of {len(steps)} never)" if missed else told


def _by_name(found: Found) -> dict[str, list[dict[str, Any]]]:
    return {f"{name}, {method}": runs for (name, method), runs in found.items()}


if __name__ == "__main__":
    main(tyro.cli(Options, description=__doc__))
