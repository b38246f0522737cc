"""A task that returns work has not done it: it is awaited, or the row says so. It is never a number of microseconds."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.builders import LOOK

Measured = Callable[..., dict[str, dict[str, dict[str, Any]]]]
TOOK = 0.018
"""Seconds that the work of each task takes, nearly."""
NONE = {"unsupported", "invalid", "failed"}


def done_or_told(row: dict[str, Any]) -> bool:
    """The work lies within the time, or there is no number and a reason."""
    if row["status"] == "ok":
        return bool(row["wall_seconds"]["median"] >= TOOK)
    return row["status"] in NONE and bool(row["reason"])


def test_what_can_be_awaited_is_awaited_by_an_async_strategy(measured: Measured) -> None:
    found = measured(
        "returns.py", "async_job forwards bound short partial decorated awaitable twice", "asyncio,uvloop,trio", *LOOK
    )
    wrong = {(name, row["strategy"]) for name, rows in found.items() for row in rows.values() if not done_or_told(row)}
    assert not wrong
    assert {
        name: found[name]["asyncio"]["status"]
        for name in ("async_job", "forwards", "partial", "bound", "short", "decorated")
    } == dict.fromkeys(("async_job", "forwards", "partial", "bound", "short", "decorated"), "ok")


def test_a_coroutine_is_no_result_of_a_strategy_that_cannot_await(measured: Measured) -> None:
    found = measured(
        "returns.py",
        "async_job forwards bound short partial decorated twice awaitable",
        "sequential,threads,gevent",
        *LOOK,
    )
    statuses = {(name, row["strategy"]): row["status"] for name, rows in found.items() for row in rows.values()}
    assert not {where for where, status in statuses.items() if status not in NONE}


def test_generators_are_no_results(measured: Measured) -> None:
    found = measured("returns.py", "chatty chatty_async mapped", "sequential,threads,asyncio", *LOOK)
    wrong = {(name, row["strategy"]) for name, rows in found.items() for row in rows.values() if not done_or_told(row)}
    assert not wrong


def test_futures_and_tasks_are_waited_for_or_are_no_results(measured: Measured) -> None:
    found = measured("returns.py", "ensure submitted greenlet listed", "sequential,gevent,asyncio", *LOOK)
    wrong = {(name, row["strategy"]) for name, rows in found.items() for row in rows.values() if not done_or_told(row)}
    assert not wrong


def test_an_object_that_does_its_work_is_measured(measured: Measured) -> None:
    (rows,) = measured("returns.py", "blocking_job", "sequential,threads,asyncio", *LOOK).values()
    assert {row["status"] for row in rows.values()} == {"ok"}
    assert rows["sequential"]["wall_seconds"]["median"] >= 3 * TOOK
    assert rows["threads"]["wall_seconds"]["median"] < 3 * TOOK


def test_a_gate_does_not_pass_work_that_nobody_awaited(bring: Callable[[str], Path]) -> None:
    file = bring("lost.py")
    for name, seconds in (("base", "0.01"), ("candidate", "0.05")):
        (file.parent / name).mkdir()
        (file.parent / name / "lost.py").write_text(file.read_text().replace("0.01", seconds))
    command = [sys.executable, "-m", "harness", "gate", "--base", "path:.", "--candidate", "path:../candidate", "-s"]
    measured = ["asyncio", "-W", "./lost.py:lost", "--tasks", "3", "--blocks", "7", "--limit", "0.3"]
    done = subprocess.run([*command, *measured], cwd=file.parent / "base", capture_output=True, text=True, timeout=60)
    assert done.returncode in (1, 3), done.stdout
