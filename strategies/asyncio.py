"""asyncio's tasks and streams, on the standard library's event loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

from strategies.base import Address, AsyncStrategy

if TYPE_CHECKING:
    import ssl

T = TypeVar("T")


class AsyncioStream:
    """A pair of asyncio's streams."""

    __slots__ = ("_writer", "receive")

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.receive = reader.read

    async def send(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


class AsyncioIo:
    """asyncio's own sleep and streams."""

    sleep = staticmethod(asyncio.sleep)

    async def connect(self, address: Address, tls: ssl.SSLContext | None = None) -> AsyncioStream:
        return AsyncioStream(*await asyncio.open_connection(*address, ssl=tls))

    async def checkpoint(self) -> None:
        await asyncio.sleep(0)


class Asyncio(AsyncStrategy):
    """asyncio: one task of a TaskGroup for each task."""

    loop = "asyncio"
    http_client = "aiohttp"

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
