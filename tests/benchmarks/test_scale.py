"""A hundred thousand tasks, ten thousand threads, ten thousand connections, by the real command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SLEEP = "seconds=8"  # longer than the slowest takes to spawn them all
ECHO = "messages=10"


@pytest.mark.parametrize(
    ("strategy", "workload", "option", "tasks"),
    [
        ("gevent", "sleep", SLEEP, 100_000),
        ("asyncio", "sleep", SLEEP, 100_000),
        ("uvloop", "sleep", SLEEP, 100_000),
        ("trio", "sleep", SLEEP, 100_000),
        ("threads", "sleep", SLEEP, 10_000),
        ("gevent", "echo", ECHO, 10_000),
        ("asyncio", "echo", ECHO, 10_000),
    ],
)
@pytest.mark.benchmark(group="scale")
def test_all_tasks_are_held_at_once(
    strategy: str,
    workload: str,
    option: str,
    tasks: int,
    benchmark: Any,
    row: Callable[[dict[str, Any]], None],
    tmp_path: Path,
) -> None:
    words = [
        "run",
        "-s",
        strategy,
        "-W",
        workload,
        "-P",
        option,
        "--tasks",
        str(tasks),
        "--quick",
        "--timeout",
        "240",
        "--json",
        "-",
    ]

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "harness", *words],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=900,
        )

    done = benchmark.pedantic(run, rounds=1)
    assert done.returncode == 0, done.stderr + done.stdout[-2000:]
    ((measured,),) = [group["rows"] for group in json.loads(done.stdout)["groups"]]
    cell = {
        "in flight": f"{measured['in_flight_max']:,} of {tasks:,}",
        "wall": f"{measured['wall_seconds']['median']:.2f} s",
        "CPU": f"{measured['cpu_seconds']['median']:.2f} s",
        "memory per task": f"{measured['memory_per_task_bytes']:,} B",
        "peak memory": f"{measured['peak_memory_bytes'] / 1e6:,.0f} MB",
        "OS threads": measured["threads_max"],
    }
    row({"strategy": strategy, "workload": f"{workload} {option}"} | cell)
    benchmark.extra_info.update(cell)
    assert measured["status"] == "ok"
    assert measured["memory_per_task_bytes"] > 0
    assert measured["in_flight_max"] == tasks, measured["warnings"]
