"""What a thread's time went to: computing, waiting, or standing in line for a core."""

from __future__ import annotations

import os
import resource
import sys
from typing import NamedTuple

from harness.worker.why.originals import original

now, thread_time = original("time", "perf_counter"), original("time", "thread_time")
process_time = original("time", "process_time")
clock, cpu_clock = original("time", "clock_gettime"), original("time", "pthread_getcpuclockid")
get_ident, native_id = original("_thread", "get_ident"), original("_thread", "get_native_id")
_open, _read, _close, _usage = os.open, os.read, os.close, resource.getrusage
LONGEST_FOR_GIL, MOSTLY = 0.05, 0.7
"""Seconds of ten switch intervals; the share of a wait in which others have to have computed."""
FEWEST, WOKEN = 2, 0.5
"""Times that who waits for the GIL was woken at least; the share of its switch intervals in which it is seen to be."""
SURE = 0.01
"""Seconds (two switch intervals) of a wait from which on that says whether it was for the GIL."""
DELAY = "/proc/self/task/{}/schedstat"


def is_woken(times: int, seconds: float) -> bool:
    """Whether a thread that gave its core away so often in so long waited for the GIL: it was woken once in each switch
    interval to ask for it. Who has the GIL is not woken, nor who waits for something else."""
    return times >= FEWEST and times > WOKEN * seconds / sys.getswitchinterval()


class Off(NamedTuple):
    """Where seconds without computing went to."""

    ready: float
    """In line for a core: a busy machine is no fault of the code."""
    contended: float
    """Waiting, as short as one waits for the GIL, and woken as often, while others of this process computed all the
    time."""
    waiting: float


class Preemption:
    """What this thread did when it did not compute, since it was last asked.

    Waiting is what a thread does that has given its core away; Linux counts how often, and how long it was ready
    before it ran again (`Documentation/scheduler/sched-stats`)."""

    def __init__(self, *, new: bool = False) -> None:
        """`new`: from when the thread began, not from now on."""
        self._file = DELAY.format(native_id())  # opened each time: there may be as many threads as descriptors
        self.note()
        if new:
            self._delay, self._times = 0.0, 0

    def _delayed(self) -> float:
        try:
            file = _open(self._file, os.O_RDONLY | os.O_CLOEXEC)
            try:
                return int(_read(file, 100).split()[1]) / 1e9
            finally:
                _close(file)
        except (OSError, IndexError, ValueError):  # the kernel keeps none: then only how often is known
            return 0.0

    def _given_away(self) -> int:
        return _usage(resource.RUSAGE_THREAD).ru_nvcsw

    def note(self) -> None:
        """Count from here on."""
        self._delay, self._times = self._delayed(), self._given_away()
        self._others = process_time() - thread_time()

    def of(self, off: float, rivals: bool) -> Off:
        """Where so many seconds without computing went to; whether other threads are in Python now."""
        ready, times, others = self.ready(off), self._times, self._others
        self.note()
        if self._times == times:
            return Off(off, 0.0, 0.0)
        waiting = off - ready
        others_ran = rivals or self._others - others > MOSTLY * waiting
        asked = waiting < SURE or is_woken(self._times - times, waiting)
        held = waiting < LONGEST_FOR_GIL and others_ran and asked
        return Off(ready, waiting, 0.0) if held else Off(ready, 0.0, waiting)

    def woken(self) -> int:
        """How often it had given its core away: asked in the thread."""
        times, self._times = self._times, self._given_away()
        return self._times - times

    def woken_since(self) -> int:
        """How often it has given its core away since it was last noted: asked in the thread."""
        return self._given_away() - self._times

    def in_line(self) -> float:
        """Seconds that it stood in line since it was last noted: any thread may ask."""
        return max(0.0, self._delayed() - self._delay)

    def ready(self, off: float) -> float:
        """How many of so many seconds without computing it stood in line: any thread may ask."""
        delay, self._delay = self._delay, self._delayed()
        return min(off, max(0.0, self._delay - delay))
