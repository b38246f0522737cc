"""The memory of processes that a worker's tasks started, seen from outside."""

from __future__ import annotations

import contextlib
import ctypes
import platform
import threading
from pathlib import Path
from types import TracebackType

import psutil

EVERY_SECONDS = 0.002
KCMP = {"x86_64": 312, "aarch64": 272}.get(platform.machine())
KCMP_VM = 1
_system = ctypes.CDLL(None).syscall


class PeakOfChildren:
    """The most memory that the children of a process hold at once, and theirs, within `with`: looked at all the time,
    so for rounds that are not timed. Pages that several share count once (PSS)."""

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        """0 where none was seen."""
        self._pid, self._done = pid, threading.Event()
        self._thread = threading.Thread(target=self._look)

    def __enter__(self) -> PeakOfChildren:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while True:
            with contextlib.suppress(psutil.Error):
                children = psutil.Process(self._pid).children(recursive=True)
                self.bytes = max(self.bytes, sum(held(child) for child in children))
            if self._done.wait(EVERY_SECONDS):
                return


def held(child: psutil.Process) -> int:
    """Bytes that a process holds, its share of those that it shares; 0 where it has ended, or still runs in the memory
    of its parent: between vfork and exec the kernel shows it the whole of that."""
    with contextlib.suppress(OSError, StopIteration, psutil.Error):
        parent = child.ppid()
        borrows = _system(KCMP, child.pid, parent, KCMP_VM, 0, 0) if KCMP else -1
        if borrows == 0:
            return 0
        lines = rollup(child.pid)
        if borrows < 0 and lines == rollup(parent):  # a container that forbids the question: no two are so alike
            return 0
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) * 1024
    return 0


def rollup(pid: int) -> list[str]:
    """What the kernel sums up of a process's memory, a line for each number, kB. Raises OSError where it has ended."""
    return Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
