"""The steps to an answer, each of which measures something. What each finds is added to what is known."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from harness import api
from harness.advise import machine
from harness.advise.bound import costs_under
from harness.advise.choose import choose, foretold, too_slow
from harness.advise.document import Blocked
from harness.advise.judge import judged
from harness.advise.known import Known
from harness.advise.probe import probed
from harness.document.as_shown import as_shown
from harness.errors import HarnessError, IncompleteError
from harness.explain.explain import seen
from harness.explain.explanation import explanation
from harness.measure.processes import Processes
from harness.measure.sized import sized
from harness.process import paths
from harness.process.channel import Failure
from harness.record.plan import Plan
from harness.record.sample import Record

CALIBRATION_SHARE = 1 / 4
"""Of the time, after which the costs of this machine are not measured a second time."""
PROBE_SHARE = 1 / 3
"""Of the time, for the probe."""
CONFIRM_SHARE = 0.75
"""Of what is left, for the candidates; the rest is for half of the concurrency."""
BLOCKS, FIXED_BLOCKS, HALVES = 10, 8, 6
"""Of the candidates: at most by wall time, where few blocks may end a candidate's; by another objective; and of half
the concurrency."""
EXPLAINED = ("gevent-patched", "asyncio", "uvloop", "trio", "gevent")
"""Whose waits should overlap: the first of them under which they do not is looked into."""
EXPLAIN_TASKS, THRESHOLD = 4, 0.3
"""Tasks of the round that is looked into, and the share of their waiting that a line has to cost."""


class Asked(NamedTuple):
    """How to measure: until when (of the monotonic clock), for how long in all, into which folder, and who is told."""

    until: float
    most: float
    results: str | Path | None
    tell: api.Tell

    @property
    def left(self) -> float:
        """Seconds."""
        return self.until - time.monotonic()


def calibrated(known: Known, asked: Asked) -> machine.Machine:
    """The costs of this machine, measured where they are not known yet."""
    found = machine.kept()
    if lacking := found.lacking(known.plan.strategies):
        several = "one strategy costs" if len(lacking) == 1 else f"{len(lacking)} strategies cost"
        asked.tell(f"what {several} on this machine, once (about 20 s)")
        found = machine.calibrated(known.plan, found, seconds=CALIBRATION_SHARE * asked.most)
        machine.keep(found)
    return found


def probe(known: Known, asked: Asked) -> None:
    """What a task does, and what a round should take by that. Raises HarnessError where the time does not hold one
    block of it, IncompleteError where no strategy can run a task."""
    known.machine = calibrated(known, asked)
    asked.tell("single tasks, and four")
    order = {one.name: (one.loop is not None, place) for place, one in enumerate(known.plan.strategies)}
    try:
        with sized(known.plan, Processes(known.plan, paths.of_asker())) as workers:
            seconds = min(known.plan.timeout, PROBE_SHARE * asked.most)
            known.probe = probed(workers, seconds, lambda name: own_cpu(known, name), lambda name: order[name])
    except Failure as failure:
        raise IncompleteError(f"{known.plan.groups[0].workload}: {failure.status}: {failure}") from None
    known.foretold = foretold(known.plan, known.probe, known.machine)
    lessons = {one.name for one in known.plan.strategies if one.lesson}
    known.chosen = choose(known.foretold, lessons, known.objective, CONFIRM_SHARE * asked.left)
    if not known.chosen.names:
        raise IncompleteError(f"no strategy that can be advised ran four tasks: {why_lost(known)}")
    if slow := too_slow(known.chosen, known.foretold, asked.left):
        raise IncompleteError(f"{known.plan.groups[0].workload}: {slow}")


def own_cpu(known: Known, name: str) -> float:
    """What a round of one task that waits uses of a processor under a strategy, beside what the task does, seconds."""
    assert known.machine
    costs = costs_under(known, name)
    return costs.fixed + costs.spawn + (costs.wake or known.machine.waiting_cpu)


def why_lost(known: Known) -> str:
    """Why strategies ran nothing."""
    lost = known.probe.lost if known.probe else {}
    return (
        "; ".join(f"{name}: {why}" for name, why in lost.items()) or "all that can are there to teach: name one with -s"
    )


def explain(known: Known, asked: Asked) -> None:
    """Which line keeps waits from overlapping, under the first strategy under which they should."""
    assert known.probe
    name = next((name for name in EXPLAINED if name in known.probe.blocked), None)
    needs = EXPLAIN_TASKS * known.probe.seconds
    if name is None or needs > asked.left / 4:
        return
    asked.tell(f"what blocks under {name}")
    plan = of_strategies(known.plan, [name])
    group = msgspec.structs.replace(plan.groups[0], tasks=EXPLAIN_TASKS, concurrency=EXPLAIN_TASKS)
    plan = msgspec.structs.replace(plan, groups=[group])
    try:
        found = seen(plan, asked.left / 4, THRESHOLD * EXPLAIN_TASKS * known.probe.waiting_seconds)
    except HarnessError:  # it ran in the probe: what hinders here is no answer's end
        return
    if found.interrupted:
        raise found.interrupted
    known.blocked = [
        Blocked(
            strategy=name, kind=one.kind, what=one.what, file=one.file, line=one.line, text=one.text, advice=one.advice
        )
        for one in explanation(found).findings
        if one.kind in ("blocked-loop", "not-patched", "limit")
    ]


def confirm(known: Known, asked: Asked) -> None:
    """Measure the candidates at the point in question, as a run of their own."""
    assert known.chosen
    plan = of_strategies(known.plan, known.chosen.names)
    by_time = known.objective == "wall"
    blocks = BLOCKS if by_time else FIXED_BLOCKS
    many = plan.groups[0].concurrency > 1
    plan = msgspec.structs.replace(
        plan, blocks=blocks, settle=by_time, max_time=asked.left * (CONFIRM_SHARE if many else 1.0),
        watched=blocks if known.objective == "p99" else plan.watched,
    )  # fmt: skip
    known.record = of_rows(api.kept(plan, asked.results, tell=asked.tell))
    known.judged = judged(known.record, known.objective, known.limits)
    known.interrupted = bool(known.record.end and known.record.end.status == "interrupted")


def of_rows(record: Record) -> Record:
    """A record whose samples have numbers where its rows have them."""
    run = api.document(record)
    return msgspec.structs.replace(record, samples=[as_shown(run, one) for one in record.samples])


def halve(known: Known, asked: Asked) -> None:
    """Measure the first of the best with half as many in flight: what the model cannot see shows there."""
    assert known.record
    assert known.judged
    group = known.plan.groups[0]
    if known.judged.leader is None or group.concurrency < 2:
        return
    name = known.record.header.plan.strategies[known.judged.leader].name
    half = msgspec.structs.replace(
        group, concurrency=group.concurrency // 2, given=[*(group.given or []), "--concurrency"]
    )
    round_seconds = 2 * 3 * known.foretold[name] + 2 * 0.4
    if 3 * round_seconds > asked.left:
        return
    plan = msgspec.structs.replace(
        of_strategies(known.plan, [name]), groups=[group, half], blocks=HALVES, settle=False, max_time=asked.left
    )
    known.halves = api.kept(plan, asked.results, tell=asked.tell)
    known.interrupted = bool(known.halves.end and known.halves.end.status == "interrupted")


def of_strategies(plan: Plan, names: list[str]) -> Plan:
    """The plan of some of its strategies, in this order."""
    by_name = {one.name: one for one in plan.strategies}
    return msgspec.structs.replace(plan, strategies=[by_name[name] for name in names], reference=names[0])


STEPS: tuple[Callable[[Known, Asked], None], ...] = (probe, explain, confirm, halve)
