"""What our children leave behind. Their keepers end it; where one was killed, what it kept is ours to adopt and to end.
It is known by its brand. Where we are killed as well, a witness ends it."""

from __future__ import annotations

import contextlib
import ctypes
import os
import time
from collections.abc import Iterator
from typing import Protocol

import psutil

from harness.errors import IncompleteError
from harness.machine import stops
from harness.process import brand
from harness.process.brand import LONGEST, MOMENT
from harness.process.family import leftover
from harness.process.folders import root
from harness.process.interrupts import hastened, heard_once, held
from harness.process.kept import Kept
from harness.process.witness import witnessed
from harness.record.sample import Leftover

PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER = 36, 37


class Running(Protocol):
    """A child that was not stopped yet."""

    @property
    def keeper(self) -> int:
        """The process number of its keeper."""

    def stop(self) -> None:
        """End it."""


class House:
    """What this process has started."""

    def __init__(self) -> None:
        self.running: set[Running] = set()
        self.ending: list[Kept] = []
        """Those that were told to, with all that they left."""


house = House()


@contextlib.contextmanager
def adopted() -> Iterator[None]:
    """Be the parent of whatever our processes leave behind, meanwhile, and end it. (Without prctl it is init's.) Of
    signals that end us only the first is heard. Raises IncompleteError without /proc, OSError where the system allows
    no process more."""
    if not os.path.exists("/proc/self/stat"):
        raise IncompleteError("/proc is not there, which shows what processes do: mount -t proc proc /proc")
    libc, before = ctypes.CDLL(None), ctypes.c_int(0)
    libc.prctl(PR_GET_CHILD_SUBREAPER, ctypes.byref(before), 0, 0, 0)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with heard_once(), stops.counted(), root(), witnessed():
        try:
            yield
        finally:
            end_all()
            libc.prctl(PR_SET_CHILD_SUBREAPER, before.value, 0, 0, 0)


def end_all() -> None:
    """End what was being started or stopped when something was raised, and what it left behind."""
    with held():
        for child in list(house.running):
            child.stop()
        sweep()


def sweep() -> int:
    """When all of ours are stopped: wait until what they left behind is ended; return how many processes that were.

    What ends within a moment is not counted: it was killed with one of ours, or waited for nothing but its end."""
    with held():
        found = 0
        while house.ending:
            found += len(left_by(house.ending.pop()))
        return found + len(_adopted_ones_ended())


def left_by(kept: Kept) -> list[Leftover]:
    """What a child that is to end has left, once that is ended: what `sweep` counts. Of one whose keeper was killed it
    is all that has come to us."""
    with held():
        if kept.left is None:
            kept.left = kept.over()
        if kept.left is None:
            kept.left = _adopted_ones_ended()
        return kept.left


def _adopted_ones_ended() -> list[Leftover]:
    found = []
    psutil.wait_procs(left_ones(), 0.0 if hastened() else MOMENT)
    end = time.monotonic() + LONGEST
    while (left := left_ones()) and time.monotonic() < end:
        for process in left:
            with contextlib.suppress(psutil.Error):
                found.append(leftover(process))
                process.kill()
                process.wait(1)
    return found


def left_ones() -> list[psutil.Process]:
    """What ours have started, at whatever remove, that has come to us and has not ended; what is still kept has not."""
    ours = brand.of(os.getpid())
    kept = {child.keeper for child in house.running}
    found = []
    for process in psutil.Process().children():
        if process.pid not in kept:
            with contextlib.suppress(psutil.Error):
                found += [process, *process.children(recursive=True)]
    return [process for process in found if brand.on(process.pid) == ours]
