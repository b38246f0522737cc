"""What one round took, read in the worker: clocks, memory, context switches.

A timed round carries none of our instruments. What has to be seen task by task is seen in a round of its own, which is
never timed (`watch`)."""

from __future__ import annotations

import contextlib
import os
import resource
import time
from collections.abc import Sequence
from typing import Any

from harness.worker import children

now = time.perf_counter
_open, _listdir = open, os.listdir


class Clock:
    """Times what runs inside `with`: wall, CPU, and context switches of the whole process; CPU of its children.

    A slowdown of 0.05 spends a twentieth more than what ran: an effect of known size, for `calibrate`."""

    _now, _used = staticmethod(time.perf_counter), staticmethod(resource.getrusage)
    """Kept where libraries that stop clocks do not look for them."""

    def __init__(self, slowdown: float = 0.0) -> None:
        self._slowdown = slowdown
        self._began = self._ended = 0.0
        self._before = self._after = self._used(resource.RUSAGE_SELF)
        self._children = 0.0

    def __enter__(self) -> None:
        self._children = -children.seconds()
        self._before = self._used(resource.RUSAGE_SELF)
        self._began = self._now()

    def __exit__(self, *_: object) -> None:
        self._ended = self._now()
        if self._slowdown:
            until = self._ended + (self._ended - self._began) * self._slowdown
            while self._ended < until:
                self._ended = self._now()
        self._after = self._used(resource.RUSAGE_SELF)
        self._children += children.seconds()

    def took(self) -> dict[str, Any]:
        """Seconds and counts, under the names of the record."""
        before, after = self._before, self._after
        return {
            "wall_seconds": self._ended - self._began,
            "cpu_user_seconds": after.ru_utime - before.ru_utime,
            "cpu_system_seconds": after.ru_stime - before.ru_stime,
            "voluntary": after.ru_nvcsw - before.ru_nvcsw,
            "involuntary": after.ru_nivcsw - before.ru_nivcsw,
            "cpu_children_seconds": max(0.0, self._children),
        }


def forget_peak() -> None:
    """Forget the memory peak of the round before."""
    with _open("/proc/self/clear_refs", "w") as clear:
        clear.write("5")


def status_number(field: str) -> int:
    """A number of /proc/self/status (sizes there are in KiB)."""
    with _open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith(field))


def resident_bytes() -> int:
    """Memory that the process holds now."""
    return status_number("VmRSS:") * 1024


def peak_bytes() -> int:
    """The most memory held since `forget_peak`. (ru_maxrss would carry the parent's mark across exec.)"""
    return status_number("VmHWM:") * 1024


def thread_count() -> int:
    """OS threads of the process, whoever started them."""
    return status_number("Threads:")


def keep_on(cpus: Sequence[int]) -> None:
    """Keep this process on some cores ([]: on those that it has). Before its threads exist: malloc makes as
    many arenas as are right for the cores that it finds with the first of them."""
    if cpus:
        for thread in _listdir("/proc/self/task"):
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(int(thread), cpus)
