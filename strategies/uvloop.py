"""asyncio's tasks and streams, on uvloop's event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import uvloop

from harness.strategies.asyncio import Asyncio

T = TypeVar("T")


class Uvloop(Asyncio):
    """asyncio on uvloop's event loop."""

    loop = "uvloop"

    def enter(self, main: Callable[[], Coroutine[Any, Any, T]]) -> T:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return runner.run(main())
