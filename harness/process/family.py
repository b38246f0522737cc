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
