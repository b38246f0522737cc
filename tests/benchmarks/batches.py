"""The batches that `trust.py` compares: a strategy, and the same with a share more tasks.

`Gevent0` is gevent as it is, `GeventAgain` the same under another name, and `Gevent5` takes 5 % more; so for every name
in `STRATEGIES`. Each is made when it is asked for, so that a worker imports no strategy but its own."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, TypeVar

from harness.strategies.base import AsyncStrategy, Strategy
from harness.workloads.switch import Switch

T = TypeVar("T")
STRATEGIES = {
    "Asyncio": "strategies.asyncio",
    "Gevent": "strategies.gevent",
    "Greenlet": "strategies.greenlet",
    "ThreadPool": "strategies.thread_pool",
    "Threads": "strategies.threads",
}
SIZES = {"Gevent": (1000, 1000), "ThreadPool": (500, 50)}
"""Tasks, and how many at once."""


class Batch(Strategy):
    """Runs a share more tasks than it is asked to, of the same kind."""

    share: ClassVar[float] = 0.0

    def run(self, task: Callable[[int], T], count: int, concurrency: int) -> list[T]:
        total = count + round(self.share * count)

        def either(index: int) -> Any:
            return task(index) if index < count else self.io.checkpoint()

        return super().run(either, total, total if concurrency == count else concurrency)[:count]  # type: ignore[safe-super]


class AsyncBatch(AsyncStrategy):
    """`Batch`, awaited."""

    share: ClassVar[float] = 0.0

    async def run(self, task: Callable[[int], Coroutine[Any, Any, T]], count: int, concurrency: int) -> list[T]:
        total = count + round(self.share * count)

        async def either(index: int) -> Any:
            return await (task(index) if index < count else self.io.checkpoint())

        most = total if concurrency == count else concurrency
        return (await super().run(either, total, most))[:count]  # type: ignore[safe-super]


def __getattr__(name: str) -> type[Strategy] | type[AsyncStrategy]:
    """The strategy of a name such as Gevent5. Raises AttributeError."""
    parts = re.fullmatch(rf"({'|'.join(STRATEGIES)})(\d+|Again)", name)
    if parts is None:
        raise AttributeError(f"there is no batch {name}")
    strategy = getattr(importlib.import_module(STRATEGIES[parts[1]]), parts[1])
    kind = AsyncBatch if issubclass(strategy, AsyncStrategy) else Batch
    share = 0.0 if parts[2] == "Again" else int(parts[2]) / 100
    return type(name, (kind, strategy), {"share": share, "__module__": __name__, "__doc__": f"{share:.0%} more tasks."})


def batch(name: str) -> Callable[[], object]:
    """What the other tools time: the same tasks, which give way once, run by the same code."""
    runner: Any = __getattr__(name)()
    task = Switch(switches=1).bind(runner)
    sizes = next(sizes for stem, sizes in SIZES.items() if name.startswith(stem))
    return lambda: runner.run(task, *sizes)
