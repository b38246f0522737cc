"""Two stored runs side by side: what `compare --json` prints. Their rounds were not interleaved, so this is weaker
evidence than one run of both. Pure functions of records."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import product
from statistics import median
from typing import Any, Literal

import msgspec

from harness.document.make import document
from harness.document.names import named, sizes
from harness.document.run import Estimate, Group, Positive, Ratio, Row
from harness.errors import HarnessError
from harness.record import plan
from harness.record.plan import SCHEMA
from harness.record.sample import Record, Sample
from harness.statistics import shell
from harness.statistics.metrics import BUILT_IN
from harness.statistics.paired import ALPHA
from harness.statistics.ranks import rank_sum_cdf, shift
from harness.statistics.replies import alike, told
from harness.statistics.verdicts import by_block, walls


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """A strategy then and now. The ratio is now against then: above 1 is slower."""

    strategy: str
    variant: str | None
    name: str
    then_seconds: Positive
    now_seconds: Positive
    ratio: Estimate
    then_ratio: Ratio | None
    """Against its reference, as in its own run; None where the two runs had different ones."""
    now_ratio: Ratio | None
    hint: Literal["slower", "faster", "none"]


class Both(msgspec.Struct, frozen=True):
    """A group that both runs have."""

    workload: str
    options: dict[str, Any]
    tasks: int
    rows: list[Beside]
    concurrency: int
    shown: list[str] | None = None
    """The options that apply with these values; None: all of them."""


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Two runs side by side."""

    schema: int = SCHEMA
    then: str
    now: str
    weaker: bool = True
    """What comes of it are hints, and no verdicts."""
    groups: list[Both]
    remarks: list[str]


def compare(then: Record, now: Record) -> Comparison:
    """A group for each that both records have, with a row for each strategy that has numbers in both.

    Raises HarnessError where the machines differ, a workload has changed, or nothing is in both."""
    ours, theirs = now.header.host.get("machine_key"), then.header.host.get("machine_key")
    if ours != theirs:
        differing = [name for name in MACHINE if then.header.host.get(name) != now.header.host.get(name)]
        what = ", ".join(f"{name} {then.header.host.get(name)} and {now.header.host.get(name)}" for name in differing)
        raise HarnessError(f"{then.header.run} and {now.header.run} are of different machines: {what or 'other keys'}")
    groups = list(_groups(then, now))
    if not groups:
        raise HarnessError(
            f"{then.header.run} and {now.header.run} have no cell in common: {_cells(then)}; {_cells(now)}"
        )
    remarks = list(_remarks(then, now, groups))
    return Comparison(then=then.header.run, now=now.header.run, groups=groups, remarks=remarks)


def _remarks(then: Record, now: Record, groups: Sequence[Both]) -> Iterator[str]:
    """What a reader should know of the two records."""
    for one in (then, now):
        if one.damaged:
            yield f"{one.header.run} has {one.damaged} damaged lines, and is compared without them"
    if then.header.plan.pin != now.header.plan.pin:
        yield f"workers were pinned in different ways: {then.header.plan.pin} then, {now.header.plan.pin} now"
    counters = {one.header.plan.count_with for one in (then, now) if one.header.plan.count}
    if len(counters) > 1:
        yield f"instructions were counted by {' and '.join(sorted(map(str, counters)))}: never compare the two counts"
    yield from _unlike(document(then, BUILT_IN).groups, document(now, BUILT_IN).groups)
    yield from shell.differences(then.header.host, now.header.host)
    yield from dict.fromkeys(_differing_cells(then, now))
    compared = sum(len(group.rows) for group in groups)
    for one in (then, now):
        if more := len(one.header.plan.groups) * len(one.header.plan.strategies) - compared:
            yield f"{one.header.run} has {more} cells more, without numbers or without a like in the other"


def same_pages(then: Row, now: Row) -> bool:
    """Whether servers of the user's sent a row the same then and now."""
    return alike(then.replies or [], now.replies or [])


def _unlike(then: Sequence[Group], now: Sequence[Group]) -> Iterator[str]:
    """The rows that were not sent the same then and now: there is no hint of them."""
    for before, after in product(then, now):
        same = (before.workload, before.options, before.tasks) == (after.workload, after.options, after.tasks)
        for past, row in product(before.rows, after.rows) if same else ():
            if past.name == row.name and past.status == row.status == "ok" and not same_pages(past, row):
                yield f"{row.name} was sent {_pages(past)} then, {_pages(row)} now: no hint of it"


def _pages(row: Row) -> str:
    return "; ".join(told(row.replies or [])) or "nothing that was counted"


def _differing_cells(then: Record, now: Record) -> Iterator[str]:
    """Where cells that both have ran on another loop, or were debugged or traced in one of them."""
    before = {key: shell.of_cell(samples) for key, _, samples in _cells_of(then)}
    for key, name, samples in _cells_of(now):
        if key in before:
            yield from (f"{name}: {text}" for text in shell.of_cells(before[key], shell.of_cell(samples)))


def _cells_of(record: Record) -> Iterator[tuple[tuple[Any, ...], str, list[Sample]]]:
    """A key that two runs share, the strategy's name, and the samples of each cell that has numbers."""
    plan = record.header.plan
    for place, strategy in enumerate(plan.strategies):
        for number, group in enumerate(plan.groups):
            mine = [one for one in record.samples if (one.group, one.strategy) == (number, place) and one.rounds]
            if mine:
                yield (*_key(group), strategy.identity), strategy.name, mine


MACHINE = ("cpu_model", "cores", "system", "machine", "python", "implementation")


def _groups(then: Record, now: Record) -> Iterator[Both]:
    before = {_key(group): number for number, group in enumerate(then.header.plan.groups)}
    said = document(then, BUILT_IN).groups, document(now, BUILT_IN).groups
    for number, group in enumerate(now.header.plan.groups):
        if (old := before.get(_key(group))) is None:
            continue
        version = then.header.plan.groups[old].version
        if version != group.version:
            raise HarnessError(
                f"the workload {group.workload} has changed: version {version} then, {group.version} now"
            )
        rows = list(_rows(then, old, said[0][old], now, number, said[1][number]))
        if rows:
            about = group.workload, group.options, group.tasks
            yield Both(*about, rows, group.concurrency, group.shown)


def _rows(then: Record, old: int, before: Group, now: Record, new: int, after: Group) -> Iterator[Beside]:
    earlier_ones = zip(then.header.plan.strategies, enumerate(before.rows), strict=True)
    past = {strategy.identity: placed for strategy, placed in earlier_ones if placed[1].status == "ok"}
    margin = math.log1p(now.header.plan.margin)
    alike = before.against == after.against  # otherwise the two ratios are of different things
    for place, row in enumerate(after.rows):
        identity = now.header.plan.strategies[place].identity
        if row.status != "ok" or identity not in past:
            continue
        earlier, past_row = past[identity]
        ours, theirs = _logs(now, new, place), _logs(then, old, earlier)
        if not (len(ours) and len(theirs)):
            continue
        estimate, low, high = shift(ours, theirs, ALPHA)
        enough = 2 * rank_sum_cdf(len(ours), len(theirs))[0] <= ALPHA and same_pages(past_row, row)
        hint: Literal["slower", "faster", "none"] = "slower" if low > margin else "faster" if high < -margin else "none"
        yield Beside(
            strategy=row.strategy,
            variant=row.variant,
            name=row.name,
            then_seconds=past_row.wall_seconds.median,
            now_seconds=row.wall_seconds.median,
            ratio=Estimate(math.exp(estimate), math.exp(low), math.exp(high)),
            then_ratio=past_row.ratio if alike else None,
            now_ratio=row.ratio if alike else None,
            hint=hint if enough else "none",
        )


def _logs(record: Record, group: int, strategy: int) -> list[float]:
    """The logarithm of each sample's number."""
    mine = [sample for sample in record.samples if sample.group == group]
    blocks = by_block(mine, strategy, "row", walls)
    return [math.log(median(rounds.values)) for rounds in blocks.values()]


def _key(group: plan.PlannedGroup) -> tuple[Any, ...]:
    return group.workload, repr(sorted(group.options.items())), group.tasks, group.concurrency


def _cells(record: Record) -> str:
    """What a record is of, for whoever compared it with something else."""
    groups = record.header.plan.groups
    strategies = ", ".join(strategy.identity for strategy in record.header.plan.strategies)
    return f"{record.header.run} has {strategies} on " + ", ".join(
        f"{named(group.workload, group.options, group.shown)} of {sizes(group.tasks, group.concurrency)}"
        for group in groups
    )
