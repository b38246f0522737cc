from typing import Any

import pytest

from harness.explain.deadlock import deadlock
from tests.sampled import place, seen

LOCKS = [place("lock", "trio.Lock", 5, now=2), place("event", "trio.Event", 9, now=1)]


def found(places: list[dict[str, Any]], failure: str | None = "no answer after 5 s", **waits: Any) -> list[Any]:
    return list(deadlock(seen("trio", failure=failure, waits={"places": places, "still_seconds": 1.0} | waits)))


def test_it_says_what_each_waits_for_and_where() -> None:
    (one,) = found(LOCKS)
    assert (one.kind, one.file, one.line, one.seconds) == ("deadlock", "jobs.py", 5, 1.0)
    assert one.text == (
        "all 3 that are left wait, and nothing is left to wake them: 2 for trio.Lock at jobs.py:5 `async with lock:`;"
        " 1 for trio.Event at jobs.py:9 `async with lock:`"
    )
    (one,) = found([place("lock", "trio.Lock", line, now=1) for line in range(8)])
    assert one.text.endswith("; others at 3 more lines")


def test_gevent_says_so_by_itself() -> None:
    (one,) = found([place("other", "", now=2)], "LoopExit: This operation would block forever", loop_exit=True)
    assert "LoopExit" in one.advice
    assert "2 for something" in one.text


@pytest.mark.parametrize(
    ("places", "failure", "waits"),
    [
        (LOCKS, None, {}),  # the round came to its end
        ([], "no answer", {}),
        (LOCKS, "no answer", {"still_seconds": 0.2}),  # somebody moved a moment ago
        (LOCKS, "no answer", {"still_seconds": 2.0, "seconds": 60.0}),
        ([*LOCKS, place("sleep", "trio.sleep", now=1)], "no answer", {}),
        ([*LOCKS, place("other", "trio.SocketStream.receive_some", now=1)], "no answer", {}),
        ([*LOCKS, place("thread", "asyncio.to_thread", now=1)], "no answer", {}),
        ([place("other", "", now=2)], "failed: ValueError", {"loop_exit": True}),  # somebody caught it
    ],
)
def test_what_is_none(places: list[dict[str, Any]], failure: str | None, waits: dict[str, Any]) -> None:
    assert found(places, failure, **waits) == []


@pytest.mark.parametrize("stuck", [True, False])
def test_an_executor_frees_nobody_whose_threads_wait_for_calls_that_have_not_begun(stuck: bool) -> None:
    waits = {"places": [place("thread", "concurrent.futures.Future", 5, now=2)], "still_seconds": 1.0}
    made = seen("threads", failure="no answer after 5 s", waits=waits, executors=[{"stuck": stuck}])
    assert [one.kind for one in deadlock(made)] == ["deadlock"] * stuck
