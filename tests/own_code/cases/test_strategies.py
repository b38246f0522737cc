"""A strategy of the user's own: over processes, and one that does not run what it is given."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.builders import LOOK, rows

Document = Callable[..., dict[str, Any]]
OWN = """
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from harness.strategies.base import Strategy
from harness.strategies.sockets import BlockingIo


class Own(Strategy):
    def __init__(self):
        self.io = BlockingIo()


class Processes(Own):
    def run(self, task, count, concurrency):
        with ProcessPoolExecutor(concurrency, mp_context=get_context("fork")) as pool:
            return list(pool.map(task, range(count)))


class Guesses(Own):
    def run(self, task, count, concurrency):
        return list(range(count))


class Nothing(Own):
    def run(self, task, count, concurrency):
        return [None] * count


class First(Own):
    def run(self, task, count, concurrency):
        return [task(0)] + [None] * (count - 1)
"""
JOBS = """
import time

def fails(index):
    if index == 1:
        raise ValueError("one")
    return index

def waits(index):
    time.sleep(0.01)

def through(io, index):
    io.sleep(0.01)
    return index

def last(index, io, seconds=0.001):
    io.sleep(seconds)

class Waits:
    def task(self, io, index, seconds=0.001):
        io.sleep(seconds)
"""


@pytest.fixture
def measured(document: Document, tmp_path: Path) -> Callable[..., dict[str, Any]]:
    """The row of a strategy of these, for one of these functions."""
    (tmp_path / "own.py").write_text(OWN)
    (tmp_path / "jobs.py").write_text(JOBS)

    def measure(strategy: str, workload: str, *more: str) -> dict[str, Any]:
        name = workload if ":" not in workload else f"./{workload}"
        asked = ("-s", f"./own.py:{strategy}", "-W", name, "--tasks", "3", *LOOK, *more)
        (row,) = rows(document(*asked)).values()
        return dict(row)

    return measure


def test_failures_in_other_processes_are_counted(measured: Callable[..., dict[str, Any]]) -> None:
    assert measured("Processes", "jobs.py:fails")["reason"].startswith("1 of 3 failed: ValueError: one at jobs.py:")
    allowed = measured("Processes", "jobs.py:fails", "--allow-failures", "50%")
    assert (allowed["failures"]["failures"], allowed["status"]) == (1, "ok")


@pytest.mark.parametrize(
    "workload",
    [
        "sleep",
        "http",
        "jobs.py:through",
        "jobs.py:waits",
        "jobs.py:last -P seconds=0.01",
        "jobs.py:Waits -P seconds=0.01",
    ],
)
def test_what_a_strategy_is_handed_can_be_pickled(measured: Callable[..., dict[str, Any]], workload: str) -> None:
    row = measured("Processes", *workload.split())
    assert row["reason"] is None
    assert row["wall_seconds"]["median"] >= 0.01


@pytest.mark.parametrize(("strategy", "lacking"), [("Guesses", 3), ("Nothing", 3), ("First", 2)])
def test_tasks_that_a_strategy_does_not_run_are_no_number(
    measured: Callable[..., dict[str, Any]], strategy: str, lacking: int
) -> None:
    row = measured(strategy, "jobs.py:waits")
    assert row["status"] == "invalid"
    assert re.fullmatch(f"{lacking} of 3 tasks never ran", row["reason"])
