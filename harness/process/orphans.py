"""What our children leave behind: found by a mark in its environment, as an orphan that we, a subreaper, adopt."""

from __future__ import annotations

import contextlib
import ctypes
import secrets
from collections.abc import Iterator

import psutil

MARK = "HARNESS_WORKER"
OURS = secrets.token_hex(8)
PR_SET_CHILD_SUBREAPER, PR_GET_CHILD_SUBREAPER = 36, 37


@contextlib.contextmanager
def adopted() -> Iterator[None]:
    """Be the parent of whatever our processes leave behind, meanwhile. (Without prctl they are init's.)"""
    libc, before = ctypes.CDLL(None), ctypes.c_int(0)
    libc.prctl(PR_GET_CHILD_SUBREAPER, ctypes.byref(before), 0, 0, 0)
    libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    try:
        yield
    finally:
        libc.prctl(PR_SET_CHILD_SUBREAPER, before.value, 0, 0, 0)


def sweep() -> int:
    """When all of ours are stopped: kill what they left behind, until nothing is left; return how many there were."""
    found = 0
    for _ in range(100):
        marked = [process for process in psutil.Process().children(recursive=True) if carries_our_mark(process)]
        if not marked:
            return found
        found += len(marked)
        for process in marked:
            with contextlib.suppress(psutil.Error):
                process.kill()
                process.wait(1)
    return found


def carries_our_mark(process: psutil.Process) -> bool:
    """Whether a process was started, at whatever remove, by one of ours."""
    try:
        return process.environ().get(MARK) == OURS
    except psutil.Error:
        return False
