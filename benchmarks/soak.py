"""Soak: hours of training under random faults, beside the same training without any.

python -m benchmarks.soak --hours 2

Both runs train the same tiny policy on the same slow environments (each in a process of its own)
for the same number of updates. Into one of them faults are thrown, at random times drawn from a
seed: environments raise, hang, or have their process killed; the disk fills up; the trainer gets
SIGTERM or SIGKILL and is called again with ``--resume auto``. At the end both must have counted the
same episodes, and have the same weights to the bit. The memory of both is watched.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import gymnasium as gym
import numpy as np

import vl_envs  # noqa: F401 (registers the environment that is made slow)
from benchmarks.record import ROOT, write_result

ENV = "Soak/MatSearchSmall-v0"
REAL = "VLTool/MatSearchSmall-v0"
FAULTS = "SOAK_FAULTS"
"""Names the folder in which faults are ordered, in the environment of the run that gets them."""
PER_HOUR = {"raise": 30, "hang": 10, "kill": 30, "disk": 4, "sigterm": 4, "sigkill": 4}
"""Faults of each kind."""


@dataclass(frozen=True)
class Options:
    """How long to soak, and how hard.

    Attributes:
        hours: about; the number of updates follows from it.
        updates: of either run; 0 is as many as fit into ``hours``.
        latency: seconds that an environment waits in each step, as a browser or simulator does.
        step_timeout: seconds after which an environment counts as hung.
        disk_mb: size of the small disk.
        disk_seconds: how long it stays full.
        faults_per_hour: multiplies the usual number of faults.
        seed: of the faults, and of the training.
        folder: in it each soak has one of its own, with both runs.
        result: the JSON file.
    """

    hours: float = 2.0
    updates: int = 0
    latency: float = 0.6
    step_timeout: float = 15.0
    disk_mb: int = 48
    disk_seconds: float = 30.0
    faults_per_hour: float = 1.0
    seed: int = 0
    folder: Path = Path("outputs/soak")
    result: Path = Path("benchmarks/results/soak.json")


# The environment, in the trainers' processes.


class Slow(gym.Wrapper[Any, Any, Any, Any]):
    """Waits in each step, and fails where that was ordered."""

    def __init__(self, env: gym.Env[Any, Any], latency: float) -> None:
        super().__init__(env)
        self.latency = latency
        self.faults = Path(os.environ[FAULTS]) if FAULTS in os.environ else None
        if self.faults:
            (self.faults / f"pid-{os.getpid()}").touch()

    def step(self, action: Any) -> tuple[Any, Any, bool, bool, dict[str, Any]]:
        """Step, slowly."""
        time.sleep(self.latency)
        if self._ordered("raise"):
            raise RuntimeError("the soak's fault")
        if self._ordered("hang"):
            time.sleep(1e6)
        return self.env.step(action)

    def _ordered(self, kind: str) -> bool:
        """Take an order of this kind, if there is one: each is taken by one environment."""
        for order in self.faults.glob(f"{kind}-*") if self.faults else ():
            with contextlib.suppress(FileNotFoundError):
                order.rename(order.with_name(f"done-{order.name}"))
                return True
        return False


def slow(latency: float, split: str = "train", **kwargs: Any) -> Slow:
    """Make the slow environment."""
    return Slow(gym.make(REAL, split=split, **kwargs).unwrapped, latency)


if ENV not in gym.registry:
    limit = gym.spec(REAL).max_episode_steps
    gym.register(ENV, entry_point="benchmarks.soak:slow", max_episode_steps=limit)


# The trainer, a process of its own.


def train(options: Options, updates: int, out: Path) -> None:
    """Train, or go on with it."""
    from algorithms.run import RunConfig, run, told_in_one_line
    from policies.vlm import VLMPolicy

    # An episode that is played again is in a batch with others than before, which changes the last
    # bits of its log-probabilities. Batches of one make the two runs comparable to the bit.
    VLMPolicy.act = one_by_one(VLMPolicy.act)  # type: ignore[method-assign]
    VLMPolicy.values = one_by_one(VLMPolicy.values)  # type: ignore[method-assign]
    config = RunConfig(
        env=ENV,
        env_kwargs=json.dumps({"latency": options.latency}),
        algo="vl_dac",
        out=out,
        resume="auto",
        seed=options.seed,
        # Demonstrations are of even length, so that the time it takes can be told in advance.
        sft_updates=updates - max(2, updates * 3 // 20),
        rl_updates=max(2, updates * 3 // 20),
        tasks=4,
        group=2,
        demonstrations=8,
        eval_tasks=4,
        eval_every=max(2, updates // 5),
        envs=4,
        vectorization_mode="async",
        step_timeout=options.step_timeout,
        retries=6,
    )
    with told_in_one_line():
        run(config)


def one_by_one(method: Callable[..., Any]) -> Callable[..., Any]:
    """Have a policy's method see contexts one at a time."""

    def alone(self: Any, contexts: Any, *args: Any) -> Any:
        answers = [method(self, [context], *args)[0] for context in contexts]
        return answers

    return alone


# What watches both, and throws the faults.


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
                [sys.executable, "-m", "benchmarks.soak", "TRAIN", words],
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
        from algorithms.run_log import read_records

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
    """Throws faults into a run, at times drawn from a seed."""

    run: Run
    seconds: float
    small_disk: bool
    counts: dict[str, int] = field(default_factory=dict)
    log: list[tuple[float, str]] = field(default_factory=list)
    ballast_until: float = 0.0

    def __post_init__(self) -> None:
        options = self.run.options
        rng = random.Random(options.seed)
        self.random = rng
        self.plan = sorted(
            (rng.uniform(0.02, 0.9) * self.seconds, kind)
            for kind, rate in PER_HOUR.items()
            for _ in range(max(1, round(rate * options.faults_per_hour * self.seconds / 3600)))
            if kind != "disk" or self.small_disk
        )
        self.planned = len(self.plan)
        self.ballast = self.run.out.parent / "ballast"

    def throw(self, now: float) -> None:
        """Throw what is due after ``now`` seconds."""
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
        same = digest(plain.out) == digest(faulty.out)
        result = {
            "finished": finished,
            "updates": updates,
            "plain": plain.result(),
            "faulty": faulty.result(),
            "faults": faults.result(),
            "same_episodes": plain.result()["episodes"] == faulty.result()["episodes"],
            "same_weights_and_optimizer": same,
            "same_log": comparable(plain) == comparable(faulty),
            "weights": {"plain": digest(plain.out), "faulty": digest(faulty.out)},
        }
    return result


def comparable(run: Run) -> list[dict[str, Any]]:
    """Give a run's log without its clock and its repetitions."""
    return [
        {k: v for k, v in r.items() if not k.startswith("time/") and not k.endswith("/replayed")}
        for r in run.records()
    ]


SECONDS_PER_UPDATE = 2.55
"""Measured, with the default latency."""
FAULTLESS_SHARE = 5 / 6
"""Of the time, which a run without faults needs."""


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
            faults.throw(now)
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
    if sys.argv[1:2] == ["TRAIN"]:
        given, number, where = json.loads(sys.argv[2])
        train(Options(**given), number, Path(where))
    else:
        import tyro

        chosen = tyro.cli(Options, description=__doc__)
        signal.signal(signal.SIGTERM, interrupt)
        measured = soak(chosen)
        write_result(chosen.result, chosen, measured)
        summary = {k: v for k, v in measured.items() if k not in ("faults", "weights")}
        say(json.dumps(summary, indent=1))
