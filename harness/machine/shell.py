"""What a shell brings along that changes numbers: debug switches, other back-ends, limits, priority, a CPU mask.

Debugging and tracing that came with it is taken away from our processes. The rest is somebody's choice: it is kept, and
recorded with the run."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator, Mapping
from typing import Any

KEEP = "HARNESS_KEEP_DEBUG"
"""Set to anything, it leaves our processes the environment as it is."""
DEBUGGING = {
    "PYTHONASYNCIODEBUG": "asyncio's debug mode: its loop takes 20 to 40 times as long",
    "PYTHONDEVMODE": "asyncio's debug mode, debug allocators and all warnings",
    "PYTHONTRACEMALLOC": "each allocation is traced: 5 to 25 times as long",
    "PYTHONMALLOCSTATS": "the allocator prints",
    "PYTHONPROFILEIMPORTTIME": "each import is timed, and prints",
    "PYTHONVERBOSE": "each import prints",
    "PYTHONDEBUG": "the parser prints",
    "PYTHONINSPECT": "the interpreter waits at its end",
    "PYTHONDUMPREFS": "objects are listed at the end",
    "PYTHONDUMPREFSFILE": "objects are listed at the end",
    "PYTHONPERFSUPPORT": "each function is called through a trampoline",
    "PYTHON_PERF_JIT_SUPPORT": "each function is called through a trampoline",
    "COVERAGE_PROCESS_START": "coverage.py traces each line, from a .pth file",
    "COVERAGE_PROCESS_CONFIG": "coverage.py traces each line, from a .pth file",
    "COV_CORE_SOURCE": "pytest-cov traces each line, from a .pth file",
    "COV_CORE_CONFIG": "pytest-cov traces each line, from a .pth file",
    "COV_CORE_DATAFILE": "pytest-cov traces each line, from a .pth file",
    "LINE_PROFILE": "line_profiler traces each line of what it decorates",
    "GEVENT_DEBUG": "gevent logs what it does",
    "GEVENT_MONITOR_THREAD_ENABLE": "a thread of gevent's watches the loop, which traces each switch",
    "MALLOC_CHECK_": "malloc checks each block",
    "MALLOC_PERTURB_": "malloc overwrites each block",
    "LD_DEBUG": "the linker prints",
    "LD_PROFILE": "the linker counts calls",
}
"""What is taken away, and why."""
CHOICES = (
    "GEVENT_", "GLIBC_TUNABLES", "LD_AUDIT", "LD_BIND_", "LD_LIBRARY_PATH", "LD_PRELOAD", "LIBEV_FLAGS", "MALLOC_",
    "MIMALLOC_", "MKL_", "OMP_", "OPENBLAS_", "OPENSSL_CONF", "OPENSSL_ia32cap", "PYTHONHASHSEED", "PYTHONMALLOC",
    "PYTHONNODEBUGRANGES", "PYTHONOPTIMIZE", "PYTHONUNBUFFERED", "PYTHONWARNINGS", "PYTHON_CPU_COUNT", "PYTHON_GIL",
    "PYTHON_JIT", "PYTHON_TLBC", "RES_OPTIONS", "TCMALLOC_", "UV_THREADPOOL_SIZE", "UV_USE_IO_URING",
    "_RJEM_MALLOC_CONF",
)  # fmt: skip
"""Variables that change numbers, and that users choose: how their names begin."""
POLICIES = {
    os.SCHED_OTHER: "other",
    os.SCHED_BATCH: "batch",
    os.SCHED_IDLE: "idle",
    os.SCHED_FIFO: "fifo",
    os.SCHED_RR: "rr",
}
LIMITS = {
    "nofile": resource.RLIMIT_NOFILE,
    "stack": resource.RLIMIT_STACK,
    "as": resource.RLIMIT_AS,
    "data": resource.RLIMIT_DATA,
    "cpu": resource.RLIMIT_CPU,
    "nproc": resource.RLIMIT_NPROC,
    "memlock": resource.RLIMIT_MEMLOCK,
}


def is_debugging(name: str, value: str) -> bool:
    """Whether a variable switches debugging or tracing on: a value that is empty does not."""
    return bool(value) and (name in DEBUGGING or (name == "PYTHONMALLOC" and value.endswith("debug")))


def environment(shell: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment (ours) of a process of ours, without what would debug or trace it."""
    whole = dict(os.environ if shell is None else shell)
    return {name: value for name, value in whole.items() if whole.get(KEEP) or not is_debugging(name, value)}


def brought(shell: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What our processes have from whatever started us, for the record; limits are soft ones, None is unlimited."""
    whole = dict(os.environ if shell is None else shell)
    left = environment(whole)
    chosen = {name: value for name, value in left.items() if name.startswith(CHOICES) or is_debugging(name, value)}
    return {
        "variables": dict(sorted(chosen.items())),
        "taken_away": sorted(whole.keys() - left.keys()),
        "cpus": sorted(os.sched_getaffinity(0)),
        "cpus_online": os.cpu_count(),
        "nice": os.getpriority(os.PRIO_PROCESS, 0),
        "policy": POLICIES.get(os.sched_getscheduler(0), "another"),
        "limits": dict(_limits()),
    }


def _limits() -> Iterator[tuple[str, int | None]]:
    for name, number in LIMITS.items():
        soft = resource.getrlimit(number)[0]
        yield name, None if soft == resource.RLIM_INFINITY else soft
