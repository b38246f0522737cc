"""What a thread's time went to: computing, waiting, or standing in line for a core."""

from __future__ import annotations

import contextlib
import os
import resource
from typing import NamedTuple

from harness.worker.why.originals import original

now, thread_time = original("time", "perf_counter"), original("time", "thread_time")
process_time = original("time", "process_time")
clock, cpu_clock = original("time", "clock_gettime"), original("time", "pthread_getcpuclockid")
get_ident = original("_thread", "get_ident")
_read, _usage = os.pread, resource.getrusage
LONGEST_FOR_GIL, MOSTLY = 0.05, 0.7
"""Seconds of ten switch intervals; the share of a wait in which others have to have computed."""
DELAY = "/proc/thread-self/schedstat"


class Off(NamedTuple):
    """Where seconds without computing went to."""

    ready: float
    """In line for a core: a busy machine is no fault of the code."""
    contended: float
    """Waiting, as short as one waits for the GIL, while other threads of this process computed all the time."""
    waiting: float


class Preemption:
    """What this thread did when it did not compute, since it was last asked.

    Waiting is what a thread does that has given its core away; Linux counts how often, and how long it was ready
    before it ran again (`Documentation/scheduler/sched-stats`)."""

    def __init__(self) -> None:
        try:
            self._file = os.open(DELAY, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:  # the kernel keeps no such statistics: then only how often is known
            self._file = -1
        self.note()

    def _delayed(self) -> float:
        try:
            return int(_read(self._file, 100, 0).split()[1]) / 1e9
        except (OSError, IndexError, ValueError):  # no such statistics, or the workload closed all files
            return 0.0

    def _given_away(self) -> int:
        return _usage(resource.RUSAGE_THREAD).ru_nvcsw

    def note(self) -> None:
        """Count from here on."""
        self._delay, self._times = self._delayed(), self._given_away()
        self._others = process_time() - thread_time()

    def of(self, off: float, rivals: bool) -> Off:
        """Where so many seconds without computing went to; whether other threads are in Python now."""
        delay, times, others = self._delay, self._times, self._others
        self.note()
        if self._times == times:
            return Off(off, 0.0, 0.0)
        ready = min(off, max(0.0, self._delay - delay))
        waiting = off - ready
        held = waiting < LONGEST_FOR_GIL and (rivals or self._others - others > MOSTLY * waiting)
        return Off(ready, waiting, 0.0) if held else Off(ready, 0.0, waiting)

    def close(self) -> None:
        """Ask no more."""
        if self._file >= 0:
            with contextlib.suppress(OSError):
                os.close(self._file)
