"""Strategies with a pool: its size, and what happens to tasks that are pickled."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.builders import LOOK

Document = Callable[..., dict[str, Any]]
JOBS = """
import os, signal, threading

def fails(index):
    if index == 3:
        raise ValueError("three")
    return index

def killed(index):
    os.kill(os.getpid(), signal.SIGKILL)

def lock(index):
    return threading.Lock()

within = (lambda: lambda index: index)()

def cpu(index):
    return sum(number * number for number in range(300_000))
"""
SAID = {
    "fails": ("failed", "1 of 4 failed: ValueError: three at jobs.py:6"),
    "killed": ("failed", "ChildProcessError: a process of the pool was killed by SIGKILL"),
    "lock": ("unsupported", "what its tasks return is pickled, and this cannot be: cannot pickle '_thread.lock'"),
    "within": ("unsupported", "its tasks are pickled, and this one cannot be: Can't "),
}


def test_a_pool_of_another_size_is_another_group(document: Document) -> None:
    names = ("asyncio", "thread-pool", "gevent", "gevent-patched", "processes")
    said = document("-s", ",".join(names), "-W", "sleep", "--tasks", "8", "-P", "pool=1,3", *LOOK)
    assert [group["options"]["pool"] for group in said["groups"]] == [1, 3]
    for group in said["groups"]:
        rows = {row["strategy"]: row for row in group["rows"]}
        assert [rows[name]["in_flight_max"] for name in names] == [8, *[group["options"]["pool"]] * 4]
        assert [
            name for name in names if "it has no pool: it does the same whatever that is" in rows[name]["warnings"]
        ] == ["asyncio"]


def test_what_tasks_do_elsewhere_is_told_and_nothing_is_left(document: Document, tmp_path: Path) -> None:
    (tmp_path / "jobs.py").write_text(JOBS)
    names = [*SAID, "cpu"]
    said = document("-s", "processes", "-W", ",".join(f"./jobs.py:{name}" for name in names), "--tasks", "4", *LOOK)
    rows = dict(zip(names, (group["rows"][0] for group in said["groups"]), strict=True))
    for name, (status, reason) in SAID.items():
        assert (rows[name]["status"], rows[name]["reason"][: len(reason)]) == (status, reason)
    assert rows["cpu"]["status"] == "ok"
    assert rows["cpu"]["cpu_seconds"]["children"] > 0.5 * rows["cpu"]["cpu_seconds"]["median"]
    assert not [text for text in rows["cpu"]["warnings"] if "still running" in text]
    assert said["left_behind"] == 0


def test_patching_by_eventlet_is_all_that_tells_its_two_strategies_apart(document: Document) -> None:
    pytest.importorskip("greenlet")
    said = document("-s", "eventlet,eventlet-patched", "-W", "sleep", "-P", "call=stdlib", "-P", "seconds=0.05", *LOOK)
    plain, patched = said["groups"][0]["rows"]
    if plain["status"] == "unavailable":
        pytest.skip(plain["reason"])
    assert (plain["in_flight_max"], patched["in_flight_max"]) == (1, 10)
    assert (plain["patched"], patched["patched"]) == (False, True)
    assert plain["loop"] == patched["loop"] == "eventlet.hubs.epolls.Hub"
    assert not [text for row in (plain, patched) for text in row["warnings"] if "loop" in text or "patched" in text]
