"""Patience with a full disk."""

from __future__ import annotations

import errno
import threading
from functools import partial
from pathlib import Path

import pytest

from algorithms import files
from algorithms.files import is_full, patiently
from algorithms.run_log import RunLog, read_records

FULL = Path("/dev/full")
pytestmark = pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_RETRY_SECONDS", 0.02)


def write(path: Path) -> int:
    """Write a little to what may be a full disk."""
    with path.open("w") as file:
        return file.write("something")


def test_it_waits_until_there_is_room(tmp_path: Path) -> None:
    """Every try is told of, and the result is that of the last."""
    path, said = tmp_path / "file", list[str]()
    path.symlink_to(FULL)
    threading.Timer(0.3, path.unlink).start()
    assert patiently(partial(write, path), tmp_path, 30.0, said.append) == 9
    assert path.read_text() == "something"
    assert len(said) >= 1
    assert said[0].startswith("THE DISK IS FULL, waiting 30 s more for room: [Errno 28] No space")


@pytest.mark.parametrize("patience", [0.0, 0.1])
def test_patience_comes_to_an_end(tmp_path: Path, patience: float) -> None:
    """Then the error is that of the disk; without patience it comes at once."""
    said: list[str] = []
    with pytest.raises(OSError, match="No space left") as raised:
        patiently(partial(write, FULL), tmp_path, patience, said.append)
    assert raised.value.errno == errno.ENOSPC
    assert bool(said) is bool(patience)


def test_other_errors_are_not_waited_for(tmp_path: Path) -> None:
    """A folder that is missing does not come by waiting; nor does a wrong value."""
    said: list[str] = []
    with pytest.raises(FileNotFoundError):
        patiently(partial(write, tmp_path / "no" / "file"), tmp_path, 30.0, said.append)
    with pytest.raises(ValueError, match="invalid literal"):
        patiently(partial(int, "x"), tmp_path, 30.0, said.append)
    assert not said


def test_what_libraries_say_of_a_full_disk(tmp_path: Path) -> None:
    """Safetensors raises an error of its own, which quotes the system's."""
    quoted = RuntimeError(
        "Error while serializing: I/O error: No space left on device (os error 28)"
    )
    assert is_full(quoted, tmp_path)
    assert is_full(OSError(errno.EDQUOT, "quota"), tmp_path)
    assert not is_full(OSError(errno.EACCES, "denied"), tmp_path)
    assert not is_full(RuntimeError("something else"), tmp_path)


def test_a_log_waits_and_loses_no_line(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """However quiet it is, it says so."""
    log = RunLog(tmp_path, quiet=True, patience=30.0)
    log.write({"stage": "a", "update": 1})
    kept = log.path.rename(tmp_path / "kept")
    log.path.symlink_to(FULL)

    def room() -> None:
        (tmp_path / "link").symlink_to(kept)
        (tmp_path / "link").rename(log.path)

    threading.Timer(0.3, room).start()
    log.write({"stage": "a", "update": 2})
    assert [record["update"] for record in read_records(kept)] == [1, 2]
    assert "THE DISK IS FULL" in capfd.readouterr().err
