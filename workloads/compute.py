"""Computing, without any waiting: whether tasks use several cores."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from harness.strategies.base import AsyncIo, AsyncStrategy, Io, Strategy
from harness.workloads.base import Peer, Work, Workload

STEPS = 10_000
DATA = bytes(1 << 20)


@dataclass(frozen=True)
class Compute(Workload):
    """Each task computes: in Python, or (code=c) by hashing, in C that lets go of the GIL."""

    units: int = 10
    """Steps of 10,000 additions, or of 1 MiB hashed."""

    code: Literal["python", "c"] = "python"

    default_tasks = 4

    def __post_init__(self) -> None:
        if self.units < 1:
            raise ValueError("units must be 1 or more")

    def bound(self, strategy: Strategy | AsyncStrategy, peer: Peer | None) -> Computing:
        return Computing(self.units, self.code)


def summed(units: int) -> int:
    """A sum, step by step."""
    total = 0
    for step in range(units * STEPS):
        total += step
    return total


def hashed(units: int) -> str:
    """A digest of many bytes (SHA-256). CPython lets go of the GIL for 2,048 bytes and more."""
    digest = hashlib.sha256()
    for _ in range(units):
        digest.update(DATA)
    return digest.hexdigest()


class Computing(Work):
    """The tasks, and what each has to come to."""

    def __init__(self, units: int, code: str) -> None:
        self._units, self._compute = units, summed if code == "python" else hashed
        self._expected = self._compute(units)

    def task(self, io: Io, index: int) -> Any:
        return index, self._compute(self._units)

    async def async_task(self, io: AsyncIo, index: int) -> Any:
        return index, self._compute(self._units)

    def check(self, values: Sequence[Any]) -> Any:
        expected = [(index, self._expected) for index in range(len(values))]
        return None if list(values) == expected else "a task did not return its index and what it should compute"
