"""eventlet under `monkey_patch()`: the standard library's primitives, made to yield."""

from __future__ import annotations

from harness.strategies.eventlet import Eventlet
from harness.strategies.sockets import BlockingIo


class EventletPatched(Eventlet):
    """eventlet under monkey_patch(): the same as `eventlet`, through the standard library's primitives."""

    prelude = "eventlet:monkey_patch"

    def __init__(self, pool: int | None = None) -> None:
        super().__init__(pool)
        self.io = BlockingIo()
