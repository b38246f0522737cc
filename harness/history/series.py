"""Records over commits: a series for each cell, of its ratio to what it was measured beside. Pure functions.

The ratio is against the reference of the same blocks, and that of the reference (or of a cell that had none) against
the loop that the host runs before each block: machines drift, and a ratio drifts less than seconds do."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any, NamedTuple

from harness.document import run as document
from harness.document.history import Change, Point, Series
from harness.document.names import typed
from harness.document.run import Row, Run
from harness.record.plan import PlannedGroup
from harness.record.sample import Commit, Record
from harness.statistics.paired import MARGIN
from harness.statistics.ranks import hodges_lehmann
from harness.statistics.shell import Cell, differences, of_cell, of_cells
from harness.statistics.shifts import Shift, shifts
from harness.statistics.verdicts import against_reference

HOST_LOOP = "host loop"
UNKNOWN = Cell(None, ())


class Key(NamedTuple):
    """What the points of a series have in common. The options are `key=value`, as the command line takes them."""

    workload: str
    options: tuple[str, ...]
    tasks: int
    concurrency: int
    strategy: str
    against: str
    machine: str


class Reading(NamedTuple):
    """A cell's number in one run: the logarithm of a ratio, the version of the workload, and what it was taken in."""

    key: Key
    log_ratio: float
    version: str | None
    host: Mapping[str, Any] = {}
    ran_on: Cell = UNKNOWN


class Taken(NamedTuple):
    """What a history wants of one run."""

    run: str
    commit: Commit | None
    readings: list[Reading]


class Relative(NamedTuple):
    """A cell of one run: the seconds that it took (of a server: for each answer), and against the reference."""

    name: str
    seconds: float
    ratio: float | None
    """None is the reference itself."""
    ran_on: Cell = UNKNOWN


def of_record(record: Record) -> Taken:
    """What a record says: of its statistics only the ratios, which is quick."""
    header = record.header
    loop = median(mark.loop_seconds for mark in record.marks) if record.marks else None
    readings: list[Reading] = []
    for number, group in enumerate(header.plan.groups):
        mine = [one for one in record.samples if one.group == number]
        numbers, reference, arms = against_reference(header.plan, mine)
        cells = []
        for place, blocks in numbers.items():
            strategy = header.plan.strategies[place]
            took = median(median(rounds.values) for rounds in blocks.values())
            commit, spec = (strategy.variant.commit, strategy.variant.spec) if strategy.variant else (None, None)
            if not commit and (place == reference or len(arms[place])):
                ratio = None if place == reference else math.exp(hodges_lehmann(arms[place]))
                ran_on = of_cell([one for one in mine if one.strategy == place and one.rounds])
                cells.append(Relative(_named(strategy.name, spec), took, ratio, ran_on))
        against = header.plan.strategies[reference].identity
        readings += _readings(group, against, cells, record.machine, loop)
    return Taken(header.run, header.commit, readings)


def of_run(run: Run) -> Taken:
    """What a document says."""
    readings: list[Reading] = []
    for group in run.groups:
        cells = [
            Relative(
                _named(row.name, row.variant_spec),
                took,
                row.ratio.estimate if row.ratio.verdict else None,
                Cell(row.loop or None, row.debugging or []),
            )
            for row in group.rows
            if row.status == "ok" and not row.variant_commit and row.ratio and (took := _seconds(row))
        ]
        readings += _readings(group, group.against, cells, run.host, run.host_loop_seconds)
    return Taken(run.run, run.commit, readings)


def _named(name: str, spec: str | None) -> str:
    return f"{name} = {spec}" if spec else name


def _seconds(row: Row) -> float | None:
    """What a row took; of a server, for each answer."""
    if row.answers_per_second and row.answers_per_second > 0:
        return 1 / row.answers_per_second
    return row.wall_seconds.median if row.wall_seconds else None


def _readings(
    group: PlannedGroup | document.Group,
    against: str,
    cells: Sequence[Relative],
    host: dict[str, Any],
    loop: float | None,
) -> Iterator[Reading]:
    """The readings of a group's cells. What was measured at a commit of its own says nothing of this one, so it is not
    among them."""
    options = tuple(typed(group.options))
    for cell in cells:
        ratio, to = (cell.ratio, against) if cell.ratio else (cell.seconds / loop if loop else None, HOST_LOOP)
        about = group.workload, options, group.tasks, group.concurrency, cell.name, to
        if ratio:
            key = Key(*about, str(host.get("machine_key")))
            yield Reading(key, math.log(ratio), group.version, host, cell.ran_on)


def series(taken: Sequence[Taken], margin: float = MARGIN, last: int | None = None) -> list[Series]:
    """A series for each cell, of its last commits if so asked, with its shifts by at least a margin (a share). Runs
    without a commit, or of a tree that differed from it, are passed over; of several runs of a commit the median
    counts."""
    found: dict[Key, dict[str, tuple[Commit, list[Reading]]]] = {}
    for one in taken:
        if one.commit and not one.commit.changed:
            for reading in one.readings:
                of_key = found.setdefault(reading.key, {})
                of_key.setdefault(one.commit.id, (one.commit, []))[1].append(reading)
    return [_series(key, list(found[key].values()), margin, last) for key in sorted(found)]


def _series(key: Key, by_commit: list[tuple[Commit, list[Reading]]], margin: float, last: int | None) -> Series:
    ordered = sorted(by_commit, key=lambda pair: pair[0].time.timestamp())
    ordered = ordered[-last:] if last else ordered
    commits = [commit for commit, _ in ordered]
    lasts = [readings[-1] for _, readings in ordered]
    levels = [median(reading.log_ratio for reading in readings) for _, readings in ordered]
    return Series(
        **key._asdict() | {"options": list(key.options)},
        points=[Point(one.id, one.time, math.exp(level)) for one, level in zip(commits, levels, strict=True)],
        shifts=[_change(shift, commits, lasts) for shift in shifts(levels, math.log1p(margin))],
    )


def _change(shift: Shift, commits: Sequence[Commit], readings: Sequence[Reading]) -> Change:
    before, after = shift.place - 1, shift.place
    ratio = math.exp(shift.after - shift.before)
    old, new = readings[before], readings[after]
    shell = differences(old.host, new.host) + of_cells(old.ran_on, new.ran_on)
    return Change(commits[before].id, commits[after].id, ratio, shift.p, old.version != new.version, shell)


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
        own = any(f"{kind}:" in one.strategy for kind in ("pip", "python"))
        if one.shifts and one.shifts[-1].ratio > 1 and not own:
            last = one.shifts[-1]
            about = one.workload, tuple(one.options), one.tasks, one.concurrency
            strategies = suspected.setdefault(Suspect(last.before, last.after, *about), [])
            if (plain := one.strategy.partition("@")[0]) not in strategies:
                strategies.append(plain)
    return suspected
