"""Records over commits: a series for each cell, of its ratio to what it was measured beside. Pure functions.

The ratio is against the reference of the same blocks, and that of the reference (or of a cell that had none) against
the loop that the host runs before each block: machines drift, and a ratio drifts less than seconds do."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from statistics import median
from typing import Annotated, Any, NamedTuple

import msgspec

from harness.record.plan import SCHEMA
from harness.record.sample import Commit, Record
from harness.statistics.paired import MARGIN
from harness.statistics.ranks import hodges_lehmann
from harness.statistics.shifts import Shift, shifts
from harness.statistics.verdicts import against_reference

HOST_LOOP = "host loop"
Positive = Annotated[float, msgspec.Meta(gt=0)]


class Spread(msgspec.Struct):
    """A number of a cell."""

    median: Positive


class Ratio(msgspec.Struct):
    """A cell against the reference; without a verdict it is the reference itself."""

    estimate: Positive
    verdict: str | None = None


class Row(msgspec.Struct):
    """What a summary has to hold of a cell."""

    name: str
    status: str
    wall_seconds: Spread | None = None
    ratio: Ratio | None = None
    answers_per_second: float | None = None
    variant_spec: str | None = None
    variant_commit: str | None = None

    @property
    def seconds(self) -> float | None:
        """What it took; of a server, for each answer."""
        if self.answers_per_second:
            return 1 / self.answers_per_second
        return self.wall_seconds.median if self.wall_seconds else None


class Group(msgspec.Struct):
    """What a summary has to hold of a group."""

    workload: str
    options: dict[str, Any]
    tasks: int
    concurrency: int
    against: str
    rows: list[Row]
    version: str | None = None


class Summary(msgspec.Struct):
    """What `--json` writes, as far as a history needs it."""

    schema: int
    run: str
    taken_at: str
    host: dict[str, Any]
    groups: list[Group]
    commit: Commit | None = None
    host_loop_seconds: Positive | None = None


class Key(NamedTuple):
    """What the points of a series have in common. The options are `key=value`, as the command line takes them."""

    workload: str
    options: tuple[str, ...]
    tasks: int
    concurrency: int
    strategy: str
    against: str
    machine: str


class Point(NamedTuple):
    """A commit's number: the logarithm of a ratio, and the version of the workload that it was measured with."""

    commit: str
    time: datetime
    log_ratio: float
    version: str | None


class Series(NamedTuple):
    """The points of a cell in the order of their commits, and the shifts of their level."""

    key: Key
    points: list[Point]
    shifts: list[Shift]


def summary(record: Record) -> Summary:
    """A record as a summary: of its statistics only the ratios, which is quick."""
    header = record.header
    groups = []
    for number, group in enumerate(header.plan.groups):
        mine = [one for one in record.samples if one.group == number]
        numbers, reference, arms = against_reference(header.plan, mine)
        rows = []
        for place in numbers:
            strategy = header.plan.strategies[place]
            ratio: Ratio | None = Ratio(1.0)
            if place != reference:
                d = arms[place]
                ratio = Ratio(math.exp(hodges_lehmann(d)), "undecided") if len(d) else None
            took = Spread(median(median(rounds.values) for rounds in numbers[place].values()))
            row = Row(strategy.name, "ok", took, ratio)
            if strategy.variant:
                row.variant_spec, row.variant_commit = strategy.variant.spec, strategy.variant.commit
            rows.append(row)
        against = header.plan.strategies[reference].identity
        about = group.workload, group.options, group.tasks, group.concurrency
        groups.append(Group(*about, against, rows, group.version))
    loop = median(mark.loop_seconds for mark in record.marks) if record.marks else None
    return Summary(SCHEMA, header.run, header.taken_at, header.host, groups, header.commit, loop)


def series(summaries: Sequence[Summary], margin: float = MARGIN, last: int | None = None) -> list[Series]:
    """A series for each cell, of its last commits if so asked, with its shifts by at least a margin (a share). Runs
    without a commit, or of a tree that differed from it, are passed over; of several runs of a commit the median
    counts."""
    found: dict[Key, dict[str, list[Point]]] = {}
    for one in summaries:
        if one.commit and not one.commit.changed:
            for key, point in _points(one, one.commit):
                found.setdefault(key, {}).setdefault(point.commit, []).append(point)
    made = []
    for key in sorted(found):
        points = sorted((_of_commit(same) for same in found[key].values()), key=lambda point: point.time.timestamp())
        points = points[-last:] if last else points
        values = [point.log_ratio for point in points]
        made.append(Series(key, points, shifts(values, math.log1p(margin))))
    return made


def _points(one: Summary, commit: Commit) -> Iterator[tuple[Key, Point]]:
    for group in one.groups:
        options = tuple(_written(group.options))
        for row in group.rows:
            if row.status != "ok" or row.variant_commit or not (row.ratio and row.seconds):
                continue  # what was measured at a commit of its own says nothing of this one
            against, ratio = group.against, row.ratio.estimate
            if row.ratio.verdict is None:
                if not one.host_loop_seconds:
                    continue
                against, ratio = HOST_LOOP, row.seconds / one.host_loop_seconds
            machine = str(one.host.get("machine_key"))
            name = f"{row.name} = {row.variant_spec}" if row.variant_spec else row.name
            key = Key(group.workload, options, group.tasks, group.concurrency, name, against, machine)
            yield key, Point(commit.id, commit.time, math.log(ratio), group.version)


def _written(options: dict[str, Any]) -> Iterator[str]:
    for name, value in options.items():
        for one in value if isinstance(value, list) else [] if value is None else [value]:
            yield f"{name}={one}"


def _of_commit(points: Sequence[Point]) -> Point:
    return points[-1]._replace(log_ratio=median(point.log_ratio for point in points))


class Suspect(NamedTuple):
    """Two commits between which something became slower: to be measured beside each other."""

    before: str
    after: str
    workload: str
    options: tuple[str, ...]
    tasks: int
    concurrency: int


def suspects(found: Sequence[Series]) -> dict[Suspect, list[str]]:
    """The last shift of each series, where it was to the slower: the commits on its two sides, and the strategies. Not
    of those with packages or an interpreter of their own: a gate of two commits would measure something else."""
    suspected: dict[Suspect, list[str]] = {}
    for one in found:
        own = any(f"{kind}:" in one.key.strategy for kind in ("pip", "python"))
        if one.shifts and one.shifts[-1].after > one.shifts[-1].before and not own:
            place = one.shifts[-1].place
            between = one.points[place - 1].commit, one.points[place].commit
            key = one.key
            suspect = Suspect(*between, key.workload, key.options, key.tasks, key.concurrency)
            strategies = suspected.setdefault(suspect, [])
            if (plain := key.strategy.partition("@")[0]) not in strategies:
                strategies.append(plain)
    return suspected
