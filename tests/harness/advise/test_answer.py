"""Answers from records that nobody measured."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from harness.advise.answer import answer
from harness.advise.choose import Chosen
from harness.advise.document import Advice, Blocked
from harness.advise.judge import halves, judged
from harness.advise.known import Known
from harness.advise.machine import Machine
from harness.advise.model import Costs
from harness.advise.probe import Probe
from harness.record.plan import PlannedStrategy
from harness.record.sample import Record, Sample
from harness.report.advise import screen
from tests import records
from tests.builders import flat, header, plan, sample

PROBE = Probe(
    "sequential", 5, 0.05, 0.002, {"sequential": 0.05, "gevent": 0.05}, {"sequential": 0.2, "gevent": 0.05}, []
)


def known(record: Record | None = None, **more: Any) -> Known:
    about: dict[str, Any] = {"objective": "wall", "limits": {}, "absent": []} | more
    found = Known(plan(), about.pop("objective"), about.pop("limits"), about.pop("absent"))
    found.machine = Machine({}, 0.0, costs={"c:D": Costs(1e-4, 1e-5, 1e-5)})
    found.probe, found.foretold = PROBE, {"gevent": 0.5, "sequential": 1.0}
    found.chosen = Chosen(["gevent", "sequential"], 5.0)
    if record:
        found.record, found.judged = record, judged(record, found.objective, found.limits)
    for name, value in about.items():
        setattr(found, name, value)
    return found


def shown(said: Advice, width: int = 80) -> str:
    text = screen(said, width)
    assert max(map(len, text.splitlines())) <= width
    return flat(text)


def changed(record: Record, change: Any) -> Record:
    return msgspec.structs.replace(record, samples=[change(one) for one in record.samples])


@pytest.mark.parametrize("width", [40, 80, 120])
def test_one_is_used_where_one_is_left(width: int) -> None:
    said = answer(known(records.client(ours=0.5)))
    assert (said.use, said.use_is, said.status, said.regret) == (["gevent"], "fastest", "complete", 0.0)
    assert [(one.strategy, one.kind, one.measured) for one in said.avoid] == [("sequential", "slower", True)]
    assert "shown to be worse" in shown(said, width)


@pytest.mark.parametrize(("ours", "how"), [(1.0, "level"), (1.015, "open")])
def test_those_that_are_not_told_apart_are_all_named(ours: float, how: str) -> None:
    def noisy(one: Sample) -> Sample:
        rounds = [
            msgspec.structs.replace(r, wall_seconds=r.wall_seconds * (1 + 0.05 * (one.block % 3 - 1) * one.strategy))
            for r in one.rounds
        ]
        return msgspec.structs.replace(one, rounds=rounds) if how == "open" else one

    said = answer(known(changed(records.client(ours=ours), noisy)))
    assert (sorted(said.use), said.use_is) == (["gevent", "sequential"], how)
    assert said.regret is not None
    assert {"level": 0.0, "open": 0.01}[how] <= said.regret < {"level": 0.02, "open": 0.2}[how]
    assert "of these costs at most" in shown(said)
    assert ("level within 2 %" in shown(said)) == (how == "level")


def test_the_other_objectives_are_judged_by_their_own_numbers() -> None:
    def dearer(one: Sample) -> Sample:
        (round,) = one.rounds
        changed = [msgspec.structs.replace(round, cpu_user_seconds=0.01 + 0.1 * one.strategy)]
        assert one.observed
        watched = msgspec.structs.replace(one.observed, cpu_user_seconds=changed[0].cpu_user_seconds)
        return msgspec.structs.replace(one, rounds=changed, warmups=changed, observed=watched)

    record = changed(records.client(ours=0.5), dearer)
    assert answer(known(record)).use == ["gevent"]
    said = answer(known(record, objective="cpu"))
    assert said.use == ["sequential"]
    assert "least CPU" in shown(said)
    assert "use CPU" not in shown(said)


def test_a_limit_rules_out_and_says_so() -> None:
    said = answer(known(records.client(ours=0.5), limits={"wall": 0.6}))
    assert said.use == ["gevent"]
    assert [(one.strategy, one.kind) for one in said.avoid] == [("sequential", "limit")]
    assert "above --limit wall" in shown(said)
    nothing = answer(known(records.client(ours=0.5), limits={"wall": 0.1}))
    assert (nothing.use, nothing.status) == ([], "partial")
    assert "within the limits" in shown(nothing)


def test_a_machine_that_differs_from_itself_advises_nothing() -> None:
    said = answer(known(records.client(ours=0.5, null=1.3)))
    assert (said.use, said.status) == ([], "partial")
    assert said.control
    assert said.control.too_noisy
    assert "too noisy" in shown(said)
    assert "control differs from itself" in shown(said)


def test_a_row_whose_rounds_are_not_alike_is_compared_with_none() -> None:
    def less(one: Sample) -> Sample:
        (round,) = one.rounds
        first = msgspec.structs.replace(round, wall_seconds=4 * round.wall_seconds, cpu_user_seconds=1.0)
        return msgspec.structs.replace(one, warmups=[first]) if one.strategy else one

    said = answer(known(changed(records.client(ours=0.5), less)))
    assert said.use == ["sequential"]
    (one,) = said.avoid
    assert (one.strategy, one.kind) == ("gevent", "uncompared")
    assert "its first round" in one.why
    assert "--fresh" in shown(said)


def test_a_candidate_that_fails_at_the_point_is_named_with_its_reason() -> None:
    said = answer(known(records.every_status()))
    assert any("failed" in one.why for one in said.avoid)
    shown(said)


def test_an_interruption_leaves_what_is_known() -> None:
    said = answer(known(interrupted=True))
    assert (said.status, said.use, said.foretold["gevent"]) == ("interrupted", [], 0.5)
    assert "gevent ~500 ms" in shown(said)
    late = answer(known(records.client(ours=0.5), interrupted=True))
    assert (late.status, late.use) == ("interrupted", ["gevent"])
    assert "this is what is known" in shown(late)
    first = known(interrupted=True)
    first.probe, first.foretold, first.chosen = None, {}, None
    assert "interrupted" in shown(answer(first))


def test_what_blocks_is_said_with_its_line_of_those_that_are_blocked_alone() -> None:
    at = {"file": "jobs.py", "line": 12, "text": "", "advice": ""}
    call = Blocked(strategy="asyncio", kind="blocked-loop", what="time.sleep", **at)  # type: ignore[arg-type]
    found = known(records.alone(), blocked=[call], foretold={"gevent": 0.5, "asyncio": 26.0})
    found.probe = Probe("gevent", 5, 0.05, 0.0, four={"gevent": 0.05, "asyncio": 0.2}, blocked=["asyncio"])
    (one,) = [one for one in answer(found).avoid if one.strategy == "asyncio"]
    assert (one.kind, one.measured) == ("blocked", False)
    assert "time.sleep at jobs.py:12" in one.why
    found.probe = Probe("gevent", 5, 0.05, 0.0, four={"gevent": 0.2, "asyncio": 0.2}, blocked=["gevent", "asyncio"])
    (one,) = [one for one in answer(found).avoid if one.strategy == "asyncio"]
    assert one.kind == "foretold"
    assert any("under no strategy" in text for text in answer(found).remarks)


def test_what_is_not_here_is_said() -> None:
    lacking = PlannedStrategy("trio", "e:F", status="unavailable", reason="needs trio (pip install trio)")
    assert "needs trio" in shown(answer(known(records.client(), absent=[lacking])))


@pytest.mark.parametrize(("half", "text"), [(1.5, "50 % more"), (1.0, "as good"), (3.0, "3.00 times as much")])
def test_half_the_concurrency_is_measured_against_all(half: float, text: str) -> None:
    whole = plan().groups[0]
    groups = [whole, msgspec.structs.replace(whole, concurrency=5)]
    alone = msgspec.structs.replace(plan(), groups=groups, strategies=plan().strategies[1:], reference="gevent")
    taken = [
        msgspec.structs.replace(sample(0, block, 0.5 * (half if group else 1.0)), group=group)
        for group in (0, 1)
        for block in range(6)
    ]
    record = Record(msgspec.structs.replace(header(), plan=alone), taken, None)
    found = halves(record)
    assert found
    assert found.estimate == pytest.approx(half)
    said = answer(known(records.client(ours=0.5), halves=record))
    assert text in shown(said)
    assert said.in_flight
    assert (said.in_flight.concurrency, said.in_flight.half) == (10, 5)
