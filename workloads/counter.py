"""Shared data without a lock: one thread needs none, several lose updates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from harness.strategies.base import AsyncIo, AsyncStrategy, Io, Strategy
from harness.workloads.base import Peer, Work, Workload


class Shared:
    """A number that every task reads and writes, without a lock."""

    def __init__(self) -> None:
        self.value = 0

    def read(self) -> int:
        return self.value

    def write(self, value: int) -> None:
        self.value = value


@dataclass(frozen=True)
class Counter(Workload):
    """Each task adds 1 to a shared number so many times, without a lock, or (between=switch) gives way in between.

    The switch lies between reading and writing: the others run there."""

    updates: int = 100_000
    between: Literal["nothing", "switch"] = "nothing"

    default_tasks = 8

    def __post_init__(self) -> None:
        if self.updates < 1:
            raise ValueError("updates must be 1 or more")

    def bound(self, strategy: Strategy | AsyncStrategy, peer: Peer | None) -> Counting:
        return Counting(self.updates, self.between == "switch")


class Counting(Work):
    """The counter's tasks, and the number that they share."""

    def __init__(self, updates: int, switches: bool = False) -> None:
        self.updates, self.switches, self.shared = updates, switches, Shared()

    def task(self, io: Io, index: int) -> int:
        if self.switches:
            for _ in range(self.updates):
                seen = self.shared.read()
                io.checkpoint()
                self.shared.write(seen + 1)
        else:
            for _ in range(self.updates):
                self.shared.write(self.shared.read() + 1)
        return index

    async def async_task(self, io: AsyncIo, index: int) -> int:
        if self.switches:
            for _ in range(self.updates):
                seen = self.shared.read()
                await io.checkpoint()
                self.shared.write(seen + 1)
        else:
            for _ in range(self.updates):
                self.shared.write(self.shared.read() + 1)
        return index

    def begin(self) -> None:
        self.shared.value = 0

    def check(self, values: Sequence[int]) -> Any:
        expected = self.updates * len(values)
        if self.shared.value != expected:
            return f"{expected - self.shared.value:,} of {expected:,} updates were lost"
        return super().check(values)
