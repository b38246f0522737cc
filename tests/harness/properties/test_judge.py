"""What rounds say of a strategy, of numbers that nobody measured."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.document.properties import Finding
from harness.properties import judge
from harness.properties.judge import Case
from tests.harness.properties.made import case, failed


@pytest.mark.parametrize(
    ("walls", "answer"),
    [
        ((0.0101, 0.0102), "yes"),
        ((0.101, 0.102), "no"),
        ((0.9, 0.012, 0.8), "yes"),  # a neighbour had the processor in the other two
        ((0.3, 0.11), "no"),
        ((0.0325,), "yes"),
        ((0.033,), "partly"),
        ((0.055, 0.054), "partly"),
        ((0.0774,), "partly"),
        ((0.0776,), "no"),
    ],
)
def test_tasks_wait_at_once_where_a_round_took_little_more_than_one_wait(walls: tuple[float, ...], answer: str) -> None:
    found = judge.waits_at_once(case(*walls))
    assert (found.answer, found.value) == (answer, min(walls))


@pytest.mark.parametrize(
    ("one", "answer", "share"),
    [
        (case(0.1), "no", 0.0),
        (failed("invalid", "1,250 of 10,000 updates were lost"), "yes", 0.125),
        (failed("invalid", "1 of 8 updates were lost"), "yes", 0.125),
    ],
)
def test_lost_updates_are_a_share_of_all(one: Case, answer: str, share: float) -> None:
    found = judge.loses_updates(one)
    assert (found.status, found.answer, found.value) == ("ok", answer, share)


@pytest.mark.parametrize("one", [failed("invalid", "a task did not return its index"), failed("timeout", "8 of 9")])
def test_what_failed_otherwise_lost_no_updates(one: Case) -> None:
    found = judge.loses_updates(one)
    assert (found.status, found.answer, found.value) == (one.row.status, None, None)
    assert found.about == f"{one.row.status}: {one.row.reason}"


@pytest.mark.parametrize(
    ("one", "answer"),
    [
        (case(0.01, 0.01, cpu=0.019, threads_max=3), "yes"),
        (case(0.01, 0.1, 0.1, cpu=0.019, threads_max=3), "yes"),  # a neighbour had the cores but once
        (case(0.01, 0.01, cpu=0.0101, threads_max=3), "no"),  # a core to itself, and never more
        (case(0.01, cpu=0.0119, threads_max=3), "no"),
        (case(0.03, 0.03, 0.01, cpu=0.0101, threads_max=3), "unknown"),
        (case(0.03, cpu=0.0101), "no"),  # one thread cannot
        (case(0.01, cpu=0.001, children=0.018), "yes"),
        (case(0.03, cpu=0.001, children=0.018), "unknown"),  # one thread, and processes
        (case(0.01, cpu=0.0101, threads_max=3, cores=1), "unknown"),
    ],
)
def test_a_round_that_used_more_than_a_core_shows_several(one: Case, answer: str) -> None:
    assert judge.several_cores(one).answer == answer


def test_why_no_cores_were_seen_is_said() -> None:
    assert "other processes had the rest" in judge.several_cores(case(0.03, cpu=0.01, threads_max=3)).about
    assert "one core" in judge.several_cores(case(0.01, cpu=0.01, threads_max=3, cores=1)).about


def test_threads_are_those_that_were_seen() -> None:
    found = judge.threads(case(0.01, threads_max=11))
    assert (found.value, found.about) == (11, "11 threads with 10 of 10 tasks in flight")


def test_costs_are_of_one_task_and_of_one_switch_with_the_range_of_the_blocks() -> None:
    task = judge.cost_of_a_task(case(0.001, 0.002, 0.003))
    assert (task.low, task.value, task.high) == pytest.approx((1e-4, 2e-4, 3e-4))
    switch = judge.cost_of_a_switch(case(0.001, 0.002, 0.003))
    assert (switch.low, switch.value, switch.high) == pytest.approx((1e-7, 2e-7, 3e-7))


def test_where_one_task_runs_after_another_there_is_no_switch_and_no_memory_of_a_task() -> None:
    alone = case(0.001, in_flight_max=1)
    assert judge.cost_of_a_switch(alone) == Finding(about="there is no other task to switch to")
    assert judge.memory_of_a_task(alone) == Finding(about="no two tasks are in flight at once")


def test_memory_is_of_the_tasks_that_were_in_flight() -> None:
    assert judge.memory_of_a_task(case(1.0, tasks=1000, in_flight_max=800)).value == 125
    found = judge.most_tasks(case(1.0, tasks=1000, in_flight_max=800))
    assert (found.value, found.of) == (800, 1000)


@pytest.mark.parametrize(
    "judged",
    [
        judge.waits_at_once, judge.loses_updates, judge.threads, judge.several_cores, judge.cost_of_a_task,
        judge.cost_of_a_switch, judge.memory_of_a_task, judge.most_tasks,
    ],
)  # fmt: skip
@pytest.mark.parametrize("status", ["failed", "timeout", "unsupported"])
def test_a_row_without_numbers_is_no_answer(judged: Callable[[Case], Finding], status: str) -> None:
    assert judged(failed(status)) == Finding(status=status, about=f"{status}: it fell over")  # type: ignore[arg-type]
