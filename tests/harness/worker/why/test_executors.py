from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from harness.worker.why.executors import is_full, queues


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
