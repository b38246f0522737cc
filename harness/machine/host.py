"""What machine this is: what must be equal for numbers to be comparable, and what may disturb them."""

from __future__ import annotations

import hashlib
import os
import platform
import sys
import time
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from typing import Any

from harness.machine import shell, stops
from harness.record.sample import Host

LOOP, SLEEPS = 1_000_000, 5
LIBRARIES = (
    "gevent", "greenlet", "uvloop", "trio", "anyio", "rloop", "eventlet", "aiohttp", "httpx2", "geventhttpclient",
    "httptools", "requests", "urllib3", "granian",
)  # fmt: skip


def cpu_model() -> str:
    """The name that the processor gives itself."""
    lines = text("/proc/cpuinfo").splitlines()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())


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
    now = {"kernel": platform.release(), "load": os.getloadavg()[0], "shell": shell.brought()}
    return {"machine_key": key} | same | now


class Mark:
    """Reads what disturbs a machine, since the reading before."""

    def __init__(self) -> None:
        self._before = self._read()

    def take(self, block: int, at_seconds: float | None = None) -> Host:
        """A mark: how long a fixed loop and a few short sleeps take now, and what happened since the last one."""
        began = time.perf_counter()
        sum(range(LOOP))
        looped = time.perf_counter()
        for _ in range(SLEEPS):
            time.sleep(0.001)
        slept = time.perf_counter()
        before, now = self._before, self._read()
        self._before = now
        jiffies = max(1, now["jiffies"] - before["jiffies"])
        return Host(
            block=block,
            loop_seconds=looped - began,
            sleep_seconds=(slept - looped) / SLEEPS,
            load=os.getloadavg()[0],
            steal_share=(now["stolen"] - before["stolen"]) / jiffies,
            throttled_seconds=now["throttled"] - before["throttled"],
            suspended_seconds=max(0.0, now["suspended"] - before["suspended"]),
            at_seconds=at_seconds,
            stops=int(now["stops"] - before["stops"]),
        )

    def _read(self) -> dict[str, float]:
        jiffies = [int(word) for word in text("/proc/stat").partition("\n")[0].split()[1:9]]
        return {
            "jiffies": sum(jiffies),
            "stolen": jiffies[7] if len(jiffies) == 8 else 0,
            "throttled": throttled(text("/sys/fs/cgroup/cpu.stat") or text("/sys/fs/cgroup/cpu/cpu.stat")),
            "suspended": time.clock_gettime(time.CLOCK_BOOTTIME) - time.monotonic(),
            "stops": stops.number(),
        }


def text(path: str) -> str:
    """What a file of the kernel's says; nothing where it has none."""
    try:
        return Path(path).read_text(errors="surrogateescape")
    except OSError:
        return ""


def throttled(cpu_stat: str) -> float:
    """Seconds that a cgroup was held back, from its cpu.stat (version 2: microseconds, version 1: nanoseconds)."""
    fields = dict(line.split() for line in cpu_stat.splitlines() if len(line.split()) == 2)
    return int(fields.get("throttled_usec", 0)) / 1e6 + int(fields.get("throttled_time", 0)) / 1e9


def killed_for_memory() -> int:
    """How many processes the kernel has killed so far since memory was short, here or in a cgroup; 0 where it does not
    say."""
    counted = (line.split() for line in text("/proc/vmstat").splitlines() if line.startswith("oom_kill "))
    return next((int(words[1]) for words in counted), 0)


def versions() -> dict[str, str]:
    """The libraries that are installed, of those that strategies and workloads use."""
    found = {}
    for name in LIBRARIES:
        try:
            about = metadata(name)
        except (PackageNotFoundError, FileNotFoundError):  # of importlib_metadata, where that is imported
            continue
        if "Version" in about:  # a folder that was left of one has none
            found[name] = about["Version"]
    return found


def loops(number: int = 20) -> list[float]:
    """Seconds that equal loops take, one after the other."""
    took = []
    for _ in range(number):
        began = time.perf_counter()
        sum(range(300_000))
        took.append(time.perf_counter() - began)
    return took
