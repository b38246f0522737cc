"""What one round took, read in the worker: clocks, memory, switches, and each task's own times.

A timed round carries none of our instruments. What has to be seen task by task (latency, tasks in flight,
threads) is seen in a round of its own, which is never timed."""

from __future__ import annotations

import contextlib
import math
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

from harness.workloads.latency import latencies

now = time.perf_counter
SAMPLES_OF_THREADS = 16
LIBRARIES = ("gevent", "greenlet", "uvloop", "trio")


class Clock:
    """Times what runs inside `with`: wall, CPU, and context switches of the whole process.

    A slowdown of 0.05 spends a twentieth more than what ran: an effect of known size, for `calibrate`."""

    def __init__(self, slowdown: float = 0.0) -> None:
        self._slowdown = slowdown
        self._began = self._ended = 0.0
        self._before = self._after = resource.getrusage(resource.RUSAGE_SELF)

    def __enter__(self) -> None:
        self._before = resource.getrusage(resource.RUSAGE_SELF)
        self._began = now()

    def __exit__(self, *_: object) -> None:
        self._ended = now()
        if self._slowdown:
            until = self._ended + (self._ended - self._began) * self._slowdown
            while self._ended < until:
                self._ended = now()
        self._after = resource.getrusage(resource.RUSAGE_SELF)

    def took(self) -> dict[str, Any]:
        """Seconds and counts, under the names of the record."""
        before, after = self._before, self._after
        return {
            "wall_seconds": self._ended - self._began,
            "cpu_user_seconds": after.ru_utime - before.ru_utime,
            "cpu_system_seconds": after.ru_stime - before.ru_stime,
            "voluntary": after.ru_nvcsw - before.ru_nvcsw,
            "involuntary": after.ru_nivcsw - before.ru_nivcsw,
        }


class Watch:
    """A task with a witness: when each began and ended, and how many OS threads there were."""

    def __init__(self, task: Callable[[int], Any], count: int, is_async: bool) -> None:
        self._task, self._count = task, count
        self._began: list[float] = [-1.0] * count
        self._ended: list[float] = [-1.0] * count
        self._twice = 0
        self._threads = 1
        self._step = max(1, count // SAMPLES_OF_THREADS)
        self.task: Callable[[int], Any] = self._awaited if is_async else self._called

    def _begin(self, index: int) -> None:
        self._twice += self._began[index] >= 0
        if index % self._step == 0 or index == self._count - 1:
            self._threads = max(self._threads, thread_count())
        self._began[index] = now()

    def _called(self, index: int) -> Any:
        self._begin(index)
        value = self._task(index)
        self._ended[index] = now()
        return value

    async def _awaited(self, index: int) -> Any:
        self._begin(index)
        value = await self._task(index)
        self._ended[index] = now()
        return value

    def seen(self) -> dict[str, Any]:
        """Latencies (exact percentiles, seconds), the most in flight, the most threads, tasks begun twice."""
        times = sorted(end - begin for begin, end in zip(self._began, self._ended, strict=True))
        return {
            "latency_seconds": latencies(times),
            "in_flight_max": most_at_once(self._began, self._ended),
            "threads_max": self._threads,
            "begun_twice": self._twice,
        }


def most_at_once(began: list[float], ended: list[float]) -> int:
    """The most intervals [began, ended) that overlap at one moment."""
    ends = iter(sorted(ended))
    most, done = 1, 0
    end = next(ends, math.inf)
    for started, begin in enumerate(sorted(began), start=1):
        while end <= begin:
            done += 1
            end = next(ends, math.inf)
        most = max(most, started - done)
    return most


def forget_peak() -> None:
    """Forget the memory peak of the round before."""
    with open("/proc/self/clear_refs", "w") as clear:
        clear.write("5")


def status_number(field: str) -> int:
    """A number of /proc/self/status (sizes there are in KiB)."""
    with open("/proc/self/status") as status:
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


def keep_on(cpus: list[int] | None) -> None:
    """Keep this process on some cores (None or []: on those that it has). Before its threads exist: malloc makes as
    many arenas as are right for the cores that it finds with the first of them."""
    if cpus:
        for thread in os.listdir("/proc/self/task"):
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(int(thread), cpus)


def facts(strategy: Any) -> dict[str, Any]:
    """What this worker really is, for the record."""
    return {
        "python": sys.version.split()[0],
        "implementation": sys.implementation.name,
        "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
        "strategy_class": f"{type(strategy).__module__}:{type(strategy).__qualname__}",
        "cpus": sorted(os.sched_getaffinity(0)),
        "patched": patched(),
        "libraries": {name: sys.modules[name].__version__ for name in LIBRARIES if name in sys.modules},
    }


def loop_in_use() -> str | None:
    """The event loop under whoever calls, as package.module.Class, with gevent's backend; None without one."""
    if trio := sys.modules.get("trio"):
        try:
            trio.lowlevel.current_trio_token()
            return "trio.run"
        except RuntimeError:
            pass
    if asyncio := sys.modules.get("asyncio"):
        try:
            return named(asyncio.get_running_loop())
        except RuntimeError:
            pass
    if (gevent := sys.modules.get("gevent")) and (hub := gevent._hub_local.get_hub_if_exists()):
        return f"{named(hub.loop)} ({hub.loop.backend})"
    return None


def named(thing: Any) -> str:
    """The class of a thing, in full."""
    return f"{type(thing).__module__}.{type(thing).__qualname__}"


def patched() -> list[str]:
    """The modules of the standard library that gevent has replaced parts of."""
    monkey = sys.modules.get("gevent.monkey")
    return sorted(monkey.saved) if monkey else []
