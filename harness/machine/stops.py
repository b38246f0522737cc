"""How often this program was stopped, as by Ctrl-Z, and went on. What it measures with was not: workers, peers and
generators lead sessions of their own, so that no number has the pause in it."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator

_seen = [0]


@contextlib.contextmanager
def counted() -> Iterator[None]:
    """Count meanwhile: in the main thread, where Python runs handlers, and where nobody else has one for SIGCONT."""
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGCONT) != signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGCONT, _goes_on)
    try:
        yield
    finally:
        signal.signal(signal.SIGCONT, signal.SIG_DFL)


def _goes_on(*_: object) -> None:
    _seen[0] += 1


def number() -> int:
    """How often so far."""
    return _seen[0]
