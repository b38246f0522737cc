"""Where a gate ends, and with what: pure functions of the log-ratios of its cells."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np
import pytest

from harness.gate import cells, decide, looks
from harness.gate.looks import Bounds, Cell, Said
from harness.record.sample import Looks, Record, Round, Sample
from harness.statistics import early
from tests.records import gated

LIMIT = 0.02


def cell(d: Sequence[float], noisy: Sequence[int] = (), least: dict[int, float] = early.STRICT) -> Cell:
    arms = [[0.0] * len(d), list(d)]
    scatters = {n: early.pooled([arm[:n] for arm in arms]) for n in (3, 4, 5) if len(d) >= n}
    return Cell(dict(enumerate(d)), LIMIT, frozenset(noisy), scatters, least)


def test_a_cell_that_is_within_its_limit_passes_at_the_first_block_that_can_say_so() -> None:
    assert looks.first_said(cell([0.0] * 20), Bounds(20, 1)) == Said(False, 6, 7)


def test_a_cell_that_is_beyond_its_limit_is_a_regression() -> None:
    assert looks.first_said(cell([0.05] * 20), Bounds(20, 1)) == Said(True, 7, 8)
    assert looks.first_said(cell([0.05] * 20), Bounds(20, 6)) == Said(True, 10, 11)


def test_a_pass_is_no_later_where_there_are_more_cells() -> None:
    assert looks.first_said(cell([0.0] * 20), Bounds(20, 6)) == looks.first_said(cell([0.0] * 20), Bounds(20, 1))


@pytest.mark.parametrize(("times", "block"), [(1.7, 2), (1.4, 3), (1.25, 4)])
def test_what_is_plain_is_a_regression_by_the_first_blocks(times: float, block: int) -> None:
    d = [math.log(times) + jitter for jitter in (0.001, -0.001, 0.002, 0.0, 0.001, 0.0, 0.0)]
    found = looks.first_said(cell(d), Bounds(160, 1))
    assert found
    assert (found.regression, found.block) == (True, block)
    shown = looks.shown(cell(d), found, Bounds(160, 1))
    assert shown.low > 1 + LIMIT
    assert shown.verdict == "slower"
    assert shown.blocks == block + 1


def test_threads_have_to_be_three_times_as_slow_to_be_plain() -> None:
    for times, block in ((2.5, 8), (3.5, 2)):
        found = looks.first_said(cell([math.log(times)] * 12, least=early.THREADS), Bounds(40, 1))
        assert found
        assert (found.regression, found.block) == (True, block)


def test_what_is_plainly_quicker_is_no_regression() -> None:
    assert looks.first_said(cell([-1.0] * 12), Bounds(20, 1)) == Said(False, 6, 7)


def test_nothing_is_said_while_the_null_arm_is_noisy() -> None:
    found = looks.first_said(cell([0.05] * 20, noisy=range(7, 12)), Bounds(20, 1))
    assert found == Said(True, 12, 13)


def test_a_null_arm_is_noisy_to_either_side_from_the_block_on_that_shows_it() -> None:
    bounds = Bounds(40, 1)
    for d in (0.1, -0.1):
        assert looks.noisy(dict.fromkeys(range(10), d), LIMIT, bounds) == frozenset({7, 8, 9})
    assert looks.noisy(dict.fromkeys(range(40), 0.01), LIMIT, bounds) == frozenset()


def test_the_interval_is_that_of_the_bound_which_spoke() -> None:
    d = np.random.default_rng(1).normal(0.05, 0.01, 20).tolist()
    bounds = Bounds(20, 1)
    found = looks.first_said(cell(d), bounds)
    assert found
    assert found.regression
    shown = looks.shown(cell(d), found, bounds)
    assert (shown.level, shown.blocks) == (2 * bounds.regression, found.own)
    assert shown.low > 1 + LIMIT
    within = cell([one - 0.05 for one in d])
    passed = looks.first_said(within, bounds)
    assert passed
    assert not passed.regression
    shown = looks.shown(within, passed, bounds)
    assert (shown.level, shown.blocks) == (2 * bounds.passing, passed.own)
    assert shown.high < 1 + LIMIT


def judged(record: Record, most: int = 20) -> tuple[str, int]:
    said = decide.judge(msgspec.structs.replace(record, looks=Looks(most)), "time", lambda *_: LIMIT)
    return said.outcome, said.blocks


def longer(record: Record, times: float, blocks: int = 12) -> Record:
    """The same record with more blocks, in which the candidate takes so many times as long."""

    def slowed(round: Round) -> Round:
        return msgspec.structs.replace(round, wall_seconds=times)

    last = [one for one in record.samples if (one.group, one.block) == (0, 7)]
    more: list[Sample] = []
    for block in range(8, 8 + blocks):
        base, candidate = (msgspec.structs.replace(one, block=block) for one in last)
        more += [base, msgspec.structs.replace(candidate, rounds=[slowed(one) for one in candidate.rounds])]
    return msgspec.structs.replace(record, samples=[*record.samples, *more])


def test_the_same_record_gives_the_same_outcome_and_ends_at_the_same_block() -> None:
    record = gated(1.0)
    assert judged(record) == judged(longer(record, 3.0)) == ("pass", 7), "what came later is not looked at"
    assert decide.said("time", lambda *_: LIMIT)(record.header.plan, record.samples, 20)
    for blocks in range(1, 7):
        first = [one for one in record.samples if one.block < blocks]
        assert not decide.said("time", lambda *_: LIMIT)(record.header.plan, first, 20)


def test_a_record_of_old_without_looks_is_judged_by_the_blocks_of_its_plan() -> None:
    record = gated(1.0)
    assert decide.judge(record, "time", lambda *_: LIMIT).most == record.header.plan.blocks == 8
    assert decide.judge(record, "time", lambda *_: LIMIT).outcome == "pass"


def test_the_most_that_there_may_be_is_what_bounds_go_by() -> None:
    record = gated(1.0)
    assert judged(record, 20) == ("pass", 7)
    assert judged(record, 320) == ("pass", 8)
    assert judged(record, 5000) == ("undecided", 8)


def looked(said: Said | None, lost: int | None = None) -> cells.Looked:
    pair = cells.Pair("gevent", 0, 1)
    one = cell([0.0]) if lost is None else None
    return cells.Looked(0, pair, LIMIT, Bounds(20, 1), 1.0, 1.0, one, said, lost)


def test_a_gate_ends_with_the_first_regression_or_the_last_pass() -> None:
    passed, failed = Said(False, 6, 7), Said(True, 9, 10)
    assert cells.ended([looked(passed), looked(None)]) is None
    assert cells.ended([looked(passed), looked(Said(False, 11, 12))]) == 11
    assert cells.ended([looked(Said(False, 11, 12)), looked(failed)]) == 9
    assert cells.ended([looked(None), looked(failed)]) == 9
    assert cells.ended([looked(None, lost=4), looked(passed)]) == 6
    assert cells.ended([looked(None, lost=8), looked(passed)]) == 8
    assert cells.ended([looked(None, lost=3)]) == 3


def test_a_cell_that_fails_later_than_another_passed_is_incomplete() -> None:
    """It ended the run that measured it, so it ends the judging of its record too."""
    record = gated(1.0)
    bad = msgspec.structs.replace(record.samples[0], block=7, status="failed", reason="ValueError: here", rounds=[])
    kept = [one for one in record.samples if (one.group, one.strategy, one.block) != (0, 0, 7)]
    record = msgspec.structs.replace(record, samples=[*kept, bad])
    assert judged(record, 320)[0] == "incomplete"


@pytest.mark.parametrize(("d", "verdict"), [(0.0, "same"), (0.05, "slower")])
@pytest.mark.parametrize("number", [1, 6])
def test_what_was_said_by_the_fewest_blocks_is_what_is_shown(d: float, verdict: str, number: int) -> None:
    bounds = Bounds(20, number)
    found = looks.first_said(cell([d] * 20), bounds)
    assert found
    assert looks.shown(cell([d] * 20), found, bounds).verdict == verdict


@pytest.mark.parametrize(("blocks", "spread"), [(5, 0.0), (8, 0.03), (20, 0.1)])
def test_what_was_not_said_is_not_shown_either(blocks: int, spread: float) -> None:
    d = [spread * (-1) ** block for block in range(blocks)]
    bounds = Bounds(20, 1)
    assert looks.first_said(cell(d), bounds) is None
    assert looks.shown(cell(d), None, bounds).verdict == "undecided"


def test_all_rules_by_which_a_regression_is_said_share_its_error() -> None:
    """Of a candidate at its limit 2.5 % at most, over all looks and cells."""
    spent = sum(early.SPEND.values())
    assert looks.REGRESSION + spent == pytest.approx(0.025)
    for number in (1, 4):
        assert number * Bounds(80, number).regression <= looks.REGRESSION
    assert Bounds(80, 1).noise < Bounds(80, 1).passing == Bounds(80, 9).passing


def test_an_early_regression_is_shown_by_the_blocks_that_showed_it() -> None:
    d = [math.log(1.7) + jitter for jitter in (0.001, -0.001, 0.003, 0.9, 0.9)]
    found = looks.first_said(cell(d), Bounds(160, 2))
    assert found
    assert found.early
    shown = looks.shown(cell(d), found, Bounds(160, 2))
    assert shown.estimate == pytest.approx(1.7 * math.exp(0.001))
    assert (shown.low, shown.high) == (math.exp(found.early.low), math.exp(found.early.high))
    assert shown.low < shown.estimate < shown.high
    assert (shown.level, shown.rule) == (early.SPEND[3] / 2, "early")


def test_a_blocks_number_is_no_place_among_those_that_a_cell_has() -> None:
    """Blocks that a cell lacks, of a host that was lost, count for none of its own."""
    apart = Cell({2 * block: 0.0 for block in range(20)}, LIMIT, frozenset(), {}, early.STRICT)
    found = looks.first_said(apart, Bounds(20, 1))
    assert found == Said(False, 12, 7)
    assert looks.shown(apart, found, Bounds(20, 1)).blocks == 7


def test_noise_at_its_margin_is_none() -> None:
    margin = math.log1p(LIMIT)
    assert looks.noisy(dict.fromkeys(range(20), margin - 1e-09), LIMIT, Bounds(40, 1)) == frozenset()
    found = looks.noisy({block: -margin - 1e-3 * (block + 1) for block in range(20)}, LIMIT, Bounds(40, 1))
    assert min(found) == 7


def test_nobody_changes_what_was_looked_at() -> None:
    """Several ask the same cell, and the first must not decide for the next."""
    said = Said(True, 1, 2)
    for one, name in ((cell([0.0]), "limit"), (Bounds(20, 1), "most"), (said, "regression"), (looked(said), "lost")):
        with pytest.raises(AttributeError):
            setattr(one, name, 0)
