"""What `trace --json` prints and `harness.trace` returns: schema 1, typed. Times are seconds since the first task
started. Names are without control characters."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from harness.record.plan import SCHEMA
from harness.record.sample import At

What = Literal["started", "waiting", "running", "note", "finished"]


class Event(msgspec.Struct, frozen=True):
    """Something that a task did."""

    task: int | None
    """None: a note of something that is no task."""
    what: What
    on: str | None
    """What is waited for: the call of the io, or the function; a note's text; of a task that finished, what it
    raised."""
    at_seconds: float
    place: str | None = None
    """The user's line of a wait."""
    holds: bool = False
    """Of a wait: whether it kept the thread on which other tasks run."""
    strand: int | None = None
    """What the task runs on, of one that started or runs again."""


class Switch(msgspec.Struct, frozen=True, rename={"origin": "from", "target": "to"}):
    """A switch that the runtime told of: of greenlets."""

    origin: int
    target: int
    at_seconds: float


class Strand(msgspec.Struct, frozen=True):
    """A greenlet, or a thread, on which tasks ran."""

    number: int
    name: str


class Wait(msgspec.Struct, frozen=True):
    """What tasks waited for, where, how often and how long in all."""

    on: str
    place: str | None
    holds: bool
    count: int
    tasks: int
    seconds: float


class Counts(msgspec.Struct, frozen=True):
    """How many there were, kept or not."""

    started: int
    waiting: int
    running: int
    note: int
    finished: int
    switches: int


class Cut(msgspec.Struct, frozen=True):
    """From when on events of a task were not kept, but for its end."""

    task: int
    at_seconds: float


class LeftOut(msgspec.Struct, frozen=True):
    """What was counted and not kept."""

    events: int
    switches: int
    tasks: int
    """Of which nothing was kept, where there are many: every second, third or so on is."""
    cut: list[Cut]


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """One round of a cell, as its tasks told it."""

    schema: int = SCHEMA
    strategy: str
    workload: str
    options: dict[str, Any]
    tasks: int
    concurrency: int
    status: Literal["ok", "failed", "timeout", "invalid", "unsupported", "unavailable", "interrupted"]
    reason: str | None = None
    traceback: str | None = None
    places: list[At] = []
    """Of a round that hung: where tasks and threads were, by their stacks, and how many."""
    seconds: float
    """From the first start to the last event, or to when the round was ended."""
    counts: Counts
    waits: list[Wait]
    """Of what was kept, the longest in all first."""
    unfinished: list[Wait]
    """What tasks waited for when the round was ended, most tasks first; `seconds` until then."""
    left_out: LeftOut
    remarks: list[str]
    strands: list[Strand]
    events: list[Event]
    switches: list[Switch]
