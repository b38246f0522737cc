"""A run that goes on from a record stands where the run stood that made it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import pytest

from harness.measure import resume
from harness.measure.resume import SoFar, Took
from harness.measure.run import Measurement
from harness.record.plan import Plan, PlannedGroup, Status
from harness.record.sample import Cut, End, Host, Line, Looks, Record, Sample
from harness.record.store import record_of
from tests.builders import header, plan, sample
from tests.harness.measure.fake import Fake


class Full(Exception):
    """Raised where no more lines are taken: the run was killed."""


class Lines(list[Line]):
    """Takes so many samples."""

    def __init__(self, most: int = 1 << 20) -> None:
        super().__init__()
        self._most = most

    def append(self, line: Line) -> None:
        if isinstance(line, Sample) and sum(isinstance(one, Sample) for one in self) == self._most:
            raise Full
        super().append(line)


def two_groups(**changes: Any) -> Plan:
    made = plan()
    other = msgspec.structs.replace(made.groups[0], tasks=20)
    return msgspec.structs.replace(made, groups=[made.groups[0], other], **changes)


def cut_off(made: Plan, samples: int, deviation: float = 0.0) -> Record:
    lines = Lines(samples)
    with pytest.raises(Full):
        Measurement(made, lines, lambda text: None, Fake(deviation)).run()
    return record_of(msgspec.structs.replace(header(), plan=made), lines)


def resumed(made: Plan, record: Record, fake: Fake | None = None) -> tuple[Measurement, list[Line]]:
    lines = Lines()
    run = Measurement(made, lines, lambda text: None, fake or Fake(), resumed=record)
    run.run()
    return run, lines


@pytest.mark.parametrize("samples", range(1, 24))
def test_wherever_it_was_cut_off_each_group_has_its_blocks_and_no_sample_is_doubled(samples: int) -> None:
    made = two_groups(blocks=4)
    record = cut_off(made, samples)
    run, lines = resumed(made, record)
    both = [*record.samples, *(one for one in lines if isinstance(one, Sample))]
    places = Counter((one.group, one.strategy, one.arm, one.block) for one in both)
    assert set(places.values()) == {1}
    assert {(one.group, one.block) for one in both} == {(group, block) for group in (0, 1) for block in range(4)}
    whole = Counter((group, block) for group, _, _, block in places)
    assert sum(number < 3 for number in whole.values()) <= 1
    assert (run.end().status, run.end().blocks) == ("complete", 4)


def test_the_null_arm_and_lost_rows_stay_what_they_were() -> None:
    made = two_groups(blocks=4)
    record = cut_off(made, 8)
    bad = msgspec.structs.replace(record.samples[1], status="failed", reason="no")
    record = msgspec.structs.replace(record, samples=[record.samples[0], bad, *record.samples[2:]])
    fake = Fake()
    run, lines = resumed(made, record, fake)
    taken = [one for one in lines if isinstance(one, Sample)]
    arms = {one.strategy for one in record.samples if one.arm == "null"}
    assert {one.strategy for one in taken if one.arm == "null"} == arms
    assert not [one for one in taken if (one.group, one.strategy) == (0, bad.strategy) and one.arm == "row"]
    assert run.end().status == "partial"


def test_its_seconds_go_on_and_count_for_the_time_that_it_has() -> None:
    made = two_groups(blocks=4, max_time=100.0)
    record = cut_off(made, 7)
    late = [msgspec.structs.replace(mark, at_seconds=98.0 * mark.block) for mark in record.marks]
    run, lines = resumed(made, msgspec.structs.replace(record, marks=late))
    assert run.ledger.elapsed() >= 98.0
    assert {one.block for one in lines if isinstance(one, Sample)} <= {1}


def test_how_many_blocks_there_may_be_stays_fixed() -> None:
    made = two_groups(blocks=40, precision=0.000001, max_time=1000.0)
    record = cut_off(made, 20, deviation=1.0)
    assert record.looks
    run, lines = resumed(made, msgspec.structs.replace(record, looks=Looks(10)), Fake(1.0))
    assert run.blocks == 10
    assert not [one for one in lines if isinstance(one, Looks)]


def test_rounds_that_were_cut_stay_cut() -> None:
    made = two_groups(blocks=2, rounds=None, settle=True, max_time=1000.0)
    record = msgspec.structs.replace(cut_off(made, 6), cuts=[Cut(1, 2000.0, rounds=1)])
    fake = Fake()
    resumed(made, record, fake)
    assert max(Counter(place for place, kind, _ in fake.rounds if kind == "timed").values()) == 1


def test_a_group_that_could_not_be_planned_is_none_to_go_on_with() -> None:
    made = two_groups(blocks=2)
    broken = PlannedGroup("gone", "x:Y", {}, 1, 1, status="unavailable", reason="not here")
    made = msgspec.structs.replace(made, groups=[*made.groups, broken])
    run, lines = resumed(made, cut_off(made, 5))
    assert {one.group for one in lines if isinstance(one, Sample)} == {0, 1}
    assert run.end().status == "partial"


def said(samples: list[Sample], end: End | None = None, **at: float) -> Record:
    """A record with marks before blocks (`b0` and so on) at some seconds."""
    marks = [Host(int(name[1:]), 0.1, 0.0, 0.0, 0.0, 0.0, 0.0, seconds) for name, seconds in at.items()]
    return Record(header(), samples, end, marks=marks)


def in_groups(block: int, *groups: int) -> list[Sample]:
    return [Sample(group, place, block, "ok") for place, group in enumerate(groups)]


def test_how_far_a_run_had_come_is_its_last_block_and_the_groups_in_it() -> None:
    assert resume.so_far(said([])) == SoFar(0, frozenset())
    taken = [*in_groups(0, 0, 1), *in_groups(2, 1, 1), *in_groups(1, 0)]
    assert resume.so_far(said(taken)) == SoFar(2, frozenset({1}))


def test_the_seconds_of_a_block_are_its_groups_by_their_workers() -> None:
    taken = [*in_groups(0, 0, 0, 0, 1), *in_groups(1, 0, 1)]
    record = said(taken, b0=3.0, b1=11.0)
    assert list(resume.took(record, 0)) == [Took(0, 6.0, 3), Took(1, 2.0, 1)]
    assert list(resume.took(record, 1)) == [Took(0, 0.0, 0), Took(1, 0.0, 0)], "nobody knows when it ended"
    assert list(resume.took(record, 2)) == []
    assert list(resume.took(said(taken, b0=0.0, b1=8.0), 0)) == [Took(0, 6.0, 3), Took(1, 2.0, 1)]


def test_of_two_marks_of_a_block_the_first_says_when_it_began() -> None:
    """A run that goes on marks its block once more."""
    record = said(in_groups(0, 0), b0=1.0, b1=5.0)
    again = msgspec.structs.replace(record, marks=[*record.marks, *said([], b0=4.0, b1=9.0).marks])
    assert list(resume.took(again, 0)) == [Took(0, 4.0, 1)]


def test_the_seconds_of_a_run_are_those_of_its_end_or_the_last_that_are_known() -> None:
    one = sample(0, 0, 1.0)
    late = msgspec.structs.replace(one, rounds=[msgspec.structs.replace(one.rounds[0], at_seconds=40.0)])
    warm = msgspec.structs.replace(one, warmups=[msgspec.structs.replace(one.rounds[0], at_seconds=50.0)])
    end = End("interrupted", 1, {"starts": 2.0, "all": 90.0})
    for record, seconds, starts in (
        (said([late], b0=1.0), 40.0, 0.0),
        (said([late, warm], b0=1.0), 50.0, 0.0),
        (said([one], b0=1.0, b1=60.0), 60.0, 0.0),
        (said([late], end, b0=1.0), 90.0, 2.0),
        (said([]), 0.0, 0.0),
    ):
        books = resume.ledger(record)
        assert seconds <= books.elapsed() < seconds + 1.0
        assert books.seconds["starts"] == starts


@pytest.mark.parametrize("status", ["failed", "timeout"])
def test_what_is_lost_and_whose_null_arms_are_left(status: Status) -> None:
    taken = [
        Sample(0, 1, 0, "ok"),
        Sample(0, 1, 0, "ok", arm="null"),
        Sample(1, 0, 0, "ok", arm="null"),
        Sample(1, 0, 1, status, arm="null"),
        Sample(0, 0, 0, status),
    ]
    assert resume.null_arms(taken) == {0: 1, 1: None}
    assert resume.lost(taken) == {(0, 0)}
