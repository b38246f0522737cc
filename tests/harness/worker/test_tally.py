"""Tasks whose failures are counted, without a worker."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any

import pytest
import trio

from harness.worker import tally
from harness.worker.tally import FAILED, Tally
from harness.workloads.base import Unsupported, Work


def picky(index: int) -> int:
    if index % 4 == 1:
        raise ValueError(f"page {index} has no title")
    if index == 2:
        raise KeyError("two")
    return index


async def picky_later(index: int) -> int:
    await asyncio.sleep(0)
    return picky(index)


def test_a_task_that_raises_is_counted_and_the_others_go_on() -> None:
    counted = Tally(picky, False)
    assert [counted.task(index) for index in range(6)] == [0, FAILED, FAILED, 3, 4, FAILED]
    kinds = counted.failed()
    assert list(kinds.values()) == [2, 1]
    assert next(iter(kinds)).startswith("ValueError: page 1 has no title at test_tally.py:")


def test_coroutines_are_counted_as_well() -> None:
    counted = Tally(picky_later, True)

    async def main() -> list[Any]:
        return [await counted.task(index) for index in range(3)]

    assert asyncio.run(main()) == [0, FAILED, FAILED]
    assert sum(counted.failed().values()) == 2


@pytest.mark.parametrize("error", [SystemExit(1), KeyboardInterrupt(), asyncio.CancelledError(), MemoryError()])
def test_whatever_a_task_raises_itself_is_its_failure(error: BaseException) -> None:
    def raises(index: int) -> None:
        raise error

    async def raises_later(index: int) -> None:
        raise error

    counted = Tally(raises, False)
    assert counted.task(0) is FAILED
    assert list(counted.failed().values()) == [1]
    assert asyncio.run(Tally(raises_later, True).task(0)) is FAILED


def test_the_end_of_a_task_by_asyncio_is_no_failure() -> None:
    async def waits(index: int) -> None:
        await asyncio.sleep(60)

    counted = Tally(waits, True)

    async def main() -> None:
        async with asyncio.timeout(0.01):
            await counted.task(0)

    with pytest.raises(TimeoutError):
        asyncio.run(main())
    assert counted.failed() == {}


def test_the_end_of_a_task_by_trio_is_no_failure() -> None:
    async def waits(index: int) -> None:
        await trio.sleep(60)

    counted = Tally(waits, True)

    async def main() -> bool:
        with trio.move_on_after(0.01) as scope:
            await counted.task(0)
        return scope.cancelled_caught

    assert trio.run(main)
    assert counted.failed() == {}


def test_a_task_that_a_strategy_cannot_run_is_not_counted() -> None:
    def refuses(index: int) -> None:
        raise Unsupported("it needs a loop")

    with pytest.raises(Unsupported):
        Tally(refuses, False).task(0)


def test_values_of_the_others_are_still_checked() -> None:
    assert tally.wrong(Work(), [0, FAILED, 2]) is None
    assert tally.wrong(Work(), [0, FAILED, 1]) == "a task did not return its index"
    assert tally.wrong(Work(), [0, 1, 1]) == "a task did not return its index"


def test_a_check_of_its_own_is_given_the_others_alone() -> None:
    class Sums(Work):
        def check(self, values: Any) -> str | None:
            return None if sum(values) == 2 else f"{sum(values)}"

    assert tally.wrong(Sums(), [0, FAILED, 2]) is None
    assert tally.wrong(Sums(), [0, FAILED, 3]) == "3"


def test_a_copy_that_was_pickled_tells_what_failed_in_it() -> None:
    """Another interpreter may be in the same process."""
    here = Tally(picky, False)
    there = pickle.loads(pickle.dumps(here.task))
    values = here.values([there(index) for index in range(3)])
    assert values == [0, FAILED, FAILED]
    assert list(here.failed().values()) == [1, 1]
