"""What every workload has in common."""

from __future__ import annotations

from typing import Any

import pytest

from harness.strategies.asyncio import Asyncio
from harness.strategies.sequential import Sequential
from harness.workloads.base import Unsupported, Work, Workload


class Blocking(Workload):
    def task(self, io: Any, index: int) -> tuple[Any, int]:
        return io, index


class Awaited(Workload):
    async def async_task(self, io: Any, index: int) -> tuple[Any, int]:
        return io, index


def test_a_task_is_given_the_io_of_its_strategy() -> None:
    blocking, awaited = Sequential(), Asyncio()
    assert Blocking().bind(blocking)(7) == (blocking.io, 7)
    task = Awaited().bind(awaited)
    assert awaited.enter(lambda: task(7)) == (awaited.io, 7)


def test_a_strategy_that_needs_the_other_kind_of_task_cannot_run_it() -> None:
    with pytest.raises(Unsupported, match="it has no async_task"):
        Blocking().bind(Asyncio())
    with pytest.raises(Unsupported, match="it has no task"):
        Awaited().bind(Sequential())


def test_what_needs_no_more_than_its_options_is_its_own_work() -> None:
    workload = Blocking()
    assert workload.bound(Sequential(), None) is workload
    assert isinstance(workload, Work)


@pytest.mark.parametrize(
    ("asked", "sizes"), [((None, None), (100, 100)), ((7, None), (7, 7)), ((7, 3), (7, 3)), ((None, 3), (100, 3))]
)
def test_all_tasks_are_in_flight_unless_it_is_said(asked: tuple[Any, Any], sizes: tuple[int, int]) -> None:
    assert Workload().sizes(*asked) == sizes


@pytest.mark.parametrize("values", [[1, 0], [0, 2], [None, 1], [0, 1, 1]])
def test_values_that_are_not_the_indices_do_not_pass(values: list[Any]) -> None:
    assert Workload().check([0, 1]) is None
    assert Workload().check(values) == "a task did not return its index"
