"""The counter notices every update that was lost."""

from __future__ import annotations

import pytest

from harness.strategies.base import Strategy
from harness.strategies.greenlet import Greenlet
from harness.strategies.sequential import Sequential
from harness.workloads.counter import Counter, Counting


def counting(updates: int) -> Counting:
    return Counter(updates=updates).bound(Sequential(), None)


def test_updates_that_are_all_there_pass() -> None:
    work, strategy = counting(100), Sequential()
    values = strategy.run(work.bind(strategy), 4, 4)
    assert work.shared.value == 400
    assert work.check(values) is None


def test_lost_updates_are_counted() -> None:
    work = counting(1000)
    work.shared.write(1500)
    assert work.check([0, 1]) == "500 of 2,000 updates were lost"


def test_an_update_between_the_read_and_the_write_of_another_is_lost() -> None:
    work = counting(1)
    seen = work.shared.read()
    work.task(Sequential().io, 0)
    work.shared.write(seen + 1)
    assert work.check([0, 1]) == "1 of 2 updates were lost"


@pytest.mark.parametrize(("strategy", "said"), [(Sequential, None), (Greenlet, "6 of 8 updates were lost")])
def test_a_switch_between_the_read_and_the_write_loses_what_others_wrote(
    strategy: type[Strategy], said: str | None
) -> None:
    switching = strategy()
    work = Counter(updates=2, between="switch").bound(switching, None)
    assert work.check(switching.run(work.bind(switching), 4, 4)) == said


def test_values_out_of_order_do_not_pass() -> None:
    work = counting(1)
    work.shared.write(2)
    assert work.check([1, 0]) is not None


def test_a_round_forgets_the_last() -> None:
    work = counting(10)
    for _ in range(2):
        work.begin()
        assert work.check([work.task(Sequential().io, 0)]) is None


def test_two_workers_share_nothing() -> None:
    workload = Counter(updates=3)
    first, second = (workload.bound(Sequential(), None) for _ in range(2))
    first.task(Sequential().io, 0)
    assert (first.shared.value, second.shared.value) == (3, 0)


@pytest.mark.parametrize("updates", [0, -1])
def test_no_updates_make_no_sense(updates: int) -> None:
    with pytest.raises(ValueError, match="updates must be 1 or more"):
        Counter(updates=updates)
