"""Which strategies are worth measuring at the point in question, and for how long. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Literal, NamedTuple

from harness.advise.machine import Machine
from harness.advise.model import Costs, Load, predict
from harness.advise.probe import Probe
from harness.record.plan import Plan

Objective = Literal["wall", "cpu", "memory", "p99"]
REACH = {"wall": 3.0, "cpu": 10.0, "memory": 10.0, "p99": 10.0}
"""How many times the least time that is foretold a strategy may take and be measured: what decides of an objective but
wall time is not foretold."""
ALWAYS = 3
"""As many of the first are measured, however far apart they are foretold."""
START_SECONDS = 0.4
"""Of a worker."""
ROUNDS = 3
"""Of a worker in a block: one that warms up, one or two timed, one watched."""
ENOUGH, LEAST = 6, 3
"""Blocks, for which fewer candidates make room; and without which nothing is told apart."""
Foretold = Mapping[str, float]


class Chosen(NamedTuple):
    """What is measured, the likeliest first, and what a block of it should take, seconds."""

    names: list[str]
    block_seconds: float


def load_of(plan: Plan, probe: Probe) -> Load:
    """What the point in question is."""
    group = plan.groups[0]
    return Load(group.tasks, group.concurrency or group.tasks, probe.waiting_seconds, probe.cpu_seconds)


def foretold(plan: Plan, probe: Probe, machine: Machine) -> dict[str, float]:
    """Seconds of a round under each strategy that ran four tasks, the least first. Of one whose costs are not known: as
    if it cost nothing, so that it is measured."""
    found = {}
    for strategy in plan.strategies:
        if strategy.name in probe.four:
            costs = costs_here(machine.costs.get(strategy.target, Costs()), probe.cores.get(strategy.name))
            found[strategy.name] = predict(costs, load_of(plan, probe), strategy.name in probe.blocked)
    return dict(sorted(found.items(), key=lambda one: one[1]))


def costs_here(costs: Costs, cores: float | None) -> Costs:
    """The costs of a strategy for a function that was seen to use several cores at once."""
    parallel = min(costs.parallel, 1 / cores) if cores else costs.parallel
    return Costs(costs.fixed, costs.spawn, costs.wake, costs.growth, costs.convoy, parallel)


def choose(seconds: Foretold, lessons: Collection[str], objective: Objective, left: float) -> Chosen:
    """The candidates: those within reach, as many as fit into the time that is left; at least two, if there are."""
    ranked = [name for name in seconds if name not in lessons]
    least = min((seconds[name] for name in ranked), default=0.0)
    names = [name for place, name in enumerate(ranked) if place < ALWAYS or seconds[name] <= REACH[objective] * least]
    for blocks, fewest in ((ENOUGH, ALWAYS), (LEAST, 2)):
        while len(names) > fewest and blocks * block_seconds(seconds, names) > left:
            names.pop()
    return Chosen(names, block_seconds(seconds, names))


def block_seconds(seconds: Foretold, names: Collection[str]) -> float:
    """What a block of some strategies takes, the control beside them."""
    workers = [seconds[name] for name in names]
    control = [min(workers)] if len(workers) > 1 else []
    return sum(ROUNDS * one + START_SECONDS for one in workers + control)


def too_slow(chosen: Chosen, seconds: Foretold, left: float) -> str | None:
    """Why the time does not hold one block, if it does not: how long it would take, and what to type."""
    if chosen.block_seconds <= left:
        return None
    least = min(seconds[name] for name in chosen.names)
    wanted = LEAST * chosen.block_seconds
    several = "one strategy" if len(chosen.names) == 1 else f"{len(chosen.names)} strategies"
    return (
        f"a round takes about {least:,.0f} s at best, and a block of {several} {chosen.block_seconds:,.0f} s, of which "
        f"{max(0.0, left):,.0f} s are left: type --max-time {math.ceil((wanted + 60) / 60) * 60}"
    )
