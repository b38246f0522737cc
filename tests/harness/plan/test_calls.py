"""What a call with arguments means: which parameter is the index, and what a record shows."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any

import pytest

from harness.errors import HarnessError
from harness.plan.calls import call
from harness.worker.sent import task
from harness.workloads.signature import form


def seconds_alone(seconds: float, key: Any = None) -> Any:
    return seconds, key


def index_first(index: int, seconds: float, key: str = "a") -> Any:
    return index, seconds, key


def index_last(seconds: float, index: int) -> Any:
    return index, seconds


def unnamed(number: int, seconds: float) -> Any:
    return number, seconds


def waits(io: Any, url: str) -> Any:
    return io, url


def waits_by_index(index: int, io: Any, url: str) -> Any:
    return index, io, url


def many(index: int, *rest: int, **more: int) -> Any:
    return index, rest, more


@pytest.mark.parametrize(
    ("function", "values", "named", "returned"),
    [
        (seconds_alone, (0.5,), {"key": [1]}, (0.5, [1])),
        (seconds_alone, (0.5, "b"), {}, (0.5, "b")),
        (index_first, (0.5,), {}, (7, 0.5, "a")),
        (index_first, (), {"seconds": 0.5, "key": "b"}, (7, 0.5, "b")),
        (index_last, (0.5,), {}, (7, 0.5)),
        (unnamed, (0.5,), {}, (7, 0.5)),
        (unnamed, (), {"seconds": 0.5}, (7, 0.5)),
        (unnamed, (1, 0.5), {}, (1, 0.5)),
        (many, (1, 2), {"x": 3}, (7, (1, 2), {"x": 3})),
        (functools.partial(index_first, seconds=0.5), (), {}, (7, 0.5, "a")),
        (functools.partial(index_first, seconds=0.5), (), {"seconds": 0.1}, (7, 0.1, "a")),
        (functools.partial(seconds_alone, 0.5), (), {}, (0.5, None)),
        (functools.partial(unnamed, 1), (0.5,), {}, (1, 0.5)),
        (lambda: 3, (), {}, 3),
        (lambda number: number, (), {}, 7),
        (lambda url="u": url, (), {}, "u"),
    ],
)  # fmt: skip
def test_a_task_calls_the_function_as_benchmark_would(
    function: Callable[..., Any], values: tuple[Any, ...], named: dict[str, Any], returned: Any
) -> None:
    assert task(*call(function, values, named))(7) == returned


@pytest.mark.parametrize(("function", "returned"), [(waits, ("io", "u")), (waits_by_index, (7, "io", "u"))])
def test_an_io_comes_beside_the_arguments(function: Callable[..., Any], returned: Any) -> None:
    made = task(*call(function, ("u",), {}))
    assert made("io", 7) == returned
    assert form(made).io == "io"


def test_what_c_does_not_say_is_called_with_its_arguments() -> None:
    assert task(*call(time.sleep, (0,), {}))(7) is None
    assert task(*call(max, (3, 9), {}))(7) == 9


def test_a_record_shows_the_arguments_that_are_numbers_or_text() -> None:
    made = task(*call(index_first, (0.5,), {}))
    assert {name: one.default for name, one in form(made).options.items()} == {"seconds": 0.5, "key": "a"}
    assert not form(task(*call(seconds_alone, ([1],), {}))).options


async def awaited(seconds: float) -> float:
    return seconds


def test_what_is_awaited_stays_so() -> None:
    made = task(*call(awaited, (0.5,), {}))(7)
    with pytest.raises(StopIteration) as done:
        made.send(None)
    assert done.value.value == 0.5


@pytest.mark.parametrize(
    ("function", "values", "named", "text"),
    [
        (seconds_alone, (), {"second": 1}, r"alone\(second=1\) cannot be called: .* argument 'second'; it takes "),
        (seconds_alone, (1, 2, 3), {}, r"seconds_alone\(1, 2, 3\) cannot be called: too many positional arguments"),
        (index_first, (1,), {"other": 1}, "unexpected keyword argument 'other'; it takes index, seconds, key"),
        (lambda a, *rest, index: a, (1,), {}, "missing a required argument: 'index'"),
        (lambda io, *rest: io, (1,), {}, "cannot be passed by name"),
    ],
)  # fmt: skip
def test_a_call_that_cannot_be_is_a_line(
    function: Callable[..., Any], values: tuple[Any, ...], named: dict[str, Any], text: str
) -> None:
    with pytest.raises(HarnessError, match=text) as refused:
        call(function, values, named)
    assert "\n" not in str(refused.value)
