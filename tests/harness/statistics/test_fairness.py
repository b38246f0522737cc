"""What limited a server, and what is said of it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from harness.record.plan import PlannedGroup
from harness.record.sample import Sample, Trial
from harness.statistics.fairness import limited_by, server_warnings
from tests.builders import LOAD, ROUND, plan


def served(own: float, generator: float, **load: Any) -> list[Sample]:
    """Half a second of a server: what it and the generator used of a core, and what the load was."""
    changed = msgspec.structs.replace(LOAD, **load)
    used = {"cpu_user_seconds": own / 2, "cpu_system_seconds": 0.0, "peer_cpu_seconds": generator / 2}
    return [Sample(0, 0, 0, "ok", facts={"apart": True}, rounds=[msgspec.structs.replace(ROUND, load=changed, **used)])]


def said(samples: list[Sample]) -> list[str]:
    made = plan()
    group = PlannedGroup("echo", "e:F", {"side": "server"}, 10, 10, serves=True)
    return list(server_warnings(group, made.strategies[0], samples))


@pytest.mark.parametrize(
    ("own", "generator", "load", "limit"),
    [
        (0.97, 0.5, {}, "server"),
        (0.97, 0.95, {}, "generator"),
        (0.3, 0.95, {}, "generator"),
        (0.31, 0.15, {"intended_per_second": 200.0}, "neither"),
        (0.31, 0.15, {"intended_per_second": 203.0}, "neither"),
        (0.31, 0.15, {"intended_per_second": 300.0}, "server"),
        (0.31, 0.15, {"intended_per_second": 200.0, "unanswered": 1}, "server"),
        (0.95, 0.15, {"intended_per_second": 200.0}, "server"),
        (0.3, 0.2, {}, "neither"),
        (0.3, 0.2, {"intended_per_second": 9000.0, "trials": [Trial(200.0, 200.0, 0.001, True)]}, "neither"),
    ],
)
def test_a_server_is_limited_by_itself_by_the_generator_or_by_neither(
    own: float, generator: float, load: dict[str, Any], limit: str
) -> None:
    samples = served(own, generator, **load)
    assert limited_by(samples) == limit
    told = limit == "neither" and bool(load)
    assert any("limited by neither" in text for text in said(samples)) == told
    assert any("limited by the generator" in text for text in said(samples)) == (limit == "generator")


@pytest.mark.parametrize(
    ("load", "what"),
    [
        ({"intended_per_second": 200.0}, "the rate asked for"),
        ({"trials": [Trial(200.0, 200.0, 0.001, True)]}, "the p99 asked for"),
    ],
)
def test_where_neither_limits_the_row_says_what_does(load: dict[str, Any], what: str) -> None:
    assert said(served(0.31, 0.15, **load)) == [
        f"limited by neither: the server used 31% of a core, the generator 15%; {what} is what limits"
    ]
