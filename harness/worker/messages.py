"""What parent and child say to each other, typed on both sides: plain dataclasses, since a worker imports the standard
library alone. Seconds, bytes and counts, as in a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, dataclass_transform

Message = TypeVar("Message")


@dataclass_transform(eq_default=False)
def message(kind: type[Message]) -> type[Message]:
    """A dataclass that is made quickly: every worker makes all of these before it does anything."""
    return dataclass(eq=False, repr=False)(kind)


RoundKind = Literal["warmup", "timed", "observed", "counted", "attributed", "tallied", "explained", "sampled", "traced"]
FailedStatus = Literal["failed", "timeout", "invalid", "unsupported", "unavailable", "usage"]


@message
class DescribeStrategy:
    """What is this strategy?"""

    target: str
    paths: Sequence[str] = ()


@message
class StrategyDescribed:
    """What a plan has to know of a strategy."""

    summary: str
    prelude: str | None
    threads_per_task: int
    loop: str | None
    awaited: bool
    options: Sequence[str] = ()
    """Those that its class takes."""


@message
class DescribeWorkload:
    """What is this workload, with each combination of these options?"""

    target: str
    options: Sequence[Sequence[str]] = ()
    """Name and text of each, as the command line has them."""
    tasks: int | None = None
    concurrency: int | None = None
    paths: Sequence[str] = ()


@message
class WorkloadDescribed:
    """What a plan has to know of a workload: its options with their defaults, and a case for each combination."""

    summary: str
    known: dict[str, Any]
    cases: list[dict[str, Any]]


@message
class Prepare:
    """Import what a cell needs, and bring its runtime up."""

    strategy: str
    workload: str
    options: dict[str, Any]
    tasks: int
    concurrency: int | None
    peer_address: Sequence[Any] | None = None
    peer_authority: str | None = None
    slowdown: float = 0.0
    folder: dict[str, str] | None = None
    """Of a variant: the folder (`root`) that takes the place of another (`instead_of`)."""
    cpus: Sequence[int] = ()
    paths: Sequence[str] = ()
    """Where whoever asked imports from, beside what is installed."""
    strategy_options: dict[str, Any] | None = None
    tallies: bool = False
    """Whether a task's failure is counted, and the round goes on."""


@message
class Ready:
    """It is; these are its facts."""

    facts: dict[str, Any]


@message
class RunRound:
    """Run one round. A size (tasks, most in flight) is for this one and those after it."""

    kind: RoundKind
    size: Sequence[int] | None = None
    snapshots: str | None = None
    """A file that is replaced, now and then, with what was seen so far: where the round ends badly, that is left."""


@message
class Finish:
    """There are no more rounds: close what was opened."""


@message
class Mark:
    """Make a mark for what counts your instructions."""


@message
class RoundDone:
    """What a round took; of one that was watched, what was seen."""

    wall_seconds: float
    cpu_user_seconds: float
    cpu_system_seconds: float
    voluntary: int
    involuntary: int
    peak_memory_bytes: int
    grown_bytes: int
    values: str | None = None
    """A digest of what the tasks returned, where that is compared."""
    each: str | None = None
    """Of each task, in the first round that has one."""
    seen: dict[str, Any] | None = None
    cpu_children_seconds: float = 0.0
    failed: dict[str, int] | None = None
    """Where failures are counted: how many tasks raised what, the most frequent first."""
    traceback: str | None = None
    """Of the first of them."""
    replies: Sequence[dict[str, Any]] = ()
    """What its tasks were sent (`Work.replies`)."""
    functions: Sequence[Sequence[Any]] = ()
    """Those that instructions were charged to: number, name, file, first line."""


@message
class Leave:
    """There will be no more rounds: what have they left behind?"""


@message
class Left:
    """What is running, open or changed that was not when the worker was ready."""

    left: dict[str, Any]


@message
class Serve(Prepare):
    """Prepare a server, and serve from then on until SIGTERM."""

    address: Sequence[Any] = ("127.0.0.1", 0)
    shared: bool = False
    """Whether other processes listen there as well."""


@message
class Stopped:
    """It serves no longer, as it was told."""


@message
class BePeer:
    """Be the server at the other end until the process is killed."""

    module: str
    options: dict[str, Any]
    folder: str


@message
class PeerReady:
    """Where the peer answers, and which certificate (a PEM file) vouches for its TLS."""

    address: Sequence[Any]
    authority: str | None = None


@message
class BeGenerator:
    """Be the load generator of a workload's servers, or the one at `place` (from 0) `of` several, to which connections
    and arrivals are dealt out in turn."""

    workload: str
    options: dict[str, Any]
    paths: Sequence[str] = ()
    place: int = 0
    of: int = 1


@message
class Connect:
    """Open your share of some connections over `ramp` seconds, each with one answer; give up after `timeout` seconds
    without progress."""

    address: Sequence[Any]
    connections: int
    ramp: float
    timeout: float


@message
class Connected:
    """How many were to be opened, and how many were and are served, within how many seconds."""

    connections: int
    served: int
    seconds: float


@message
class Exchange:
    """Load all connections that are open; `rate` is that of all generators."""

    messages: int
    seconds: float
    rate: float
    seed: int
    timeout: float
    limit: float
    begin: float = 0.0
    """The moment to begin at, by your clock (`time.perf_counter`); 0: at once."""


@message
class Exchanged:
    """What came of it."""

    answers: int
    began: float
    """By your clock."""
    seconds: float
    times: str
    """Each latency (`workloads.peers.times`)."""
    slowest: float
    fastest: float
    """Answers a second of a connection."""
    unanswered: int
    cpu_seconds: float
    intended_per_second: float | None = None
    backlog_most: int | None = None
    backlog_end: int | None = None


@message
class Close:
    """Finish all connections, and wait at most so long for the server to do the same."""

    timeout: float


@message
class Closed:
    """How many the server left open."""

    left_open: int


@message
class Done:
    """It is done, and there is nothing to say of it."""


@message
class Failed:
    """It could not be done."""

    status: FailedStatus
    reason: str
    traceback: str | None = None
    """As Python prints it, the last part."""
    printed: bool = False
    """Whether what it printed last says more."""


Asked = (
    DescribeStrategy | DescribeWorkload | Prepare | RunRound | Finish | Leave | Mark | Serve | BePeer | BeGenerator
    | Connect | Exchange | Close
)  # fmt: skip
Answer = (
    StrategyDescribed | WorkloadDescribed | Ready | RoundDone | Left | Stopped | PeerReady | Connected | Exchanged
    | Closed | Done | Failed
)  # fmt: skip
KINDS: dict[str, Any] = {kind.__name__: kind for kind in Asked.__args__ + Answer.__args__}


def packed(said: Asked | Answer) -> dict[str, Any]:
    """A message as JSON has it."""
    return {"message": type(said).__name__} | vars(said)


def unpacked(fields: dict[str, Any]) -> Any:
    """The message that `packed` was given, of whatever kind. Raises KeyError, TypeError where it is none of ours."""
    return KINDS[fields.pop("message")](**fields)
