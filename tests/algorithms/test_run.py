"""A whole run from the command line: it is stopped, says how to go on, and goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from algorithms.run_log import read_records

ROOT = Path(__file__).resolve().parents[2]
SMALL = "--sft-updates 3 --rl-updates 2000 --tasks 2 --group 2 --demonstrations 4 --eval-tasks 2"
WATCHED = "--envs 2 --vectorization-mode async --quiet"


def start(out: Path, *words: str) -> subprocess.Popen[str]:
    """Start training."""
    command = [sys.executable, "examples/train.py", "--out", str(out), *SMALL.split(), *words]
    return subprocess.Popen(
        [*command, *WATCHED.split()],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def stop_after(process: subprocess.Popen[str], out: Path, updates: int) -> str:
    """Send SIGTERM to the trainer and all its environments; return what it said at the end."""
    deadline = time.monotonic() + 120
    while len(read_records(out / "metrics.jsonl")) <= updates:
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGTERM)
    _, said = process.communicate(timeout=120)
    return said


def test_a_stopped_run_says_how_to_go_on_and_does(tmp_path: Path) -> None:
    """Exit code 143, one line, a checkpoint of every update made; ``--resume never`` refuses."""
    out = tmp_path / "run"
    process = start(out, "--resume", "never")
    said = stop_after(process, out, 5)
    assert process.returncode == 128 + signal.SIGTERM
    assert said.splitlines()[-1] == (
        "stopped by SIGTERM: to go on, run the same command again, with --resume auto and without "
        "--fresh"
    )
    made = int(str(read_records(out / "metrics.jsonl")[-1]["update"]))
    assert (out / "grpo" / f"update-{made:06d}").is_dir()

    process = start(out, "--resume", "never")
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "holds a run already, and --resume never does not go on with it" in said
    assert "--fresh to throw it away" in said

    process = start(out)
    said = stop_after(process, out, made + 6)
    assert "stopped by SIGTERM" in said
    records = read_records(out / "metrics.jsonl")
    updates = [record["update"] for record in records if record["stage"] == "grpo"]
    assert updates == list(range(1, len(updates) + 1))
    assert len(updates) > made
