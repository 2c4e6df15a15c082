"""What watches the trainings of a soak, and throws the faults into one of them."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np

from algorithms.run_log import read_records
from benchmarks.record import ROOT
from benchmarks.soak_training import FAULTS, PER_HOUR, Options


@dataclass
class Run:
    """One training, and all that was seen of it."""

    name: str
    options: Options
    updates: int
    out: Path
    faults: Path | None = None
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0
    exits: list[int] = field(default_factory=list)
    unexpected: int = 0
    memory: list[tuple[float, float, float]] = field(default_factory=list)
    began: float = 0.0
    ended: float = 0.0

    def start(self) -> None:
        """Start the trainer, or start it again."""
        self.began = self.began or time.time()
        self.starts += 1
        given = dataclasses.asdict(self.options)
        words = json.dumps([given, self.updates, str(self.out)], default=str)
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        if self.faults:
            environment[FAULTS] = str(self.faults)
        with self._log() as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.soak_training", words],
                cwd=ROOT,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _log(self) -> IO[bytes]:
        return (self.options.folder / f"{self.name}.log").open("ab")

    def tend(self) -> bool:
        """Start the trainer again where it was stopped; tell whether the run still goes on."""
        if self.ended or self.process is None:
            return False
        code = self.process.poll()
        if code is None:
            return True
        self.exits.append(code)
        if code == 0:
            self.ended = time.time()
            return False
        self.unexpected += code not in (128 + signal.SIGTERM, -signal.SIGKILL, -signal.SIGTERM)
        if self.unexpected > 3:
            raise RuntimeError(f"the {self.name} run ended with code {code}: see its log")
        self.start()
        return True

    def tree(self) -> list[int]:
        """List the trainer's process and all below it."""
        parents = {}
        for stat in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        found = [self.process.pid] if self.process else []
        for pid in found:
            found += [child for child, parent in parents.items() if parent == pid]
        return found

    def workers(self) -> list[int]:
        """List the processes in which an environment lives."""
        assert self.faults is not None and self.process is not None
        named = {int(path.name[4:]) for path in self.faults.glob("pid-*")}
        return sorted(named & set(self.tree()) - {self.process.pid})

    def measure(self) -> None:
        """Note the memory of the trainer and of all its processes, in MB."""
        sizes = [resident(pid) for pid in self.tree()]
        self.memory.append((time.time() - self.began, sizes[0], sum(sizes)))

    def records(self) -> list[dict[str, Any]]:
        """Read the run's log."""
        return read_records(self.out / "metrics.jsonl")

    def result(self) -> dict[str, Any]:
        """Sum the run up."""
        records = self.records()
        updates = [r for r in records if "time/rollout" in r]

        def total(*names: str) -> float:
            return sum(float(r.get(name, 0)) for r in updates for name in names)

        until = self.ended or time.time()
        failed, replayed = (
            [f"{of}/{name}" for of in ("rollout", "demonstration")]
            for name in ("env_error", "replayed")
        )
        return {
            "minutes": round((until - self.began) / 60, 2),
            "finished": bool(self.ended),
            "updates": len(updates),
            "episodes": max((r.get("episodes", 0) for r in records), default=0),
            "episodes_masked": round(8 * total(*failed)),
            "episodes_played_again": int(total(*replayed)),
            "trainer_starts": self.starts,
            "trainer_exit_codes": self.exits,
            "trainer_unexpected_exits": self.unexpected,
            "trainer_cores": round(total("time/cpu") / (until - self.began), 3),
            "memory_of_trainer": flatness([(t, own) for t, own, _ in self.memory]),
            "memory_of_all_processes": flatness([(t, all_) for t, _, all_ in self.memory]),
        }


def resident(pid: int) -> float:
    """Measure a process's resident memory in MB; 0 if it is gone."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
    return 0.0


def flatness(points: list[tuple[float, float]]) -> dict[str, Any]:
    """Tell how memory went: quarters' maxima, and the slope over the second half in MB an hour."""
    if len(points) < 8:
        return {"samples": len(points)}
    times, sizes = np.array(points).T
    quarters = [part.max().round(1) for part in np.array_split(sizes, 4)]
    half = len(times) // 2
    x, y = times[half:] / 3600, sizes[half:]
    x = x - x.mean()
    slope = float((x * y).sum() / (x * x).sum())
    rest = y - y.mean() - slope * x
    error = float(np.sqrt((rest**2).sum() / max(1, len(x) - 2) / (x * x).sum()))
    return {
        "samples": len(points),
        "maximum_of_quarters_mb": quarters,
        "slope_of_second_half_mb_per_hour": round(slope, 2),
        "interval_95": [round(slope - 1.96 * error, 2), round(slope + 1.96 * error, 2)],
    }


@dataclass
class Faults:
    """Throws faults into a run, at times drawn from a seed, counted from its first line."""

    run: Run
    seconds: float
    small_disk: bool
    counts: dict[str, int] = field(default_factory=dict)
    log: list[tuple[float, str]] = field(default_factory=list)
    ballast_until: float = 0.0
    began: float = 0.0

    def __post_init__(self) -> None:
        options = self.run.options
        rng = random.Random(options.seed)
        self.random = rng
        self.plan = sorted(
            (rng.uniform(0.02, 0.9) * self.seconds, kind)
            for kind, rate in PER_HOUR.items()
            for _ in range(max(1, round(rate * options.faults_per_hour * self.seconds / 3600)))
            if kind in options.kinds and (kind != "disk" or self.small_disk)
        )
        self.planned = len(self.plan)
        self.ballast = self.run.out.parent / "ballast"

    def throw(self) -> None:
        """Throw what is due."""
        if not self.began:
            self.began = time.time() if self.run.records() else 0.0
            return
        now = time.time() - self.began
        if self.ballast_until and now >= self.ballast_until:
            self.ballast.unlink()
            self.ballast_until = 0.0
        while self.plan and self.plan[0][0] <= now:
            kind = self.plan[0][1]
            if not self._throw(kind, now):
                return  # at the next opportunity
            self.plan.pop(0)
            self.counts[kind] = self.counts.get(kind, 0) + 1
            self.log.append((round(now, 1), kind))

    def _throw(self, kind: str, now: float) -> bool:
        run = self.run
        assert run.faults is not None and run.process is not None
        if kind in ("raise", "hang"):
            (run.faults / f"{kind}-{len(self.log)}").touch()
        elif kind == "kill":
            workers = run.workers()
            if not workers:
                return False
            os.kill(self.random.choice(workers), signal.SIGKILL)
        elif kind == "disk":
            if self.ballast_until:
                return False
            with contextlib.suppress(OSError), self.ballast.open("wb", buffering=0) as file:
                while file.write(bytes(65536)):
                    pass
            self.ballast_until = now + run.options.disk_seconds
        else:
            run.process.send_signal(signal.SIGTERM if kind == "sigterm" else signal.SIGKILL)
        return True

    def result(self) -> dict[str, Any]:
        """Count what was thrown; what an environment was told to do, and did."""
        assert self.run.faults is not None
        done = [path.name.split("-")[1] for path in self.run.faults.glob("done-*")]
        return {
            "thrown": dict(sorted(self.counts.items())),
            "taken_by_environments": {kind: done.count(kind) for kind in ("hang", "raise")},
            "planned": self.planned,
            "small_disk": self.small_disk,
            "seconds_and_kinds": self.log,
        }


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[bool]:
    """Mount a small disk; tell whether that was allowed."""
    folder.mkdir(parents=True)
    words = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(words, capture_output=True).returncode == 0
    except FileNotFoundError:
        mounted = False
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
