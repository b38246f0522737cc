"""The batches that `trust.py` compares: a strategy, and the same with a share more tasks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar, TypeVar

from strategies.base import Strategy
from strategies.gevent import Gevent
from strategies.thread_pool import ThreadPool
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
