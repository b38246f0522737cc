"""What all that a program starts carries, and what tells it from everything else on the machine: a number that is
inherited whatever becomes of a process's parent, session, environment and descriptors, and that its user may read.

It is the soft limit of file locks, which nothing has heeded since Linux 2.4.25 (setrlimit(2), RLIMIT_LOCKS): of what is
inherited so, nothing else may be any number and is shown to others. The number says whose it is: the process number
of the program, and when that began."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

LOCKS = 10
"""RLIMIT_LOCKS, for which Python has no name."""
SIGN, START_BITS, PID_BITS = 0x2A, 33, 22
"""How each begins, and the bits of what it says."""
NAMESPACES = [one for one in ("pid", "time") if os.path.lexists(f"/proc/self/ns/{one}")]
MOMENT, PAUSE, LONGEST = 0.5, 0.05, 10.0
"""Seconds that what was left has to end by itself; between two looks; after which no more is tried."""


def of(pid: int) -> int:
    """The brand of what a process starts. Raises OSError where it is not there."""
    began = int(stat(pid)[19]) % (1 << START_BITS)
    return (SIGN << START_BITS | began) << PID_BITS | pid


def put(brand: int) -> None:
    """Have this process carry a brand, and what it will start; not where somebody has limited file locks (ulimit -x),
    or the system lets nobody limit them."""
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(LOCKS, (brand, resource.getrlimit(LOCKS)[1]))


def on(pid: int) -> int | None:
    """The brand that a process carries, as a dead one does until somebody has waited for it; None where it has none,
    or another user's."""
    with contextlib.suppress(OSError):
        found = resource.prlimit(pid, LOCKS)[0]
        return found if found >> START_BITS + PID_BITS == SIGN else None
    return None


def alike(pid: int) -> Iterator[int]:
    """The processes that carry the same as one does: its program's, or all that carry none."""
    mine = on(pid)
    return (one for one in _numbers() if on(one) == mine)


def is_alone(brand: int) -> bool:
    """Whether the program is no more whose brand it is."""
    try:
        return of(brand % (1 << PID_BITS)) != brand
    except OSError:
        return True


def end(meant: Callable[[int], bool]) -> None:
    """Kill all that carries a brand of those that are meant, until nothing does. Each has a moment to end by itself: a
    keeper clears away what was its program's. What is in another namespace is another's: programs there have
    numbers, or began at moments, that say nothing here."""
    until, seen = time.monotonic() + LONGEST, dict[tuple[int, int], float]()
    while (left := [*_running(meant)]) and (now := time.monotonic()) < until:
        for pid, brand in left:
            if now - seen.setdefault((pid, brand), now) >= MOMENT:
                _kill(pid, brand)
        time.sleep(PAUSE)


def _running(meant: Callable[[int], bool]) -> Iterator[tuple[int, int]]:
    here = _namespaces("self")
    for pid in _numbers():
        with contextlib.suppress(OSError):
            if not ((brand := on(pid)) and meant(brand)) or stat(pid)[0] in "ZX":
                continue
            if _namespaces(pid) == here:
                yield pid, brand


def _namespaces(pid: int | str) -> list[str]:
    """Those on which numbers and moments depend that a process sees."""
    return [os.readlink(f"/proc/{pid}/ns/{one}") for one in NAMESPACES]


def _numbers() -> Iterator[int]:
    """Those of all processes."""
    return map(int, filter(str.isdigit, os.listdir("/proc")))


def _kill(pid: int, brand: int) -> None:
    """Kill it, unless its number is another's by now."""
    with contextlib.suppress(OSError):
        descriptor = os.pidfd_open(pid)
        try:
            if on(pid) == brand:
                signal.pidfd_send_signal(descriptor, signal.SIGKILL)
        finally:
            os.close(descriptor)


def stat(pid: int) -> list[str]:
    """What proc(5) says of a process, from its state on. Raises OSError."""
    return Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].decode().split()
