"""The batches that `trust.py` compares: a strategy, and the same with a share more tasks."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, TypeVar

from strategies.asyncio import Asyncio
from strategies.base import AsyncStrategy, Strategy
from strategies.gevent import Gevent
from strategies.greenlet import Greenlet
from strategies.thread_pool import ThreadPool
from strategies.threads import Threads
from workloads.switch import Switch

T = TypeVar("T")


class Batch(Strategy):
    """Runs a share more tasks than it is asked to, of the same kind."""

    share: ClassVar[float] = 0.0

    def run(self, task: Callable[[int], T], count: int, concurrency: int) -> list[T]:
        total = count + round(self.share * count)

        def either(index: int) -> Any:
            return task(index) if index < count else self.io.checkpoint()

        return super().run(either, total, total if concurrency == count else concurrency)[:count]  # type: ignore[safe-super]


class Gevent0(Batch, Gevent):
    """gevent as it is."""


class AsyncBatch(AsyncStrategy):
    """`Batch`, awaited."""

    share: ClassVar[float] = 0.0

    async def run(self, task: Callable[[int], Coroutine[Any, Any, T]], count: int, concurrency: int) -> list[T]:
        total = count + round(self.share * count)

        async def either(index: int) -> Any:
            return await (task(index) if index < count else self.io.checkpoint())

        most = total if concurrency == count else concurrency
        return (await super().run(either, total, most))[:count]  # type: ignore[safe-super]


class GeventAgain(Gevent0):
    """The same under another name."""


class Gevent2(Batch, Gevent):
    """gevent with 2 % more tasks."""

    share = 0.02


class Gevent5(Batch, Gevent):
    """gevent with 5 % more tasks."""

    share = 0.05


class ThreadPool0(Batch, ThreadPool):
    """A thread pool as it is."""


class ThreadPoolAgain(ThreadPool0):
    """The same under another name."""


class ThreadPool5(Batch, ThreadPool):
    """A thread pool with 5 % more tasks."""

    share = 0.05


class Gevent1(Batch, Gevent):
    """gevent with 1 % more tasks."""

    share = 0.01


class Greenlet0(Batch, Greenlet):
    """Raw greenlets as they are."""


class GreenletAgain(Greenlet0):
    """The same under another name."""


class Greenlet1(Batch, Greenlet):
    """Raw greenlets with 1 % more tasks."""

    share = 0.01


class Threads0(Batch, Threads):
    """Threads as they are."""


class ThreadsAgain(Threads0):
    """The same under another name."""


class Threads1(Batch, Threads):
    """Threads with 1 % more tasks."""

    share = 0.01


class Asyncio0(AsyncBatch, Asyncio):
    """asyncio as it is."""


class AsyncioAgain(Asyncio0):
    """The same under another name."""


class Asyncio1(AsyncBatch, Asyncio):
    """asyncio with 1 % more tasks."""

    share = 0.01


ARMS: dict[str, tuple[type[Batch], int]] = {
    "gevent 0": (Gevent0, 1000),
    "gevent 2": (Gevent2, 1000),
    "gevent 5": (Gevent5, 1000),
    "thread-pool 0": (ThreadPool0, 500),
    "thread-pool 5": (ThreadPool5, 500),
}
AT_ONCE = {"gevent": 1000, "thread-pool": 50}


def batch(arm: str) -> Callable[[], object]:
    """What the other tools time: the same tasks, which give way once, run by the same code."""
    strategy, tasks = ARMS[arm]
    runner = strategy()
    task = Switch(switches=1).bind(runner, None)
    return lambda: runner.run(task, tasks, AT_ONCE[arm.partition(" ")[0]])
