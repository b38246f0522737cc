"""What machine this is: what must be equal for numbers to be comparable, and what may disturb them."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

LIBRARIES = (
    "gevent", "greenlet", "uvloop", "trio", "aiohttp", "httpx2", "geventhttpclient",
    "httptools", "requests", "urllib3", "granian",
)  # fmt: skip


def cpu_model() -> str:
    """The name that the processor gives itself."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.machine(),
    )


def facts() -> dict[str, Any]:
    """The machine, for the record. The key leaves out what changes by itself: frequency, load, host name."""
    same = {
        "cpu_model": cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "system": platform.system(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
    }
    key = hashlib.sha256(repr(sorted(same.items())).encode()).hexdigest()[:12]
    return {"machine_key": key} | same | {"kernel": platform.release(), "load": os.getloadavg()[0]}


def versions() -> dict[str, str]:
    """The libraries that are installed, of those that strategies and workloads use."""
    found = {}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def noise(rounds: int = 20) -> float:
    """How much longer the slowest of some equal loops took than the quickest, as a share of it."""
    took = []
    for _ in range(rounds):
        began = time.perf_counter()
        sum(range(300_000))
        took.append(time.perf_counter() - began)
    return max(took) / min(took) - 1
