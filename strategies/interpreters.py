"""An interpreter for each core, each in a thread with a lock of its own: each task, and what it returns, is pickled."""

from __future__ import annotations

import sys
from concurrent import futures
from typing import Any

from harness.strategies.base import Unavailable
from harness.strategies.pickled import Pickled, imports

POOL: Any = getattr(futures, "InterpreterPoolExecutor", None)
if POOL is None:
    raise Unavailable(f"needs Python 3.14 or later, this is {sys.version_info[0]}.{sys.version_info[1]}")


class Interpreters(Pickled):
    """concurrent.futures.InterpreterPoolExecutor, an interpreter for each core; tasks and values are pickled."""

    def made(self, size: int) -> futures.Executor:
        pool: futures.Executor = POOL(size, initializer=exec, initargs=(imports(),))
        return pool

    def broken(self) -> str:
        return "an interpreter of the pool could not be made"
