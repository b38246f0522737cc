"""What keeps two stored runs from being put side by side, and where else they differ. Pure functions of records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any

from harness.document.past import key, way
from harness.document.run import Group, Row
from harness.errors import HarnessError
from harness.record.plan import Plan
from harness.record.sample import Header, Record, Sample
from harness.statistics import shell
from harness.statistics.replies import alike, told

MACHINE = ("cpu_model", "cores", "system", "machine", "python", "implementation")


def refuse_machines(then: Record, now: Record) -> None:
    """Raise HarnessError where two runs are of different machines. Another patch release of Python is none."""
    before, after = then.machine, now.machine
    if after.get("machine_key") == before.get("machine_key"):
        return
    differing = [name for name in MACHINE if before.get(name) != after.get(name)]
    if differing == ["python"] and _minor(before) == _minor(after):
        return
    what = ", ".join(f"{name} {before.get(name)} and {after.get(name)}" for name in differing) or "other keys"
    runs = f"{then.header.run} and {now.header.run}"
    raise HarnessError(f"{runs} are of different machines: {what}; `gate` runs both on one")


def _minor(machine: dict[str, Any]) -> list[str]:
    return str(machine.get("python")).split(".")[:2]


def remarks(then: Record, now: Record, groups: Sequence[tuple[Group, Group]], compared: int) -> Iterator[str]:
    """What a reader should know of two records, so many of whose cells are compared."""
    for one in (then, now):
        if one.damaged:
            yield f"{one.header.run} has {one.damaged} damaged lines, and is compared without them"
        if one.end and one.end.status == "interrupted":
            yield f"{one.header.run} was interrupted after {one.end.blocks} blocks, and is compared as far as it got"
    yield from ways(then.header, now.header)
    counted = {_counted(one.header.plan) for one in (then, now) if one.header.plan.count}
    if len(counted) > 1:
        yield f"instructions were counted by {' and by '.join(sorted(counted))}: never compare the two counts"
    yield from _places(then, now)
    yield from _unlike(groups)
    yield from shell.differences(then.machine, now.machine)
    yield from dict.fromkeys(_differing_cells(then, now))
    for one in (then, now):
        if more := len(one.header.plan.groups) * len(one.header.plan.strategies) - compared:
            yield f"{one.header.run} has {more} cells more, without numbers or without a like in the other"


def _counted(plan: Plan) -> str:
    """By what, and how memory was allocated meanwhile."""
    return f"{plan.count_with} with the {plan.count_allocator or 'system'} allocator"


def ways(then: Header, now: Header) -> Iterator[str]:
    """Where two runs measured in different ways."""
    before, after = way(then.plan), way(now.plan)
    for option, value in after.items():
        if before[option] != value:
            yield f"{option} was {before[option]}, and is {value}: what moved may be its doing"


def _places(then: Record, now: Record) -> Iterator[str]:
    """Where the kernel, the patch release of Python or a library differ."""
    before, after = then.header.versions, now.header.versions
    pairs = [(name, then.machine.get(name), now.machine.get(name)) for name in ("kernel", "python")]
    pairs = [pair for pair in pairs if None not in pair]
    pairs += [(name, before.get(name), after.get(name)) for name in sorted(before.keys() | after.keys())]
    differing = [f"{name} {old or 'none'} then, {new or 'none'} now" for name, old, new in pairs if old != new]
    if differing:
        yield f"{'; '.join(differing)}: what moved may be their doing"


def same_pages(then: Row, now: Row) -> bool:
    """Whether servers of the user's sent a row the same then and now."""
    return alike(then.replies or [], now.replies or [])


def _unlike(groups: Sequence[tuple[Group, Group]]) -> Iterator[str]:
    """The rows that were not sent the same then and now: there is no verdict of them."""
    for before, after in groups:
        for past, row in product(before.rows, after.rows):
            if past.name == row.name and past.status == row.status == "ok" and not same_pages(past, row):
                yield f"{row.name} was sent {_pages(past)} then, {_pages(row)} now: no hint of it"


def _pages(row: Row) -> str:
    return "; ".join(told(row.replies or [])) or "nothing that was counted"


def _differing_cells(then: Record, now: Record) -> Iterator[str]:
    """Where cells that both have ran on another loop, or were debugged or traced in one of them."""
    before = {place: shell.of_cell(samples) for place, _, samples in _cells_of(then)}
    for place, name, samples in _cells_of(now):
        if place in before:
            yield from (f"{name}: {text}" for text in shell.of_cells(before[place], shell.of_cell(samples)))


def _cells_of(record: Record) -> Iterator[tuple[tuple[Any, ...], str, list[Sample]]]:
    """A key that two runs share, the strategy's name, and the samples of each cell that has numbers."""
    plan = record.header.plan
    for place, strategy in enumerate(plan.strategies):
        for number, group in enumerate(plan.groups):
            mine = [one for one in record.samples if (one.group, one.strategy) == (number, place) and one.rounds]
            if mine:
                yield (*key(group), strategy.identity), strategy.name, mine
