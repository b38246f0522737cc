"""What the harness costs before it measures anything: CPU of its start, and of a worker beside its libraries."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from statistics import median
from typing import Any

import pytest

from harness import strategies, workloads
from harness.process.workers import Worker
from harness.record.plan import PlannedStrategy
from harness.worker.messages import Prepare

RUNS = 10
MOST_IMPORT = 0.03
STARTS = {("--help",): 0.1, ("list", "strategies"): 0.3}
"""Commands, and the most CPU seconds that each may take in all."""
MOST_WORKER = 0.03
LIBRARIES = {
    "threads": "socket, threading",
    "asyncio": "asyncio",
    "gevent": "gevent, gevent.socket, gevent.ssl, gevent.pool",
    "uvloop": "asyncio, uvloop",
    "trio": "trio",
}
Report = Callable[[dict[str, Any]], None]


def cpu_of(words: list[str]) -> float:
    """User and system seconds of a program and what it waited for."""
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0
    return used.ru_utime + used.ru_stime


def cpu_of_a_worker(strategy: str) -> float:
    """User and system seconds of a worker that is made ready to run `noop` under a strategy, and ended."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    worker = Worker(PlannedStrategy(strategy, strategies.BUILT_IN[strategy]))
    try:
        worker.prepare(Prepare(strategies.BUILT_IN[strategy], workloads.BUILT_IN["noop"], {}, 1, 1))
        worker.prepared(60)
    finally:
        worker.stop()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


@pytest.mark.benchmark(group="fixed cost")
def test_an_import_of_the_api_is_light(benchmark: Any, row: Report) -> None:
    bare: list[float] = []
    used: list[float] = []
    python = [sys.executable, "-c"]
    benchmark.pedantic(
        lambda: used.append(cpu_of([*python, "import harness"])),
        setup=lambda: bare.append(cpu_of([*python, ""])),
        rounds=RUNS,
    )
    added = min(used) - min(bare)
    middle = ms(median(used) - median(bare))
    row({"CPU of": "import harness", "least": ms(added), "median": middle, "at most": ms(MOST_IMPORT)})
    benchmark.extra_info.update(added=added, interpreter=min(bare))
    assert added <= MOST_IMPORT


@pytest.mark.parametrize("arguments", STARTS, ids=" ".join)
@pytest.mark.benchmark(group="fixed cost")
def test_the_program_starts_within_its_share(arguments: tuple[str, ...], benchmark: Any, row: Report) -> None:
    used: list[float] = []
    benchmark.pedantic(lambda: used.append(cpu_of([sys.executable, "-m", "harness", *arguments])), rounds=RUNS)
    name, most = f"harness {' '.join(arguments)}", STARTS[arguments]
    row({"CPU of": name, "least": ms(min(used)), "median": ms(median(used)), "at most": ms(most)})
    benchmark.extra_info.update(least=min(used), median=median(used))
    assert min(used) <= most


@pytest.mark.parametrize("strategy", LIBRARIES)
@pytest.mark.benchmark(group="fixed cost")
def test_a_worker_adds_little_to_its_libraries(strategy: str, benchmark: Any, row: Report) -> None:
    bare: list[float] = []
    used: list[float] = []
    command = [sys.executable, "-c", f"import {LIBRARIES[strategy]}"]
    benchmark.pedantic(
        lambda: used.append(cpu_of_a_worker(strategy)), setup=lambda: bare.append(cpu_of(command)), rounds=RUNS
    )
    added = min(used) - min(bare)
    row(
        {
            "CPU of": f"a worker of {strategy}, less {ms(min(bare))} of import {LIBRARIES[strategy]}",
            "least": ms(added),
            "median": ms(median(used) - median(bare)),
            "at most": ms(MOST_WORKER),
        }
    )
    benchmark.extra_info.update(added=added, libraries=min(bare), worker=min(used))
    assert added <= MOST_WORKER
