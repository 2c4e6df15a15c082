"""How benchmarks write their results: numbers with the command, the commit and the machine."""

from __future__ import annotations

import dataclasses
import json
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from algorithms.files import write_atomically

PACKAGES = ("torch", "transformers", "gymnasium", "numpy")
ROOT = Path(__file__).resolve().parents[1]
# Kept from the start: ALFWorld's engine puts arguments of its planner in their place.
_CALLED = tuple(sys.argv)


def write_result(path: Path, options: Any, result: Mapping[str, Any]) -> None:
    """Write ``result`` with what is needed to get it again.

    Args:
        path: the JSON file, below ``benchmarks/results``.
        options: the benchmark's options, a dataclass.
        result: the numbers.
    """
    record = {
        "command": command(),
        "commit": commit(),
        "hardware": hardware(),
        "versions": {name: version(name) for name in PACKAGES},
        "options": dataclasses.asdict(options),
        **result,
    }
    write_atomically(ROOT / path, json.dumps(record, indent=1, default=str).encode() + b"\n")


def command() -> str:
    """Say how the running benchmark was called, from the root of the repository."""
    module = ".".join(Path(_CALLED[0]).resolve().relative_to(ROOT).with_suffix("").parts)
    return f"python -m {module} {shlex.join(_CALLED[1:])}".strip()


def commit() -> str:
    """Name the commit, with ``+`` where the working tree differs from it."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True)
        return done.stdout.strip()

    # Results that are written beside each other do not change what was measured.
    changed = git("status", "--porcelain", "--untracked-files=no", "--", ":!benchmarks/results")
    return git("rev-parse", "--short", "HEAD") + ("+" if changed else "")


def hardware() -> dict[str, Any]:
    """Describe processor, cores and Python."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        names = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = names[0].partition(":")[2].strip() if names else model
    return {"cpu": model, "cores": os.cpu_count(), "python": platform.python_version()}
