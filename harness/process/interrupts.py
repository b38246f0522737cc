"""Signals that end a run: the first is heard, one more hastens what cleans up, and none cuts through that."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

NUMBERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
Handler = Callable[[int, FrameType | None], Any]


class Watch:
    """Stands before the handlers that somebody has set for these signals."""

    def __init__(self) -> None:
        self._handlers: dict[int, Handler] = {}
        self._held, self._waiting = 0, 0
        self._heard = False
        self.hastened = False
        """Whether there was a second signal: who waits for anything waits no longer."""

    @contextlib.contextmanager
    def standing(self) -> Iterator[None]:
        """Stand there meanwhile. Python runs handlers in the main thread: elsewhere there is nothing to do."""
        try:
            if threading.current_thread() is threading.main_thread():
                for number in NUMBERS:
                    if callable(handler := signal.getsignal(number)):
                        self._handlers[number] = handler
                        signal.signal(number, self._hear)
            yield
        finally:
            for one, before in self._handlers.items():
                signal.signal(one, before)

    @contextlib.contextmanager
    def holding(self) -> Iterator[None]:
        """Have a signal wait for the end of this."""
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1
            if self._waiting and not self._held:
                self._pass_on(self._waiting, None)

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if self._heard or self._waiting:
            self.hastened = True
        elif self._held:
            self._waiting = number
        else:
            self._pass_on(number, frame)

    def _pass_on(self, number: int, frame: FrameType | None) -> None:
        self._heard, self._waiting = True, 0
        self._handlers[number](number, frame)


_watches: list[Watch] = []
"""At most one: what runs within a run has that of the run."""


@contextlib.contextmanager
def heard_once() -> Iterator[None]:
    """Meanwhile only the first signal reaches its handler, which may raise."""
    if _watches:
        yield
        return
    watch = Watch()
    _watches.append(watch)
    try:
        with watch.standing():
            yield
    finally:
        _watches.remove(watch)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """What starts or ends a process: a signal waits until it is done."""
    if not _watches:
        yield
        return
    with _watches[0].holding():
        yield


def hastened() -> bool:
    """Whether somebody has signalled twice."""
    return bool(_watches) and _watches[0].hastened
