"""Which parameters of a user's callable are the index, the io, and options."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import pytest

from harness.strategies.base import AsyncIo, Io
from harness.workloads.function import Function
from harness.workloads.signature import awaits, form, place


class Client:
    io: Any = "the io"


class Sync:
    """A strategy that is none: what counts is its io."""

    io = "the io"


def called(function: Callable[..., Any], **options: Any) -> Any:
    strategy: Any = Sync()
    return Function(function, options).bind(strategy)(7)


class Job:
    def __call__(self, index: int) -> int:
        return index

    def method(self, io: Any, index: int) -> tuple[Any, int]:
        return io, index

    @staticmethod
    def static(index: int) -> int:
        return index


def annotated(stream: Io, number: int) -> tuple[Any, int]:
    return stream, number


async def annotated_async(stream: AsyncIo | None, number: int) -> tuple[Any, int]:
    return stream, number


def options_of_every_kind(
    index: int, /, retries: int = 3, pause: float = 1, *, verbose: bool = False, url: str = "a",
    mode: Literal["x", "y"] = "x", session: Any = None, sizes: tuple[int, ...] = (1, 2),
) -> tuple[Any, ...]:  # fmt: skip
    return index, retries, pause, verbose, url, mode


@pytest.mark.parametrize(
    ("function", "value"),
    [
        (lambda index: index, 7),
        (lambda whatever_it_is_called: whatever_it_is_called, 7),
        (lambda io, index: (io, index), ("the io", 7)),
        (lambda index, io: (io, index), ("the io", 7)),
        (lambda index, *, io: (io, index), ("the io", 7)),
        (lambda index, io=None: (io, index), (None, 7)),
        (lambda index=0, retries=3: (index, retries), (7, 3)),
        (lambda *args, **kwargs: (args, kwargs), ((7,), {})),
        (lambda index, /, *rest, **options: index, 7),
        (annotated, ("the io", 7)),
        (partial(annotated, number=3), None),
        (partial(lambda io, index: (io, index), "mine"), ("mine", 7)),
        (partial(lambda url, index: (url, index), "http://"), ("http://", 7)),
        (Job(), 7),
        (Job().method, ("the io", 7)),
        (Job.static, 7),
    ],
)
def test_an_index_is_given_and_an_io_where_one_is_named(function: Callable[..., Any], value: Any) -> None:
    if value is None:
        with pytest.raises(ValueError, match="takes no index"):
            called(function)
    else:
        assert called(function) == value


@pytest.mark.parametrize(
    ("function", "why"),
    [
        (lambda: None, "takes no index"),
        (lambda io: None, "takes no index"),
        (lambda **options: None, "takes no index"),
        (lambda url, timeout: None, "nobody gives 'timeout'"),
        (lambda io, index, url: None, "nobody gives 'url'"),
        (lambda index, *, url: None, "nobody gives 'url'"),
        (lambda first, second, third: None, "nobody gives 'second'"),
    ],
)
def test_any_other_signature_is_refused_in_a_line_that_says_why(function: Callable[..., Any], why: str) -> None:
    with pytest.raises(ValueError, match=rf"must take \(index\) or \(io, index\) .*{why}"):
        form(function)


def test_further_parameters_with_plain_defaults_are_options_by_type() -> None:
    kinds = {name: one.kind for name, one in form(options_of_every_kind).options.items()}
    assert kinds == {"retries": int, "pause": float, "verbose": bool, "url": str, "mode": Literal["x", "y"]}


def test_options_reach_the_function() -> None:
    assert called(options_of_every_kind, retries=5, mode="y") == (7, 5, 1, False, "a", "y")
    assert called(partial(options_of_every_kind, retries=9), url="b") == (7, 9, 1, False, "b", "x")
    assert called(lambda index, io, times=1: (index, io, times), times=2) == (7, "the io", 2)
    assert called(lambda io, index, times=1: (index, io, times), times=2) == (7, "the io", 2)


def test_an_async_def_is_seen_through_partials_and_as_a_call() -> None:
    class Call:
        async def __call__(self, index: int) -> int:
            return index

    assert all(awaits(one) for one in (annotated_async, partial(annotated_async, None), Call(), partial(Call())))
    assert not any(awaits(one) for one in (annotated, Job(), Call, int, partial(annotated, None)))


def test_a_place_is_where_the_function_was_written() -> None:
    line = annotated.__code__.co_firstlineno
    for one in (annotated, partial(annotated), partial(partial(annotated))):
        assert place(one) == f"annotated at test_signature.py:{line}"
    assert place(Job()).startswith("__call__ at test_signature.py:")
    assert place(Job().method).startswith("method at test_signature.py:")
    assert place(len) == "len"
