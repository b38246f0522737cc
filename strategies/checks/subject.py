"""A strategy whose promises are checked, blocking or not, with checks and tasks that are coroutines.

Under a blocking strategy nothing that they await suspends them."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypedDict
from unittest import SkipTest

from harness.strategies.base import Address, AsyncIo, AsyncStrategy, AsyncStream, Io, Strategy, Stream, Unsupported
from harness.strategies.checks import sent

PATIENCE = 1000
"""Sleeps of 5 ms after which a task gives up waiting for another."""
MEASURING = 100
"""As many, to find out whether there is anything to wait for."""


class Servers(TypedDict):
    """Where the servers are (servers.py). Without trustme there is none with TLS."""

    plain: int
    closed: int
    tls: int | None
    authority: str


class Boom(Exception):
    """What a task fails with."""


class AwaitedStream:
    """A blocking stream that can be awaited."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    async def send(self, data: bytes) -> None:
        self._stream.send(data)

    async def receive(self, limit: int) -> bytes:
        return self._stream.receive(limit)

    async def close(self) -> None:
        self._stream.close()


class AwaitedIo:
    """A blocking io that can be awaited."""

    def __init__(self, io: Io) -> None:
        self._io = io

    async def sleep(self, seconds: float) -> None:
        self._io.sleep(seconds)

    async def connect(self, address: Address, tls: ssl.SSLContext | None = None) -> AsyncStream:
        return AwaitedStream(self._io.connect(address, tls))

    async def checkpoint(self) -> None:
        self._io.checkpoint()

    def note(self, text: str) -> None:
        self._io.note(text)


def finish(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine that nothing suspends."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("a blocking strategy suspended a coroutine")


class Finished:
    """A task that is a coroutine which nothing suspends, as a plain one; it can be pickled where that can."""

    def __init__(self, task: Callable[[int], Coroutine[Any, Any, Any]]) -> None:
        self._task = task

    def __call__(self, index: int) -> Any:
        return finish(self._task(index))


class Subject:
    """A strategy, blocking or not, with tasks and checks that are coroutines."""

    def __init__(self, strategy: Strategy | AsyncStrategy, servers: Servers) -> None:
        self.strategy, self.servers = strategy, servers
        self.io: AsyncIo = strategy.io if isinstance(strategy, AsyncStrategy) else AwaitedIo(strategy.io)
        self.one_thread = strategy.threads_per_task == 0
        self.overlaps = False
        """Whether one task goes on while another waits."""
        self.shares = True
        """Whether tasks share objects with whoever runs them: else they are pickled."""
        self.do(Subject._measure)

    async def _measure(self) -> None:
        begun: list[int] = []
        ended: list[int] = []

        async def task(index: int) -> None:
            begun.append(index)
            for _ in range(MEASURING):
                if len(begun) > 1:
                    break
                await self.io.sleep(0.005)
            ended.append(index)
            self.overlaps = self.overlaps or len(begun) > len(ended)

        try:
            await self.run(task, 2, 2)
        except Unsupported:
            self.shares, self.overlaps = False, await sent.overlap(self)

    def ends_tasks(self) -> None:
        """Raise SkipTest where no task that waits can be ended: a thread can only be waited for."""
        if not self.overlaps:
            raise SkipTest("one task at a time: none waits when another fails")
        if not self.one_thread:
            raise SkipTest("its tasks are threads, which nobody can end")

    def check(self, check: Check) -> None:
        """See whether a promise is kept. Raises AssertionError, and SkipTest where it is for others to keep."""
        if (check in sent.CHECKS) == self.shares:
            raise SkipTest("its tasks are not pickled" if self.shares else "its tasks are pickled, and share nothing")
        self.do(check)

    def do(self, check: Check) -> None:
        if isinstance(self.strategy, AsyncStrategy):
            self.strategy.enter(lambda: check(self))
        else:
            finish(check(self))

    async def run(self, task: Callable[[int], Coroutine[Any, Any, Any]], count: int, concurrency: int) -> list[Any]:
        if isinstance(self.strategy, AsyncStrategy):
            return await self.strategy.run(task, count, concurrency)
        return self.strategy.run(Finished(task), count, concurrency)

    async def failure(
        self, task: Callable[[int], Coroutine[Any, Any, Any]], count: int, concurrency: int
    ) -> BaseException:
        try:
            values = await self.run(task, count, concurrency)
        except Boom as failure:
            return failure
        raise AssertionError(f"no failure surfaced, but the values {values}")

    async def until(self, condition: Callable[[], bool]) -> None:
        """Called in a task: wait for another one to make it so."""
        for _ in range(PATIENCE):
            if condition():
                return
            await self.io.sleep(0.005)
        raise AssertionError("the other tasks never came")


class Gauge:
    """How many tasks are in flight, and were at most."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.now = self.peak = 0

    def __enter__(self) -> None:
        with self._lock:
            self.now += 1
            self.peak = max(self.peak, self.now)

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.now -= 1


Check = Callable[[Subject], Coroutine[Any, Any, None]]
