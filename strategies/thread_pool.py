"""As many OS threads as tasks may be in flight, each taking one task after another."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TypeVar

from strategies.base import Strategy
from strategies.sequential import BlockingIo

T = TypeVar("T")


class ThreadPool(Strategy):
    """concurrent.futures.ThreadPoolExecutor, with a thread for each task in flight."""

    threads_per_task = 1

    def __init__(self) -> None:
        self.io = BlockingIo()

    def run(self, task: Callable[[int], T], count: int, concurrency: int) -> list[T]:
        with ThreadPoolExecutor(concurrency) as pool:
            futures = [pool.submit(task, index) for index in range(count)]
            for future in wait(futures, return_when=FIRST_EXCEPTION).done:
                if failure := future.exception():
                    pool.shutdown(cancel_futures=True)
                    raise failure
        return [future.result() for future in futures]
