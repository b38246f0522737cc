"""A hundred thousand tasks, ten thousand threads, ten thousand connections."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Measure = Callable[..., dict[str, Any]]
Report = Callable[[dict[str, Any]], None]
LONG = 8  # seconds: longer than the slowest takes to spawn them all
LOOK = {"blocks": 1, "rounds": 1, "timeout": 240}


@pytest.mark.harness_strategies("gevent", "asyncio", "uvloop", "trio")
def test_a_hundred_thousand_sleeps_are_held_at_once(harness_benchmark: Measure, row: Report) -> None:
    held(harness_benchmark("sleep", tasks=100_000, seconds=LONG, **LOOK), "sleep", 100_000, row)


@pytest.mark.harness_strategies("threads")
def test_ten_thousand_threads_are_held_at_once(harness_benchmark: Measure, row: Report) -> None:
    held(harness_benchmark("sleep", tasks=10_000, seconds=LONG, **LOOK), "sleep", 10_000, row)


@pytest.mark.harness_strategies("gevent", "asyncio")
def test_ten_thousand_connections_are_held_at_once(harness_benchmark: Measure, row: Report) -> None:
    held(harness_benchmark("echo", tasks=10_000, messages=10, **LOOK), "echo", 10_000, row)


def held(measured: dict[str, Any], workload: str, tasks: int, row: Report) -> None:
    """Report a row, all of whose tasks must have been in flight."""
    row(
        {
            "strategy": measured["strategy"],
            "workload": workload,
            "in flight": f"{measured['in_flight_max']:,} of {tasks:,}",
            "wall": f"{measured['wall_seconds']['median']:.2f} s",
            "CPU": f"{measured['cpu_seconds']['median']:.2f} s",
            "memory per task": f"{measured['memory_per_task_bytes']:,} B",
            "peak memory": f"{measured['peak_memory_bytes'] / 1e6:,.0f} MB",
            "OS threads": measured["threads_max"],
        }
    )
    assert measured["memory_per_task_bytes"] > 0
    assert measured["in_flight_max"] == tasks, measured["warnings"]
