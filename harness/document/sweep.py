"""What `sweep --json` prints, and what `harness.sweep` returns: strategies along one or two axes."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from harness.document.run import HostOf, Seconds
from harness.record.plan import SCHEMA, Axis, Status
from harness.record.sample import Ending
from harness.statistics.best import How


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """A group of the run, by its place on the axes."""

    value: float
    """On the first axis."""
    values: dict[str, float]
    """On each axis, by its name."""
    run: str
    group: int
    """Its place in the run."""
    best: list[str]
    best_is: How | None = None
    in_grid: bool
    """Whether all strategies were to be measured there; other points were added for some of them."""
    blocks: int
    seconds: dict[str, Seconds]
    """Of a round, by strategy: the median of its blocks, the least and the most."""
    warnings: dict[str, list[str]] = {}
    """By strategy: what a reader should know before believing its numbers there, or why they are not compared."""


class Crossover(msgspec.Struct, frozen=True, kw_only=True):
    """Below `low` the strategy `from` is the faster, above `high` it is `to`; 95 %."""

    from_: str = msgspec.field(name="from")
    to: str
    low: float
    high: float
    at: float
    of_best: bool
    """Whether the two are the best beside it."""
    two_states: dict[str, float] = {}
    """Strategies that were in either of two states near it, and how many times slower one of these is."""


class Bend(msgspec.Struct, frozen=True, kw_only=True):
    """Where more stops to help a strategy: the bend of its line, 95 %; the smallest size measured that surely is within
    5 % of its best, if any; the waves of tasks at the bend, where the axis says how many run at once."""

    strategy: str
    low: float
    high: float
    at: float
    enough: float | None = None
    waves: float | None = None


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """Where a strategy did not work, or could not be had: the last values at which it worked, if any, and those at
    which it did not."""

    strategy: str
    worked: dict[str, float] | None
    failed: dict[str, float]
    status: Status
    reason: str
    above: bool
    """Whether it was not tried farther out."""


class Absent(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy that ran at no point, and why."""

    strategy: str
    status: Status
    """`unavailable` or `unsupported`, which is nobody's failure; or how it failed."""
    reason: str


class Sweep(msgspec.Struct, frozen=True, kw_only=True):
    """Strategies along one or two axes."""

    schema: int = SCHEMA
    run: str
    name: str | None = None
    status: Ending
    workload: str
    options: list[str]
    """As the command line takes them: KEY=VALUE; without those that are moved."""
    tasks: int | None
    concurrency: int | None
    """None where it is moved, or is the number of tasks."""
    axis: str
    axes: list[Axis]
    margin: float
    points: list[Point]
    crossovers: list[Crossover]
    knees: list[Bend]
    stops: list[Stop]
    absent: list[Absent] = []
    open: list[str]
    """What is not known, a sentence each."""
    scatter: float | None = None
    """The deviation of a block's ratio of two strategies, as a share: the median over pairs and points."""
    seconds: float | None = None
    """That it took."""
    blocks: int
    cut_short: str | None = None
    """Why it ended before it was done, which another try may change."""
    hosts: list[HostOf] = []
    """Those that measured, where a sweep was measured on others (`--on`)."""
    about_hosts: list[str] = []
    """Sentences on them."""


def names(points: Iterable[Point]) -> list[str]:
    """The strategies that have numbers at some points, in the order of the plan."""
    return list(dict.fromkeys(name for point in points for name in point.seconds))
