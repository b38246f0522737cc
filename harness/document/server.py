"""A server's row: what the load generator saw, and what the server used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from statistics import median
from typing import Any

from harness.document.used import typical, used
from harness.record.plan import Group, Strategy
from harness.record.sample import Load, Sample
from harness.statistics.fairness import BOUND_SHARE, own_share, peer_share, server_warnings
from harness.statistics.paired import one_sample, spread

PERCENTILES = ("p50", "p90", "p99", "p999", "max")


def answers_per_second(sample: Sample) -> float:
    """A sample's answers a second: the median of its rounds."""
    return median(round.load.answers / round.wall_seconds for round in sample.rounds if round.load)


def server_row(group: Group, strategy: Strategy, good: Sequence[Sample]) -> dict[str, Any]:
    """The numbers of a server's row. Seconds, bytes, counts."""
    loads = [round.load for sample in good for round in sample.rounds if round.load]

    def seen(number: Callable[[Load], float | None]) -> float:
        return typical(good, lambda round: (number(round.load) or 0.0) if round.load else 0.0)

    # The first round's growth: later ones find the memory there.
    first = [(sample.warmups or sample.rounds)[0].load for sample in good]
    per_connection = int(median(load.memory_per_connection_bytes for load in first if load))
    answers = spread([answers_per_second(sample) for sample in good])
    generator = peer_share(good) or 0.0
    return used(good) | {
        "client": None,
        "server_cpu_share": own_share(good),
        "generator_cpu_share": generator,
        "limited_by": "generator" if generator >= BOUND_SHARE else "server",
        "connections_held": min(load.held for load in loads),
        "accept_seconds": seen(lambda load: load.accept_seconds),
        "answers_per_second": answers["median"],
        "answers_per_second_spread": answers,
        "tasks_per_second": answers["median"],
        "intended_per_second": loads[0].intended_per_second,
        "backlog_most": max(load.backlog_most or 0 for load in loads),
        "backlog_end": max(load.backlog_end or 0 for load in loads),
        "unanswered": sum(load.unanswered for load in loads),
        "fairness": seen(lambda load: load.fairness),
        "overhead_seconds_per_task": typical(
            good, lambda round: round.wall_seconds / max(1, round.load.answers if round.load else 1)
        ),
        "memory_per_task_bytes": per_connection,
        "memory_per_connection_bytes": per_connection,
        "threads_max": max(load.threads for load in loads),
        "in_flight_max": max(load.held for load in loads),
        "latency_seconds": {name: seen(attrgetter(f"latency_seconds.{name}")) for name in PERCENTILES},
        "capacity_per_second": _capacity(loads),
        "ratio": None,
        "notes": [],
        "warnings": list(server_warnings(group, strategy, good)),
    }


def _capacity(loads: Sequence[Load]) -> dict[str, float] | None:
    """Hodges-Lehmann estimate of the capacities that were found, with its 95 % interval; None where none was sought."""
    return one_sample([load.capacity for load in loads]) if any(load.trials for load in loads) else None
