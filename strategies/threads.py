"""One OS thread for each task."""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from harness.strategies.base import Strategy, Stream
from harness.strategies.sockets import PAUSE, BlockingIo, Connections, stream_of

T = TypeVar("T")


class Threads(Strategy):
    """One OS thread for each task."""

    threads_per_task = 1

    def __init__(self) -> None:
        self.io = BlockingIo()

    def run(self, task: Callable[[int], T], count: int, concurrency: int) -> list[T]:
        results: dict[int, T] = {}
        failures: list[BaseException] = []
        slots = threading.Semaphore(concurrency)
        bounded = count > concurrency

        def body(index: int) -> None:
            try:
                results[index] = task(index)
            except BaseException as failure:
                failures.append(failure)
            finally:
                if bounded:
                    slots.release()

        threads: list[threading.Thread] = []
        try:
            for index in range(count):
                if bounded:
                    slots.acquire()
                if failures:
                    break
                thread = threading.Thread(target=body, args=(index,))
                thread.start()
                threads.append(thread)
        finally:
            for thread in threads:
                thread.join()
        if failures:
            raise failures[0]
        return [results[index] for index in range(count)]

    def serve(
        self, listener: socket.socket, handle: Callable[[Stream], object], concurrency: int | None = None
    ) -> None:
        connections = self._connections = Connections(listener)
        room = threading.Semaphore((concurrency or sys.maxsize) - 1)  # beside the one that is accepted next
        threads: set[threading.Thread] = set()

        def body(connection: socket.socket) -> None:
            try:
                with connections.closing(connection):
                    handle(stream_of(connection))
            finally:
                threads.discard(threading.current_thread())
                room.release()

        for connection in connections:
            thread = threading.Thread(target=body, args=(connection,))
            threads.add(thread)
            try:
                thread.start()
            except RuntimeError:  # there are too many
                threads.discard(thread)
                with connections.closing(connection):
                    time.sleep(PAUSE)
            else:
                room.acquire()
        for thread in list(threads):
            with contextlib.suppress(RuntimeError):  # not started yet
                thread.join()

    def stop(self) -> None:
        self._connections.stop()
