"""What is said of servers that were searched."""

from __future__ import annotations

from statistics import median
from typing import Any

import msgspec
import pytest

from harness.advise.document import Advice
from harness.advise.servers.answer import answer
from harness.advise.servers.choose import Grid
from harness.advise.servers.points import Cell
from harness.process.channel import Failure
from harness.record.plan import PlannedStrategy
from harness.report.advise_servers import screen
from tests.builders import flat
from tests.harness.advise.servers.simulated import GRID, advised, noisy, searched
from tests.schema import hold


def steady(cell: Cell) -> float:
    """The first is the best, with two processes and 16 connections or more."""
    return 1000.0 * (1.0, 0.8, 0.2)[cell.strategy] * (1.0, 1.8)[cell.processes - 1] * min(16, cell.connections) / 16


def shown(said: Advice, width: int = 80) -> str:
    text = screen(said, width)
    assert max(map(len, text.splitlines())) <= width
    return flat(text)


@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_best_is_used_with_what_it_needs(width: int) -> None:
    said = advised(noisy(steady, 0.01))
    hold(msgspec.to_builtins(said), "advise")
    assert said.servers
    assert said.servers.best
    assert (said.use, said.use_is, said.status, said.regret) == (["quick"], "fastest", "complete", 0.0)
    assert (said.also, [one.strategy for one in said.avoid]) == (["slow"], ["thready"])
    assert said.servers.best.processes == 2
    assert said.servers.best.per_second == pytest.approx(1800, rel=0.05)
    text = shown(said, width)
    assert "use quick, 2 processes" in text
    assert "slow: slower by" in text


def test_a_knee_is_the_smallest_that_surely_is_as_good() -> None:
    said = advised(noisy(steady, 0.005))
    assert said.servers
    found = {one.axis: one for one in said.servers.knees}
    assert (found["processes"].values, found["processes"].enough) == ([1, 2], 2)
    assert (found["connections"].enough, found["connections"].open) == (16, [])
    assert found["connections"].values == [1, 4, 16, 64, 256]


def test_each_rate_is_what_searches_of_the_record_found() -> None:
    record, _ = searched(noisy(steady, 0.05))
    said = answer(record, GRID, [], [])
    assert said.servers
    for one in said.servers.servers:
        found = [
            sample.rounds[0].load.capacity
            for sample in record.samples
            if sample.group == one.group and sample.rounds and sample.rounds[0].load
            and record.header.plan.strategies[sample.strategy].name == one.strategy
        ]  # fmt: skip
        assert (one.blocks, one.per_second) == (len(found), pytest.approx(median(found)))
        assert (one.low_per_second, one.high_per_second) == pytest.approx((min(found), max(found)))


def test_those_that_are_not_told_apart_are_all_named() -> None:
    said = advised(noisy(lambda cell: 1000.0, 0.05), Grid((1,), (16,)), names=("quick", "slow"))
    assert sorted(said.use) == ["quick", "slow"]
    assert said.use_is in ("open", "level")
    assert said.regret is not None
    assert said.regret > 0
    assert "a wrong pick of these costs at most" in shown(said)


def test_too_few_blocks_say_nothing_of_a_wrong_pick() -> None:
    said = advised(noisy(lambda cell: 1000.0, 0.05), names=("quick", "slow"), max_time=1e-6)
    assert said.regret is None
    assert "too few blocks" in shown(said)


def test_an_objective_that_no_rate_reaches_is_a_line() -> None:
    said = advised(lambda cell, block: 0.0)
    hold(msgspec.to_builtins(said), "advise")
    assert (said.use, said.status) == ([], "partial")
    assert said.reason
    assert said.reason.startswith("no rate kept p99 under 10 ms: the least was 20 ms, by quick at 250/s with")
    assert {one.kind for one in said.avoid} == {"limit"}
    assert "--slo takes a longer one" in shown(said)


def test_what_fails_says_how() -> None:
    def law(cell: Cell, block: int) -> float:
        if cell.strategy:
            raise Failure("unsupported" if cell.strategy == 1 else "failed", "it is told why")
        return steady(cell)

    said = advised(law)
    assert [(one.strategy, one.kind) for one in said.avoid] == [("slow", "unsupported"), ("thready", "failed")]
    assert "cannot slow (unsupported: it is told why)" in shown(said)


def test_what_there_was_no_time_for_where_the_best_is_is_not_called_slower() -> None:
    record, _ = searched(noisy(steady, 0.01))
    plan = record.header.plan
    late = [one for one in record.samples if one.strategy == 1 and plan.groups[one.group].processes == 2]
    rest = [one for one in record.samples if one not in late]
    (found,) = [
        one
        for one in answer(msgspec.structs.replace(record, samples=rest), GRID, [], []).avoid
        if one.strategy == "slow"
    ]
    assert (found.kind, found.why.partition("; ")[2]) == ("uncompared", "there was no time for it where the best is")


def test_where_all_fail_the_first_reason_is_said() -> None:
    def law(cell: Cell, block: int) -> float:
        raise Failure("failed", "nobody home")

    assert advised(law).reason == "nothing has numbers: failed: nobody home"


def test_an_interruption_is_an_answer_of_what_is_known() -> None:
    said = advised(noisy(steady, 0.01), interrupted=True)
    assert (said.status, said.use) == ("interrupted", ["quick"])
    assert "so far it was interrupted" in shown(said)


def test_what_is_not_here_and_what_the_machine_does_not_hold_is_said() -> None:
    record, _ = searched(noisy(steady, 0.01))
    absent = PlannedStrategy("trio", "x:Y", status="unavailable", reason="needs trio")
    said = answer(record, GRID, [absent], ["256 are too many"])
    assert said.avoid[-1].kind == "unavailable"
    assert "not here trio (needs trio)" in shown(said)
    assert "note 256 are too many" in shown(said)


@pytest.mark.parametrize(
    ("cores", "generator", "kind"), [(0.5, 0.1, "cpu"), (0.5, 0.46, "generator"), (0.2, 0.1, "objective")]
)
def test_what_limits_the_best(cores: float, generator: float, kind: str) -> None:
    record, _ = searched(lambda cell, block: 1000.0, Grid((1,), (16,)))
    used: dict[str, Any] = {"cpu_user_seconds": cores, "cpu_system_seconds": 0.0, "peer_cpu_seconds": generator}
    samples = [
        msgspec.structs.replace(one, rounds=[msgspec.structs.replace(each, **used) for each in one.rounds])
        for one in record.samples
    ]
    said = answer(msgspec.structs.replace(record, samples=samples), Grid((1,), (16,)), [], [])
    assert said.servers
    assert said.servers.limit
    assert said.servers.limit.kind == kind
