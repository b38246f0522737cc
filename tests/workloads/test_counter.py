"""The counter notices every update that was lost."""

from __future__ import annotations

import pytest

from harness.strategies.sequential import Sequential
from harness.workloads.counter import Counter


def test_updates_that_are_all_there_pass() -> None:
    workload, strategy = Counter(updates=100), Sequential()
    values = strategy.run(workload.bind(strategy, None), 4, 4)
    assert workload.shared.value == 400
    assert workload.check(values) is None


def test_lost_updates_are_counted() -> None:
    workload = Counter(updates=1000)
    workload.shared.write(1500)
    assert workload.check([0, 1]) == "500 of 2,000 updates were lost"


def test_an_update_between_the_read_and_the_write_of_another_is_lost() -> None:
    workload = Counter(updates=1)
    seen = workload.shared.read()
    workload.task(Sequential().io, 0)
    workload.shared.write(seen + 1)
    assert workload.check([0, 1]) == "1 of 2 updates were lost"


def test_values_out_of_order_do_not_pass() -> None:
    workload = Counter(updates=1)
    workload.shared.write(2)
    assert workload.check([1, 0]) is not None


def test_a_round_forgets_the_last() -> None:
    workload = Counter(updates=10)
    for _ in range(2):
        workload.begin()
        assert workload.check([workload.task(Sequential().io, 0)]) is None


def test_two_counters_share_nothing() -> None:
    first, second = Counter(updates=3), Counter(updates=3)
    first.task(Sequential().io, 0)
    assert (first.shared.value, second.shared.value) == (3, 0)


@pytest.mark.parametrize("updates", [0, -1])
def test_no_updates_make_no_sense(updates: int) -> None:
    with pytest.raises(ValueError, match="updates must be 1 or more"):
        Counter(updates=updates)
