"""What samples and records say of themselves."""

from __future__ import annotations

import msgspec
import pytest

from harness.record.plan import PlannedStrategy
from harness.record.sample import Looks, Round, Sample, Site, Trial, evened, parted
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


def test_the_machine_is_that_of_the_hosts_that_measured_with_each_value_where_they_differ() -> None:
    record = client()
    assert record.machine == record.header.host
    sites = [
        Site(0, "h0", "i0", {"cores": 2, "kernel": "6.1", "load": 0.1}),
        Site(1, "h1", "i1", {"cores": 4, "kernel": "6.1", "load": 0.2}),
        Site(2, "h2", "i2", {"cores": 8}, role="generator"),
    ]
    record = msgspec.structs.replace(record, sites=sites)
    assert record.machine == sites[0].facts
    samples = [msgspec.structs.replace(one, site=one.block % 2) for one in record.samples]
    assert msgspec.structs.replace(record, samples=samples).machine == sites[0].facts | {"cores": "2 / 4"}


def test_options_are_the_workloads_or_those_that_a_strategy_takes() -> None:
    group = msgspec.structs.replace(
        header().plan.groups[0], options={"seconds": 0.5, "pool": 3}, of_strategies=["pool"]
    )
    assert group.of_workload == {"seconds": 0.5}
    takes = PlannedStrategy("gevent", "a:B", options=["pool"])
    assert [group.taken_by(one) for one in (takes, PlannedStrategy("threads", "c:D"))] == [{"pool": 3}, {}]


def test_the_processor_time_of_a_round_is_its_own_and_its_childrens() -> None:
    assert Round(1.0, 0.5, 0.25, 0, 0, 0, 0, cpu_children_seconds=0.125).cpu_seconds == 0.875


def test_a_peer_that_ended_is_a_row_of_its_own_only_where_there_is_no_other() -> None:
    ended = [Sample(0, strategy, 0, "failed", peer_ended=True) for strategy in (0, 1)]
    measured, elsewhere = Sample(0, 0, 1, "ok"), Sample(1, 1, 1, "ok")
    made, beside = parted([*ended, measured, elsewhere])
    assert (made, beside) == ([ended[1], measured, elsewhere], [ended[0]])


@pytest.mark.parametrize(
    ("had", "kept"),
    [
        ([5], [5]),
        ([5, 5], [5, 5]),
        ([3, 5], [3, 3]),
        ([2, 5], [0, 5]),
        ([2, 4], [2, 2]),
        ([6, 1, 5], [5, 0, 5]),
        ([3, 3, 2, 2], [2, 2, 2, 2]),
        ([9, 4, 3], [3, 3, 3]),
    ],
)
def test_a_group_has_equally_many_blocks_of_each_host_and_as_many_as_there_can_be(
    had: list[int], kept: list[int]
) -> None:
    """Of two ways to have as many it is that of more hosts; of each host the first blocks."""
    sites = [site for site, number in enumerate(had) for _ in range(number)]
    taken = [Sample(0, strategy, block, "ok", site=site) for block, site in enumerate(sites) for strategy in (0, 1)]
    other = Sample(1, 0, 0, "ok", site=1)
    even, rest = evened([*taken, other])
    assert even[-1] == other
    for site, number in enumerate(kept):
        mine = [one for one in taken if one.site == site]
        assert [one for one in even[:-1] if one.site == site] == mine[: 2 * number]
        assert [one for one in rest if one.site == site] == mine[2 * number :]
