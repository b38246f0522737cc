"""What a round took: the arithmetic, with times of our own."""

from __future__ import annotations

import operator
import os
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.worker import watch as watches
from harness.workloads.latency import latencies


@pytest.mark.parametrize(
    ("began", "ended", "most"),
    [
        ([0, 1, 2], [1, 2, 3], 1),  # one after another: an end at a beginning is no overlap
        ([0, 0, 0], [1, 1, 1], 3),
        ([0, 1, 5], [3, 2, 6], 2),
        ([7], [7], 1),
    ],
)
def test_most_at_once(began: list[float], ended: list[float], most: int) -> None:
    assert watches.most_at_once(began, ended) == most


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)), min_size=1, max_size=40))
def test_most_at_once_agrees_with_counting_at_every_moment(intervals: list[tuple[int, int]]) -> None:
    began = [float(start) for start, _ in intervals]
    ended = [float(start + length) for start, length in intervals]
    counted = max(sum(b <= t < e for b, e in zip(began, ended, strict=True)) for t in range(71))
    assert watches.most_at_once(began, ended) == counted


def test_a_watch_sees_each_task_and_counts_one_that_runs_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(100))
    monkeypatch.setattr(watches, "now", lambda: float(next(ticks)))
    watch = watches.Watch(lambda index: index * 2, 3, is_async=False)
    assert watch.values([watch.task(index) for index in (0, 1, 2, 2)][:3]) == [0, 2, 4]
    seen = watch.seen()
    assert seen["begun_twice"] == 1
    assert seen["in_flight_max"] == 1
    assert seen["latency_seconds"] == latencies([1.0])


def test_what_tasks_in_other_processes_took_is_seen() -> None:
    here = watches.Watch(operator.neg, 3, is_async=False)
    here.task(0)
    there = [pickle.loads(pickle.dumps(here.task)) for _ in range(3)]
    assert here.values([task(index) for index, task in enumerate(there)]) == [0, -1, -2]
    assert len(pickle.dumps(watches.Watch(operator.neg, 100_000, is_async=False).task)) < 1000
    assert here.seen()["latency_seconds"]["max"] > 0


def test_what_was_not_witnessed_stays_what_it_is() -> None:
    assert watches.Watch(operator.neg, 2, is_async=False).values([None, SystemExit]) == [None, SystemExit]


@pytest.mark.parametrize("runs_on", [True, False])
def test_a_task_that_runs_in_a_copy_of_the_process_as_well_ran_twice(runs_on: bool) -> None:
    watch = watches.Watch(operator.neg, 3, is_async=False)
    watch.task(0)
    if (child := os.fork()) == 0:
        if runs_on:
            watch.task(1)
        os._exit(0)
    os.waitpid(child, 0)
    watch.task(1)
    assert watch.twice() == watch.seen()["begun_twice"] == runs_on


def test_a_task_that_goes_on_in_a_copy_of_the_process_as_well_ran_twice() -> None:
    watch = watches.Watch(lambda index: os.fork(), 1, is_async=False)
    if (child := watch.task(0).value) == 0:
        os._exit(0)
    os.waitpid(child, 0)
    assert watch.twice() == 1
