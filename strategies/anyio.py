"""anyio's tasks in one group, and its streams, over asyncio."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.lowlevel
from anyio.abc import ByteStream, SocketListener, SocketStream

from harness.strategies.base import Address, AsyncIo, AsyncStrategy, AsyncStream
from harness.strategies.notes import silent
from harness.strategies.sockets import retry_after

if TYPE_CHECKING:
    import ssl

T = TypeVar("T")


class AnyioStream:
    """A stream of anyio's, whose end is no exception."""

    __slots__ = ("_receive", "close", "send")

    def __init__(self, stream: ByteStream) -> None:
        self._receive, self.send, self.close = stream.receive, stream.send, stream.aclose

    async def receive(self, limit: int) -> bytes:
        try:
            return await self._receive(limit)
        except anyio.EndOfStream:
            return b""


class AnyioIo:
    """anyio's own sleep and streams."""

    sleep = staticmethod(anyio.sleep)
    note = staticmethod(silent)

    async def connect(self, address: Address, tls: ssl.SSLContext | None = None) -> AsyncStream:
        if tls is None:
            return AnyioStream(await anyio.connect_tcp(*address))
        # As HTTPS has it: peers hang up without a word of TLS.
        return AnyioStream(await anyio.connect_tcp(*address, ssl_context=tls, tls_standard_compatible=False))

    async def checkpoint(self) -> None:
        await anyio.lowlevel.checkpoint()


class Anyio(AsyncStrategy):
    """anyio on asyncio's event loop: one task of a task group for each task."""

    loop = "asyncio"

    def __init__(self) -> None:
        self.io: AsyncIo = AnyioIo()

    def enter(self, main: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return anyio.run(main, backend=self.loop)

    async def run(self, task: Callable[[int], Coroutine[Any, Any, T]], count: int, concurrency: int) -> list[T]:
        results: dict[int, T] = {}
        slots = anyio.Semaphore(concurrency)

        async def body(index: int) -> None:
            results[index] = await task(index)

        async def bounded(index: int) -> None:
            async with slots:
                await body(index)

        first: BaseException | None = None
        try:
            async with anyio.create_task_group() as group:
                for index in range(count):
                    group.start_soon(body if count <= concurrency else bounded, index)
        except BaseExceptionGroup as failures:
            first = failures.exceptions[0]
        if first is not None:  # raised out here, it keeps its own cause and context
            raise first
        return [results[index] for index in range(count)]

    async def serve(
        self,
        listener: socket.socket,
        handle: Callable[[AsyncStream], Coroutine[Any, Any, object]],
        concurrency: int | None = None,
    ) -> None:
        async def body(stream: SocketStream) -> None:
            try:
                async with stream:
                    await handle(AnyioStream(stream))
            finally:
                room.release()

        listener.setblocking(False)
        room = anyio.Semaphore(concurrency or sys.maxsize)
        async with await SocketListener.from_socket(listener.dup()) as own, anyio.create_task_group() as group:
            self._soon, self._scope = self._threadsafe(), group.cancel_scope
            while True:
                await room.acquire()
                try:
                    stream = await own.accept()
                except (OSError, anyio.BrokenResourceError) as error:
                    room.release()
                    cause = error if isinstance(error, OSError) else error.__cause__
                    assert isinstance(cause, OSError)
                    await anyio.sleep(retry_after(cause))
                else:
                    group.start_soon(body, stream)

    def _threadsafe(self) -> Callable[[Callable[[], object]], object]:
        """What has the loop call something, from wherever it is called."""
        return asyncio.get_running_loop().call_soon_threadsafe

    def stop(self) -> None:
        self._soon(self._scope.cancel)
