"""SIGTERM and Ctrl-C stop a run where it can go on from, and not in the middle of an update."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Stopped(KeyboardInterrupt):
    """A signal asked the run to stop.

    Attributes:
        number: the signal's.
    """

    def __init__(self, number: int) -> None:
        super().__init__(f"stopped by {signal.Signals(number).name}")
        self.number = number


class _Stop:
    """What was asked, and whether it has to wait. There is one, as there is one set of handlers."""

    def __init__(self) -> None:
        self.busy = 0
        self.asked: int | None = None

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Stop now, or note it where something has to be finished; the second time, at once."""
        again, self.asked = self.asked is not None, number
        if again or not self.busy:
            raise Stopped(number)


_stop = _Stop()


@contextmanager
def stoppable() -> Iterator[None]:
    """Turn SIGTERM and SIGINT into `Stopped` while the block runs (in the main thread only)."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _stop.asked = None
    before = {n: signal.signal(n, _stop) for n in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def finishing() -> Iterator[None]:
    """Finish the block before a signal stops the run; a second signal stops it at once."""
    _stop.busy += 1
    try:
        yield
    finally:
        _stop.busy -= 1
    if _stop.asked is not None and not _stop.busy:
        raise Stopped(_stop.asked)


def stop_asked() -> bool:
    """Tell whether a signal waits for the end of a `finishing` block."""
    return _stop.asked is not None
