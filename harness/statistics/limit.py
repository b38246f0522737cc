"""What keeps a row from being faster, from what was recorded of it. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Literal

from harness.record.plan import PlannedGroup, PlannedStrategy
from harness.record.sample import Sample
from harness.statistics.fairness import BOUND_SHARE, kept_up, limited_by, own_share, peer_share, server_share
from harness.statistics.verdicts import wall

Limit = Literal["waiting", "cpu", "gil", "blocked", "peer", "in-flight", "unknown"]
MOST_OF_IT = 0.5
FULL = 0.8
"""Of a core: what a neighbour on the machine takes away of a whole one."""


def waiting_share(group: PlannedGroup, samples: Sequence[Sample]) -> float | None:
    """How much of a round the workload's own waiting is: its floor; None where nobody knows that."""
    if group.floor_seconds is None or group.serves:
        return None
    return min(1.0, group.floor_seconds / median(map(wall, samples)))


def of_client(group: PlannedGroup, strategy: PlannedStrategy, samples: Sequence[Sample]) -> Limit:
    """What limits a row: the peer or a core that is full (shared by threads: the GIL); tasks that hold each other up,
    or of which too few were in flight; or the waiting that the workload is made of."""
    watched = [sample.observed for sample in samples if sample.observed]
    in_flight = max((one.in_flight_max for one in watched), default=group.concurrency)
    threads = strategy.threads_per_task > 0 or max((one.threads_max for one in watched), default=1) > 1
    own, peer = own_share(samples), peer_share(samples) or 0.0
    if peer > BOUND_SHARE and own < BOUND_SHARE:
        return "peer"
    if own >= FULL:
        return "gil" if threads and in_flight > 1 and strategy.threads_per_task else "cpu"
    if in_flight == 1 < group.concurrency:
        one_by_one = strategy.plain == "sequential" or strategy.lesson
        blocked = _gives_up_its_core(group, samples) and not strategy.threads_per_task
        return ("in-flight" if one_by_one else "blocked") if blocked else "cpu"
    waits = waiting_share(group, samples)
    if waits is None:
        waits = 0.0 if group.peer_module else _asleep(group, samples)
    if waits >= max(own, MOST_OF_IT):
        return "in-flight" if in_flight < group.tasks else "waiting"
    return "cpu" if own >= MOST_OF_IT else "unknown"


def _gives_up_its_core(group: PlannedGroup, samples: Sequence[Sample]) -> bool:
    """Whether tasks wait, by the switches that they asked for: shares of a core say nothing on a busy machine."""
    asked = median(round.voluntary for sample in samples for round in sample.rounds)
    return asked >= MOST_OF_IT * group.tasks


def _asleep(group: PlannedGroup, samples: Sequence[Sample]) -> float:
    """Of a round, the share in which a task of it was in flight while no core worked for it."""
    means = [one.latency_seconds.mean or 0.0 for sample in samples if (one := sample.observed)]
    waves = group.tasks / group.concurrency
    inside = waves * median(means) / median(map(wall, samples)) if means else 0.0
    return max(0.0, min(1.0, inside) - own_share(samples))


def of_server(strategy: PlannedStrategy, samples: Sequence[Sample]) -> Limit:
    """What limits a server: a core for each process that is full, the generator, or the rate that was asked for."""
    said = limited_by(samples)
    if said == "generator":
        return "peer"
    if said == "server" and server_share(samples) >= FULL:
        return "gil" if strategy.threads_per_task else "cpu"
    loads = [round.load for sample in samples for round in sample.rounds if round.load]
    asked = any(load.intended_per_second for load in loads)
    return "waiting" if asked and kept_up(samples) else "unknown"
