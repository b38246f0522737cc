"""What `explain --json` prints: schema 1, typed. Times are seconds, shares parts of 1."""

from __future__ import annotations

from typing import Literal

import msgspec

from harness.process.dumps import LIBRARY
from harness.record.plan import SCHEMA

Kind = Literal[
    "blocked-loop", "not-patched", "limit", "cpu-bound", "peer-bound", "sequential-awaits", "swallowed-exception",
    "deadlock",
]  # fmt: skip


class Place(msgspec.Struct, frozen=True):
    """A line, and the function that it is in."""

    file: str
    """The user's as they call it; a library's from where libraries lie."""
    line: int
    function: str


def named(file: str, line: int, function: str) -> Place:
    """A library's line, by its path from where libraries lie."""
    return Place(LIBRARY.sub("", file, count=1), line, function)


def cost(seconds: float) -> str:
    """Seconds in words."""
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1e3 * seconds:.0f} ms"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """What keeps a strategy from doing its work, where, what it cost, and what to change."""

    kind: Kind
    what: str
    """The function that blocks (`time.sleep`), or what the limit is (`a pool of 10 connections`)."""
    file: str | None
    line: int | None
    function: str | None = None
    seconds: float = 0.0
    """What it cost in the round, summed over all calls: at least; 0 where it costs no time by itself."""
    share: float = 0.0
    """Of the round's wall time."""
    calls: int = 0
    waiting_seconds: float = 0.0
    computing_seconds: float = 0.0
    source: str | None = None
    """The line."""
    inside: Place | None = None
    """The library's line that it happened in."""
    text: str
    """One sentence: what happened."""
    advice: str
    """The change to make, in the words of the library's documentation."""
    command: str | None = None
    """That shows the effect of the change."""
    rule: str | None = None
    """By which a linter would have said so: `ASYNC251 (ruff)`."""


class Library(msgspec.Struct, frozen=True):
    """A library that the user's lines have called, and whether it gave way: while it waited, or computed for long."""

    name: str
    verdict: Literal["cooperative", "blocks", "partly"]
    blocked_seconds: float
    """That the others waited for it, while it waited or computed."""
    yields: int
    """How often a task gave way within it."""


class Loop(msgspec.Struct, frozen=True):
    """What the thread that runs all tasks did; `None` in its place where each task has a thread of its own."""

    busy_share: float
    """Of the round: computing, or held up by a call that does not give way."""
    late_p99_seconds: float | None = None
    """How long a task that was ready had to wait; None where the runtime has no timers."""
    late_longest_seconds: float | None = None


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of one cell."""

    schema: int = SCHEMA
    strategy: str
    workload: str
    tasks: int
    concurrency: int
    status: Literal["complete", "partial"]
    """`partial`: the round did not come to its end, `reason` says why; what was seen until then is here."""
    reason: str | None = None
    wall_seconds: float
    """What the round took, less what looking into it took."""
    findings: list[Finding]
    accounted_share: float
    """The share of the round of which it is known what it went to."""
    libraries: list[Library] = []
    loop: Loop | None = None
    remarks: list[str] = []
