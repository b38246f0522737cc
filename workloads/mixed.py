"""Waiting, then computing: what most jobs are made of, in parts of known size."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from harness.strategies.base import AsyncIo, Io
from harness.workloads.base import Workload


@dataclass(frozen=True)
class Mixed(Workload):
    """Each task waits through its io, then computes until its thread has used so much of a processor. Seconds."""

    waiting: float = 0.01
    computing: float = 0.0005

    default_tasks = 100

    def __post_init__(self) -> None:
        if not (0 <= self.waiting < math.inf and 0 <= self.computing < math.inf):
            raise ValueError("waiting and computing must be finite numbers of seconds, 0 or more")

    def task(self, io: Io, index: int) -> int:
        if self.waiting:
            io.sleep(self.waiting)
        return computed(self.computing, index)

    async def async_task(self, io: AsyncIo, index: int) -> int:
        if self.waiting:
            await io.sleep(self.waiting)
        return computed(self.computing, index)

    def floor(self, tasks: int, concurrency: int) -> float:
        return self.waiting * math.ceil(tasks / concurrency)


def computed(seconds: float, index: int) -> int:
    """The index, after so many seconds of this thread's processor time, in which the GIL is held."""
    if seconds:
        end = time.thread_time() + seconds
        while time.thread_time() < end:
            pass
    return index
