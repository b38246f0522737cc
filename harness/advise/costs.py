"""A strategy's costs from a few rounds of a workload of known size. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from harness.advise.model import Costs


class Point(NamedTuple):
    """Tasks, all in flight, and what each waits and then computes, seconds."""

    tasks: int
    waiting: float = 0.0
    computing: float = 0.0


class Took(NamedTuple):
    """Seconds of a round: of the clock, and of processors."""

    wall: float
    cpu: float


Seen = Mapping[Point, Sequence[Took]]
ALONE, MANY = Point(1), Point(500)
SERIAL = Point(20, 0.001)
FEW_WAIT, MANY_WAIT = Point(250, 0.001), Point(1500, 0.001)
COMPUTE = Point(300, 0.005, 0.0002)
POINTS = (ALONE, MANY, SERIAL, FEW_WAIT, MANY_WAIT, COMPUTE)
"""What is measured of a strategy, in this order: each point tells one cost more. A strategy that takes SERIAL one by
one is not asked for what follows."""
MOST = 5.0
"""Of what a thousand more in flight add, as a share: beyond it, it was something else."""
PARALLEL = 0.8
"""Of one core's time, below which tasks compute on several cores: what noise does not do."""
LEAST = 1e-7
"""Seconds: of a clock that may say 0."""


def costs_of(seen: Seen, threads: bool) -> Costs | None:
    """What these rounds show; None where some are missing. `threads`: whether its tasks are threads."""
    timed = {point: seconds(point, took, seen, threads) for point, took in seen.items()}
    if ALONE not in timed or MANY not in timed:
        return None
    fixed = timed[ALONE]
    spawn = max(LEAST, (timed[MANY] - fixed) / MANY.tasks)
    if is_serial(seen):
        return Costs(fixed, spawn)
    if not all(point in timed for point in POINTS):
        return None
    few, many = (  # of a task, less what is left of its waiting once all have been started
        (timed[point] - fixed - max(0.0, point.waiting - point.tasks * spawn)) / point.tasks
        for point in (FEW_WAIT, MANY_WAIT)
    )
    growth = within((many - few) / (MANY_WAIT.tasks - FEW_WAIT.tasks) * 1000 / spawn)
    wake = max(0.0, few - spawn * (1 + growth * FEW_WAIT.tasks / 1000))
    tasks, waiting, computing = COMPUTE
    starting = max(waiting, tasks * spawn * (1 + growth * tasks / 1000))
    longer = ((timed[COMPUTE] - fixed - starting) / tasks - wake) / computing
    parallel = max(0.01, longer) if longer < PARALLEL else 1.0
    return Costs(fixed, spawn, wake, growth, within((longer - 1) * 1000 / tasks), parallel)


def seconds(point: Point, took: Sequence[Took], seen: Seen, threads: bool) -> float:
    """What a round takes where nothing else has the cores: the least that was seen; and where one thread does all, no
    more than waiting and computing one after another, which other work on the machine does not lengthen."""
    wall = min(one.wall for one in took)
    if threads or not computes_itself(seen):
        return wall
    return min(wall, point.waiting + min(one.cpu for one in took))


def computes_itself(seen: Seen) -> bool:
    """Whether the process that was timed did the computing, and not its children."""
    least = 0.9 * COMPUTE.tasks * COMPUTE.computing
    return COMPUTE in seen and min(one.cpu for one in seen[COMPUTE]) >= least


def within(share: float) -> float:
    """A share that can be meant."""
    return min(MOST, max(0.0, share))


def is_serial(seen: Seen) -> bool:
    """Whether it waits for one task after another."""
    return SERIAL in seen and min(one.wall for one in seen[SERIAL]) > 0.6 * SERIAL.tasks * SERIAL.waiting


def cpu_of_a_wait(seen: Seen) -> float:
    """What each of its waits used of a processor, seconds."""
    return min(one.cpu for one in seen[SERIAL]) / SERIAL.tasks
