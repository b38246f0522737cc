"""Raw greenlets: explicit switches, and nobody who notices that a call would block."""

from __future__ import annotations

import contextlib
import socket
import sys
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast

from greenlet import getcurrent, greenlet

from harness.strategies.base import Address, Strategy, Stream
from harness.strategies.notes import silent
from harness.strategies.sockets import BlockingIo, Connections, stream_of

if TYPE_CHECKING:
    import ssl

T = TypeVar("T")


def give_way() -> None:
    """Switch to the scheduler, which is the parent of every task's greenlet."""
    cast(greenlet, getcurrent().parent).switch()


class SwitchingStream:
    """A blocking stream that lets the others run before each call, and then blocks them all."""

    __slots__ = ("_stream", "close")

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.close = stream.close

    def send(self, data: bytes) -> None:
        give_way()
        self._stream.send(data)

    def receive(self, limit: int) -> bytes:
        give_way()
        return self._stream.receive(limit)


class SwitchingIo:
    """Gives way at each call, and then waits for real."""

    _blocking = BlockingIo()
    note = staticmethod(silent)

    def sleep(self, seconds: float) -> None:
        give_way()
        self._blocking.sleep(seconds)

    def connect(self, address: Address, tls: ssl.SSLContext | None = None) -> SwitchingStream:
        give_way()
        return SwitchingStream(self._blocking.connect(address, tls))

    def checkpoint(self) -> None:
        give_way()


class Greenlet(Strategy):
    """Raw greenlets, switched explicitly, round robin."""

    def __init__(self) -> None:
        self.io = SwitchingIo()

    def run(self, task: Callable[[int], T], count: int, concurrency: int) -> list[T]:
        results: dict[int, T] = {}
        indices = iter(range(count))
        ready: deque[greenlet] = deque()

        def body(index: int) -> None:
            results[index] = task(index)

        try:
            while True:
                while len(ready) < concurrency and (index := next(indices, None)) is not None:
                    ready.append(greenlet(partial(body, index)))
                if not ready:
                    return [results[index] for index in range(count)]
                current = ready.popleft()
                current.switch()  # an exception in a greenlet is raised here, in its parent
                if not current.dead:
                    ready.append(current)
        finally:
            for suspended in ready:
                with contextlib.suppress(BaseException):  # what surfaces is the first failure
                    suspended.throw()

    def serve(
        self, listener: socket.socket, handle: Callable[[Stream], object], concurrency: int | None = None
    ) -> None:
        connections = self._connections = Connections(listener)
        ready: deque[greenlet] = deque()

        def body(connection: socket.socket) -> None:
            with connections.closing(connection):
                handle(SwitchingStream(stream_of(connection)))

        def accept() -> None:
            for connection in connections:  # waits for real: nobody is served until the next one comes
                ready.append(greenlet(partial(body, connection)))
                give_way()
                while len(ready) >= (concurrency or sys.maxsize):
                    give_way()

        ready.append(greenlet(accept))
        while ready:
            current = ready.popleft()
            current.switch()
            if not current.dead:
                ready.append(current)

    def stop(self) -> None:
        self._connections.stop()
