"""What limits a row: told by its shares of a core, its switches, its floor and its tasks in flight."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from harness.record.plan import PlannedGroup, PlannedStrategy
from harness.record.sample import Sample
from harness.statistics.limit import Limit, of_client, waiting_share
from tests.builders import sample

GEVENT = PlannedStrategy("gevent", "a:B")
THREADS = PlannedStrategy("threads", "a:B", threads_per_task=1)
SEQUENTIAL = PlannedStrategy("sequential", "a:B")
SLEEP = PlannedGroup("sleep", "e:F", {}, 10, 10, floor_seconds=0.5)
OWN = PlannedGroup("./jobs.py:task", "e:F", {}, 10, 10)
HTTP = PlannedGroup("http", "e:F", {}, 10, 10, peer_module="m")


def taken(
    wall: float, share: float, in_flight: int = 10, voluntary: int = 100, peer: float | None = None
) -> list[Sample]:
    """Three samples of rounds of one length, in which a core was busy for a share."""
    made = []
    for block in range(3):
        one = sample(0, block, wall)
        used: dict[str, Any] = {"cpu_user_seconds": share * wall, "cpu_system_seconds": 0.0, "voluntary": voluntary}
        rounds = [
            msgspec.structs.replace(each, **used, peer_cpu_seconds=None if peer is None else peer * wall)
            for each in one.rounds
        ]
        assert one.observed
        latency = msgspec.structs.replace(one.observed.latency_seconds, mean=wall)
        seen = msgspec.structs.replace(one.observed, in_flight_max=in_flight, latency_seconds=latency)
        made.append(msgspec.structs.replace(one, rounds=rounds, observed=seen))
    return made


@pytest.mark.parametrize(
    ("group", "strategy", "samples", "limit"),
    [
        (SLEEP, GEVENT, taken(0.51, 0.02), "waiting"),
        (SLEEP, GEVENT, taken(2.0, 0.02), "unknown"),
        (SLEEP, GEVENT, taken(5.0, 0.01, in_flight=1), "blocked"),
        (SLEEP, SEQUENTIAL, taken(5.0, 0.01, in_flight=1), "in-flight"),
        (OWN, GEVENT, taken(0.5, 0.02), "waiting"),
        (OWN, GEVENT, taken(0.5, 0.98), "cpu"),
        (OWN, GEVENT, taken(0.5, 0.4, in_flight=1, voluntary=0), "cpu"),
        (OWN, SEQUENTIAL, taken(0.5, 0.4, in_flight=1, voluntary=0), "cpu"),
        (OWN, THREADS, taken(0.5, 0.4, in_flight=1, voluntary=30), "cpu"),
        (OWN, THREADS, taken(0.5, 0.98), "gil"),
        (OWN, GEVENT, taken(0.5, 0.05, in_flight=5), "in-flight"),
        (HTTP, GEVENT, taken(0.5, 0.4, peer=0.99), "peer"),
        (HTTP, GEVENT, taken(0.5, 0.4, peer=0.5), "unknown"),
        (HTTP, GEVENT, taken(0.5, 0.6, peer=0.5), "cpu"),
    ],
)
def test_a_row_has_what_limits_it(
    group: PlannedGroup, strategy: PlannedStrategy, samples: list[Sample], limit: Limit
) -> None:
    assert of_client(group, strategy, samples) == limit


def test_fewer_in_flight_than_tasks_is_what_limits_those_that_wait() -> None:
    group = msgspec.structs.replace(SLEEP, tasks=100, floor_seconds=5.0)
    assert of_client(group, GEVENT, taken(5.1, 0.02)) == "in-flight"


def test_the_waiting_is_the_floors_share_of_a_round_and_never_more_than_all() -> None:
    assert waiting_share(SLEEP, taken(1.0, 0.1)) == pytest.approx(0.5)
    assert waiting_share(SLEEP, taken(0.4, 0.1)) == 1.0
    assert waiting_share(OWN, taken(1.0, 0.1)) is None
