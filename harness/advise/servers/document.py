"""What `advise --servers --json` prints beside the rest. Times are seconds, rates answers a second."""

from __future__ import annotations

from typing import Literal

import msgspec

What = Literal["cpu", "generator", "objective"]


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy that served from so many processes, for so many connections, as it was measured."""

    strategy: str
    processes: int
    connections: int
    per_second: float
    """Its capacity, the highest rate at which p99 stayed under the objective: the median over blocks."""
    low_per_second: float
    high_per_second: float
    """The least and the most of its blocks."""
    blocks: int
    p99_seconds: float
    """At that rate."""
    cores: float
    """That the server used there."""
    generator_cores: float
    memory_bytes: int
    """The peak of its processes."""
    run: str
    group: int
    """The place of its group in the run."""


class Against(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy against the first of the best with the same processes and connections, block by block: times of an
    answer, above 1 is slower."""

    strategy: str
    estimate: float
    low: float
    high: float
    slower: bool
    """Whether that is shown (95 %), or each of two blocks, or of more, puts it 2 times behind."""


class Knee(msgspec.Struct, frozen=True, kw_only=True):
    """The best strategy with more and more of something: where more stops to help."""

    axis: Literal["processes", "connections"]
    values: list[int]
    """That were measured."""
    per_second: list[float]
    best: int
    enough: int
    """The smallest that surely is at most 5 % slower than the best (95 %): the best, where no smaller one is known to
    be."""
    open: list[int] = []
    """Smaller ones of which it is not known."""


class Bound(msgspec.Struct, frozen=True, kw_only=True):
    """What keeps the best from more."""

    kind: What
    cores: float
    generator_cores: float
    of_cores: int
    """That there were for both."""


class Servers(msgspec.Struct, frozen=True, kw_only=True):
    """What was found of servers."""

    slo_seconds: float
    processes: list[int]
    connections: list[int]
    """That were asked for."""
    best: Server | None = None
    servers: list[Server] = []
    """All that kept under the objective, the fastest first."""
    against: list[Against] = []
    knees: list[Knee] = []
    limit: Bound | None = None
    scatter: float | None = None
    """How much the capacity of one server differs from block to block: the median deviation of its logarithm."""
    blocks: int = 0
    searches: int = 0
