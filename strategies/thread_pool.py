"""As many OS threads as tasks may be in flight, each taking one task after another."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from harness.strategies.base import Strategy, Stream
from harness.strategies.sockets import BlockingIo, Connections, stream_of

T = TypeVar("T")


class ThreadPool(Strategy):
    """concurrent.futures.ThreadPoolExecutor, with a thread for each task in flight."""

    threads_per_task = 1
    options = ("pool",)

    def __init__(self, pool: int | None = None) -> None:
        """`pool`: the most threads that there are, where fewer than tasks in flight."""
        self.io, self._pool = BlockingIo(), pool or sys.maxsize

    def run(self, task: Callable[[int], T], count: int, concurrency: int) -> list[T]:
        results: dict[int, T] = {}
        failures: list[BaseException] = []

        def body(index: int) -> None:
            if failures:
                return
            try:
                results[index] = task(index)
            except BaseException as failure:
                failures.append(failure)

        with ThreadPoolExecutor(min(concurrency, self._pool)) as pool:
            for index in range(count):
                pool.submit(body, index)
        if failures:
            raise failures[0]
        return [results[index] for index in range(count)]

    def serve(
        self, listener: socket.socket, handle: Callable[[Stream], object], concurrency: int | None = None
    ) -> None:
        connections = self._connections = Connections(listener)
        most = min(concurrency or sys.maxsize, self._pool)
        room = threading.Semaphore(most - 1)  # beside the one that is accepted next

        def body(connection: socket.socket) -> None:
            try:
                with connections.closing(connection):
                    handle(stream_of(connection))
            finally:
                room.release()

        with ThreadPoolExecutor(None if most == sys.maxsize else most) as pool:
            for connection in connections:
                pool.submit(body, connection)
                room.acquire()

    def stop(self) -> None:
        self._connections.stop()
