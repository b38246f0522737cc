"""What a run is to measure, and how.

Schema 1 (2026-11): the first."""

from __future__ import annotations

import os
import re
from pathlib import PurePath
from typing import Any, Literal

import msgspec

from harness.workloads.serving import Demand

SCHEMA = 1

Status = Literal["ok", "failed", "timeout", "invalid", "unsupported", "unavailable"]
Pin = Literal["apart", "one", "none"]
Counter = Literal["perf", "qemu", "callgrind"]
"""What counts instructions: the processor's counters, qemu-user, or valgrind's callgrind."""


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

    name: str
    target: str
    prelude: str | None = None
    threads_per_task: int = 0
    loop: str | None = None
    slowdown: float = 0.0
    variant: Variant | None = None
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

    workload: str
    target: str
    options: dict[str, Any]
    tasks: int
    concurrency: int
    floor_seconds: float | None = None
    sockets_per_task: int = 0
    peer_module: str | None = None
    serves: bool = False
    demand: Demand | None = None
    """Of a server."""
    shown: list[str] | None = None
    """The options that apply with these values; None: all of them."""
    given: list[str] | None = None
    """The options that somebody set, and of `--tasks` and `--concurrency` those; None: nobody wrote it down."""
    served_at: str = "{host}:{port}"
    """What a client of a server is told."""
    version: str | None = None
    """Of the workload: what changes with its source."""
    status: Status = "ok"
    reason: str | None = None
    traceback: str | None = None


class Plan(msgspec.Struct, frozen=True):
    """What a run is to measure, and how."""

    strategies: list[PlannedStrategy]
    groups: list[PlannedGroup]
    reference: str
    blocks: int
    rounds: int | None
    warmup: int
    timeout: float
    max_time: float | None
    pin: Pin
    seed: int
    margin: float = 0.02
    precision: float | None = None
    count: Literal["instructions"] | None = None
    count_with: Counter | None = None
    """None, where instructions were counted: nobody wrote it down."""
    count_margin: float = 0.002
    silence: float = 5.0
    """Seconds without any answer of a server after which no more are waited for."""
    values: Literal["same", "any"] = "same"
    """Whether the tasks of a user's function have to return the same under every strategy."""
    fresh: bool = False
    """Whether each worker runs one timed round, so that none finds what another left."""
    allow_failures: float = 0.0
    """The share of a round's tasks that may fail."""
    settle: bool = False
    """Whether cells stop of which few blocks have said all, and what does not fit into `max_time` is left out."""
    slo: float | None = None
    """Seconds under which p99 has to stay, where the capacity of servers is sought."""
