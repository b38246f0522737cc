"""What samples and records say of themselves."""

from __future__ import annotations

import msgspec
import pytest

from harness.record.plan import PlannedStrategy
from harness.record.sample import Looks, Trial
from tests.builders import LOAD, header
from tests.records import client


@pytest.mark.parametrize(
    ("trials", "capacity"),
    [([], 0.0), ([(50.0, False)], 0.0), ([(10.0, True), (40.0, False), (20.0, True)], 20.0)],
)
def test_the_capacity_is_the_highest_rate_that_held(trials: list[tuple[float, bool]], capacity: float) -> None:
    tried = [Trial(rate, rate, 0.01, held) for rate, held in trials]
    assert msgspec.structs.replace(LOAD, trials=tried).capacity == capacity


def test_nothing_of_a_record_that_was_not_read_is_damaged() -> None:
    assert client().damaged == 0


def test_blocks_that_there_could_have_been_are_those_of_the_looks_where_there_are_any() -> None:
    record = client()
    assert record.most == record.header.plan.blocks
    assert msgspec.structs.replace(record, looks=Looks(40)).most == 40


def test_options_are_the_workloads_or_those_that_a_strategy_takes() -> None:
    group = msgspec.structs.replace(
        header().plan.groups[0], options={"seconds": 0.5, "pool": 3}, of_strategies=["pool"]
    )
    assert group.of_workload == {"seconds": 0.5}
    takes = PlannedStrategy("gevent", "a:B", options=["pool"])
    assert [group.taken_by(one) for one in (takes, PlannedStrategy("threads", "c:D"))] == [{"pool": 3}, {}]
