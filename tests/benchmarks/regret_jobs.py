"""What the tasks of `regret.py` do: each kind waits and computes as long as it is told to, seconds."""

from __future__ import annotations

import ctypes
import hashlib
import threading
import time
from typing import Any

from harness.workloads.mixed import computed

BLOCK = b"x" * 50_000
LOCK, GATE = threading.Lock(), threading.Semaphore(10)
usleep: Any = ctypes.CDLL(None).usleep


def plain(index: int, waiting: float = 0.01, computing: float = 0.0) -> int:
    """Waits by the standard library, then computes."""
    time.sleep(waiting)
    return computed(computing, index)


def cpu_first(index: int, waiting: float = 0.01, computing: float = 0.0) -> int:
    """Computes before it waits."""
    computed(computing, index)
    time.sleep(waiting)
    return index


def c_code(index: int, waiting: float = 0.01, computing: float = 0.0) -> int:
    """Computes in C that lets the GIL go."""
    time.sleep(waiting)
    end = time.thread_time() + computing
    while time.thread_time() < end:
        hashlib.sha256(BLOCK).digest()
    return index


def lock(index: int, waiting: float = 0.01, computing: float = 0.0) -> int:
    """Computes and waits a tenth of its time within a lock."""
    time.sleep(0.9 * waiting)
    with LOCK:
        time.sleep(0.1 * waiting)
        return computed(computing, index)


def gate(index: int, waiting: float = 0.01, computing: float = 0.0) -> int:
    """Waits for what admits ten at once."""
    with GATE:
        time.sleep(waiting)
    return computed(computing, index)


def unreached(index: int, waiting: float = 0.01, computing: float = 0.0) -> int:
    """Waits in C, where patching does not reach."""
    usleep(int(1e6 * waiting))
    return computed(computing, index)
