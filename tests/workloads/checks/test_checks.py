"""Every built-in workload keeps the promises of its contract, and one that breaks them is found out."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import SkipTest

import pytest

from harness.strategies.checks import Promise
from harness.workloads import BUILT_IN
from harness.workloads.checks import CHECKS, promises

SERVERS = {"echo", "http"}
OF_SERVERS = {
    "its_demand_makes_sense",
    "an_exchange_is_bytes_for_bytes",
    "handle_and_async_handle_differ_by_async_and_await_alone",
    "its_handlers_answer_as_its_exchange_says",
    "a_connection_that_breaks_is_no_handlers_failure",
}


def every() -> Iterator[Any]:
    for name, target in BUILT_IN.items():
        for promise in promises(target):
            if name in SERVERS or str(promise) not in OF_SERVERS:
                yield pytest.param(promise, id=f"{name}-{promise}")


@pytest.mark.parametrize("promise", list(every()))
def test_a_built_in_workload_keeps(promise: Promise) -> None:
    promise.keep()


def test_those_that_serve_are_those_that_are_checked_as_servers() -> None:
    for name, target in BUILT_IN.items():
        module, _, attribute = target.partition(":")
        assert hasattr(getattr(importlib.import_module(module), attribute), "handle") == (name in SERVERS)
    assert {check.__name__ for check in CHECKS} > OF_SERVERS


FAULTS = {
    "its_options_are_frozen_and_have_defaults": "shared: list = field(default_factory=list)",
    "options_that_make_no_sense_are_value_errors": "share: float = 0.5",
    "its_sizes_make_sense": "default_tasks = 0",
    "task_and_async_task_differ_by_async_and_await_alone": "def task(self, io, index):\n        return index + 0",
    "rounds_pass_its_check_and_take_no_less_than_its_floor": "def floor(self, tasks, concurrency):\n        return 9.0",
    "work_that_was_not_done_does_not_pass": "def check(self, values):\n        return None",
    "it_is_written_for_this_contract": "contract = 2",
}
MINE = '''
from dataclasses import dataclass, field
from harness.workloads.base import Workload


@dataclass(frozen=True)
class Mine(Workload):
    """Does nothing."""

    def task(self, io, index):
        return index

    async def async_task(self, io, index):
        return index

    {fault}
'''


def broken(target: str) -> set[str]:
    found = set()
    for promise in promises(target):
        try:
            promise.keep()
        except AssertionError:
            found.add(str(promise))
        except SkipTest:
            pass
    return found


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_promise_is_found(fault: str, tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(MINE.format(fault=FAULTS[fault]))
    assert fault in broken(f"{file}:Mine")


def test_a_workload_that_keeps_them_all_passes(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    file.write_text(MINE.format(fault=""))
    assert broken(f"{file}:Mine") == set()


def test_what_is_no_workload_is_said() -> None:
    for target in ("harness.workloads.checks:promises", "harness.workloads.base:Peer"):
        with pytest.raises(AssertionError, match="is no"):
            promises(target)[0].keep()
    with pytest.raises(ValueError, match="module:Class"):
        promises("sleep")[0].keep()
