"""What the time of a run has room for."""

from __future__ import annotations

import msgspec
import pytest

from harness.measure import schedule
from harness.measure.schedule import Ahead, Schedule, due, in_all
from harness.measure.settle import Open
from harness.record.plan import Plan
from tests.builders import plan


@pytest.mark.parametrize(
    ("elapsed", "blocks", "found"),
    [
        (6.0, (2, 2, 2), [0, 1, 2]),
        (18.0, (5, 5, 5), [0, 1, 2]),  # 30 s more: there is time for all
        (36.0, (4, 5, 5), [0, 1]),  # 28 s more: not for the last
        (36.0, (9, 5, 5), [0]),
        (59.0, (1, 1, 1), []),  # no block of any ends in time
        (36.0, (0, 0, 0), [0, 1, 2]),  # nothing is needed, and there is time for more
        (44.0, (0, 0, 0), []),
        (44.0, (0, 1, 0), [1]),  # no time for more than is needed
    ],
)
def test_time_goes_to_what_is_needed_first(elapsed: float, blocks: tuple[int, ...], found: list[int]) -> None:
    ahead = {group: Ahead(number, 2.0) for group, number in enumerate(blocks)}
    assert due(ahead, 60.0 - elapsed, 45.0 - elapsed) == found


def test_what_lies_ahead_takes_its_blocks() -> None:
    assert in_all({0: Ahead(5, 2.0), 1: Ahead(5, 1.0)}) == 15


@pytest.mark.parametrize(
    ("left", "for_more", "found"),
    [
        (6.0, 6.0, [0, 1]),
        (6.0, 5.9, [0, 1]),  # for all that is needed, and no more
        (5.9, 5.9, [0]),
        (2.0, 0.0, [0]),
        (1.9, 0.0, []),
    ],
)
def test_time_that_is_just_enough_is_enough(left: float, for_more: float, found: list[int]) -> None:
    assert due({0: Ahead(2, 2.0), 1: Ahead(1, 2.0)}, left, for_more) == found


def test_the_next_block_of_one_group_is_measured_where_there_is_time_for_it_though_not_for_all_that_it_needs() -> None:
    assert due({0: Ahead(9, 2.0)}, 2.0, 0.0) == [0]


def planned(workers: int = 2, **changes: object) -> Schedule:
    """Of two groups and two strategies."""
    made: Plan = msgspec.structs.replace(plan(), groups=plan().groups * 2, **{"blocks": 10, **changes})
    return Schedule(made, lambda group: workers + group)


def test_what_lies_ahead_of_a_group_takes_what_its_last_block_took_by_its_workers() -> None:
    made = planned()
    assert made.ahead() == {0: Ahead(3, 0.0), 1: Ahead(3, 0.0)}
    made.took(0, 8.0, 4)
    made.took(1, 6.0, 2)
    made.took(1, 12.0, 2)
    made.took(1, 99.0, 0)  # a block without any worker says nothing of that
    assert made.ahead() == {0: Ahead(2, 4.0), 1: Ahead(0, 18.0)}
    made.took(1, 12.0, 2)
    assert made.ahead()[1] == Ahead(0, 18.0)
    assert made.wanted(5.0) == 13.0


def test_a_plan_of_fewer_blocks_than_verdicts_need_has_no_more_ahead() -> None:
    assert planned(blocks=2).ahead()[0].blocks == 2


@pytest.mark.parametrize("max_time", [None, 1000.0])
@pytest.mark.parametrize("settle", [False, True])
def test_each_group_has_its_blocks_and_no_more(max_time: float | None, settle: bool) -> None:
    made = planned(blocks=3, max_time=max_time, settle=settle)
    made.took(0, 0.1, 2)
    made.took(0, 0.1, 2)
    assert made.due(1.0) == [0, 1]
    made.took(0, 0.1, 2)
    assert made.due(1.0) == [1]
    made.most = 5
    assert made.due(1.0) == [0, 1]


@pytest.mark.parametrize(("elapsed", "due"), [(0.0, [0, 1]), (40.0, [0, 1]), (40.1, []), (90.0, [])])
def test_a_run_that_settles_nothing_ends_before_a_block_that_would_be_late(elapsed: float, due: list[int]) -> None:
    made = planned(max_time=60.0)
    assert made.due(99.0) == [0, 1], "the first block is always run"
    made.took(0, 8.0, 2)
    made.took(1, 8.0, 2)
    assert made.due(elapsed) == due  # 8 s and 12 s more


@pytest.mark.parametrize(("elapsed", "due"), [(5.0, [0, 1]), (20.0, [0, 1]), (20.1, [0]), (52.0, [0]), (52.1, [])])
def test_a_run_that_settles_goes_on_with_what_is_needed(elapsed: float, due: list[int]) -> None:
    made = planned(max_time=60.0, settle=True)
    made.took(0, 8.0, 2)
    made.took(1, 8.0, 2)
    assert made.due(elapsed) == due  # two blocks of 8 s and two of 12 s are needed


@pytest.mark.parametrize(("done", "looks"), [(2, False), (3, True), (5, True), (6, False)])
def test_rows_stop_by_the_looks_at_few_blocks(done: int, looks: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {0: Open({1}, 7), 1: Open(set(), 0)}
    monkeypatch.setattr(schedule, "still_open", lambda plan, samples, group: found[group])
    made = planned()
    for _ in range(done):
        made.took(0, 1.0, 2)
        made.took(1, 1.0, 2)
    made.took(1, 1.0, 2)
    made.settle([])
    assert made.rows == ({0: {1}} if looks else {0: {0, 1}, 1: {0, 1}})
    assert made.ahead()[0].blocks == (7 - done if looks else max(0, 3 - done))


def test_where_no_row_goes_on_nothing_is_due() -> None:
    made = planned()
    made.rows = {}
    made.settle([])
    assert (made.ahead(), made.due(0.0), made.wanted(4.0)) == ({}, [], 4.0)
