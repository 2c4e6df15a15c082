"""Files that are either whole or not there, and patience with a full disk."""

from __future__ import annotations

import errno
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

_FULL = (errno.ENOSPC, errno.EDQUOT)
_SPARE_BYTES = 65536
_RETRY_SECONDS = 5.0

Result = TypeVar("Result")


def write_atomically(path: Path, data: bytes) -> None:
    """Write ``data`` to a temporary file beside ``path``, then rename it to ``path``.

    A reader sees the old file or the new one, never a part. Missing folders are made.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def is_full(error: Exception, folder: Path) -> bool:
    """Tell whether writing into ``folder`` failed because its disk is full."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in _FULL
    # Libraries that write raise errors of their own, some of which do not say why.
    return "No space left" in str(error) or shutil.disk_usage(folder).free < _SPARE_BYTES


def patiently(
    write: Callable[[], Result], folder: Path, patience: float, say: Callable[[str], None]
) -> Result:
    """Call ``write`` until there is room on the disk for what it writes.

    Args:
        write: may be called again where it failed.
        folder: where it writes.
        patience: seconds to wait for room; 0 gives up at once.
        say: told of the waiting, at each try.

    Raises:
        Exception: what ``write`` raised, if that is no full disk, or patience is at an end.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            return write()
        except Exception as error:
            left = deadline - time.monotonic()
            if not is_full(error, folder) or left <= 0:
                raise
            say(f"THE DISK IS FULL, waiting {left:.0f} s more for room: {error}")
        time.sleep(min(_RETRY_SECONDS, left))
