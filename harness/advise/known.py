"""What is known of a job so far: each step adds to it, and an answer can be made of it at any time."""

from __future__ import annotations

from dataclasses import dataclass, field

from harness.advise.choose import Chosen, Objective
from harness.advise.document import Blocked
from harness.advise.judge import Judged, Limits
from harness.advise.machine import Machine
from harness.advise.probe import Probe
from harness.record.plan import Plan, PlannedStrategy
from harness.record.sample import Record


@dataclass
class Known:
    """In the order in which it is found."""

    plan: Plan
    objective: Objective
    limits: Limits
    absent: list[PlannedStrategy]
    """Strategies that are not to be had here."""
    machine: Machine | None = None
    probe: Probe | None = None
    foretold: dict[str, float] = field(default_factory=dict)
    chosen: Chosen | None = None
    blocked: list[Blocked] = field(default_factory=list)
    record: Record | None = None
    judged: Judged | None = None
    halves: Record | None = None
    interrupted: bool = False
    seconds: float = 0.0
    """That all of it took."""
