"""What `--json` prints of a run, and what `harness.run` and `harness.read` return: schema 1, typed.

Times are seconds, sizes bytes, shares parts of 1; all numbers are finite. A field may be added, never renamed or
removed. A field that is ABSENT here is in some rows only: those of clients or of servers, or with numbers."""

from __future__ import annotations

from importlib import import_module
from typing import Annotated, Any, Literal

import msgspec

from harness.document import frames
from harness.record.plan import SCHEMA, Allocator, Axis, Counter, Status
from harness.record.sample import At, Commit, Ending, Reply, Role
from harness.statistics.best import How
from harness.statistics.limit import Limit
from harness.statistics.metric import Unit
from harness.statistics.paired import Rule, Verdict
from harness.statistics.pairwise import Standing

ABSENT: Any = msgspec.UNSET
Positive = Annotated[float, msgspec.Meta(gt=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class Spread(msgspec.Struct, frozen=True):
    """A number of each sample: the median, the lowest and the highest."""

    median: float
    low: float
    high: float


class Seconds(Spread, frozen=True):
    """A time of each sample."""

    median: Positive
    low: Positive
    high: Positive


class Number(Spread, frozen=True):
    """A number that another package's metric reads, in its unit."""

    unit: Unit
    heading: str = ""
    """Of its column; its name, where it has none."""


class Estimate(msgspec.Struct, frozen=True):
    """What the samples centre on (Hodges-Lehmann), with its 95 % interval."""

    estimate: float
    low: float
    high: float


class Processor(msgspec.Struct, frozen=True):
    """Seconds of processor that a round took: all of it, and its parts."""

    median: float
    user: float
    system: float
    children: float = 0.0
    """Of processes that the tasks started."""


class Switches(msgspec.Struct, frozen=True):
    """Context switches of a round."""

    voluntary: float
    involuntary: float


class Latencies(msgspec.Struct, frozen=True, kw_only=True):
    """Percentiles of how long tasks, or a server's answers, took."""

    p10: float = ABSENT
    p25: float = ABSENT
    p50: float
    p75: float = ABSENT
    p90: float
    p95: float = ABSENT
    p99: float
    p999: float = ABSENT
    max: float


class RoundOf(msgspec.Struct, frozen=True):
    """A timed round: when it was asked for, since the run began (None: nobody wrote it down), and what it took (of a
    server: of an answer)."""

    at_seconds: float | None
    seconds: float


class BlockOf(msgspec.Struct, frozen=True):
    """What a worker took in a block: the median of its rounds, and these; and when its first was asked for."""

    block: int
    seconds: float
    at_seconds: float | None
    rounds: list[RoundOf]


class HostMark(msgspec.Struct, frozen=True):
    """What the machine was like before a block (the last: after all), and since the mark before."""

    block: int
    at_seconds: float | None
    loop_seconds: Positive
    load: float
    steal_share: float


class Ratio(msgspec.Struct, frozen=True):
    """Time against the reference: below 1 is faster. The reference itself is 1, without a verdict and what follows."""

    estimate: Positive
    low: Positive
    high: Positive
    verdict: Verdict | None = None
    p: float = ABSENT
    level: Share = ABSENT
    blocks: int = ABSENT
    deviation: float | None = ABSENT
    smallest_detectable: float | None = ABSENT
    blocks_to_settle: int | None = ABSENT
    reason: str | None = ABSENT
    rule: Rule = ABSENT
    """What the verdict and the interval are of: exact ranks, or few blocks that show a huge effect."""


class VersusBest(msgspec.Struct, frozen=True):
    """Time against the fastest of the best, which itself is 1: above 1 is slower. `best`: it alone is left; `same`: it
    is level with what is; `faster`: a strategy that is there to teach, which is none of the best."""

    estimate: Positive
    low: Positive
    high: Positive
    verdict: Standing
    blocks: int = ABSENT
    level: Share = ABSENT
    """Of its test, two-sided, to which the interval belongs; with fewer blocks than can reject, low and high are their
    range."""
    reason: str | None = ABSENT
    rule: Rule = ABSENT


class Pair(msgspec.Struct, frozen=True, kw_only=True):
    """A row against another, of all pairs."""

    strategy: str
    against: str
    ratio: Ratio


class NullArm(msgspec.Struct, frozen=True):
    """A strategy against itself in the same blocks: where the two differ, the machine was too noisy for verdicts."""

    strategy: str
    too_noisy: bool
    estimate: Positive
    low: Positive
    high: Positive
    verdict: Verdict
    p: float
    level: float
    blocks: int
    deviation: float | None = None
    smallest_detectable: float | None = None
    blocks_to_settle: int | None = None
    reason: str | None = None
    rule: Rule = "ranks"
    each_block: list[BlockOf] = []
    """Of its second worker."""


class Failures(msgspec.Struct, frozen=True):
    """How many tasks of the timed rounds failed, of how many, and by what they raised; the most frequent first."""

    failures: int
    tasks: int
    kinds: dict[str, int]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A cell. One that is not `ok` has a reason, and nothing that follows its warnings."""

    strategy: str
    variant: str | None = None
    variant_spec: str | None = None
    variant_commit: str | None = None
    name: str
    status: Status
    reason: str | None = None
    traceback: str | None = None
    """Of a row that failed, as Python prints it, the last part."""
    places: list[At] = []
    """Of a row that hung: where its tasks and threads were, and how many."""
    samples: int = 0
    rounds: int = 0
    hosts: int = ABSENT
    """On how many it stands, where a run was measured on others."""
    warnings: list[str] = []
    teaches: bool = False
    """Whether it is there to teach, and nobody asked for it by name: then it is none of the best."""
    each_block: list[BlockOf] = []
    limit: Limit = ABSENT
    """What keeps it from being faster."""
    explain: str = ABSENT
    """What to type to see why, of a row that ran no two tasks at once or lost widely to the floor."""
    cpu_share: float = ABSENT
    """Of a core: what its rounds used."""
    waiting_share: float | None = ABSENT
    """Of a round: the waiting that its workload is made of; None where nobody knows that."""
    runs_on: dict[str, str | None] = ABSENT
    instructions_per_task: Spread = ABSENT
    debugging: list[str] = ABSENT
    """What debugged or traced its workers."""
    loop: str | None = ABSENT
    patched: bool = ABSENT
    wall_seconds: Seconds = ABSENT
    cpu_seconds: Processor = ABSENT
    peak_memory_bytes: int = ABSENT
    switches: Switches = ABSENT
    client: str | None = ABSENT
    peer_cpu_share: float | None = ABSENT
    server_cpu_share: float = ABSENT
    generator_cpu_share: float = ABSENT
    """Of a core: what all load generators used."""
    generators: int = ABSENT
    """How many there were."""
    limited_by: Literal["server", "generator", "neither"] = ABSENT
    connections_held: int = ABSENT
    accept_seconds: float = ABSENT
    answers_per_second: float = ABSENT
    answers_per_second_spread: Spread = ABSENT
    tasks_per_second: float = ABSENT
    intended_per_second: float | None = ABSENT
    backlog_most: int = ABSENT
    backlog_end: int = ABSENT
    unanswered: int = ABSENT
    fairness: float = ABSENT
    overhead_seconds_per_task: float = ABSENT
    overhead: Estimate = ABSENT
    memory_per_task_bytes: int = ABSENT
    memory_per_connection_bytes: int = ABSENT
    threads_max: int = ABSENT
    in_flight_max: int = ABSENT
    latency_seconds: Latencies = ABSENT
    capacity_per_second: Estimate | None = ABSENT
    failures: Failures = ABSENT
    """Where tasks may fail (`--allow-failures`)."""
    ratio: Ratio | None = ABSENT
    versus_best: VersusBest | None = ABSENT
    notes: list[str] = ABSENT
    replies: list[Reply] = ABSENT
    """What its tasks were sent in all of its rounds, where nobody but the server decides that."""
    instructions_ratio: Ratio | None = ABSENT
    metrics: dict[str, Number] = ABSENT
    """The numbers of metrics that other packages declare, and what the loop did, by their names."""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """The cells that differ only by strategy or variant: the only ones that are compared."""

    workload: str
    version: str | None = None
    """Of the workload: what changes with its source."""
    options: dict[str, Any]
    shown: list[str] | None = None
    """The options that apply with these values; None: all of them."""
    tasks: int
    concurrency: int
    floor_seconds: float | None = None
    reference: str
    against: str
    """The reference, and what its variant is of."""
    margin: float = 0.02
    slo_seconds: float | None = None
    serves: bool = False
    round_trip_seconds: dict[str, Spread] = {}
    """From each load generator's host to the server's and back (TCP, by the names of those hosts), before each block;
    none where one machine has both."""
    pinned: bool = False
    counted_with: Counter | None = None
    """What counted the instructions; None where nothing did, or nobody wrote it down."""
    counted_allocator: Allocator | None = None
    """What the counted workers allocated by; None where nobody wrote it down."""
    null_arm: NullArm | None = None
    best: list[str] = []
    """The rows that are not shown to be slower than another; none where the machine was too noisy, and of a document
    that is older than this."""
    best_is: How | None = None
    """One is left (`fastest`), all that are left are shown to be level within the margin, or they are not told apart
    yet (`open`)."""
    rows: list[Row]
    pairs: list[Pair] = ABSENT
    """Any two rows, where they were asked for."""


class HostOf(msgspec.Struct, frozen=True):
    """A host that joined a run: its number, its name, the blocks (of all groups) that it measured, what machine it is,
    and how far its clock is ahead."""

    number: int
    name: str
    blocks: int
    facts: dict[str, Any]
    offset_seconds: float
    role: Role | None = None
    """Where servers and generators have hosts of their own."""


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one run measured, and what it says."""

    schema: int = SCHEMA
    run: str
    name: str | None = None
    taken_at: str
    status: Ending
    seed: int | None = None
    blocks: int | None = None
    seconds: dict[str, float] | None = None
    memory_limit_bytes: int | None = None
    """What a worker was allowed, with what it started; None: as much as there is."""
    damaged_lines: int = 0
    left_behind: int = 0
    host: dict[str, Any]
    """The machine that measured; with `hosts`, what is theirs, where they differ each value."""
    versions: dict[str, str] = {}
    commit: Commit | None = None
    host_loop_seconds: Positive | None = None
    marks: list[HostMark] = []
    disturbances: list[str] = []
    shell: list[str] = []
    """What it was started in that is not as it usually is, and what its workers were spared."""
    left_out: list[str] = []
    """What had no room in its time."""
    hosts: list[HostOf] = []
    """Those that measured, where a run was measured on others (`--on`)."""
    reached: dict[str, str | bool] = {}
    """The options that named them and said how to reach them."""
    about_hosts: list[str] = []
    """What is to be said of them: their blocks, and what was lost."""
    cut_short: str | None = None
    """Why it ended before it was done; `--resume` goes on."""
    groups: list[Group]
    axes: list[Axis] = []
    """What a sweep moves from group to group; none of an ordinary run."""

    def to_dataframe(self) -> Any:
        """A data frame of pandas, or else of polars: a row for each cell, a column for each number, named as in the
        JSON with dots. Raises HarnessError where neither is installed."""
        return frames.dataframe(frames.flat(msgspec.to_builtins(self)))

    def _repr_html_(self) -> str:
        """The rankings, as a notebook shows them. The room that draws them stands above this one: it is looked up when
        a notebook asks."""
        shown: str = import_module("harness.page.notebook").shown(self)
        return shown
