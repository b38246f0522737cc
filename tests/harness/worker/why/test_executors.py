from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from harness.worker.why.executors import is_full, queues, waits_for_another


def test_calls_wait_for_a_thread_only_where_there_may_be_no_more() -> None:
    go, full = threading.Event(), []
    with ThreadPoolExecutor(2) as pool:
        for _ in range(2):
            began = threading.Event()
            pool.submit(lambda began=began: (began.set(), go.wait(30)))  # type: ignore[misc]
            assert began.wait(30)
            idents = queues()[pool._work_queue]
            full.append((len(idents), is_full(idents)))
        go.set()
    assert full == [(1, False), (2, True)]
    assert is_full([])  # whose threads nobody knows


def waiting(pool: ThreadPoolExecutor, future: Future[None]) -> Iterator[bool]:
    """Whether a thread that waits for a call does so for one that has not begun: looked at until it waits."""
    (ident,) = queues()[pool._work_queue]
    while not future.done():
        yield waits_for_another(ident)


def test_a_thread_that_waits_for_a_call_of_its_own_executor_waits_for_ever() -> None:
    with ThreadPoolExecutor(1) as pool, ThreadPoolExecutor(1) as other:
        go, inner = threading.Event(), []

        def outer(of: ThreadPoolExecutor) -> None:
            inner.append(of.submit(go.wait, 30))
            inner[-1].result()

        future = pool.submit(outer, pool)
        assert any(waiting(pool, future))
        inner[0].cancel()
        assert future.exception(30)
        future = pool.submit(outer, other)
        while len(inner) < 2 or not inner[1].running():
            pass
        assert not any(itertools.islice(waiting(pool, future), 1000))
        go.set()
