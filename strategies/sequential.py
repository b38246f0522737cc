"""One task after another: what all the others are compared with."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TypeVar

from harness.strategies.base import Strategy, Stream
from harness.strategies.sockets import BlockingIo, Connections, stream_of

T = TypeVar("T")


class Sequential(Strategy):
    """One task after another, in a plain loop."""

    def __init__(self) -> None:
        self.io = BlockingIo()

    def run(self, task: Callable[[int], T], count: int, concurrency: int) -> list[T]:
        return [task(index) for index in range(count)]

    def serve(
        self, listener: socket.socket, handle: Callable[[Stream], object], concurrency: int | None = None
    ) -> None:
        self._connections = Connections(listener)
        for connection in self._connections:
            with self._connections.closing(connection):
                handle(stream_of(connection))

    def stop(self) -> None:
        self._connections.stop()
