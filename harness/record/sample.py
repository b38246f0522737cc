"""What one invocation measured: a header, a line for each sample, and an end. Raw rounds; all else is derived."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from harness.record.plan import Plan, Status

Ending = Literal["complete", "partial", "interrupted"]
Arm = Literal["row", "null"]


class Commit(msgspec.Struct, frozen=True):
    """What was checked out where the program was started."""

    id: str
    time: datetime
    """The committer's."""
    branch: str | None = None
    changed: int = 0
    """Files that differ from it, and Python files that git does not track."""


class Header(msgspec.Struct, frozen=True, tag="header", tag_field="kind"):
    """The first line of a record."""

    schema: int
    run: str
    name: str | None
    taken_at: str
    plan: Plan
    host: dict[str, Any]
    versions: dict[str, str]
    commit: Commit | None = None


class Latency(msgspec.Struct, frozen=True):
    """Exact percentiles of times in one round, seconds: of tasks, or of a server's answers."""

    p50: float
    p90: float
    p99: float
    max: float
    mean: float | None = None
    p999: float | None = None
    p10: float | None = None
    p25: float | None = None
    p75: float | None = None
    p95: float | None = None


class Trial(msgspec.Struct, frozen=True):
    """A rate that a search for the capacity tried: answers a second, seconds."""

    rate: float
    achieved: float
    p99: float
    held: bool
    """Whether the rate was reached, and p99 stayed under what was asked."""


class Load(msgspec.Struct, frozen=True):
    """What the load generator saw of a server in one round. Seconds, bytes, counts."""

    answers: int
    held: int
    accept_seconds: float
    latency_seconds: Latency
    fairness: float
    """The slowest connection's rate of answers against the fastest's."""
    memory_per_connection_bytes: float
    threads: int
    left_open: int = 0
    unanswered: int = 0
    intended_per_second: float | None = None
    backlog_most: int | None = None
    backlog_end: int | None = None
    trials: list[Trial] = []
    """Of a search for the capacity, which is the highest rate that held."""

    @property
    def capacity(self) -> float:
        """Answers a second; 0 where no rate held."""
        return max((trial.rate for trial in self.trials if trial.held), default=0.0)


class Reply(msgspec.Struct, frozen=True):
    """Replies of a server of the user's that were alike: so many (`count`), of `bytes` to `most_bytes` each."""

    url: str
    status: int
    bytes: int
    most_bytes: int
    count: int


class Round(msgspec.Struct, frozen=True):
    """What one round of a worker took. Seconds, bytes, counts."""

    wall_seconds: float
    cpu_user_seconds: float
    cpu_system_seconds: float
    voluntary: int
    involuntary: int
    peak_memory_bytes: int
    grown_bytes: int
    position: int = 0
    peer_cpu_seconds: float | None = None
    load: Load | None = None
    values: str | None = None
    """A digest of what the tasks returned, where that is compared."""
    each: str | None = None
    """Six digits of one of each task, in a worker's first round."""
    cpu_children_seconds: float = 0.0
    """Of processes that the tasks started: user and system time, beside the worker's own."""

    failed: dict[str, int] = {}
    """Where tasks may fail: how many did, by what they raised, the most frequent first."""
    replies: list[Reply] = []
    """What its tasks were sent, where nobody but the server decides that."""
    at_seconds: float | None = None
    """Since the run began: when it was asked for."""

    @property
    def cpu_seconds(self) -> float:
        """Of the worker and of its children."""
        return self.cpu_user_seconds + self.cpu_system_seconds + self.cpu_children_seconds


class Observed(Round, frozen=True, kw_only=True):
    """A round that was watched task by task, and that counts for no time."""

    latency_seconds: Latency
    in_flight_max: int
    threads_max: int
    begun_twice: int
    notes: list[str] = []
    debugging: list[str] = []
    """What debugged or traced the worker by the end of it."""


class Sample(msgspec.Struct, frozen=True, tag="sample", tag_field="kind"):
    """One worker: a cell (group and strategy, by their places in the plan) within one block.

    A null arm is a second worker of the same cell, whose difference from the first can only be noise."""

    group: int
    strategy: int
    block: int
    status: Status
    reason: str | None = None
    arm: Arm = "row"
    facts: dict[str, Any] = {}
    warmups: list[Round] = []
    rounds: list[Round] = []
    observed: Observed | None = None
    instructions_per_task: float | None = None
    left: dict[str, Any] = {}
    """What the tasks left running, open or changed, when the rounds were over."""
    children_peak_bytes: int | None = None
    """The most memory that processes which the tasks started held at once (PSS), in a round that is not timed; None:
    there were none, or none was seen."""
    traceback: str | None = None
    """Of what it failed with, as Python prints it, the last part; of one that hung or died, what it printed of that."""


class Host(msgspec.Struct, frozen=True, tag="host", tag_field="kind"):
    """What the machine was like before a block (the last one: after all of them), and since the mark before it."""

    block: int
    loop_seconds: float
    sleep_seconds: float
    load: float
    steal_share: float
    throttled_seconds: float
    suspended_seconds: float
    at_seconds: float | None = None
    """Since the run began."""


class Cut(msgspec.Struct, frozen=True, tag="cut", tag_field="kind"):
    """What a run left out to end in time."""

    block: int
    """From which on."""
    seconds: float
    """What all of it would have taken."""
    rounds: int | None = None
    """Timed rounds of each worker, where they were fewer from then on."""
    groups: dict[str, int] = {}
    """The blocks that groups (by their places in the plan) lacked for their verdicts at the end."""


class Looks(msgspec.Struct, frozen=True, tag="looks", tag_field="kind"):
    """That a run looks after each block whether there are enough, and how many there may be at most: fixed after the
    first block, by the time that it took, before anything is looked at."""

    most: int


class End(msgspec.Struct, frozen=True, tag="end", tag_field="kind"):
    """The last line of a record: how the run ended, what its seconds went into, and how many
    processes that users' code left behind had to be killed."""

    status: Ending
    blocks: int
    seconds: dict[str, float]
    left_behind: int = 0


Line = Header | Sample | Host | Cut | Looks | End


class Record(msgspec.Struct, frozen=True):
    """A record as read: a file without an end was cut off, and is partial."""

    header: Header
    samples: list[Sample]
    end: End | None
    damaged: int = 0
    marks: list[Host] = []
    cuts: list[Cut] = []
    looks: Looks | None = None

    @property
    def most(self) -> int:
        """The blocks that there could have been: those of the plan, where none were fixed."""
        return self.looks.most if self.looks else self.header.plan.blocks
