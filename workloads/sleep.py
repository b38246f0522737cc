"""Waiting for time to pass, through the strategy or past it."""

from __future__ import annotations

import contextlib
import math
import socket
import time
from dataclasses import dataclass
from typing import Literal

from harness.strategies.base import AsyncIo, Io
from harness.workloads.base import Workload


def wait(call: str, seconds: float) -> None:
    """Wait past the strategy, in a call of the standard library that blocks unless it is patched."""
    if call == "stdlib":
        time.sleep(seconds)
        return
    with socket.socket(type=socket.SOCK_DGRAM) as silent, contextlib.suppress(TimeoutError, BlockingIOError):
        silent.bind(("127.0.0.1", 0))
        silent.settimeout(seconds)  # 0 does not wait: BlockingIOError
        silent.recv(1)


@dataclass(frozen=True)
class Sleep(Workload):
    """Each task waits: through its io, in a plain time.sleep (call=stdlib), or in a plain socket.recv (call=socket)."""

    seconds: float = 0.01
    call: Literal["native", "stdlib", "socket"] = "native"

    default_tasks = 10

    def __post_init__(self) -> None:
        if not 0 <= self.seconds < math.inf:
            raise ValueError("seconds must be a finite number, 0 or more")

    def task(self, io: Io, index: int) -> int:
        if self.call == "native":
            io.sleep(self.seconds)
        else:
            wait(self.call, self.seconds)
        return index

    async def async_task(self, io: AsyncIo, index: int) -> int:
        if self.call == "native":
            await io.sleep(self.seconds)
        else:
            wait(self.call, self.seconds)
        return index

    def floor(self, tasks: int, concurrency: int) -> float:
        return self.seconds * math.ceil(tasks / concurrency)
