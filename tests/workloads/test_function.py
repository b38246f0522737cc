"""A user's own function as a workload."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from harness.strategies.asyncio import Asyncio
from harness.strategies.sequential import Sequential
from harness.workloads.base import Unsupported
from harness.workloads.function import Function, takes_io


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


def three(a: int, b: int, c: int) -> None:
    """Takes too much."""


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (plain, False),
        (with_default, False),
        (awaited, False),
        (lambda index, /: index, False),
        (lambda index, *rest, **options: index, False),
        (partial(with_io, None), False),
        (with_io, True),
        (awaited_with_io, True),
    ],
)
def test_an_io_is_passed_to_what_takes_two_arguments(function: Callable[..., Any], expected: bool) -> None:
    assert takes_io(function) is expected


@pytest.mark.parametrize("function", [nothing, three, lambda *indices: indices])
def test_any_other_signature_is_a_value_error(function: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match=r"must take \(index\) or \(io, index\)"):
        takes_io(function)


def test_a_required_keyword_is_a_value_error() -> None:
    def function(index: int, *, url: str) -> str:
        return url

    with pytest.raises(ValueError, match="must take"):
        takes_io(function)


def test_blocking_functions_run_under_a_blocking_strategy() -> None:
    strategy = Sequential()
    assert strategy.run(Function(function=plain).bind(strategy), 3, 1) == [0, 2, 4]
    assert strategy.run(Function(function=with_default).bind(strategy), 3, 1) == [0, 3, 6]
    assert strategy.run(Function(function=with_io).bind(strategy), 2, 1) == [
        (strategy.io, 0),
        (strategy.io, 1),
    ]


@pytest.mark.parametrize("function", [awaited, awaited_with_io, partial(awaited_with_io, None)])
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


def test_a_blocking_function_with_an_io_is_unsupported_under_an_async_strategy() -> None:
    with pytest.raises(Unsupported, match="must be awaited"):
        Function(function=with_io).bind(Asyncio())


def test_a_wrong_signature_is_told_when_it_is_bound() -> None:
    with pytest.raises(ValueError, match="nothing must take"):
        Function(function=nothing).bind(Sequential())


def test_any_values_pass() -> None:
    assert Function(function=plain).check([object(), None, "x"]) is None
