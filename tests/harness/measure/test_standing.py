"""Where a run stands: what is told of it, what its next block has, and what a sample changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from harness.measure import standing
from harness.measure.cell import Place
from harness.measure.standing import Standing, as_narrow_as_asked
from harness.measure.unit import Unit
from harness.record.plan import Plan, PlannedStrategy, Status
from harness.record.sample import Arm, Line, Looks, Sample
from harness.statistics import verdicts
from tests.builders import plan, sample

NAMES = ("sequential", "gevent", "threads")


def three(**changes: Any) -> Plan:
    strategies = [PlannedStrategy(name, "a:B") for name in NAMES]
    groups = [plan().groups[0], msgspec.structs.replace(plan().groups[0], workload="echo")]
    return msgspec.structs.replace(plan(), **{"strategies": strategies, "groups": groups, "blocks": 9, **changes})


def standing_of(samples: Sequence[Sample] = (), lines: list[Line] | None = None, **changes: Any) -> Standing:
    made = Standing(three(**changes), [] if lines is None else lines, lambda text: None)
    for one in samples:
        made._counted(one)
    return made


def of_group(one: Sample, group: int, arm: Arm = "row") -> Sample:
    return msgspec.structs.replace(one, group=group, arm=arm)


def bad(strategy: int, status: Status, arm: Arm = "row", block: int = 0, **changes: Any) -> Sample:
    return Sample(0, strategy, block, status, "it broke", arm=arm, **changes)


def test_a_title_says_the_block_the_time_that_is_left_and_the_rows_by_what_they_took() -> None:
    taken = [sample(0, 0, 3.0), sample(1, 0, 1.0), sample(1, 1, 2.0), sample(1, 2, 9.0), Sample(0, 2, 0, "failed")]
    others = [of_group(sample(0, 0, 7.0), 1), of_group(sample(2, 0, 7.0), 0, "null")]
    made = standing_of([*taken, *others])
    assert made._title(3, 0) == "block 4 of at most 9, sleep (gevent 2 s, sequential 3 s)"
    assert made._title(3, 1) == "block 4 of at most 9, echo (sequential 7 s)"
    assert standing_of()._title(0, 0) == "block 1 of at most 9, sleep"


@pytest.mark.parametrize(("elapsed", "left"), [(0.0, "60"), (12.6, "47"), (60.0, "0"), (70.0, "0")])
def test_no_less_time_is_left_than_none(elapsed: float, left: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = standing_of(max_time=60.0)
    monkeypatch.setattr(made.ledger, "elapsed", lambda: elapsed)
    assert made._title(0, 1) == f"block 1 of at most 9, {left} s left, echo"


def test_a_block_has_the_rows_that_are_neither_settled_nor_lost_and_its_null_arm() -> None:
    made = standing_of()
    assert made._unit(0, 0) == Unit(0, 0, [0, 1, 2], None, chooses=True)
    made._counted(of_group(sample(2, 0, 1.0), 0, "null"))
    assert made._unit(1, 0) == Unit(0, 1, [0, 1, 2], 2)
    assert made._unit(1, 1) == Unit(1, 1, [0, 1, 2], None, chooses=True)
    made._schedule.rows[0] = {0}
    assert made._unit(2, 0) == Unit(0, 2, [0, 2], 2), "the row of a null arm goes on as long as any"
    made._counted(bad(2, "timeout"))
    assert made._unit(3, 0) == Unit(0, 3, [0], None)


@pytest.mark.parametrize("status", ["failed", "timeout", "invalid", "unsupported", "unavailable"])
def test_what_cannot_be_measured_is_lost_whichever_it_is(status: Status) -> None:
    arms = [PlannedStrategy(name, "a:B", status=status if name == "gevent" else "ok") for name in NAMES]
    assert standing_of(strategies=arms)._unit(0, 1).rows == [0, 2]
    groups = [three().groups[0], msgspec.structs.replace(three().groups[1], status=status)]
    assert [standing_of(groups=groups)._unit(0, group).rows for group in (0, 1)] == [[0, 1, 2], []]
    made = standing_of([bad(1, status), of_group(bad(0, status), 1)])
    assert [made._unit(1, group).rows for group in (0, 1)] == [[0, 2], [1, 2]]
    assert (made.end().status, standing_of().end().status, made.end(True).status) == (
        "partial", "complete", "interrupted",
    )  # fmt: skip


@pytest.mark.parametrize("status", ["failed", "timeout"])
def test_a_null_arm_that_failed_is_the_last_and_costs_no_row(status: Status) -> None:
    made = standing_of([of_group(sample(1, 0, 1.0), 0, "null"), bad(1, status, "null", 1)])
    assert made._unit(2, 0) == Unit(0, 2, [0, 1, 2], None)
    assert made.end().status == "complete"


@pytest.mark.parametrize(("between", "lost"), [(1, True), (2, False)])
def test_a_peer_that_ended_costs_a_block_and_a_row_where_that_was_so_in_the_one_before(
    between: int, lost: bool
) -> None:
    made = standing_of()
    ended = bad(1, "failed", peer_ended=True)
    assert made._counted(ended) == ended
    assert made._unit(1, 0).rows == [0, 1, 2]
    made._counted(bad(1, "failed", "null", block=5, peer_ended=True))
    again = msgspec.structs.replace(ended, block=between)
    assert made._counted(again).peer_ended == (not lost)
    assert made._unit(3, 0).rows == ([0, 2] if lost else [0, 1, 2])


@pytest.mark.parametrize(
    ("precision", "reached", "enough"), [(0.02, 0.02, True), (0.02, 0.021, False), (None, 0.01, False)]
)
def test_intervals_are_narrow_enough_that_are_as_narrow_as_asked(
    precision: float | None, reached: float, enough: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verdicts, "widest", lambda *_: reached)
    assert as_narrow_as_asked(three(precision=precision), [], 9) == enough


def test_how_many_blocks_there_may_be_follows_from_the_time_of_the_first_on_each_host(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    lines: list[Line] = []
    made = standing_of(lines=lines, blocks=320, max_time=100.0)
    monkeypatch.setattr(made.ledger, "elapsed", lambda: 80.0)
    firsts: list[float] = []
    monkeypatch.setattr(standing, "looks_of", lambda plan, first: (firsts.append(first), Looks(7))[1])
    made.blocks = 4
    for _ in range(2):
        assert made._looked(lambda plan, samples, most: most == 7, [], hosts=5)
    assert (firsts, lines) == ([4.0], [Looks(7)])


def test_a_unit_has_its_own_samples() -> None:
    unit = Unit(1, 2, [0, 2], 2)
    places = [Place(1, 0, 2), Place(1, 2, 2), Place(1, 2, 2, "null")]
    assert unit.places == places
    mine = Sample(1, 2, 2, "ok")
    assert unit.has(mine)
    for other in ({"group": 0}, {"block": 1}, {"block": 3}, {"strategy": 1}):
        assert not unit.has(msgspec.structs.replace(mine, **other))
