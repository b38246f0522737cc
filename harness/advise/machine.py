"""What strategies cost on this machine: measured once, kept in the user's cache for a week."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Sequence
from itertools import groupby
from pathlib import Path

import msgspec

from harness.advise.costs import POINTS, SERIAL, Point, Took, costs_of, cpu_of_a_wait, is_serial
from harness.advise.model import Costs
from harness.errors import HarnessError
from harness.machine import cache, host
from harness.measure.processes import Executor, Processes
from harness.measure.sized import Sized, sized
from harness.process.channel import Failure
from harness.record.plan import Plan, PlannedGroup, PlannedStrategy
from harness.workloads import BUILT_IN

WEEK = 7 * 86400.0
FORMAT = 1
PASSES, ROUNDS = 2, 2
SECONDS = 30.0
"""What one round may take."""
Start = Callable[[Plan], Executor]
Seen = dict[Point, list[Took]]


class Machine(msgspec.Struct, frozen=True):
    """What was measured, with what is installed. Seconds."""

    versions: dict[str, str]
    taken_at: float
    waiting_cpu: float = 2e-5
    """What a wait uses of a processor."""
    costs: dict[str, Costs] = {}
    """By the targets of strategies."""
    format: int = FORMAT

    def lacking(self, strategies: Sequence[PlannedStrategy]) -> list[PlannedStrategy]:
        """Those whose costs are not known."""
        return [one for one in strategies if one.target not in self.costs]


def kept() -> Machine:
    """What is known of this machine with the libraries that are installed; nothing where that is old or unreadable.
    Raises HarnessError where this user has no cache."""
    with contextlib.suppress(OSError, msgspec.MsgspecError):
        found = msgspec.json.decode(path().read_bytes(), type=Machine)
        fresh = 0 <= time.time() - found.taken_at < WEEK
        if fresh and (found.versions, found.format) == (host.versions(), FORMAT):
            return found
    return Machine(host.versions(), time.time())


def keep(machine: Machine) -> None:
    """Keep it for later. A cache that cannot be written costs the time of measuring again, and no more."""
    with contextlib.suppress(OSError):
        path().parent.mkdir(parents=True, exist_ok=True)
        ours = path().with_suffix(f".{os.getpid()}")
        ours.write_bytes(msgspec.json.encode(machine))
        ours.replace(path())


def path() -> Path:
    """The file of this machine and interpreter."""
    return cache.folder() / "costs" / f"{host.facts()['machine_key']}.json"


def calibrated(plan: Plan, machine: Machine, start: Start = Processes, seconds: float = 20.0) -> Machine:
    """The same with the costs of a plan's strategies; after so many seconds no other pass over them is begun. Of a
    strategy that fails nothing is known. Raises HarnessError where nothing can be started."""
    lacking = machine.lacking(plan.strategies)
    seen: dict[str, Seen] = {one.name: {} for one in lacking}
    end = time.monotonic() + seconds
    for number in range(PASSES if lacking else 0):
        if number and time.monotonic() > end:
            break
        for _, points in groupby(POINTS, lambda point: point[1:]):
            measure(of_points(plan, lacking, list(points)), start, seen)
    found = {one.target: costs_of(seen[one.name], one.threads_per_task > 0) for one in lacking}
    known = machine.costs | {target: costs for target, costs in found.items() if costs}
    waits = [cpu_of_a_wait(one) for one in seen.values() if is_serial(one)]
    return msgspec.structs.replace(machine, costs=known, waiting_cpu=min([*waits, machine.waiting_cpu]))


def of_points(plan: Plan, strategies: Sequence[PlannedStrategy], points: Sequence[Point]) -> Plan:
    """The plan of a workload of known size; the points differ by their tasks alone."""
    options = {"waiting": points[0].waiting, "computing": points[0].computing}
    groups = [PlannedGroup("mixed", BUILT_IN["mixed"], options, point.tasks, point.tasks) for point in points]
    return msgspec.structs.replace(plan, strategies=list(strategies), groups=groups)


def measure(plan: Plan, start: Start, seen: dict[str, Seen]) -> None:
    """Time rounds of each group of a plan under each of its strategies in turn."""
    try:
        with sized(plan, start(plan)) as workers:
            for name in workers.names:
                for group in plan.groups:
                    point = Point(group.tasks, **group.options)
                    seen[name].setdefault(point, []).extend(timed(workers, name, point, seen[name]))
    except Failure as failure:
        raise HarnessError(f"the costs of this machine cannot be measured: {failure}") from None
    for one in seen.values():
        for point in [point for point, took in one.items() if not took]:
            del one[point]


def timed(workers: Sized, name: str, point: Point, seen: Seen) -> list[Took]:
    """Some rounds of a point after one that warms up; none where each would wait for all others."""
    if point.waiting and point != SERIAL and is_serial(seen):
        return []
    rounds = [workers.rounds([name], point.tasks, point.tasks, SECONDS).get(name) for _ in range(ROUNDS + 1)]
    return [Took(one.wall_seconds, one.cpu_seconds) for one in rounds[1:] if one]
