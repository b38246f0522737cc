"""Counting what tasks were sent."""

from __future__ import annotations

import itertools

from harness.workloads.http.replies import MOST_SIZES, counted


def test_a_page_of_many_sizes_is_told_in_a_few_parts_that_hold_every_reply() -> None:
    found = counted(["http://a.b/"], [(200, size) for size in range(1000)])
    assert len(found) == MOST_SIZES
    assert sum(one["count"] for one in found) == 1000
    assert (found[0]["bytes"], found[-1]["most_bytes"]) == (0, 999)
    assert all(one["most_bytes"] < following["bytes"] for one, following in itertools.pairwise(found))


def test_tasks_take_the_urls_in_turn() -> None:
    found = counted(["http://a.b/", "http://c.d/"], [(200, 1), (500, 2), (200, 1)])
    assert [(one["url"], one["status"], one["count"]) for one in found] == [
        ("http://a.b/", 200, 2),
        ("http://c.d/", 500, 1),
    ]
