"""SIGTERM and Ctrl-C stop a run at a place from which it can go on, not amid an update."""

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

    def __init__(self, number: int, advice: str = "") -> None:
        name = signal.Signals(number).name
        super().__init__(f"stopped by {name}: {advice}" if advice else f"stopped by {name}")
        self.number = number


class _Stop:
    """What was asked, and whether it has to wait. There is one, as there is one set of handlers."""

    def __init__(self) -> None:
        self.active, self.finishing = False, 0
        self.asked: int | None = None
        self.advice = ""

    def __call__(self, number: int, frame: FrameType | None) -> None:
        """Stop now, or note it where something has to be finished; the second time, at once."""
        again, self.asked = self.asked is not None, number
        if again or not self.finishing:
            raise Stopped(number, self.advice)


_stop = _Stop()


@contextmanager
def stoppable(advice: str) -> Iterator[None]:
    """Turn SIGTERM and SIGINT into `Stopped` while the block runs.

    Does nothing inside another such block, nor in a thread other than the main one, where Python
    handles no signals.

    Args:
        advice: how to go on, for who reads the message.
    """
    if _stop.active or threading.current_thread() is not threading.main_thread():
        yield
        return
    _stop.active, _stop.finishing, _stop.asked, _stop.advice = True, 0, None, advice
    before = {n: signal.signal(n, _stop) for n in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        _stop.active, _stop.asked = False, None


@contextmanager
def finishing() -> Iterator[None]:
    """Finish the block before a signal stops the run; a second signal stops it at once."""
    _stop.finishing += 1
    try:
        yield
    finally:
        _stop.finishing -= 1
    if _stop.asked is not None and not _stop.finishing:
        raise Stopped(_stop.asked, _stop.advice)


def stop_asked() -> bool:
    """Tell whether a signal waits for the end of a `finishing` block."""
    return _stop.asked is not None
