"""What one invocation measured: a header, a line for each sample, and an end. Raw rounds; all else is derived."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from harness.record.plan import Plan, PlannedGroup, Status
from harness.record.ranges import Amount, Count, Run, Seconds, Signed, Some, Switches, Took

Ending = Literal["complete", "partial", "interrupted"]
Arm = Literal["row", "null"]
Role = Literal["server", "generator"]


class Commit(msgspec.Struct, frozen=True):
    """What was checked out where the program was started."""

    id: str
    time: datetime
    """The committer's."""
    branch: str | None = None
    changed: Count = 0
    """Files that differ from it, and Python files that git does not track."""


class Header(msgspec.Struct, frozen=True, tag="header", tag_field="kind"):
    """The first line of a record."""

    schema: int
    run: Run
    name: str | None
    taken_at: str
    plan: Plan
    host: dict[str, Any]
    versions: dict[str, str]
    commit: Commit | None = None
    asked: dict[str, Any] | None = None
    """What of a request is not as it is by default; None: nobody wrote it down."""


class Copy(Header, frozen=True, tag="copy", tag_field="kind"):
    """What the first line holds, once more: the second line, which is read where the first is damaged."""

    def original(self) -> Header:
        """The first line."""
        return Header(**msgspec.structs.asdict(self))


class Latency(msgspec.Struct, frozen=True):
    """Exact percentiles of times in one round, seconds: of tasks, or of a server's answers."""

    p50: Seconds
    p90: Seconds
    p99: Seconds
    max: Seconds
    mean: Seconds | None = None
    p999: Seconds | None = None
    p10: Seconds | None = None
    p25: Seconds | None = None
    p75: Seconds | None = None
    p95: Seconds | None = None


class Trial(msgspec.Struct, frozen=True):
    """A rate that a search for the capacity tried: answers a second, seconds."""

    rate: Amount
    achieved: Amount
    p99: Seconds
    held: bool
    """Whether the rate was reached, and p99 stayed under what was asked."""


class Load(msgspec.Struct, frozen=True):
    """What the load generator saw of a server in one round. Seconds, bytes, counts."""

    answers: Count
    held: Count
    accept_seconds: Seconds
    latency_seconds: Latency
    fairness: Amount
    """The slowest connection's rate of answers against the fastest's."""
    memory_per_connection_bytes: Signed
    threads: Count
    left_open: Count = 0
    unanswered: Count = 0
    intended_per_second: Amount | None = None
    backlog_most: Count | None = None
    backlog_end: Count | None = None
    trials: list[Trial] = []
    """Of a search for the capacity, which is the highest rate that held."""
    by_process: list[Count] = []
    """Connections that each process had, where a server has several."""
    by_generator: list[Seconds] = []
    """Processor time of each load generator, where there are several."""
    together_seconds: Seconds | None = None
    """Of the exchange, those in which all of them loaded the server; None where there is one."""

    @property
    def capacity(self) -> float:
        """Answers a second; 0 where no rate held."""
        return max((trial.rate for trial in self.trials if trial.held), default=0.0)


class Reply(msgspec.Struct, frozen=True):
    """Replies of a server of the user's that were alike: so many (`count`), of `bytes` to `most_bytes` each."""

    url: str
    status: int
    bytes: Count
    most_bytes: Count
    count: Count


class Round(msgspec.Struct, frozen=True):
    """What one round of a worker took. Seconds, bytes, counts."""

    wall_seconds: Took
    cpu_user_seconds: Signed
    cpu_system_seconds: Signed
    """Of a server one of them was below 0 in some records of November 2026: their sum is right."""
    voluntary: Switches
    involuntary: Switches
    peak_memory_bytes: Count
    grown_bytes: int
    position: Count = 0
    peer_cpu_seconds: Seconds | None = None
    load: Load | None = None
    values: str | None = None
    """A digest of what the tasks returned, where that is compared."""
    each: str | None = None
    """Six digits of one of each task, in a worker's first round."""
    cpu_children_seconds: Seconds = 0.0
    """Of processes that the tasks started: user and system time, beside the worker's own."""

    failed: dict[str, Some] = {}
    """Where tasks may fail: how many did, by what they raised, the most frequent first."""
    replies: list[Reply] = []
    """What its tasks were sent, where nobody but the server decides that."""
    at_seconds: Seconds | None = None
    """Since the run began: when it was asked for."""

    @property
    def cpu_seconds(self) -> float:
        """Of the worker and of its children."""
        return self.cpu_user_seconds + self.cpu_system_seconds + self.cpu_children_seconds


class Observed(Round, frozen=True, kw_only=True):
    """A round that was watched task by task, and that counts for no time."""

    latency_seconds: Latency
    in_flight_max: Count
    threads_max: Count
    begun_twice: Count
    notes: list[str] = []
    debugging: list[str] = []
    """What debugged or traced the worker by the end of it."""
    loop_busy_share: Amount | None = None
    """Of the round, in which the loop did not wait for something to do; None where the runtime does not tell."""
    ready_p99_seconds: Seconds | None = None
    """How late a timer of the loop's was called that was due every 5 ms: so long a task that was ready had to wait."""
    ready_longest_seconds: Seconds | None = None


class At(msgspec.Struct, frozen=True):
    """A line of the user's, the function it is in and the library's that it waits in; how many tasks or threads of a
    worker were there."""

    place: str
    count: int


class Leftover(msgspec.Struct, frozen=True):
    """A process that a worker's tasks started, and that was still running when the worker had ended: it was killed."""

    name: str
    pid: Count
    ports: list[Count] = []
    """On which it listened (TCP)."""


class Sample(msgspec.Struct, frozen=True, tag="sample", tag_field="kind"):
    """One worker: a cell (group and strategy, by their places in the plan) within one block.

    A null arm is a second worker of the same cell, whose difference from the first can only be noise."""

    group: Count
    strategy: Count
    block: Count
    status: Status
    reason: str | None = None
    arm: Arm = "row"
    facts: dict[str, Any] = {}
    warmups: list[Round] = []
    rounds: list[Round] = []
    observed: Observed | None = None
    instructions_per_task: Amount | None = None
    left: dict[str, Any] = {}
    """What the tasks left running, open or changed, when the rounds were over."""
    children_peak_bytes: Count | None = None
    """The most memory that processes which the tasks started held at once (PSS), in a round that is not timed; None:
    there were none, or none was seen."""
    traceback: str | None = None
    """Of what it failed with, as Python prints it, the last part; of one that hung or died, what it printed of that."""
    places: list[At] = []
    """Of one that hung: where its tasks and threads were."""
    peer_ended: bool = False
    """Whether it has no number since what was at the other end ended: the row goes on in the next block."""
    site: Count = 0
    """The number of the host that it ran on, of a run on several."""
    left_behind: list[Leftover] = []
    """What outlived the worker."""


class Host(msgspec.Struct, frozen=True, tag="host", tag_field="kind"):
    """What the machine was like before a block (the last one: after all of them), and since the mark before it."""

    block: Count
    loop_seconds: Took
    sleep_seconds: Seconds
    load: Amount
    steal_share: Signed
    throttled_seconds: Signed
    suspended_seconds: Seconds
    at_seconds: Seconds | None = None
    """Since the run began."""
    group: Count | None = None
    site: Count = 0
    """On several hosts: whose block it is before, and which host."""
    engine_seconds: Seconds | None = None
    """Of processor, that what brings the blocks to this host used there while the block ran; None: there is nothing."""
    stops: Count = 0
    """How often the program that measures was stopped (Ctrl-Z), and went on."""
    round_trip_seconds: Seconds | None = None
    """From a load generator's host to the server's and back, TCP: the median of 60, before the block."""
    samples: Count | None = None
    """On several hosts: how many the block has, which are written with this at once; None: one by one."""


class Site(msgspec.Struct, frozen=True, tag="site", tag_field="kind"):
    """A host that joined a run."""

    number: Count
    name: str
    identity: str
    """The same for all that is one machine."""
    facts: dict[str, Any]
    """As the header's `host`."""
    offset_seconds: float = 0.0
    """How far its clock is ahead."""
    role: Role | None = None
    """Where servers and generators have hosts of their own."""


class Loss(msgspec.Struct, frozen=True, tag="loss", tag_field="kind"):
    """What a run lost with a host: a block in flight, which is measured again; or the host, for the rest of the run."""

    host: str
    reason: str
    group: Count | None = None
    block: Count | None = None
    is_back: bool = False
    """Whether the host is there again: the end of what an earlier line says."""


class Cut(msgspec.Struct, frozen=True, tag="cut", tag_field="kind"):
    """What a run left out to end in time."""

    block: Count
    """From which on."""
    seconds: Seconds
    """What all of it would have taken."""
    rounds: Some | None = None
    """Timed rounds of each worker, where they were fewer from then on."""
    groups: dict[str, Count] = {}
    """The blocks that groups (by their places in the plan) lacked for their verdicts at the end."""


class Added(msgspec.Struct, frozen=True, tag="group", tag_field="kind"):
    """A group that a sweep added while it ran: the next of the plan."""

    group: PlannedGroup


class Looks(msgspec.Struct, frozen=True, tag="looks", tag_field="kind"):
    """That a run looks after each block whether there are enough, and how many there may be at most: fixed after the
    first block, by the time that it took, before anything is looked at."""

    most: Some


class End(msgspec.Struct, frozen=True, tag="end", tag_field="kind"):
    """The last line of a record: how the run ended, what its seconds went into, and how many
    processes that users' code left behind had to be killed."""

    status: Ending
    blocks: Count
    seconds: dict[str, Seconds]
    left_behind: Count = 0
    cut_short: str | None = None
    """Why it ended before it was done, which another try may change."""


Line = Header | Copy | Sample | Host | Cut | Added | Looks | Site | Loss | End


SAME = ("machine_key", "cpu_model", "cores", "system", "machine", "python", "implementation", "kernel")
"""Facts of a machine that move its numbers."""


class Record(msgspec.Struct, frozen=True):
    """A record as read: a file without an end was cut off, and is partial."""

    header: Header
    samples: list[Sample]
    end: End | None
    damaged: int = 0
    marks: list[Host] = []
    cuts: list[Cut] = []
    beside: list[Sample] = []
    """Those of blocks whose other end ended, of rows that have others."""
    looks: Looks | None = None
    sites: list[Site] = []
    losses: list[Loss] = []
    uneven: list[Sample] = []
    """Those of blocks that hosts have more of than others: rows are made of equally many of each."""

    @property
    def every(self) -> list[Sample]:
        """All samples, whether rows are made of them or not."""
        return [*self.samples, *self.beside, *self.uneven]

    @property
    def machine(self) -> dict[str, Any]:
        """The facts of what measured: of this machine, or of the hosts that did; where those differ, each value."""
        measured = {one.site for one in self.every}
        sites = [one for one in self.sites if one.role != "generator"]
        found = [one.facts for one in sites if one.number in measured] or [one.facts for one in sites]
        if not found:
            return self.header.host
        several = {name: sorted({str(facts.get(name)) for facts in found}) for name in SAME}
        return found[0] | {name: " / ".join(values) for name, values in several.items() if len(values) > 1}

    @property
    def most(self) -> int:
        """The blocks that there could have been: those of the plan, where none were fixed."""
        return self.looks.most if self.looks else self.header.plan.blocks


def parted(samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
    """The samples that rows are made of, and those that only say that what was at the other end had ended: a row that
    has nothing else is made of those."""
    known = {(one.group, one.strategy) for one in samples if not one.peer_ended}
    aside = [one.peer_ended and (one.group, one.strategy) in known for one in samples]
    made = [one for one, left in zip(samples, aside, strict=True) if not left]
    return made, [one for one, left in zip(samples, aside, strict=True) if left]


def evened(samples: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
    """As many samples of each group as there can be with equally many blocks of each host, the first of each, so that
    no host weighs more; and the others. Of one host: all."""
    blocks: dict[int, dict[int, set[int]]] = {}
    for one in samples:
        blocks.setdefault(one.group, {}).setdefault(one.site, set()).add(one.block)
    kept = {(group, block) for group, by_site in blocks.items() for block in _equally_many(list(by_site.values()))}
    return (
        [one for one in samples if (one.group, one.block) in kept],
        [one for one in samples if (one.group, one.block) not in kept],
    )


def _equally_many(by_host: Sequence[set[int]]) -> set[int]:
    counts = sorted(map(len, by_host), reverse=True)
    hosts = max(range(1, len(counts) + 1), key=lambda number: (number * counts[number - 1], number))
    each = counts[hosts - 1]
    return {block for blocks in by_host if len(blocks) >= each for block in sorted(blocks)[:each]}
