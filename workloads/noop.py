"""Nothing: what a strategy costs before a task does anything."""

from __future__ import annotations

from dataclasses import dataclass

from harness.strategies.base import AsyncIo, Io
from harness.workloads.base import Workload


@dataclass(frozen=True)
class Noop(Workload):
    """Each task returns at once: the cost of spawning and joining."""

    default_tasks = 1000

    def task(self, io: Io, index: int) -> int:
        return index

    async def async_task(self, io: AsyncIo, index: int) -> int:
        return index
