"""Cases that nobody measured."""

from __future__ import annotations

from typing import Any

from harness.document.run import Group, Row, Seconds
from harness.properties.judge import Case
from harness.properties.kept import Taken
from harness.record.sample import Round


def case(
    *walls: float, cpu: float = 0.0, children: float = 0.0, cores: int = 2, tasks: int = 10, floor: float | None = 0.01,
    switches: int = 1000, **row: Any,
) -> Case:  # fmt: skip
    """A strategy whose rounds took so many seconds, each with so much processor."""
    about: dict[str, Any] = {"status": "ok", "threads_max": 1, "in_flight_max": tasks, "memory_per_task_bytes": 100}
    if walls:
        about["wall_seconds"] = Seconds(sorted(walls)[len(walls) // 2], min(walls), max(walls))
    group = Group(
        workload="w", options={"switches": switches}, tasks=tasks, concurrency=tasks, floor_seconds=floor,
        reference="a", against="a", rows=[],
    )  # fmt: skip
    rounds = [Round(wall, cpu, 0.0, 0, 0, 0, 0, cpu_children_seconds=children) for wall in walls]
    return Case(group, Row(strategy="a", name="a", **about | row), rounds, cores)


def failed(status: str = "failed", reason: str = "it fell over") -> Case:
    """A strategy without numbers."""
    return case(status=status, reason=reason)


def taken(one: Case, *disturbances: str) -> Taken:
    """The same, as it was kept."""
    return Taken(one, "r1", "2026-11-27T09:00:00+00:00", list(disturbances))
