import pytest

from harness.explain.swallowed import swallowed
from tests.sampled import seen

FAILED = {
    "place": "in a greenlet that the task started", "error": "ValueError: no number at jobs.py:4", "count": 3,
    "file": "/home/me/jobs.py", "line": 4, "function": "work", "source": "int(text)",
}  # fmt: skip


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (FAILED["place"], "raise_error=True"),
        ("in an asyncio task that nobody awaited", "asyncio.TaskGroup"),
        ("in an asyncio.gather(return_exceptions=True) whose values nobody took", "aggregated in the result list"),
        ("in a call to a pool whose result nobody took", "future.result()"),
        ("in a thread that the task started", "ThreadPoolExecutor"),
        ("in Queue.__del__", "wait for what was started"),
    ],
)
def test_what_failed_where_and_how_one_would_have_heard_of_it(place: str, words: str) -> None:
    (one,) = swallowed(seen("gevent", beside=[FAILED | {"place": place}]))
    assert (one.kind, one.what, one.file, one.line, one.calls) == ("swallowed-exception", "ValueError", "jobs.py", 4, 3)
    assert one.text == f"{place}, 3 times: ValueError: no number at jobs.py:4; no task was told"
    assert words in one.advice


def test_nothing_failed() -> None:
    assert list(swallowed(seen(beside=[]))) == []
