"""A user's own function as a workload."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from harness.strategies.asyncio import Asyncio
from harness.strategies.sequential import Sequential
from harness.workloads.base import Unsupported
from harness.workloads.function import Function, Undecided, decided


def plain(index: int) -> int:
    return index * 2


def with_io(io: Any, index: int) -> tuple[Any, int]:
    return io, index


def with_default(index: int, factor: int = 3) -> int:
    return index * factor


async def awaited(index: int) -> int:
    return index * 5


async def awaited_with_io(io: Any, index: int) -> tuple[Any, int]:
    await io.sleep(0)
    return io, index


def nothing() -> None:
    """Takes too little."""


def forwards(index: int) -> Any:
    return awaited(index)


def forwards_io(io: Any, index: int) -> Any:
    return awaited_with_io(io, index)


def cached(index: int) -> Any:
    return index if index % 2 else awaited(index)


class AsyncCall:
    async def __call__(self, index: int) -> int:
        return index * 5


def test_blocking_functions_run_under_a_blocking_strategy() -> None:
    strategy = Sequential()
    assert strategy.run(Function(function=plain).bind(strategy), 3, 1) == [0, 2, 4]
    assert strategy.run(Function(function=with_default).bind(strategy), 3, 1) == [0, 3, 6]
    assert strategy.run(Function(function=with_io).bind(strategy), 2, 1) == [
        (strategy.io, 0),
        (strategy.io, 1),
    ]


@pytest.mark.parametrize(
    "function", [awaited, awaited_with_io, partial(awaited_with_io, None), AsyncCall(), partial(AsyncCall())]
)
def test_an_async_def_is_unsupported_under_a_blocking_strategy(function: Callable[..., Any]) -> None:
    with pytest.raises(Unsupported, match="cannot await"):
        Function(function=function).bind(Sequential())


@pytest.mark.parametrize(("function", "values"), [(plain, [0, 2, 4]), (with_default, [0, 3, 6]), (awaited, [0, 5, 10])])
def test_functions_of_an_index_run_under_an_async_strategy(function: Callable[..., Any], values: list[int]) -> None:
    strategy = Asyncio()
    task = Function(function=function).bind(strategy)
    assert strategy.enter(lambda: strategy.run(task, 3, 2)) == values


def test_an_async_def_gets_the_io_of_an_async_strategy() -> None:
    strategy = Asyncio()
    task = Function(function=awaited_with_io).bind(strategy)
    assert strategy.enter(lambda: strategy.run(task, 2, 2)) == [(strategy.io, 0), (strategy.io, 1)]


@pytest.mark.parametrize("function", [with_io, lambda io, index: io.nothing])
def test_a_blocking_function_with_an_io_is_unsupported_under_an_async_strategy(function: Callable[..., Any]) -> None:
    strategy = Asyncio()
    task = Function(function=function).bind(strategy)
    with pytest.raises(Unsupported, match=r"no async def \(.* at test_function.py:"):
        strategy.enter(lambda: strategy.run(task, 2, 2))


@pytest.mark.parametrize(
    ("function", "values"),
    [
        (forwards, [0, 5, 10]),
        (lambda index: awaited(index), [0, 5, 10]),
        (partial(forwards), [0, 5, 10]),
        (AsyncCall(), [0, 5, 10]),
        (cached, [0, 1, 10]),
        (lambda index: asyncio.ensure_future(awaited(index)), [0, 5, 10]),
    ],
)
def test_what_can_be_awaited_is_in_every_round(function: Callable[..., Any], values: list[int]) -> None:
    strategy = Asyncio()
    task = Function(function=function).bind(strategy)
    for _ in range(2):
        assert strategy.enter(lambda task=task: strategy.run(task, 3, 2)) == values  # type: ignore[misc]
        task = decided(task)


def test_an_async_def_behind_a_plain_function_gets_the_io() -> None:
    strategy = Asyncio()
    task = Function(function=forwards_io).bind(strategy)
    assert strategy.enter(lambda: strategy.run(task, 2, 2)) == [(strategy.io, 0), (strategy.io, 1)]


def test_values_are_looked_at_in_the_first_round_alone_where_none_can_be_awaited() -> None:
    strategy = Asyncio()
    task = Function(function=plain).bind(strategy)
    strategy.enter(lambda: strategy.run(task, 2, 2))
    assert isinstance(task, Undecided)
    assert not isinstance(decided(task), Undecided)


def test_a_plain_async_def_is_called_as_it_is() -> None:
    assert Function(function=awaited).bind(Asyncio()) is awaited


def test_a_wrong_signature_is_told_when_it_is_bound() -> None:
    with pytest.raises(ValueError, match="nothing must take"):
        Function(function=nothing).bind(Sequential())


def test_any_values_pass() -> None:
    assert Function(function=plain).check([object(), None, "x"]) is None
