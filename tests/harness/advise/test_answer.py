"""Answers from records that nobody measured."""

from __future__ import annotations

import math
from typing import Any

import msgspec
import pytest

from harness.advise import steps
from harness.advise.answer import answer
from harness.advise.bound import UNSEEN
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
    assert "sequential is shown to be worse" in shown(said, width)


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


@pytest.mark.parametrize(("blocks", "regret"), [(3, None), (5, 0.0)])
def test_a_few_blocks_do_not_say_what_a_wrong_pick_costs(blocks: int, regret: float | None) -> None:
    record = records.client(ours=1.0)
    few = [one for one in record.samples if one.block < blocks]
    said = answer(known(msgspec.structs.replace(record, samples=few)))
    assert (len(said.use), said.regret) == (2, pytest.approx(regret, abs=0.02) if regret is not None else None)
    assert ("wrong pick too few blocks to say" in shown(said)) == (regret is None)


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
    assert "shown to be worse" not in shown(said)
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


def test_a_control_that_is_off_by_less_than_the_margin_differs_a_little() -> None:
    assert "control differs a little from itself (1.00 - 1.01x)" in shown(
        answer(known(records.client(ours=0.5, null=1.007)))
    )


def test_blocks_that_not_all_candidates_have_are_not_said_of_all() -> None:
    record = records.client(ours=0.5)
    said = answer(
        known(msgspec.structs.replace(record, samples=[s for s in record.samples if s.strategy or s.block < 5]))
    )
    assert "verified gevent, sequential at this point: 5 to 8 blocks" in shown(said)


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


def test_a_candidate_whose_values_make_it_invalid_is_none_of_the_best(monkeypatch: pytest.MonkeyPatch) -> None:
    def other(one: Sample) -> Sample:
        rounds = [msgspec.structs.replace(r, values=str(one.strategy), each=f"{one.strategy:06}") for r in one.rounds]
        return msgspec.structs.replace(
            one,
            rounds=rounds,
            warmups=[],
            observed=one.observed and msgspec.structs.replace(one.observed, values=rounds[0].values),
        )

    monkeypatch.setattr(steps.api, "kept", lambda *_, **__: changed(records.client(ours=0.5), other))
    found = known()
    steps.confirm(found, steps.Asked(math.inf, 60.0, None, steps.api.silent))
    said = answer(found)
    assert said.use == ["sequential"]
    assert [(one.strategy, one.kind) for one in said.avoid] == [("gevent", "failed")]
    assert "don't gevent (invalid: task 0 returned something else than under sequential" in shown(said)


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


CALL = Blocked(strategy="gevent", kind="blocked-loop", what="time.sleep", file="jobs.py", line=12, text="", advice="")
BLOCKED = "waits overlap under no strategy that was asked"


def test_what_blocks_is_said_of_those_that_were_measured_too() -> None:
    found = known(records.client(ours=2.0), blocked=[CALL])
    found.probe = Probe("gevent", 5, 0.05, 0.0, four={"gevent": 0.2, "sequential": 0.05}, blocked=["gevent"])
    said = answer(found)
    assert [(one.strategy, one.kind, one.measured) for one in said.avoid] == [("gevent", "blocked", True)]
    assert "don't gevent 2 s (its waits do not overlap: your task calls time.sleep at jobs.py:12)" in shown(said)


@pytest.mark.parametrize(
    ("four", "calls", "threads", "remarks"),
    [
        (["gevent", "sequential"], [CALL], 0, [f"{BLOCKED}: your task calls time.sleep at jobs.py:12"]),
        (["gevent"], [CALL], 0, [f"{BLOCKED}: your task calls time.sleep at jobs.py:12"]),
        (["gevent", "sequential"], [], 0, [BLOCKED, f"what a task waits for admits one at a time: {UNSEEN}"]),
        (
            ["gevent", "sequential"], [CALL], 1,
            [f"{BLOCKED}: your task calls time.sleep at jobs.py:12",
             f"what a task waits for admits one at a time: {UNSEEN}"],
        ),
    ],
)  # fmt: skip
def test_where_no_waits_overlap_the_call_is_said_or_that_there_is_a_limit(
    four: list[str], calls: list[Blocked], threads: int, remarks: list[str]
) -> None:
    found = known(records.client(ours=0.5), blocked=calls)
    first, *others = found.plan.strategies
    first = msgspec.structs.replace(first, threads_per_task=threads)
    found.plan = msgspec.structs.replace(found.plan, strategies=[first, *others])
    found.probe = Probe("gevent", 5, 0.05, 0.0, four=dict.fromkeys(four, 0.2), blocked=four)
    assert answer(found).remarks == remarks


@pytest.mark.parametrize(
    ("parallel", "tasks", "text"),
    [
        (1.0, 10, "CPU: 10 x 100 ms = 1 s of one core; only processes go below it"),
        (1 / 1.95, 10, "CPU: 10 x 100 ms = 1 s over 1.95 cores, 513 ms; more cores go below it"),
        (1 / 1.95, 1, "CPU: 1 x 100 ms = 100 ms of one core; only processes go below it"),
    ],
)
def test_the_limit_of_computing_is_over_the_cores_that_it_has(parallel: float, tasks: int, text: str) -> None:
    found = known(records.client(ours=0.5))
    found.plan = msgspec.structs.replace(
        found.plan, groups=[msgspec.structs.replace(found.plan.groups[0], tasks=tasks, concurrency=tasks)]
    )
    found.machine = Machine({}, 0.0, costs={"c:D": Costs(1e-4, parallel=parallel)})
    found.probe = Probe("gevent", 5, 0.0, 0.1, four={"gevent": 0.2})
    assert text in shown(answer(found))


@pytest.mark.parametrize(("own_cores", "parallel"), [({"gevent": 1.9}, 0.5), ({}, 1.0), ({"gevent": 1.9}, 1.0)])
def test_code_that_lets_the_gil_go_is_none_that_has_another(own_cores: dict[str, float], parallel: float) -> None:
    found = known(records.client(ours=0.5))
    found.machine = Machine({}, 0.0, costs={"c:D": Costs(1e-4, parallel=parallel)})
    found.probe = Probe("gevent", 5, 0.0, 0.05, four={"gevent": 0.2}, cores={"gevent": 1.9}, own_cores=own_cores)
    said = [text for text in answer(found).remarks if "GIL" in text]
    several = "tasks computed on several cores at once under gevent (1.9): code that lets the GIL go"
    assert said == ([several] if own_cores and parallel == 1 else [])


def test_what_is_not_here_is_said() -> None:
    lacking = PlannedStrategy("trio", "e:F", status="unavailable", reason="needs trio (pip install trio)")
    assert "needs trio" in shown(answer(known(records.client(), absent=[lacking])))


@pytest.mark.parametrize(
    ("half", "text"),
    [
        (1.5, "50 % more"), (1.0, "costs no more"), (3.0, "3.00 times as much"), (0.7, "costs no more"),
        (1.03, "costs at most 3 % more"),
    ],
)  # fmt: skip
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
    assert any("next to nothing" in one for one in said.remarks) == (half < 1.05)
    assert said.in_flight
    assert (said.in_flight.concurrency, said.in_flight.half) == (10, 5)
