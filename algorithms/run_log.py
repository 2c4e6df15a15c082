"""A run's log: complete lines in ``metrics.jsonl``, and a live picture in the terminal."""

from __future__ import annotations

import errno
import json
import os
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from algorithms.files import Result, patiently, write_atomically

_SHOWN = (
    ("success", "rollout/success"),
    ("demonstrated", "demonstration/success"),
    ("return", "rollout/return"),
    ("valid", "rollout/valid"),
    ("entropy", "policy/entropy"),
    ("loss", "loss/policy"),
    ("turns/s", "time/turns_per_second"),
)


class RunLog:
    """Writes what a run measures, a JSON object a line, and shows it while it happens.

    Args:
        folder: of the run; ``metrics.jsonl`` in it is continued if it exists.
        quiet: show nothing.
        patience: seconds to wait for room on a full disk; 0 raises at once.
        silent: write nothing either: another process keeps the log.
    """

    def __init__(
        self, folder: Path, quiet: bool = False, patience: float = 0.0, silent: bool = False
    ) -> None:
        self.patience = patience
        folder.mkdir(parents=True, exist_ok=True)
        self.silent = silent
        self.path = folder / "metrics.jsonl"
        self.started = time.monotonic()
        self.console = Console(quiet=quiet or silent)
        self._progress = Progress(
            TextColumn("[bold]{task.description:>8}"),
            BarColumn(bar_width=24),
            TextColumn("{task.completed:>4.0f}/{task.total:.0f}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[metrics]}"),
            console=self.console,
            refresh_per_second=4,
        )
        self._task: TaskID | None = None
        self._total = 0

    def __enter__(self) -> RunLog:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def say(self, text: str) -> None:
        """Print a line above the bars."""
        self._progress.console.print(text, soft_wrap=True)

    def start_stage(self, stage: str, total: int, done: int = 0) -> None:
        """Begin a bar of ``total`` updates, ``done`` of them in an earlier session.

        Lines of updates that the resumed checkpoint does not know are dropped from the file.
        """
        if not self.silent:
            self._forget(stage, done)
        self._total = total
        self._task = self._progress.add_task(stage, total=total, completed=done, metrics="")

    def write(self, record: Mapping[str, object]) -> None:
        """Append a record as one complete line; advance the bar if it is an update's.

        Raises:
            OSError: it could not be written; the file is as before.
        """
        if self.silent:
            return
        line = json.dumps({**record, "time/seconds": round(time.monotonic() - self.started, 3)})
        data = line.encode() + b"\n"
        self.save(partial(self._append, data))
        if self._task is not None and "time/rollout" in record:
            self._show(record)

    def save(self, write: Callable[[], Result]) -> Result:
        """Write something of the run, and wait for room where the disk is full.

        Args:
            write: may be called again where it failed.

        Raises:
            Exception: what ``write`` raised, if that is no full disk, or patience is at an end.
        """
        return patiently(write, self.path.parent, self.patience, self._warn)

    def _warn(self, text: str) -> None:
        """Say something however quiet the run is to be."""
        Console(stderr=True).print(text, style="bold red", soft_wrap=True, markup=False)

    def _append(self, data: bytes) -> None:
        # One write call for the whole line: a kill leaves a complete line, or none.
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            size = os.fstat(handle).st_size
            if os.write(handle, data) < len(data):  # a full disk takes a part
                os.ftruncate(handle, size)
                raise OSError(errno.ENOSPC, "no space for a whole line", str(self.path))
        finally:
            os.close(handle)

    def _show(self, record: Mapping[str, object]) -> None:
        """Advance the bar; where no terminal can show one, print every tenth of the stage."""
        shown = "  ".join(
            f"{name} {float(str(record[key])):.3g}" for name, key in _SHOWN if key in record
        )
        assert self._task is not None
        self._progress.update(self._task, advance=1, metrics=shown)
        update = int(str(record["update"]))
        if not self.console.is_terminal and update % max(1, self._total // 10) == 0:
            self.say(f"{record['stage']} {update}/{self._total}  {shown}")

    def counts(self, stage: str) -> dict[str, int]:
        """Count the episodes of the run and the turns of a stage, up to where the stage stands."""
        records = self.records()
        own = [record for record in records if record["stage"] == stage]
        return {
            "episodes": max((_count(record, "episodes") for record in records), default=0),
            "turns": max((_count(record, "turns") for record in own), default=0),
        }

    def evaluated(self) -> bool:
        """Tell whether the file holds an evaluation yet."""
        return any(key.startswith("eval/") for record in self.records() for key in record)

    def records(self) -> list[dict[str, object]]:
        """Read the complete lines back."""
        return read_records(self.path)

    def _forget(self, stage: str, done: int) -> None:
        records = self.records()
        kept = [r for r in records if r.get("stage") != stage or int(str(r["update"])) <= done]
        if self.path.exists():
            lines = "".join(json.dumps(record) + "\n" for record in kept)
            self.save(partial(write_atomically, self.path, lines.encode()))


def _count(record: Mapping[str, object], name: str) -> int:
    return int(str(record.get(name, 0)))


def read_records(path: Path) -> list[dict[str, object]]:
    """Read the complete JSON lines of a file; a line that was cut off is left out."""
    if not path.exists():
        return []
    records: list[dict[str, object]] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            records.append(record)
    return records
