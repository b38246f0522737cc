"""What a task starts counts: its failures, its processor time; and what it leaves behind reaches nobody else."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.builders import LOOK, Finished, flat

Measured = Callable[..., dict[str, dict[str, dict[str, Any]]]]
Said = Callable[[dict[str, Any]], str]


def test_a_failure_in_what_a_task_starts_is_the_rows(measured: Measured) -> None:
    functions = "thread_fails greenlet_fails del_fails callback_fails"
    found = measured("leaves.py", functions, "sequential,threads,gevent", *LOOK)
    wrong = {
        (name, row["strategy"]): row["status"]
        for name, by in found.items()
        for row in by.values()
        if row["status"] != "failed"
    }
    assert not wrong
    assert all("leaves.py:" in row["reason"] for by in found.values() for row in by.values())


def test_a_failure_in_a_task_of_asyncios_is_the_rows(measured: Measured) -> None:
    found = measured("leaves.py", "task_fails del_fails thread_fails", "asyncio,uvloop", *LOOK)
    wrong = {
        (name, row["strategy"]): row["status"]
        for name, by in found.items()
        for row in by.values()
        if row["status"] != "failed"
    }
    assert not wrong


def test_an_exit_of_a_greenlet_is_the_same_under_every_strategy(measured: Measured) -> None:
    (found,) = measured("leaves.py", "exits", "sequential,threads,gevent,gevent-patched,asyncio", *LOOK).values()
    assert {name: row["status"] for name, row in found.items()} == dict.fromkeys(found, "failed")


def test_what_was_left_running_is_named(measured: Measured, said: Said) -> None:
    found = measured("leaves.py", "thread_left child_left descriptor_left", "sequential,threads", *LOOK)
    words = {"thread_left": "thread", "child_left": "process", "descriptor_left": "descriptor"}
    silent = {
        (name, row["strategy"]) for name, word in words.items() for row in found[name].values() if word not in said(row)
    }
    assert not silent


def test_a_task_that_was_left_on_the_loop_is_named(measured: Measured, said: Said) -> None:
    (found,) = measured("leaves.py", "task_left", "asyncio,uvloop", *LOOK).values()
    assert all("asyncio tasks were not finished" in said(row) for row in found.values())


@pytest.mark.parametrize("function", ["copy_runs_on", "copy_runs_on_later"])
def test_a_copy_of_the_worker_that_runs_on_has_no_number(measured: Measured, function: str) -> None:
    (found,) = measured("leaves.py", function, "sequential,threads", *LOOK, "--timeout", "5").values()
    assert {name: row["status"] for name, row in found.items()} == dict.fromkeys(found, "invalid"), found


def test_a_child_that_was_waited_for_is_no_copy_that_runs_on(measured: Measured) -> None:
    (found,) = measured("leaves.py", "forked_and_waited", "sequential,threads", *LOOK).values()
    assert {row["status"] for row in found.values()} == {"ok"}


def test_changes_that_outlive_a_task_are_said_and_reach_no_other_row(measured: Measured, said: Said) -> None:
    functions = "patches signals moves environment localized"
    found = measured("leaves.py", functions, "sequential,threads", *LOOK)
    words = {"patches": "urlopen", "signals": "SIGUSR1", "moves": "director", "environment": "HTTP_PROXY"}
    silent = {name for name, word in words.items() if word not in said(found[name]["sequential"])}
    assert not silent
    assert (Path.cwd() / "pyproject.toml").exists()


def test_processor_time_of_children_counts(measured: Measured) -> None:
    (found,) = measured("leaves.py", "burns_in_child", "sequential,threads", *LOOK).values()
    assert all("children" in json.dumps(row) for row in found.values())
    assert all(
        row["cpu_seconds"]["median"] >= 0.3 or "children" in json.dumps(row["cpu_seconds"]) for row in found.values()
    )


@pytest.mark.slow
def test_a_gate_by_processor_time_does_not_pass_work_moved_to_a_child(bring: Callable[[str], Path]) -> None:
    file = bring("leaves.py")
    for name, seconds in (("base", "0.03"), ("candidate", "0.09")):
        (file.parent / name).mkdir()
        (file.parent / name / "leaves.py").write_text(file.read_text().replace("< 0.1:", f"< {seconds}:"))
    command = [sys.executable, "-m", "harness", "gate", "--base", "path:.", "--candidate", "path:../candidate", "-s"]
    measured = ["sequential", "-W", "./leaves.py:burns_in_child", "--tasks", "1", "--blocks", "7", "--metric", "cpu"]
    done = subprocess.run([*command, *measured], cwd=file.parent / "base", capture_output=True, text=True, timeout=60)
    assert done.returncode == 1, done.stdout


def test_memory_of_children_counts(measured: Measured) -> None:
    (found,) = measured("leaves.py", "holds_in_child", "sequential", *LOOK, "--tasks", "1").values()
    (row,) = found.values()
    assert max(row["peak_memory_bytes"], row.get("children_memory_bytes", 0)) >= 60_000_000


BESIDE = """
import asyncio, time
from concurrent.futures import ThreadPoolExecutor

pool = ThreadPoolExecutor(4)

def fails_soon(index):
    time.sleep(0.01)
    raise ValueError("soon")

def asked_meanwhile(index):
    assert pool.submit(fails_soon, index).exception()
    return index

def big(index):
    held = bytearray(b"x") * 20_000_000
    raise ValueError("big")

def caught(index):
    for _ in range(20):
        try:
            pool.submit(big, index).result()
        except ValueError:
            pass
    return index

def hides(index):
    for _ in range(200):
        try:
            pool.submit(fails_at_once).result()
        except ValueError:
            pass
    pool.submit(fails_at_once)
    return index

def fails_at_once():
    raise ValueError("at once")

async def dropped(index):
    asyncio.get_running_loop().run_in_executor(None, time.sleep, 0.05)
    return index

async def bad():
    raise ValueError("in the background")

class Cancels:
    async def open(self):
        self.task_of_it = asyncio.create_task(bad())

    async def async_task(self, index):
        await asyncio.sleep(0.001)
        return index

    async def close(self):
        self.task_of_it.cancel()

class Pools:
    def open(self):
        self.pool = ThreadPoolExecutor(2)

    def task(self, index):
        return self.pool.submit(abs, index).result()

    def close(self):
        self.pool.shutdown()
"""


@pytest.fixture
def beside(document: Callable[..., dict[str, Any]], tmp_path: Path) -> Callable[[str, str], dict[str, Any]]:
    (tmp_path / "beside.py").write_text(BESIDE)

    def row(name: str, strategy: str) -> dict[str, Any]:
        said = document("-s", strategy, "-W", f"./beside.py:{name}", "--tasks", "2", *LOOK)
        return dict(said["groups"][0]["rows"][0])

    return row


@pytest.mark.parametrize("strategy", ["sequential", "threads"])
def test_who_asks_while_it_runs_has_caught_what_fails(
    beside: Callable[[str, str], dict[str, Any]], strategy: str
) -> None:
    assert beside("asked_meanwhile", strategy)["reason"] is None


def test_what_was_caught_holds_no_memory(beside: Callable[[str, str], dict[str, Any]]) -> None:
    assert beside("caught", "sequential")["peak_memory_bytes"] < 200_000_000


def test_many_that_were_caught_hide_none_that_was_not(beside: Callable[[str, str], dict[str, Any]]) -> None:
    row = beside("hides", "sequential")
    assert row["status"] == "failed"
    assert "ValueError: at once at beside.py:" in row["reason"]
    assert "more)" not in row["reason"] or "(and 1 more)" in row["reason"]


def test_a_failure_that_close_cancels_is_told_all_the_same(beside: Callable[[str, str], dict[str, Any]]) -> None:
    row = beside("Cancels", "asyncio")
    assert row["status"] == "failed"
    assert "ValueError: in the background at beside.py:" in row["reason"]


@pytest.mark.parametrize("strategy", ["asyncio", "uvloop"])
def test_calls_to_a_pool_that_nobody_waits_for_are_named(
    beside: Callable[[str, str], dict[str, Any]], said: Said, strategy: str
) -> None:
    assert re.search(
        r"after its rounds \d+ calls? to a pool (was|were) not finished", said(beside("dropped", strategy))
    )


def test_a_pool_that_is_closed_is_no_leftover(beside: Callable[[str, str], dict[str, Any]], said: Said) -> None:
    assert "still running" not in said(beside("Pools", "sequential"))
    assert "to a pool" not in said(beside("Pools", "sequential"))


def test_a_gate_says_what_tasks_left_undone(harness: Callable[..., Finished], tmp_path: Path) -> None:
    job = "import asyncio\n\n\nasync def task(index):\n    asyncio.create_task(asyncio.sleep(0.01))\n    return index\n"
    (tmp_path / "jobs.py").write_text(job)
    (tmp_path / "base").mkdir()
    (tmp_path / "base" / "jobs.py").write_text(job)
    asked = ("--base", "path:base", "-s", "asyncio", "-W", "./jobs.py:task", "--tasks", "3", "--blocks", "7", "-q")
    done = harness("gate", *asked, "--rounds", "1")
    assert re.search("asyncio@candidate: after its rounds . asyncio tasks were not finished", flat(done.stdout))
