"""What a round should take, by what a strategy costs on this machine and what a task does. Pure functions.

The model chooses where to measure, and explains; no time of it is an answer. It knows nothing of locks, of what the
other end admits, of a client's pool, of code in C that lets the GIL go, or of threads' two modes."""

from __future__ import annotations

import math
from typing import NamedTuple

import msgspec


class Costs(msgspec.Struct, frozen=True):
    """What a strategy costs on this machine, seconds."""

    fixed: float = 0.0
    """Of a round."""
    spawn: float = 0.0
    """Of a task, until it waits for the first time."""
    wake: float = 0.0
    """Of a task, from the end of its waiting on, beside what it computes."""
    growth: float = 0.0
    """How much more starting a task costs for each 1,000 in flight, as a share."""
    convoy: float = 0.0
    """How much longer computing takes for each 1,000 in flight, as a share: threads that wait for the GIL."""
    parallel: float = 1.0
    """What computing takes of a round, against one core: below 1 where tasks compute on several."""


class Load(NamedTuple):
    """What is to be done: tasks, the most in flight, and what each waits and then computes, seconds."""

    tasks: int
    concurrency: int
    waiting: float
    computing: float


def predict(costs: Costs, load: Load, blocked: bool = False) -> float:
    """Seconds of a round. `blocked`: no two waits overlap."""
    tasks, at_most, waiting, computing = load
    if blocked:
        return costs.fixed + tasks * (costs.spawn + waiting + computing)
    at_most = min(tasks, at_most)
    computing *= costs.parallel * (1 + costs.convoy * at_most / 1000)
    starts = tasks * costs.spawn * (1 + costs.growth * at_most / 1000)
    first = starts * at_most / tasks  # starting as many as may be in flight overlaps with their waiting
    work = tasks * (computing + (costs.wake if waiting else 0.0))
    one = first + waiting + computing + costs.wake
    waves = math.ceil(tasks / at_most)  # a wave waits together, then computes together
    return costs.fixed + max(max(first, waiting) + starts - first + work, one) + (waves - 1) * waiting


SHORT = 2e-4
"""Seconds of waiting, below which nothing is said of overlap: starting a task takes as long."""


def blocked(one: float, four: float, waiting: float, computing: float) -> bool:
    """Whether the waits of four tasks do not overlap, by the seconds of a round of one and of four: it took more than
    half of what no overlap would take."""
    return waiting > SHORT and four > one + 3 * computing + 1.5 * max(0.0, one - computing)
