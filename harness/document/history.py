"""Series over commits and their shifts: what `history --json` prints, and what `harness.trend` returns."""

from __future__ import annotations

from datetime import datetime

import msgspec

from harness.document.gate import Decision, Outcome
from harness.document.run import ABSENT, Positive
from harness.record.plan import SCHEMA


class Point(msgspec.Struct, frozen=True):
    """A commit's number: the ratio to what the series is against."""

    commit: str
    time: datetime
    ratio: Positive


class Change(msgspec.Struct, frozen=True):
    """A change of level between two commits: the ratio of the levels, and its p."""

    before: str
    after: str
    ratio: Positive
    p: float
    workload_changed: bool
    shell: list[str] = []
    """Where what the two were started in, and what debugged or traced them, differs."""


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """The points of a cell in the order of their commits."""

    workload: str
    options: list[str]
    """As the command line takes them: KEY=VALUE."""
    tasks: int
    concurrency: int
    strategy: str
    against: str
    machine: str
    points: list[Point]
    shifts: list[Change]


class Confirmed(msgspec.Struct, frozen=True, kw_only=True):
    """What a gate of the two commits round a shift says."""

    before: str
    after: str
    run: str | None = None
    outcome: Outcome
    reason: str = ABSENT
    cells: list[Decision] = []


class History(msgspec.Struct, frozen=True, kw_only=True):
    """All series, of how many runs, a line for each file that could not be read, and what --confirm came to."""

    schema: int = SCHEMA
    series: list[Series]
    runs: int = 0
    unread: list[str] = []
    confirmed: list[Confirmed] = ABSENT
