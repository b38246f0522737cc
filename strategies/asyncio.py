"""asyncio's tasks and streams, on the standard library's event loop."""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from harness.strategies.base import Address, AsyncStrategy, AsyncStream
from harness.strategies.notes import silent
from harness.strategies.sockets import retry_after

if TYPE_CHECKING:
    import ssl

T = TypeVar("T")


class AsyncioStream:
    """A pair of asyncio's streams. What it can it hands on, so that no coroutine of ours lies round asyncio's own."""

    __slots__ = ("_reader", "_writer")

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def send(self, data: bytes) -> Awaitable[None]:
        self._writer.write(data)
        return self._writer.drain()

    def receive(self, limit: int) -> Awaitable[bytes]:
        return self._reader.read(limit)

    async def close(self) -> None:
        self._writer.close()
        try:  # noqa: SIM105 - contextlib.suppress takes three calls
            await self._writer.wait_closed()
        except OSError:
            pass


class AsyncioIo:
    """asyncio's own sleep and streams."""

    sleep = staticmethod(asyncio.sleep)
    note = staticmethod(silent)

    async def connect(self, address: Address, tls: ssl.SSLContext | None = None) -> AsyncioStream:
        return AsyncioStream(*await asyncio.open_connection(*address, ssl=tls))

    async def checkpoint(self) -> None:
        await asyncio.sleep(0)


class Asyncio(AsyncStrategy):
    """asyncio: one task of a TaskGroup for each task."""

    loop = "asyncio"

    def __init__(self) -> None:
        self.io = AsyncioIo()

    def enter(self, main: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return asyncio.run(main())

    async def run(self, task: Callable[[int], Coroutine[Any, Any, T]], count: int, concurrency: int) -> list[T]:
        slots = asyncio.Semaphore(concurrency)

        async def bounded(index: int) -> T:
            async with slots:
                return await task(index)

        body = task if count <= concurrency else bounded
        first: BaseException | None = None
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(body(index)) for index in range(count)]
        except BaseExceptionGroup as failures:
            first = failures.exceptions[0]
        if first is not None:  # raised out here, it keeps its own cause and context
            raise first
        return [task.result() for task in tasks]

    async def serve(
        self,
        listener: socket.socket,
        handle: Callable[[AsyncStream], Coroutine[Any, Any, object]],
        concurrency: int | None = None,
    ) -> None:
        async def body(connection: socket.socket) -> None:
            try:
                reader, writer = await asyncio.open_connection(sock=connection)
                stream = AsyncioStream(reader, writer)
                try:
                    await handle(stream)
                except asyncio.CancelledError:
                    writer.transport.abort()  # else what a client does not read is waited for
                    raise
                finally:
                    await stream.close()
            finally:
                connection.close()
                room.release()

        async def accept() -> None:
            while await room.acquire():
                try:
                    connection, _ = await loop.sock_accept(listener)
                except OSError as error:
                    room.release()
                    await asyncio.sleep(retry_after(error))
                else:
                    handlers.add(handler := loop.create_task(body(connection)))
                    handler.add_done_callback(handlers.discard)

        listener.setblocking(False)
        room = asyncio.Semaphore(concurrency or sys.maxsize)
        handlers: set[asyncio.Task[None]] = set()
        loop = self._loop = asyncio.get_running_loop()
        accepting = self._accepting = loop.create_task(accept())
        try:
            await asyncio.wait([accepting])
        finally:
            for task in (accepting, *handlers):
                task.cancel()
            await asyncio.gather(*handlers, return_exceptions=True)
        if not accepting.cancelled():
            accepting.result()

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._accepting.cancel)
