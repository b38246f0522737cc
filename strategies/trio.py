"""trio's tasks in one nursery, and its streams."""

from __future__ import annotations

import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar, cast

import trio

from harness.strategies.base import Address, AsyncIo, AsyncStrategy, AsyncStream
from harness.strategies.notes import silent
from harness.strategies.sockets import retry_after

if TYPE_CHECKING:
    import ssl

T = TypeVar("T")


class TrioStream:
    """A stream whose methods are those of trio's."""

    __slots__ = ("close", "receive", "send")

    def __init__(self, stream: trio.SocketStream | trio.SSLStream[trio.SocketStream]) -> None:
        self.send = stream.send_all
        self.receive = cast(Callable[[int], Awaitable[bytes]], stream.receive_some)
        self.close = stream.aclose


class TrioIo:
    """trio's own sleep and streams."""

    sleep = staticmethod(trio.sleep)
    note = staticmethod(silent)

    async def connect(self, address: Address, tls: ssl.SSLContext | None = None) -> AsyncStream:
        stream = await trio.open_tcp_stream(*address)
        if tls is None:
            return TrioStream(stream)
        secured = trio.SSLStream(stream, tls, server_hostname=address[0], https_compatible=True)
        try:
            await secured.do_handshake()
        except trio.BrokenResourceError as broken:
            raise ConnectionError(f"no TLS with {address[0]}: {broken.__cause__}") from broken
        return TrioStream(secured)

    async def checkpoint(self) -> None:
        await trio.lowlevel.checkpoint()


class Trio(AsyncStrategy):
    """trio: one task of a nursery for each task."""

    loop = "trio"

    def __init__(self) -> None:
        self.io: AsyncIo = TrioIo()

    def enter(self, main: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return trio.run(main)

    async def run(self, task: Callable[[int], Coroutine[Any, Any, T]], count: int, concurrency: int) -> list[T]:
        results: dict[int, T] = {}
        slots = trio.Semaphore(concurrency)

        async def body(index: int) -> None:
            results[index] = await task(index)

        async def bounded(index: int) -> None:
            async with slots:
                await body(index)

        first: BaseException | None = None
        try:
            async with trio.open_nursery() as nursery:
                for index in range(count):
                    nursery.start_soon(body if count <= concurrency else bounded, index)
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
        async def body(connection: trio.socket.SocketType) -> None:
            try:
                async with trio.SocketStream(connection) as stream:
                    await handle(TrioStream(stream))
            finally:
                room.release()

        own = trio.socket.from_stdlib_socket(listener.dup())
        room = trio.Semaphore(concurrency or sys.maxsize)
        self._token = trio.lowlevel.current_trio_token()
        with own:
            async with trio.open_nursery() as nursery:
                self._scope = nursery.cancel_scope
                while True:
                    await room.acquire()
                    try:
                        connection, _ = await own.accept()
                    except OSError as error:
                        room.release()
                        await trio.sleep(retry_after(error))
                    else:
                        nursery.start_soon(body, connection)

    def stop(self) -> None:
        self._token.run_sync_soon(self._scope.cancel)
