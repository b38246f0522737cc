"""A strategy whose tasks run in processes of its own: what it is handed can be pickled, and what they did is seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.process.workers import Worker, prepare
from harness.record.plan import PlannedStrategy

STRATEGY = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

from harness.strategies.base import Strategy
from harness.strategies.sockets import BlockingIo


class Processes(Strategy):
    def __init__(self):
        self.io = BlockingIo()

    def run(self, task, count, concurrency):
        with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("{}")) as pool:
            return list(pool.map(task, range(count)))
"""
JOBS = """
import os, time

def task(index):
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass
    return os.getpid()
"""


@pytest.mark.parametrize("context", ["fork", "spawn"])
def test_tasks_in_other_processes_are_measured(context: str, tmp_path: Path) -> None:
    (tmp_path / "processes.py").write_text(STRATEGY.format(context))
    (tmp_path / "my_jobs.py").write_text(JOBS)
    planned = PlannedStrategy("processes", f"{tmp_path}/processes.py:Processes")
    worker = Worker(planned)
    try:
        target = f"{tmp_path}/my_jobs.py:task"
        worker.prepare(prepare(planned, workload=target, options={}, tasks=4, concurrency=4))
        worker.prepared()
        took = worker.round("timed", 60)
        seen = worker.round("observed", 60).seen
        left = worker.left(60)
    finally:
        worker.stop()
    assert took.cpu_children_seconds >= 4 * 0.05
    assert took.cpu_user_seconds + took.cpu_system_seconds < took.cpu_children_seconds
    assert seen
    assert seen["latency_seconds"]["p50"] >= 0.05
    assert seen["in_flight_max"] == 2
    assert left == {}
