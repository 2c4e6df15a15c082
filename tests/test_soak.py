"""The soak, in small: faults of several kinds, and the same end as without them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.soak_watch import flatness

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def soaked(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Soak for some seconds, from the command line."""
    folder = tmp_path_factory.mktemp("soak")
    words = "--hours 0.002 --updates 12 --latency 0.1 --disk-seconds 3 --disk-mb 16"
    kinds = "--kinds raise kill disk sigterm"
    where = ["--folder", str(folder / "runs"), "--result", str(folder / "soak.json")]
    command = [sys.executable, "-m", "benchmarks.soak", *words.split(), *kinds.split(), *where]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    logs = "".join(log.read_text() for log in (folder / "runs").glob("*/*.log"))
    assert done.returncode == 0, done.stderr + logs
    result: dict[str, Any] = json.loads((folder / "soak.json").read_text())
    return result


def test_both_runs_come_to_the_same_end(soaked: dict[str, Any]) -> None:
    """The same episodes are counted, once each, and the weights are the same to the bit."""
    assert soaked["finished"]
    assert soaked["plain"]["episodes"] == soaked["faulty"]["episodes"] == 12 * 8
    assert soaked["same_weights_and_optimizer"] and soaked["same_log"]
    assert [name.split()[0] for name in soaked["weights"]["plain"]] == ["sft"] * 2 + ["vl_dac"] * 2
    assert soaked["faulty"]["episodes_masked"] == 0


def test_the_faults_were_thrown(soaked: dict[str, Any]) -> None:
    """One of each kind here; the trainer was started again, and said why it stopped."""
    kinds = {"raise", "kill", "sigterm"} | ({"disk"} if soaked["faults"]["small_disk"] else set())
    assert soaked["faults"]["thrown"].keys() == kinds
    assert soaked["faulty"]["trainer_exit_codes"] == [143, 0]
    assert soaked["plain"]["trainer_exit_codes"] == [0]
    cells = {row[""]: row["with faults"] for row in soaked["rows"]}
    assert cells["environments that raised"] == 1
    assert cells["weights and optimiser at the end"] == "equal"


def test_flatness_by_hand() -> None:
    """Memory that grows by 36 MB an hour has that slope, flat memory none."""
    times = np.arange(100) * 10.0
    growing = flatness([(t, 100 + t / 100) for t in times])
    assert growing["slope_of_second_half_mb_per_hour"] == pytest.approx(36)
    assert growing["maximum_of_quarters_mb"] == [102.4, 104.9, 107.4, 109.9]
    rng = np.random.default_rng(0)
    low, high = flatness([(t, 100 + rng.normal()) for t in times])["interval_95"]
    assert low < 0 < high
    assert flatness([(0.0, 1.0)]) == {"samples": 1}
