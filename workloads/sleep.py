"""Waiting for time to pass, through the strategy or past it."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Literal

from harness.strategies.base import AsyncIo, Io
from harness.workloads.base import Workload


@dataclass(frozen=True)
class Sleep(Workload):
    """Each task sleeps: through its io, or (call=stdlib) by a plain time.sleep."""

    seconds: float = 0.01
    call: Literal["native", "stdlib"] = "native"

    default_tasks = 10

    def __post_init__(self) -> None:
        if not 0 <= self.seconds < math.inf:
            raise ValueError("seconds must be a finite number, 0 or more")

    def task(self, io: Io, index: int) -> int:
        if self.call == "native":
            io.sleep(self.seconds)
        else:
            time.sleep(self.seconds)
        return index

    async def async_task(self, io: AsyncIo, index: int) -> int:
        if self.call == "native":
            await io.sleep(self.seconds)
        else:
            time.sleep(self.seconds)
        return index

    def floor(self, tasks: int, concurrency: int) -> float:
        return self.seconds * math.ceil(tasks / concurrency)
