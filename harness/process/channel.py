"""One end of a talk with a child: what is said to it, what it answers, what it prints meanwhile."""

from __future__ import annotations

import contextlib
import fcntl
import math
import os
import select
import selectors
import time
from collections import deque
from collections.abc import Mapping
from typing import Any, Literal, TypeVar

import msgspec

from harness.worker import frames
from harness.worker.messages import Answer, Asked, BePeer, Failed, Serve, packed

T = TypeVar("T", bound=Answer)
TAIL = 65536
ANSWERED_TWICE = (Serve, BePeer)
"""When they are ready, and when they are done."""
MOST_SECONDS = 3600.0
"""The longest that a selector is asked to wait: it takes no infinity."""


def pipe() -> tuple[int, int]:
    """A pipe."""
    return above_streams(*os.pipe())


def ready(seconds: float, *descriptors: int) -> bool:
    """Whether any of some descriptors, whatever their numbers, can be read from, or was hung up, within so long."""
    waiting = select.poll()
    for descriptor in descriptors:
        waiting.register(descriptor, select.POLLIN)
    # a wait that a stop (Ctrl-Z) outlasted ends without a look at what came meanwhile
    return bool(waiting.poll(math.ceil(seconds * 1000)) or waiting.poll(0))


def above_streams(first: int, second: int) -> tuple[int, int]:
    """The same two ends by numbers that a child does not take for stdin, stdout or stderr, though we may have been
    started without some of them."""
    try:
        above = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 3) if end < 3 else end for end in (first, second)]
    finally:
        for end in (first, second):
            if end < 3:
                os.close(end)
    return above[0], above[1]


NOWHERE: Mapping[str, int] = {}


class Failure(Exception):
    """Raised when a child gave no answer, or said that it could not; `status` is that of its cell, `places` where its
    tasks and threads were, in the user's code, and how many."""

    def __init__(
        self, status: Literal["failed", "timeout", "invalid", "unsupported", "unavailable", "usage"], reason: str,
        traceback: str | None = None, printed: bool = False, places: Mapping[str, int] = NOWHERE,
    ) -> None:  # fmt: skip
        super().__init__(reason)
        self.status, self.traceback, self.printed, self.places = status, traceback, printed, places


class PeerEnded(Failure):
    """Raised where what is at the other end has ended, which is no fault of the strategy that noticed."""

    def __init__(self, who: str, how: Failure) -> None:
        super().__init__("failed", f"{who}: {how}", how.traceback)


class Ended(Exception):
    """Raised where the child ended before it answered."""


class Channel:
    """Commands go in by one pipe, answers come out by another, prints by a third.

    `theirs` are the child's ends, to be closed here once it has them: commands, answers, output."""

    def __init__(self) -> None:
        ends: list[int] = []
        try:
            for _ in range(3):
                ends += pipe()
        except OSError:
            for end in ends:
                os.close(end)
            raise
        command_out, self._commands, self._answers, answer_in, self._output, output_in = ends
        self.theirs = command_out, answer_in, output_in
        self._open = {self._commands, self._answers, self._output}
        self._frames = frames.Frames()
        self._tail = bytearray()
        self._told, self._due, self._last = 0, deque[int](), 0
        self._goes_on: set[int] = set()
        self.pid: int | None = None
        """Who answers; where it is not known, whoever does so first."""

    def tell(self, asked: Asked) -> None:
        """Send a message: `wait` brings its answer."""
        self._told += 1
        self._due.append(self._told)
        if isinstance(asked, ANSWERED_TWICE):
            self._goes_on.add(self._told)
        with contextlib.suppress(OSError):  # it is gone: waiting says how
            frames.send(self._commands, packed(asked) | {"number": self._told})

    def wait(self, kind: type[T], seconds: float | None, ended: int) -> T:
        """The next answer, which is of this kind (for ever, if seconds is None); `ended` is a descriptor that becomes
        readable when the child has ended. Raises Failure where it says that it failed or makes no sense, Ended, and
        TimeoutError."""
        if (came := self._taken(kind)) is not None:  # with the answer before
            return came
        deadline = math.inf if seconds is None else time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            for descriptor in (self._answers, self._output, ended):
                selector.register(descriptor, selectors.EVENT_READ)
            while True:
                left = min(MOST_SECONDS, max(0.0, deadline - time.monotonic()))
                ready = {key.fd for key, _ in selector.select(left) or selector.select(0)}  # as in `ready`
                if self._output in ready and not self._drain():
                    selector.unregister(self._output)
                if self._answers in ready:
                    data = os.read(self._answers, 65536)
                    self._frames.feed(data)
                    if not data:
                        selector.unregister(self._answers)
                if (answer := self._taken(kind)) is not None:
                    return answer
                if ready == {ended} or (ended in ready and self._answers not in ready):
                    raise Ended
                if time.monotonic() >= deadline:
                    raise TimeoutError

    def _taken(self, kind: type[T]) -> T | None:
        try:
            fields = self._frames.take()
            if fields is None:
                return None
            self._bound(fields)
            return answer_of(fields, kind)
        except ValueError as error:
            raise Failure("failed", f"its answer was unusable: {error}") from None

    def _bound(self, fields: dict[str, Any]) -> None:
        """See that an answer comes from whom was asked, and is to what was asked. Raises Failure."""
        number, pid = fields.pop("number", None), fields.pop("pid", None)
        self.pid = self.pid or pid
        if pid != self.pid:
            told = fields.get("reason") if fields.get("message") == Failed.__name__ else None
            raise Failure("invalid", told or "a copy of the worker ran on, and answered")
        if self._due and number == self._due[0]:
            self._last = self._due.popleft()
        elif number != self._last or number not in self._goes_on:
            due = self._due[0] if self._due else "none"
            raise Failure("invalid", f"it answered message {number}, where {due} was to be answered")

    def has_said(self, seconds: float, ended: int) -> bool:
        """Whether `wait` would not have to: there is an answer, or the child has ended."""
        # What came with the answer before is no longer in the pipe.
        return bool(self._frames) or ready(seconds, self._answers, ended)

    def hang_up(self) -> None:
        """Say nothing more: a child that waits for commands ends."""
        self._open.discard(self._commands)
        os.close(self._commands)

    def printed(self, seconds: float = 0.0) -> str:
        """The last that it printed, after waiting at most so long for something."""
        while ready(seconds, self._output) and self._drain():
            seconds = 0.0
        return self._tail.decode(errors="replace")

    def forget_prints(self) -> None:
        """Begin anew with what it prints."""
        self._tail.clear()

    def _drain(self) -> bool:
        data = os.read(self._output, 65536)
        self._tail = (self._tail + data)[-TAIL:]
        return bool(data)

    def close(self) -> None:
        """Close all of it."""
        for descriptor in self._open:
            os.close(descriptor)
        self._open = set()


def answer_of(fields: dict[str, Any], kind: type[T]) -> T:
    """The answer of this kind that a message is. Raises Failure where it says that it failed, ValueError where it is
    no such answer."""
    said = fields.pop("message", None)
    if said == Failed.__name__:
        failed = msgspec.convert(fields, Failed)
        raise Failure(failed.status, failed.reason, failed.traceback, failed.printed)
    if said != kind.__name__:
        raise ValueError(f"{said} in place of {kind.__name__}")
    return msgspec.convert(fields, kind)
