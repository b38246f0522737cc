"""The processes that a worker's tasks started, seen from outside: their names, their ports, their memory."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import psutil

from harness.process import brand
from harness.process.channel import Failure
from harness.record.sample import Leftover
from harness.text import readable

EVERY_SECONDS = 0.002
LOOK_SECONDS, LOOK_SHARE = 0.05, 0.02
"""From one look at what may not outgrow a limit to the next, at least; the most of a core that looking takes."""
PAGE = os.sysconf("SC_PAGE_SIZE")
KCMP = {"x86_64": 312, "aarch64": 272}.get(platform.machine())
KCMP_VM = 1
_system = ctypes.CDLL(None).syscall


class PeakOfChildren:
    """The most memory that the children of a process hold at once, and theirs, within `with`: looked at all the time,
    so for rounds that are not timed. Pages that several share count once (PSS). Raises Failure."""

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        """0 where none was seen."""
        self._pid, self._done = pid, threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> PeakOfChildren:
        try:
            self._thread.start()
        except RuntimeError as error:  # the system has none
            raise Failure("failed", f"nothing looks at the memory of its children: {error}") from None
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._done.set()
        if self._thread.ident:
            self._thread.join()

    def _look(self) -> None:
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(self._pid)
            while process.is_running():  # an interruption may keep `with` from being left
                self.bytes = max(self.bytes, sum(held(child) for child in process.children(recursive=True)))
                if self._done.wait(EVERY_SECONDS):
                    return


class Bounded:
    """What a process (by its number) has started, which together may hold so many bytes and no more."""

    def __init__(self, most: int, pid: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most, self._pid, self._clock = most, pid, clock
        self._next = clock() + LOOK_SECONDS

    @property
    def due_in(self) -> float:
        """Seconds until it is worth looking."""
        return max(0.0, self._next - self._clock())

    def outgrown(self) -> int:
        """How many bytes they hold, where that is too much; 0 where it is not, or was looked at just now. What is
        resident is quickly read; where that is too much, pages that several share count once."""
        if self.due_in:
            return 0
        began, family = self._clock(), resident(self._pid)
        bytes_held = sum(map(held_by, family)) if sum(family.values()) > self._most else 0
        ended = self._clock()
        self._next = ended + max(LOOK_SECONDS, (ended - began) / LOOK_SHARE)
        return bytes_held if bytes_held > self._most else 0


def resident(pid: int) -> dict[int, int]:
    """The bytes in memory, whoever shares them, of all that a process has started, at whatever remove."""
    found, by_parent = {}, dict[int, list[int]]()
    for one in brand.alike(pid):
        with contextlib.suppress(OSError):  # it has ended
            fields = brand.stat(one)
            by_parent.setdefault(int(fields[1]), []).append(one)
            found[one] = int(fields[21]) * PAGE
    family, look_at = [], [pid]
    while look_at:
        children = by_parent.get(look_at.pop(), [])
        family += children
        look_at += children
    return {one: found[one] for one in family}


def held_by(pid: int) -> int:
    """The same as `held`, by its number."""
    with contextlib.suppress(psutil.Error):
        return held(psutil.Process(pid))
    return 0


def leftover(process: psutil.Process, ports: bool = True) -> Leftover:
    """What a process is called, and on which TCP ports it listens. Raises psutil.Error where it has ended."""
    listens = []
    if ports:
        with contextlib.suppress(psutil.Error):  # another user's
            found = process.net_connections("tcp")
            listens = sorted({one.laddr.port for one in found if one.status == psutil.CONN_LISTEN})
    return Leftover(readable(process.name()), process.pid, listens)


def held(child: psutil.Process) -> int:
    """Bytes that a process holds, its share of those that it shares; 0 where it has ended, or still runs in the memory
    of its parent: between vfork and exec the kernel shows it the whole of that."""
    with contextlib.suppress(OSError, KeyError, psutil.Error):
        parent = child.ppid()
        borrows = _system(KCMP, child.pid, parent, KCMP_VM, 0, 0) if KCMP else -1
        if borrows == 0:
            return 0
        if borrows < 0 and alike(child.pid, parent):  # a container that forbids the question
            return 0
        return rollup(child.pid)["Pss"] * 1024
    return 0


def alike(child: int, parent: int) -> bool:
    """Whether two processes show the same memory, as no two do that have each their own: by what the rest of the
    machine does not change, unlike shares of libraries; asked again, since the child may touch a page in between."""
    return any(
        all(mine[name] == theirs[name] for name in ("Rss", "Anonymous"))
        for mine, theirs in ((rollup(child), rollup(parent)) for _ in range(3))
    )


def rollup(pid: int) -> dict[str, int]:
    """What the kernel sums up of a process's memory, kB by name. Raises OSError where it has ended."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {name: int(rest.split()[0]) for name, rest in (line.split(":", 1) for line in lines)}
