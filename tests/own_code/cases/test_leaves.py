"""What a task starts counts: its failures, its processor time; and what it leaves behind reaches nobody else."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Measured = Callable[..., dict[str, dict[str, dict[str, Any]]]]
Said = Callable[[dict[str, Any]], str]


def test_a_failure_in_what_a_task_starts_is_the_rows(measured: Measured) -> None:
    functions = "thread_fails greenlet_fails del_fails callback_fails"
    found = measured("leaves.py", functions, "sequential,threads,gevent", "--quick")
    wrong = {
        (name, row["strategy"]): row["status"]
        for name, by in found.items()
        for row in by.values()
        if row["status"] != "failed"
    }
    assert not wrong
    assert all("leaves.py:" in row["reason"] for by in found.values() for row in by.values())


def test_a_failure_in_a_task_of_asyncios_is_the_rows(measured: Measured) -> None:
    found = measured("leaves.py", "task_fails del_fails thread_fails", "asyncio,uvloop", "--quick")
    wrong = {
        (name, row["strategy"]): row["status"]
        for name, by in found.items()
        for row in by.values()
        if row["status"] != "failed"
    }
    assert not wrong


def test_an_exit_of_a_greenlet_is_the_same_under_every_strategy(measured: Measured) -> None:
    (found,) = measured("leaves.py", "exits", "sequential,threads,gevent,gevent-patched,asyncio", "--quick").values()
    assert {name: row["status"] for name, row in found.items()} == dict.fromkeys(found, "failed")


def test_what_was_left_running_is_named(measured: Measured, said: Said) -> None:
    found = measured("leaves.py", "thread_left child_left descriptor_left", "sequential,threads", "--quick")
    words = {"thread_left": "thread", "child_left": "process", "descriptor_left": "descriptor"}
    silent = {
        (name, row["strategy"]) for name, word in words.items() for row in found[name].values() if word not in said(row)
    }
    assert not silent


def test_a_task_that_was_left_on_the_loop_is_named(measured: Measured, said: Said) -> None:
    (found,) = measured("leaves.py", "task_left", "asyncio,uvloop", "--quick").values()
    assert all("asyncio tasks were not finished" in said(row) for row in found.values())


@pytest.mark.parametrize("function", ["copy_runs_on", "copy_runs_on_later"])
def test_a_copy_of_the_worker_that_runs_on_has_no_number(measured: Measured, function: str) -> None:
    (found,) = measured("leaves.py", function, "sequential,threads", "--quick", "--timeout", "5").values()
    assert {name: row["status"] for name, row in found.items()} == dict.fromkeys(found, "invalid"), found


def test_a_child_that_was_waited_for_is_no_copy_that_runs_on(measured: Measured) -> None:
    (found,) = measured("leaves.py", "forked_and_waited", "sequential,threads", "--quick").values()
    assert {row["status"] for row in found.values()} == {"ok"}


def test_changes_that_outlive_a_task_are_said_and_reach_no_other_row(measured: Measured, said: Said) -> None:
    functions = "patches signals moves environment localized"
    found = measured("leaves.py", functions, "sequential,threads", "--quick")
    words = {"patches": "urlopen", "signals": "SIGUSR1", "moves": "director", "environment": "HTTP_PROXY"}
    silent = {name for name, word in words.items() if word not in said(found[name]["sequential"])}
    assert not silent
    assert (Path.cwd() / "pyproject.toml").exists()


def test_processor_time_of_children_counts(measured: Measured) -> None:
    (found,) = measured("leaves.py", "burns_in_child", "sequential,threads", "--quick").values()
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
    (found,) = measured("leaves.py", "holds_in_child", "sequential", "--quick", "--tasks", "1").values()
    (row,) = found.values()
    assert max(row["peak_memory_bytes"], row.get("children_memory_bytes", 0)) >= 60_000_000
