"""Soak: hours of training under random faults, beside the same training without any.

python -m benchmarks.soak --hours 2

Both runs train the same tiny policy on the same slow environments (each in a process of its own)
for the same number of updates. Into one of them faults are thrown, at random times drawn from a
seed: environments raise, hang, or have their process killed; the disk fills up; the trainer gets
SIGTERM or SIGKILL and is called again with ``--resume auto``. At the end both must have counted the
same episodes, and have the same weights to the bit. The memory of both is watched.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import shutil
import signal
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.record import write_result
from benchmarks.soak_training import Options
from benchmarks.soak_watch import Faults, Run, small_disk

SECONDS_PER_UPDATE = 2.55
"""Measured, with the default latency."""
FAULTLESS_SHARE = 5 / 6
"""Of the time, which a run without faults needs."""


def digest(out: Path) -> dict[str, str]:
    """Hash the weights and the optimiser's state at the end of a run, tensor by tensor."""
    import torch

    found = {}
    for stage in ("sft", "vl_dac"):
        saved = sorted((out / stage).glob("update-*"))
        if not saved:
            continue
        state = torch.load(saved[-1] / "trainer.pt", weights_only=True)
        for part in ("weights", "optimizer"):
            hashed = hashlib.sha256()
            feed(hashed, state[part])
            found[f"{stage} {part} after {state['updates']} updates"] = hashed.hexdigest()[:16]
    return found


def feed(hashed: Any, value: Any) -> None:
    """Hash nested values, tensors by their bytes."""
    if isinstance(value, dict):
        for key in value:
            hashed.update(str(key).encode())
            feed(hashed, value[key])
    elif isinstance(value, (list, tuple)):
        for one in value:
            feed(hashed, one)
    else:
        hashed.update(value.numpy().tobytes() if hasattr(value, "numpy") else str(value).encode())


def soak(options: Options) -> dict[str, Any]:
    """Train twice, once under faults; return what came of it."""
    seconds = options.hours * 3600
    updates = options.updates or max(10, round(seconds / SECONDS_PER_UPDATE * FAULTLESS_SHARE))
    options.folder.mkdir(parents=True, exist_ok=True)
    folder = options.folder.resolve() / f"{os.getpid()}"
    orders = folder / "orders"
    orders.mkdir(parents=True)
    options = dataclasses.replace(options, folder=folder)
    with small_disk(folder / "disk", options.disk_mb) as mounted:
        plain = Run("plain", options, updates, folder / "plain")
        faulty = Run("faulty", options, updates, folder / "disk" / "run", orders)
        faults = Faults(faulty, seconds, mounted)
        finished = False
        try:
            plain.start()
            faulty.start()
            watch([plain, faulty], faults)
            finished = True
        except (KeyboardInterrupt, RuntimeError) as error:
            say(f"stopped ({error or 'from outside'}): writing what there is")
        finally:
            for run in (plain, faulty):
                if run.process and run.process.poll() is None:
                    run.process.kill()
        if finished:
            shutil.copytree(faulty.out, folder / "faulty")
        plainly, faultily = plain.result(), faulty.result()
        result = {
            "finished": finished,
            "updates": updates,
            "plain": plainly,
            "faulty": faultily,
            "faults": faults.result(),
            "same_episodes": plainly["episodes"] == faultily["episodes"],
            "same_weights_and_optimizer": digest(plain.out) == digest(faulty.out),
            "same_log": comparable(plain) == comparable(faulty),
            "weights": {"plain": digest(plain.out), "faulty": digest(faulty.out)},
        }
        return {**result, "rows": rows(result)}


def rows(result: Mapping[str, Any]) -> list[dict[str, object]]:
    """Arrange a result as a table of both runs."""
    runs = {"without faults": result["plain"], "with faults": result["faulty"]}
    faults = result["faults"]["thrown"]

    def row(what: str, **cells: object) -> dict[str, object]:
        return {"": what} | {
            name: cells[of] for name, of in zip(runs, ("plain", "faulty"), strict=True)
        }

    def both(what: str, show: Callable[[Any], object]) -> dict[str, object]:
        return {"": what} | {name: show(run) for name, run in runs.items()}

    def memory(run: Any) -> str:
        quarters = run["memory_of_trainer"].get("maximum_of_quarters_mb", [0])
        return f"{quarters[0]:.0f}, {quarters[-1]:.0f}"

    def slope(run: Any) -> str:
        found = run["memory_of_trainer"]
        if "interval_95" not in found:
            return "too short to say"
        low, high = found["interval_95"]
        return f"{found['slope_of_second_half_mb_per_hour']:.1f} [{low:.1f}, {high:.1f}]"

    return [
        both("minutes", lambda run: f"{run['minutes']:.0f}"),
        both("updates", lambda run: run["updates"]),
        both("episodes counted", lambda run: run["episodes"]),
        both("of them masked", lambda run: run["episodes_masked"]),
        both("episodes played again", lambda run: run["episodes_played_again"]),
        both("starts of the trainer", lambda run: run["trainer_starts"]),
        row("environments that raised", plain=0, faulty=faults.get("raise", 0)),
        row("environments that hung", plain=0, faulty=faults.get("hang", 0)),
        row("environments' processes killed", plain=0, faulty=faults.get("kill", 0)),
        row("times the disk was full", plain=0, faulty=faults.get("disk", 0)),
        row("SIGTERM to the trainer", plain=0, faulty=faults.get("sigterm", 0)),
        row("SIGKILL to the trainer", plain=0, faulty=faults.get("sigkill", 0)),
        both("trainer's memory in the first and last quarter, at most, MB", memory),
        both("its slope over the second half, MB an hour", slope),
        row(
            "weights and optimiser at the end",
            plain="",
            faulty="equal" if result["same_weights_and_optimizer"] else "different",
        ),
    ]


def comparable(run: Run) -> list[dict[str, Any]]:
    """Give a run's log without its clock and its repetitions."""
    return [
        {k: v for k, v in r.items() if not k.startswith("time/") and not k.endswith("/replayed")}
        for r in run.records()
    ]


def watch(runs: list[Run], faults: Faults) -> None:
    """Tend both runs until they are finished."""
    began = time.time()
    told = measured = 0.0
    while True:
        now = time.time() - began
        going = [run.tend() for run in runs]
        if not any(going):
            return
        if going[1]:
            faults.throw()
        if now >= measured:
            measured = now + 10
            for run, still in zip(runs, going, strict=True):
                if still:
                    run.measure()
        if now >= told:
            told = now + 60
            done = {run.name: len(run.records()) for run in runs}
            memory = {run.name: round(run.memory[-1][2]) for run in runs if run.memory}
            say(f"{now / 60:6.1f} min  lines {done}  faults {faults.counts}  MB {memory}")
        time.sleep(0.5)


def say(text: str) -> None:
    """Print a line at once."""
    print(time.strftime("%H:%M:%S"), text, flush=True)


def interrupt(*_: Any) -> None:
    """Stop as Ctrl-C does."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    import tyro

    chosen = tyro.cli(Options, description=__doc__)
    signal.signal(signal.SIGTERM, interrupt)
    measured = soak(chosen)
    write_result(chosen.result, chosen, measured)
    say("; ".join(" | ".join(map(str, row.values())) for row in measured["rows"]))
