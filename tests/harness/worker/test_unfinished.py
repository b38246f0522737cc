"""Values that are work not yet done."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from itertools import starmap
from multiprocessing.pool import ThreadPool
from typing import Any, NamedTuple

import gevent
import pytest
from gevent.event import AsyncResult
from greenlet import greenlet

from harness.worker.unfinished import Unawaited, found

LOOP = asyncio.new_event_loop()
LOOP.close()


async def job() -> int:
    return 1


async def stream() -> Any:
    yield 1


def numbers() -> Iterator[int]:
    yield 1


class Waits:
    def __await__(self) -> Iterator[None]:
        yield


class Pair(NamedTuple):
    left: Any
    right: Any


class Iterable:
    """A cursor of a database, or a file: what it holds is there."""

    def __iter__(self) -> Any:
        return self

    def __next__(self) -> int:
        raise StopIteration


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (job, "a coroutine of job"),
        (Waits, "a Waits"),
        (lambda: asyncio.Future(loop=LOOP), "a Future"),
        (lambda: [1, job()], "a list with a coroutine of job"),
        (lambda: {"a": (job(),)}, "a tuple with a coroutine of job"),
        (lambda: Pair(1, job()), "a Pair with a coroutine of job"),
    ],
)
def test_what_must_be_awaited_is_unsupported_or_invalid(make: Callable[[], Any], kind: str) -> None:
    blocking = found([1, make()], job, is_async=False)
    assert blocking is not None
    assert (blocking.status, blocking.reason.partition(" (job at test_unfinished.py:")[0]) == (
        "unsupported",
        f"task 1 returned {kind}, and this strategy's tasks cannot await",
    )
    awaited = found([make()], job, is_async=True)
    assert awaited is not None
    assert awaited.status == "invalid"
    assert awaited.reason.startswith(f"task 0 returned {kind}, which nobody awaited")


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (numbers, "a generator of numbers, of which nothing has run"),
        (stream, "an async generator of stream, of which nothing has run"),
        (lambda: map(str, [1]), "a map, of which nothing has run"),
        (lambda: starmap(pow, [(1, 2)]), "a starmap, of which nothing has run"),
        (Future, "a Future, which nobody waited for"),
        (lambda: gevent.spawn(int), "a Greenlet, which nobody waited for"),
        (AsyncResult, "an AsyncResult, which nobody waited for"),
        (lambda: threading.Thread(target=int), "a Thread, which nobody waited for"),
        (lambda: greenlet(int), "a greenlet, which nobody waited for"),
    ],
)
def test_what_is_not_done_is_invalid_under_every_strategy(make: Callable[[], Any], kind: str) -> None:
    for is_async in (True, False):
        said = found([make()], None, is_async)
        assert said is not None
        assert said.status == "invalid"
        assert said.reason.startswith(f"task 0 returned {kind}")


def test_what_a_pool_is_to_do_is_invalid() -> None:
    with ThreadPool(1) as pool:
        said = found([pool.apply_async(int)], None, False)
        pool.terminate()
        pool.join()
    assert said is not None
    assert said.reason.startswith("task 0 returned an ApplyResult, which nobody waited for")


def test_a_process_is_work_until_somebody_has_waited_for_it() -> None:
    process = subprocess.Popen([sys.executable, "-c", ""])
    assert found([process], None, False)
    process.wait()
    assert found([process], None, False) is None


def test_what_is_done_passes() -> None:
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    values = [
        None,
        1,
        "x",
        b"x",
        [1, [2]],
        {"a": {1}},
        object(),
        Iterable(),
        iter([1]),
        range(3),
        job,
        len,
        thread,
        Pair,
    ]
    assert found(values, job, False) is None
    assert found(values, job, True) is None


def test_what_is_found_is_closed() -> None:
    coroutine, generator, future = job(), numbers(), asyncio.Future(loop=LOOP)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert found([coroutine, generator, future, [job()]], job, False)
    assert coroutine.cr_frame is None
    assert generator.gi_frame is None
    assert future.cancelled()


def test_coroutines_that_nobody_awaited_within_a_task_are_heard_of_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warnings, "_warn_unawaited_coroutine", None)
    unawaited = Unawaited()
    for _ in range(2):
        job()
    said = unawaited.said(numbers)
    assert said is not None
    assert said.reason.startswith("2 coroutines were never awaited, so that nothing of job at test_unfinished.py:")
    assert "(numbers at test_unfinished.py:" in said.reason
    assert unawaited.said(numbers) is None
