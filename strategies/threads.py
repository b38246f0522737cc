"""One OS thread for each task."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from strategies.base import Strategy
from strategies.sequential import BlockingIo

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

        def body(index: int) -> None:
            try:
                results[index] = task(index)
            except BaseException as failure:
                failures.append(failure)

        def bounded(index: int) -> None:
            body(index)
            slots.release()

        threads: list[threading.Thread] = []
        try:
            for index in range(count):
                if count > concurrency:
                    slots.acquire()
                if failures:
                    break
                thread = threading.Thread(target=body if count <= concurrency else bounded, args=(index,))
                thread.start()
                threads.append(thread)
        finally:
            for thread in threads:
                thread.join()
        if failures:
            raise failures[0]
        return [results[index] for index in range(count)]
