from typing import Any

import pytest

from harness.explain.limits import limits
from tests.sampled import place, seen


def found(*places: dict[str, Any], **why: Any) -> list[Any]:
    return list(limits(seen("asyncio", 20, waits={"places": list(places)}, **why)))


def test_a_pool_says_its_limit_the_knee_and_the_words_of_its_documentation() -> None:
    (one,) = found(place("pool", "aiohttp.TCPConnector", limit=5, most=15, task_seconds=9.0))
    assert (one.kind, one.file, one.line, one.share) == ("limit", "jobs.py", 3, 0.9)
    assert one.text == (
        "aiohttp.TCPConnector lets 5 through at once; on average 10 tasks waited for it, at most 15 of 20 in flight"
    )
    assert "aiohttp.TCPConnector(limit=20" in one.advice
    assert one.command == "python -m harness run -s asyncio -W jobs.py:task -P size=3 --tasks 20 --concurrency 5"


@pytest.mark.parametrize(
    ("kind", "what", "limit", "through", "expected"),
    [
        ("semaphore", "asyncio.Semaphore", None, 7, 7),  # it does not say: those that were past it
        ("semaphore", "asyncio.BoundedSemaphore", 4, 3, 4),
        ("semaphore", "asyncio.Semaphore", None, 0, 1),
        ("lock", "asyncio.Lock", None, 9, 1),
        ("limiter", "anyio.CapacityLimiter", 40, 39, 40),
        ("pool", "httpcore2.AsyncConnectionPool", 10, 10, 10),
        ("pool", "urllib3.HTTPConnectionPool", 10, 10, 10),
        ("thread-pool", "gevent.threadpool.ThreadPool", 10, 10, 10),
    ],
)
def test_how_many_are_let_through(kind: str, what: str, limit: int | None, through: int, expected: int) -> None:
    (one,) = found(place(kind, what, limit=limit, through=through))
    assert one.what == f"{what}: {expected} at a time"
    assert "{" not in one.advice


@pytest.mark.parametrize(
    "waited",
    [
        place("sleep", "asyncio.sleep"),
        place("queue", "asyncio.Queue"),
        place("event", "asyncio.Event"),
        place("other", "asyncio.streams.StreamReader.read"),
        place("pool", "aiohttp.TCPConnector", seconds=0.02, task_seconds=0.2),  # below the threshold
        place("pool", "aiohttp.TCPConnector", seconds=0.15, task_seconds=1.5),  # a small part of the round
        place("lock", "asyncio.Lock", seconds=0.9, task_seconds=0.5),  # less than one at a time
    ],
)
def test_what_is_none(waited: dict[str, Any]) -> None:
    assert found(waited) == []


EXECUTOR = {
    "threads": 6, "most": 14, "seconds": 0.8, "call_seconds": 8.0, "function": ["/home/me/jobs.py", 9, "work"],
    "stuck": False,
}  # fmt: skip


def test_an_executor_is_at_the_line_that_waits_or_at_the_function_that_it_runs() -> None:
    (one,) = found(
        place("thread", "asyncio.to_thread"), place("thread", "x", 9, task_seconds=1.0), executors=[EXECUTOR]
    )
    assert (one.file, one.line, one.what) == ("jobs.py", 3, "an executor of 6 threads")
    assert "10 calls waited" in one.text
    (one,) = found(executors=[EXECUTOR])
    assert (one.file, one.line, one.function) == ("jobs.py", 9, "work")
    assert list(found(executors=[EXECUTOR | {"function": None}])) == []  # nobody of the user's waited


def test_in_a_deadlock_nobody_would_be_let_through() -> None:
    waits = {"places": [place("lock", "asyncio.Lock", now=3)], "still_seconds": 1.0}
    assert list(limits(seen(waits=waits, failure="no answer"))) == []


def test_nothing_was_seen() -> None:
    assert list(limits(seen()._replace(why={}))) == []
