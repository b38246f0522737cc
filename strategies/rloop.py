"""asyncio's tasks and streams, on rloop's event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

import rloop

from harness.strategies.asyncio import Asyncio, AsyncioIo, AsyncioStream
from harness.strategies.base import Address, Unsupported

if TYPE_CHECKING:
    import ssl

T = TypeVar("T")


class RloopIo(AsyncioIo):
    """asyncio's own sleep and streams, as far as rloop has them."""

    async def connect(self, address: Address, tls: ssl.SSLContext | None = None) -> AsyncioStream:
        if tls is not None:
            raise Unsupported("rloop opens no connection with TLS")
        return await super().connect(address)


class Rloop(Asyncio):
    """asyncio on rloop's event loop, which is written in Rust."""

    loop = "rloop"

    def __init__(self) -> None:
        self.io = RloopIo()

    def enter(self, main: Callable[[], Coroutine[Any, Any, T]]) -> T:
        with asyncio.Runner(loop_factory=rloop.new_event_loop) as runner:
            return runner.run(main())
