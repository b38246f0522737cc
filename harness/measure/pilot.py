"""What a round would come to, by a few small ones: a strategy that cannot hold very many tasks says so before it has
tried for as long as it may, and a sweep knows what there is time for before it has measured anything."""

from __future__ import annotations

import contextlib
import math
import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from harness.machine.limits import free_memory
from harness.measure.block import lost
from harness.measure.cell import Place
from harness.measure.processes import Executor
from harness.measure.sized import Sized, sized
from harness.measure.unit import Unit
from harness.process.channel import Failure
from harness.record.plan import Plan, PlannedGroup
from harness.record.sample import Round, Sample

MANY = 100_000
"""Tasks of a round, from which on it is tried with fewer."""
SIZES, ENOUGH_SECONDS = (10, 100, 1_000, 10_000), 1.0
"""Of those rounds; none is run that is expected to take longer."""
TIMES = 2.0
"""The timeout, beyond which no round is begun: what is expected may be too much by as much."""
FEW, PATIENCE = (1, 4), 2.0
"""Tasks of the rounds that foretell others, and how many times as long as the quickest those of all strategies may
take: who takes longer is far behind with more of them."""
GIB, MIB = 1 << 30, 1 << 20


class Seen(NamedTuple):
    """A round of so many tasks: seconds, bytes."""

    tasks: int
    seconds: float
    grown: int


def piloted(
    plan: Plan, unit: Unit, executor: Executor, keep: Callable[[Sample], None], tell: Callable[[str], None]
) -> Unit:
    """A group's first block without the rows that cannot hold its tasks: `keep` a sample of each, with the reason."""
    failures = refused(plan, unit, executor, tell)
    for strategy, failure in failures.items():
        keep(lost(Place(unit.group, strategy, unit.block), failure))
    return msgspec.structs.replace(unit, rows=[row for row in unit.rows if row not in failures])


def refused(plan: Plan, unit: Unit, executor: Executor, tell: Callable[[str], None]) -> dict[int, Failure]:
    """Why strategies cannot hold the tasks of a group, by their places in the plan."""
    group, strategies = plan.groups[unit.group], [plan.strategies[row] for row in unit.rows]
    if group.tasks < MANY or group.serves or not strategies:
        return {}
    free = min((one for one in (free_memory(), plan.memory_limit) if one), default=sys.maxsize)
    found = {}
    try:
        with sized(msgspec.structs.replace(plan, groups=[group], strategies=strategies), executor) as workers:
            for place, strategy in zip(unit.rows, strategies, strict=True):
                tell(f"{strategy.name}: a few of {group.tasks:,} tasks")
                rounds = _tried(workers, strategy.name, group, plan.timeout)
                if failure := beyond(rounds, group, plan.timeout, free):
                    found[place] = failure
    except Failure:  # what is at the other end cannot be started: the block will say so
        return {}
    return found


def _tried(workers: Sized, name: str, group: PlannedGroup, timeout: float) -> list[Seen]:
    found: list[Seen] = []
    for tasks in SIZES:
        if len(found) > 1 and expected(found, tasks) > ENOUGH_SECONDS:
            break
        done: Round | None = workers.rounds([name], tasks, min(tasks, group.concurrency), timeout).get(name)
        if done is None:
            break
        found.append(Seen(tasks, done.wall_seconds, done.grown_bytes))
    return found


def few(plan: Plan, number: int, executor: Executor, seconds: float) -> dict[int, list[Seen]]:
    """Rounds of few tasks of a group under all strategies of a plan, at the same time, by their places in it: what one
    took that was not done in time is more. A task alone may take so many seconds. Nothing of strategies that fail, of
    servers, where what is at the other end cannot be started, and where no task alone is done in time."""
    group, found = plan.groups[number], dict[int, list[Seen]]()
    there = {one.name: place for place, one in enumerate(plan.strategies) if one.status == "ok"}
    strategies = [plan.strategies[place] for place in there.values()]
    if group.serves or not strategies:
        return {}
    with (
        contextlib.suppress(Failure),  # the block will say so
        sized(msgspec.structs.replace(plan, groups=[group], strategies=strategies), executor) as workers,
    ):
        for tasks in FEW:
            asked, began = workers.names, time.monotonic()
            limit = min(plan.timeout, seconds if tasks == 1 else math.inf)
            done = workers.rounds(asked, tasks, min(tasks, group.concurrency), limit, PATIENCE)
            if not done:
                break
            took = time.monotonic() - began
            for name in asked:
                if name in done:
                    found.setdefault(there[name], []).append(Seen(tasks, done[name].wall_seconds, 0))
                elif workers.lost[name].status == "timeout":
                    found.setdefault(there[name], []).append(Seen(tasks, took, 0))
    return found


def foretold(found: Sequence[Seen], group: PlannedGroup) -> float:
    """Seconds that a round of a group takes at least, by rounds of few tasks: no more are in flight than may be."""
    waves = min(one.seconds for one in found) * group.tasks / group.concurrency
    return max(waves, expected(found, group.tasks) if len(found) > 1 else 0.0)


def expected(found: Sequence[Seen], tasks: int) -> float:
    """Seconds of a round of more tasks: as each task took that the last one had more than the one before."""
    one, last = found[-2:]
    return last.seconds + max(0.0, last.seconds - one.seconds) / (last.tasks - one.tasks) * (tasks - last.tasks)


def beyond(found: Sequence[Seen], group: PlannedGroup, timeout: float, free: int) -> Failure | None:
    """Why a strategy whose small rounds were these cannot hold the tasks of a group; None where it may."""
    if len(found) < 2:
        return None
    one, last = found[-2:]
    if (seconds := expected(found, group.tasks)) > TIMES * timeout:
        seen = f"{one.tasks:,} took {one.seconds:.3g} s and {last.tasks:,} {last.seconds:.3g} s"
        return Failure("timeout", f"{group.tasks:,} tasks would take about {seconds:,.0f} s ({seen}): raise --timeout")
    many = group.concurrency if last.tasks <= group.concurrency else group.tasks
    held = last.grown + max(0, last.grown - one.grown) / (last.tasks - one.tasks) * (many - last.tasks)
    if held > free:
        seen = f"{last.tasks:,} held {last.grown / MIB:,.0f} MiB"
        short = (
            f"{many:,} tasks at once would hold about {held / GIB:,.1f} GiB ({seen}), {free / GIB:,.1f} GiB are free"
        )
        return Failure("failed", f"out of memory: {short}: lower --concurrency")
    return None
