"""Giving way: the cost of a switch."""

from __future__ import annotations

from dataclasses import dataclass

from harness.strategies.base import AsyncIo, Io
from harness.workloads.base import Workload


@dataclass(frozen=True)
class Switch(Workload):
    """Each task gives way to the others so many times: the cost of a switch."""

    switches: int = 100

    default_tasks = 100

    def __post_init__(self) -> None:
        if self.switches < 0:
            raise ValueError("switches must be 0 or more")

    def task(self, io: Io, index: int) -> int:
        for _ in range(self.switches):
            io.checkpoint()
        return index

    async def async_task(self, io: AsyncIo, index: int) -> int:
        for _ in range(self.switches):
            await io.checkpoint()
        return index
