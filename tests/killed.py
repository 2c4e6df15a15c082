"""Train toy runs in processes that die, are stopped, or find the disk full.

``python -m tests.killed FOLDER``: one subfolder for each way to fail. What each process died of is
printed as JSON.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import algorithms.checkpoint
import algorithms.train
import tests.toys
from algorithms.evaluate import evaluate
from algorithms.grpo import GRPO
from algorithms.run_log import RunLog
from tests.toys import train_toy

UPDATES = 6
MOMENTS = ("line", "half", "checkpoint", "old", "anytime", "full-model", "full-state", "full-log")
SIGNALS = {
    "SIGTERM-play": 3,
    "SIGINT-update": 3,
    "SIGTERM-evaluation": 2,
    "SIGTERM-twice": 2,
}
"""When a signal comes, and how many updates are saved then: none of those made is lost, unless an
evaluation is cut off, or a second signal comes."""


def kill(*_: Any, **__: Any) -> None:
    """Die at once, without a chance to tidy up."""
    os.kill(os.getpid(), signal.SIGKILL)


def at(count: int, action: Callable[..., Any], otherwise: Callable[..., Any]) -> Any:
    """Make a function that acts differently at its ``count``-th call."""
    calls = [0]

    def counted(*args: Any, **kwargs: Any) -> Any:
        calls[0] += 1
        return (action if calls[0] == count else otherwise)(*args, **kwargs)

    return counted


def half_a_line(log: RunLog, record: object) -> None:
    """Write what a computer that lost power may leave, and die."""
    with log.path.open("a") as file:
        file.write('{"stage": "grpo", "upd')
    kill()


def half_an_old_checkpoint(folder: Path, ignore_errors: bool = False) -> None:
    """Remove one file of a checkpoint that is to go, and die."""
    if folder.name.startswith("update-"):
        next(folder.glob("*.pt")).unlink()
        kill()


def arm(moment: str, folder: Path) -> None:
    """Make this process fail at a moment of its training."""
    if moment == "line":
        RunLog.write = at(3, kill, RunLog.write)  # type: ignore[method-assign]
    elif moment == "half":
        RunLog.write = at(3, half_a_line, RunLog.write)  # type: ignore[method-assign]
    elif moment == "checkpoint":
        flush: Any = algorithms.checkpoint._flush
        files = len(list((folder / "grpo" / "update-000002").iterdir()))
        algorithms.checkpoint._flush = at(files - 1, kill, flush)
    elif moment == "old":
        shutil.rmtree = at(3, half_an_old_checkpoint, shutil.rmtree)
    elif moment in SIGNALS:
        name, _, when = moment.partition("-")

        def signalled(otherwise: Callable[..., Any], times: int = 1) -> Callable[..., Any]:
            def act(*args: Any, **kwargs: Any) -> Any:
                for _ in range(times):
                    os.kill(os.getpid(), signal.Signals[name])
                return otherwise(*args, **kwargs)

            return act

        if when == "play":
            drawn: Any = algorithms.train._drawn
            algorithms.train._drawn = at(2, signalled(drawn), drawn)
        elif when in ("update", "twice"):
            update = signalled(GRPO.update, 2 if when == "twice" else 1)
            GRPO.update = at(1, update, GRPO.update)  # type: ignore[method-assign]
        else:
            tests.toys.evaluate = at(1, signalled(evaluate), evaluate)  # type: ignore[attr-defined]
    elif moment.startswith("full"):
        checkpoint = folder / "grpo" / "update-000002"
        limit = {
            "full-model": 50_000,
            "full-state": (checkpoint / "model.safetensors").stat().st_size + 20_000,
            "full-log": (folder / "metrics.jsonl").stat().st_size + 40,
        }[moment]
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))


def run(moment: str, folder: Path) -> str:
    """Train in a child process that fails at ``moment``; say what it died of."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            train_toy("grpo", folder, 2, UPDATES)
            arm(moment, folder)
            train_toy("grpo", folder, UPDATES, UPDATES)
            message = "nothing"
        except BaseException as error:
            message = f"{type(error).__name__}: {error}"
        os.write(writing, message.encode())
        os._exit(0)
    os.close(writing)
    while moment == "anytime" and not (folder / "grpo" / "update-000004").exists():
        time.sleep(0.001)
    if moment == "anytime":
        time.sleep(0.03)
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    message = os.read(reading, 10_000).decode()
    return message or signal.Signals(os.WTERMSIG(status)).name


if __name__ == "__main__":
    print(
        json.dumps(
            {moment: run(moment, Path(sys.argv[1]) / moment) for moment in (*MOMENTS, *SIGNALS)}
        )
    )
