"""Raw coroutines driven by `send(None)`: what `yield` alone can do, without an event loop."""

from __future__ import annotations

import contextlib
import socket
import sys
import types
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from harness.strategies.base import Address, AsyncStrategy, AsyncStream, Stream
from harness.strategies.notes import silent
from harness.strategies.sockets import BlockingIo, Connections, stream_of

if TYPE_CHECKING:
    import ssl

T = TypeVar("T")


@types.coroutine
def give_way() -> Iterator[None]:
    """Suspend the task; the scheduler resumes it in its turn."""
    yield


class YieldingStream:
    """A blocking stream that lets the others run before each call, and then blocks them all."""

    __slots__ = ("_stream",)

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    async def send(self, data: bytes) -> None:
        await give_way()
        self._stream.send(data)

    async def receive(self, limit: int) -> bytes:
        await give_way()
        return self._stream.receive(limit)

    async def close(self) -> None:
        self._stream.close()


class YieldingIo:
    """Gives way at each call, and then waits for real."""

    _blocking = BlockingIo()
    note = staticmethod(silent)

    async def sleep(self, seconds: float) -> None:
        await give_way()
        self._blocking.sleep(seconds)

    async def connect(self, address: Address, tls: ssl.SSLContext | None = None) -> YieldingStream:
        await give_way()
        return YieldingStream(self._blocking.connect(address, tls))

    async def checkpoint(self) -> None:
        await give_way()


class Generator(AsyncStrategy):
    """Raw coroutines driven by `send(None)`, round robin."""

    def __init__(self) -> None:
        self.io = YieldingIo()

    def enter(self, main: Callable[[], Coroutine[Any, Any, T]]) -> T:
        coroutine = main()
        try:
            while coroutine.send(None) is None:  # outside of `run` there is nobody to give way to
                pass
        except StopIteration as done:
            value: T = done.value
            return value
        finally:
            coroutine.close()
        raise RuntimeError("what it awaits is another scheduler's")

    async def run(self, task: Callable[[int], Coroutine[Any, Any, T]], count: int, concurrency: int) -> list[T]:
        results: dict[int, T] = {}
        indices = iter(range(count))
        ready: deque[tuple[int, Coroutine[Any, Any, T]]] = deque()
        try:
            while True:
                while len(ready) < concurrency and (index := next(indices, None)) is not None:
                    ready.append((index, task(index)))
                if not ready:
                    return [results[index] for index in range(count)]
                index, current = ready.popleft()
                try:
                    current.send(None)
                except StopIteration as done:
                    results[index] = done.value
                else:
                    ready.append((index, current))
        finally:
            for _, suspended in ready:
                with contextlib.suppress(BaseException):  # what surfaces is the first failure
                    suspended.close()

    async def serve(
        self,
        listener: socket.socket,
        handle: Callable[[AsyncStream], Coroutine[Any, Any, object]],
        concurrency: int | None = None,
    ) -> None:
        connections = self._connections = Connections(listener)
        ready: deque[Coroutine[Any, Any, None]] = deque()

        async def body(connection: socket.socket) -> None:
            with connections.closing(connection):
                await handle(YieldingStream(stream_of(connection)))

        async def accept() -> None:
            for connection in connections:  # waits for real: nobody is served until the next one comes
                ready.append(body(connection))
                await give_way()
                while len(ready) >= (concurrency or sys.maxsize):
                    await give_way()

        ready.append(accept())
        while ready:
            current = ready.popleft()
            with contextlib.suppress(StopIteration):
                current.send(None)
                ready.append(current)

    def stop(self) -> None:
        self._connections.stop()
