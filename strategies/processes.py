"""A process for each core, kept in a pool: each task, and what it returns, is pickled."""

from __future__ import annotations

import multiprocessing
import signal
from concurrent.futures import Executor, ProcessPoolExecutor

from harness.strategies.pickled import Pickled, imports


class Processes(Pickled):
    """concurrent.futures.ProcessPoolExecutor, a process for each core; tasks and values are pickled."""

    def made(self, size: int) -> Executor:
        # A copy of a process with threads may hang on a lock that one of them held: no fork but of a server's.
        context = multiprocessing.get_context("forkserver")
        return ProcessPoolExecutor(size, mp_context=context, initializer=exec, initargs=(imports(),))

    def up(self) -> Executor:
        self._children = multiprocessing.active_children()  # those of a pool that did not come up are unknown
        pool = super().up()
        self._children = multiprocessing.active_children()
        return pool

    def broken(self) -> str:
        ended = {child.exitcode for child in self._children} - {None, 0}
        code = next(iter(ended - {-signal.SIGTERM} or ended), None)  # the pool ends the others with SIGTERM
        if code is None:
            return "a process of the pool ended"
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with status {code}"
        return f"a process of the pool {how}"
