"""What a record has of each cell of a gate: whose numbers are lost, from which block on, and why."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from harness.gate import cells, decide
from harness.gate.cells import Looked
from harness.record.plan import PlannedStrategy, Status
from harness.record.sample import End, Record, Sample
from harness.statistics import metrics
from harness.statistics.metric import Metric
from tests.builders import header, sample

NAMES = ("gevent@base", "gevent@candidate", "threads@base", "threads@candidate")
BASE, CANDIDATE, OTHER_BASE, OTHER_CANDIDATE = range(4)


def limit(workload: str, strategy: str) -> float:
    return 0.02


def two_by_two(blocks: int = 8) -> Record:
    """Two strategies in two groups, of which no candidate differs from its base."""
    arms = [PlannedStrategy(name, "c:D") for name in NAMES]
    group = header().plan.groups[0]
    groups = [group, msgspec.structs.replace(group, workload="echo")]
    plan = msgspec.structs.replace(header().plan, strategies=arms, reference=NAMES[0], groups=groups, blocks=blocks)
    taken = [
        msgspec.structs.replace(sample(place, block, 1.0 + 0.001 * (block % 2)), group=number)
        for block in range(blocks)
        for number in range(2)
        for place in range(4)
    ]
    return Record(msgspec.structs.replace(header(), plan=plan), taken, End("complete", blocks, {"all": 1.0}))


def lost(record: Record, group: int, place: int, block: int, **changes: Any) -> Record:
    """The same record, in which a sample of one arm is bad, after which there are none."""
    changed: dict[str, Any] = {"status": "failed", "reason": "it broke", "rounds": [], **changes}
    kept: list[Sample] = []
    for one in record.samples:
        if (one.group, one.strategy) != (group, place) or one.block < block:
            kept.append(one)
        elif one.block == block:
            kept.append(msgspec.structs.replace(one, **changed))
    return msgspec.structs.replace(record, samples=kept)


def looked(record: Record, metric: str = "time") -> list[Looked]:
    return cells.looked(record.header.plan, record.samples, metric, limit, 80)


@pytest.mark.parametrize("status", ["failed", "timeout", "invalid", "unsupported", "unavailable"])
@pytest.mark.parametrize(("place", "name"), [(BASE, "gevent@base"), (CANDIDATE, "gevent@candidate")])
def test_an_arm_that_failed_costs_its_cell_and_no_other(place: int, name: str, status: Status) -> None:
    record = lost(two_by_two(), 0, place, 3, status=status)
    assert [one.lost for one in looked(record)] == [3, None, None, None]
    first, *others = decide.decide(record, "time", limit)
    assert (first.workload, first.strategy) == ("sleep", "gevent")
    assert (first.outcome, first.reason) == ("incomplete", f"{name}: it broke")
    assert [one.outcome for one in others] == ["pass"] * 3


def test_a_cell_of_which_both_arms_failed_is_lost_with_the_first() -> None:
    record = lost(lost(two_by_two(), 1, OTHER_BASE, 5), 1, OTHER_CANDIDATE, 2)
    assert [one.lost for one in looked(record)] == [None, None, None, 2]
    assert [one.outcome for one in decide.decide(record, "time", limit)] == ["pass"] * 3 + ["incomplete"]


@pytest.mark.parametrize("status", ["failed", "timeout"])
def test_a_null_arm_that_failed_costs_nothing(status: Status) -> None:
    record = two_by_two()
    null = [Sample(0, CANDIDATE, block, status, "it broke", arm="null") for block in range(8)]
    record = msgspec.structs.replace(record, samples=[*record.samples, *null])
    assert [one.lost for one in looked(record)] == [None] * 4
    assert [one.outcome for one in decide.decide(record, "time", limit)] == ["pass"] * 4


def test_a_cell_without_any_number_keeps_nobody_waiting() -> None:
    found = looked(two_by_two(), "instructions")
    assert [(one.cell, one.lost) for one in found] == [(None, 0)] * 4
    assert cells.ended(found) == 0
    assert {one.reason for one in decide.decide(two_by_two(), "instructions", limit)} == {
        "there is no instructions to compare"
    }


@pytest.mark.parametrize("status", ["failed", "timeout", "unsupported"])
def test_what_a_plan_could_not_prepare_is_incomplete_for_its_own_reason(status: Status) -> None:
    record = two_by_two()
    plan = record.header.plan
    groups = [
        msgspec.structs.replace(plan.groups[0], status=status, reason="no such host", traceback="T"),
        plan.groups[1],
    ]
    about = msgspec.structs.replace(record.header, plan=msgspec.structs.replace(plan, groups=groups))
    found = decide.decide(msgspec.structs.replace(record, header=about), "time", limit)
    assert [one.outcome for one in found] == ["incomplete"] * 2 + ["pass"] * 2
    assert [(one.reason, one.traceback) for one in found[:2]] == [("no such host", "T")] * 2


@pytest.mark.parametrize("status", ["failed", "unavailable"])
def test_a_strategy_that_could_not_be_prepared_is_incomplete_in_every_group(status: Status) -> None:
    record = two_by_two()
    arms = [*record.header.plan.strategies]
    arms[OTHER_BASE] = msgspec.structs.replace(arms[OTHER_BASE], status=status, reason="needs it", traceback="T")
    about = msgspec.structs.replace(record.header, plan=msgspec.structs.replace(record.header.plan, strategies=arms))
    taken = [one for one in record.samples if one.strategy != OTHER_BASE]
    found = decide.decide(msgspec.structs.replace(record, header=about, samples=taken), "time", limit)
    assert [one.outcome for one in found] == ["pass", "incomplete"] * 2
    assert {(one.reason, one.traceback) for one in found[1::2]} == {("threads@base: needs it", "T")}


def test_a_base_that_lacks_the_workload_in_every_block_is_new_and_one_that_ran_it_once_is_not() -> None:
    lacking = Sample(0, BASE, 0, "failed", "there is no module jobs")
    record = two_by_two()
    others = [one for one in record.samples if (one.group, one.strategy) != (0, BASE)]
    for before, outcome in (
        ([], "new"),
        ([msgspec.structs.replace(lacking, block=1)], "new"),
        (record.samples[:1], "incomplete"),
    ):
        found = decide.decide(msgspec.structs.replace(record, samples=[*before, lacking, *others]), "time", limit)
        assert found[0].outcome == outcome


@pytest.mark.parametrize("ran", ["warmups", "rounds"])
def test_what_ran_and_then_lacked_something_is_not_new(ran: str) -> None:
    record = lost(two_by_two(), 0, BASE, 0, reason="there is no module jobs", warmups=[], rounds=[])
    (bad,) = [one for one in record.samples if one.status == "failed"]
    taken = [one for one in record.samples if one is not bad]
    for changes, outcome in (({}, "new"), ({ran: sample(0, 0, 1.0).rounds}, "incomplete")):
        one = msgspec.structs.replace(bad, **changes)
        found = decide.decide(msgspec.structs.replace(record, samples=[one, *taken]), "time", limit)
        assert found[0].outcome == outcome


@pytest.mark.parametrize(("times", "outcome"), [(0.5, "pass"), (1.0, "pass"), (2.0, "regression")])
def test_of_what_is_better_the_higher_less_is_a_regression(
    times: float, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """None of ours that gates compare by is; one of another package may be."""
    speed = Metric("speed", "per second", "", lambda round, group: 1 / round.wall_seconds, better="higher", limit=0.02)
    monkeypatch.setattr(metrics, "known", lambda: {"speed": speed})
    record = two_by_two()
    taken = [
        msgspec.structs.replace(sample(one.strategy, one.block, times * one.rounds[0].wall_seconds), group=one.group)
        if one.strategy == CANDIDATE
        else one
        for one in record.samples
    ]
    found = decide.decide(msgspec.structs.replace(record, samples=taken), "speed", limit)
    assert [one.outcome for one in found] == [outcome, "pass"] * 2


@pytest.mark.parametrize(("place", "share"), [(0, "base"), (1, "candidate")])
def test_the_numbers_shown_are_the_middle_of_each_arms_blocks(place: int, share: str) -> None:
    record = two_by_two(3)
    taken = [
        msgspec.structs.replace(sample(one.strategy, one.block, float(2 + one.block**2)), group=one.group)
        if one.strategy == place
        else one
        for one in record.samples
    ]
    found = looked(msgspec.structs.replace(record, samples=taken))
    assert getattr(found[0], share) == 3.0
