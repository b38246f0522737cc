"""What `advise --json` prints: schema 1, typed. Times are seconds, sizes bytes, shares parts of 1."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from harness.advise.choose import Objective
from harness.advise.servers.document import Servers
from harness.record.plan import SCHEMA
from harness.record.sample import Ending
from harness.statistics.best import How
from harness.statistics.pairwise import Standing

Why = Literal["slower", "blocked", "foretold", "limit", "failed", "unsupported", "unavailable", "uncompared"]
What = Literal["waiting", "cpu", "one-by-one", "starting"]


class Versus(msgspec.Struct, frozen=True):
    """A candidate against the first of the best, block by block, by the objective: above 1 is worse."""

    estimate: float
    low: float
    high: float
    verdict: Standing


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy that was measured at the point in question."""

    strategy: str
    blocks: int
    wall_seconds: float
    low_seconds: float
    high_seconds: float
    """The least and the most of its blocks."""
    cpu_seconds: float
    memory_bytes: int
    """The peak of its process."""
    memory_per_task_bytes: float | None = None
    p99_seconds: float | None = None
    in_flight_max: int | None = None
    versus: Versus | None = None


class Avoided(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy that is not advised."""

    strategy: str
    kind: Why
    why: str
    """In a sentence."""
    seconds: float | None = None
    """Of a round: measured, or foretold."""
    measured: bool = False
    per_second: float | None = None
    """Of a server: its capacity where the best is."""


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """What a round cannot go below under what is advised, by what was seen of single tasks: its largest part."""

    kind: What
    times: int
    """So often in a row."""
    each_seconds: float
    cores: float = 1.0
    """On which tasks compute side by side."""
    seconds: float


class Blocked(msgspec.Struct, frozen=True, kw_only=True):
    """What `explain` found of a strategy under which waits do not overlap."""

    strategy: str
    kind: str
    """As `explain` has it."""
    what: str
    file: str | None
    line: int | None
    text: str
    advice: str


class InFlight(msgspec.Struct, frozen=True, kw_only=True):
    """A round with half as many in flight against one with all of them, block by block."""

    strategy: str
    concurrency: int
    half: int
    estimate: float
    low: float
    high: float
    blocks: int


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """One strategy against itself in the same blocks."""

    estimate: float
    low: float
    high: float
    too_noisy: bool
    load: float
    """Of the machine, before the run."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of a task, with single ones and with four."""

    strategy: str
    """That ran single ones."""
    singles: int
    waiting_seconds: float
    cpu_seconds: float
    blocked: list[str] = []
    """Strategies under which waits do not overlap."""
    cores: dict[str, float] = {}
    """Of strategies under which tasks compute side by side: the cores that four of them used."""


class Advice(msgspec.Struct, frozen=True, kw_only=True):
    """What to use for a job, and what that rests on."""

    schema: int = SCHEMA
    workload: str
    options: dict[str, Any] = {}
    tasks: int
    concurrency: int
    objective: Objective | Literal["capacity"]
    limits: dict[Objective, float] = {}
    status: Ending
    reason: str | None = None
    """Why nothing can be advised, or why there is no more."""
    use: list[str]
    """The best: one is left, or they are level, or not told apart (`use_is`)."""
    use_is: How | None = None
    candidates: list[Candidate] = []
    """All that were measured, the best first."""
    also: list[str] = []
    avoid: list[Avoided] = []
    limit: Bound | None = None
    regret: float | None = None
    """By how much one of the best may be worse than another (95 %); null where there are too few blocks for that."""
    in_flight: InFlight | None = None
    verified: list[str] = []
    control: Control | None = None
    task: Task | None = None
    blocked: list[Blocked] = []
    foretold: dict[str, float] = {}
    """Seconds of a round by the model, which chose what to measure."""
    remarks: list[str] = []
    runs: list[str] = []
    """The records of what was measured."""
    seconds: float = 0.0
    """That all of it took."""
    servers: Servers | None = None
    """Of servers (`--servers`): `use` is of them, and the limit of p99 their latency objective."""
