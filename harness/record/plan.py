"""What a run is to measure, and how.

Schema 1 (2026-11): the first."""

from __future__ import annotations

import os
import re
from collections.abc import Set
from pathlib import PurePath
from typing import Annotated, Any, Literal

import msgspec

from harness.record.ranges import Amount, Count, Limit, Name, Seconds, Share, Some, Took
from harness.workloads.serving import Demand

SCHEMA = 1

Status = Literal["ok", "failed", "timeout", "invalid", "unsupported", "unavailable"]
FAILED: Set[Status] = {"failed", "timeout", "invalid"}
"""How cells end that did not work; the rest were not to be had."""
Pin = Literal["apart", "one", "none"]
Counter = Literal["perf", "qemu", "callgrind"]
"""What counts instructions: the processor's counters, qemu-user, or valgrind's callgrind."""
Allocator = Literal["system", "steady"]


LACKING = re.compile(r"there is no .+|.+ has no [\w.+]+")
"""What a worker says of a workload that is not there."""


class Variant(msgspec.Struct, frozen=True):
    """Where a cell runs, if not where we do."""

    name: str
    spec: str
    python: str | None = None
    """The interpreter, if it is not ours."""
    root: str | None = None
    """The folder that stands for `instead_of`; both without links in their paths."""
    instead_of: str | None = None
    commit: str | None = None
    """That is checked out there, if it is a revision."""

    @property
    def identity(self) -> str:
        """What it is of: its parts, a revision by its commit."""
        return self.spec + (f" ({self.commit[:12]})" if self.commit else "")

    @property
    def folder(self) -> dict[str, str] | None:
        """What its workers are told of the folder, if there is one."""
        return {"root": self.root, "instead_of": self.instead_of} if self.root and self.instead_of else None

    @property
    def is_here(self) -> bool:
        """Whether it is of the working tree: of no revision, and of no other folder."""
        return not self.commit and (self.root is None or f"{self.instead_of}/".startswith(f"{self.root}/"))

    def told(self, reason: str) -> str:
        """A reason, what is lacking in it by its path within the variant, wherever that is kept."""
        if not self.root or f"{self.root}/" not in reason or not LACKING.fullmatch(reason):
            return reason
        return f"{reason.replace(f'{self.root}/', '')}, in {self.identity}"

    def at(self, place: str) -> str:
        """A path, or a target that begins with one, as it is within the variant. Folders are compared as the file
        system does: a link within the folder is a link within the variant, and leads where that one leads."""
        if self.root and self.instead_of and place.startswith("/"):
            for folder in (PurePath(place), *PurePath(place).parents):
                if os.path.realpath(folder) == self.instead_of:
                    return self.root + place[len(str(folder)) :]
        return place


class PlannedStrategy(msgspec.Struct, frozen=True):
    """A strategy of the plan: its name (NAME@VARIANT in a variant), where its class is, what its workers do first."""

    name: Name
    target: str
    prelude: str | None = None
    threads_per_task: Count = 0
    loop: str | None = None
    slowdown: Amount = 0.0
    variant: Variant | None = None
    options: list[str] = []
    """Those that it takes."""
    lesson: bool = False
    """Whether it is there to teach, and nobody asked for it by name: then it is none of the best."""
    status: Status = "ok"
    reason: str | None = None
    traceback: str | None = None

    def told(self, reason: str | None) -> str | None:
        """Why it failed, with the names of files as they are within its variant."""
        return self.variant.told(reason) if self.variant and reason else reason

    @property
    def plain(self) -> str:
        """Its name without the variant's."""
        return self.name.removesuffix(f"@{self.variant.name}") if self.variant else self.name

    @property
    def identity(self) -> str:
        """Its name, and what its variant is of."""
        return f"{self.name} = {self.variant.identity}" if self.variant else self.name


class PlannedGroup(msgspec.Struct, frozen=True):
    """The cells that differ only by strategy: a workload with its options and sizes."""

    workload: Name
    target: str
    options: dict[str, Any]
    tasks: Some
    concurrency: Some
    floor_seconds: Seconds | None = None
    sockets_per_task: Count = 0
    peer_module: str | None = None
    serves: bool = False
    demand: Demand | None = None
    """Of a server."""
    processes: Some = 1
    """From which each strategy serves."""
    generators: Some = 1
    """Which load each server, each by its share of the connections."""
    shown: list[str] | None = None
    """The options that apply with these values; None: all of them."""
    given: list[str] | None = None
    """The options that somebody set, and of `--tasks` and `--concurrency` those; None: nobody wrote it down."""
    served_at: str = "{host}:{port}"
    """What a client of a server is told."""
    of_strategies: list[str] = []
    """Of the options those that are not the workload's: strategies that have them take them."""
    version: str | None = None
    """Of the workload: what changes with its source."""
    status: Status = "ok"
    reason: str | None = None
    traceback: str | None = None

    @property
    def of_workload(self) -> dict[str, Any]:
        """The workload's options."""
        return {name: value for name, value in self.options.items() if name not in self.of_strategies}

    def taken_by(self, strategy: PlannedStrategy) -> dict[str, Any]:
        """A strategy's options."""
        return {name: self.options[name] for name in self.of_strategies if name in strategy.options}


class Axis(msgspec.Struct, frozen=True):
    """What a sweep moves: `tasks`, `concurrency` or an option of the workload, from `low` to `high`."""

    name: Name
    low: Amount
    high: Amount
    whole: bool = True
    """Whether only whole numbers are meant."""
    listed: list[Amount] = []
    """The values, where only these are meant."""


class Plan(msgspec.Struct, frozen=True):
    """What a run is to measure, and how."""

    strategies: Annotated[list[PlannedStrategy], msgspec.Meta(min_length=1)]
    groups: Annotated[list[PlannedGroup], msgspec.Meta(min_length=1)]
    reference: str
    blocks: Some
    rounds: Some | None
    warmup: Count
    timeout: Seconds
    max_time: Seconds | None
    pin: Pin
    seed: Annotated[int, msgspec.Meta(ge=0)]
    margin: Limit = 0.02
    precision: Limit | None = None
    count: Literal["instructions"] | None = None
    count_with: Counter | None = None
    """None, where instructions were counted: nobody wrote it down."""
    count_allocator: Allocator | None = None
    """What counted workers allocated by: the system's and Python's own, or one whose calls run as many instructions
    however the heap is divided. None, where instructions were counted: the system's."""
    count_margin: Limit = 0.002
    silence: Seconds = 5.0
    """Seconds without any answer of a server after which no more are waited for."""
    values: Literal["same", "any"] = "same"
    """Whether the tasks of a user's function have to return the same under every strategy."""
    fresh: bool = False
    """Whether each worker runs one timed round, so that none finds what another left."""
    allow_failures: Share = 0.0
    """The share of a round's tasks that may fail."""
    settle: bool = False
    """Whether cells stop of which few blocks have said all, and what does not fit into `max_time` is left out."""
    slo: Took | None = None
    """Seconds under which p99 has to stay, where the capacity of servers is sought."""
    axes: Annotated[list[Axis], msgspec.Meta(max_length=2)] = []
    """What a sweep moves from group to group; none of an ordinary run."""
    order_by: Literal["run", "block"] = "run"
    """What the order of a block's rounds is drawn from beside the seed: all that the run drew before, or (since
    2026-11-27) its group and its number alone."""
    memory_limit: Some | None = None
    """Bytes that a worker may hold, with what it starts."""
    server_on: Name | None = None
    """The host that strategies serve on, where that is another than the generators'."""
    load_from: list[Name] = []
    """The hosts of the generators."""
    reached: dict[str, str | bool] = {}
    """The options by which other hosts were named (but for the two above) and reached, as they were given."""
    watched: int = 3
    """The blocks, the first of all, in which each worker runs one more round that is watched task by task."""
