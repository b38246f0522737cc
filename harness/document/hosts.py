"""What a document says of the hosts that a run was measured on, where there were several. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from statistics import median

from harness.document.run import HostOf, Spread
from harness.record.sample import Record
from harness.statistics.hosts import ENGINE_SHARE, name_of

FAR = 1.0
"""Seconds that a clock may be off without a word."""


def names(record: Record) -> dict[int, str]:
    """The hosts by their numbers; none where a run was measured where it was asked for."""
    return {site.number: site.name for site in record.sites}


def hosts(record: Record) -> list[HostOf]:
    """Each host, and how many blocks of all groups it measured."""
    measured = Counter(site for site, _, _ in {(one.site, one.group, one.block) for one in record.every})
    return [
        HostOf(site.number, site.name, measured[site.number], site.facts, site.offset_seconds, site.role)
        for site in record.sites
    ]


def round_trips(record: Record, group: int) -> dict[str, Spread]:
    """From each load generator's host to the server's and back, over the blocks of a group."""
    found: dict[str, list[float]] = {}
    for mark in record.marks:
        if mark.group == group and mark.round_trip_seconds is not None:
            found.setdefault(name_of(names(record), mark.site), []).append(mark.round_trip_seconds)
    return {name: Spread(median(each), min(each), max(each)) for name, each in found.items()}


def said(record: Record) -> Iterator[str]:
    """Sentences on the hosts of a run: how many blocks each measured, and what was lost, or is odd, of them."""
    if record.sites:
        measured = [one for one in hosts(record) if one.role != "generator"]
        each = [f"{one.name} ({one.blocks})" for one in measured]
        yield f"blocks by host: {', '.join(each)}"
    if loaders := [site.name for site in record.sites if site.role == "generator"]:
        yield f"load came from {', '.join(loaders)}"
    if aside := {(one.group, one.block) for one in record.uneven}:
        yield f"{len(aside)} of these blocks stand aside: rows are of equally many blocks of each host"
    yield from (_lost(record, number) for number, one in enumerate(record.losses) if not one.is_back)
    for site in record.sites:
        if abs(site.offset_seconds) > FAR:
            yield f"the clock of {site.name} is {site.offset_seconds:+,.0f} s off, on which no number depends"
    yield from _engine(record)


def _lost(record: Record, number: int) -> str:
    loss = record.losses[number]
    if loss.group is None or loss.block is None:
        came_back = any(one.is_back and one.host == loss.host for one in record.losses[number:])
        return f"{loss.host} was left out{' for a while' if came_back else ''}: {loss.reason}"
    groups = record.header.plan.groups
    of = f" of {groups[loss.group].workload}" if loss.group < len(groups) else ""
    there = any((one.group, one.block) == (loss.group, loss.block) for one in record.every)
    return f"{loss.host} lost block {loss.block + 1}{of}{', which was measured again' if there else ''}: {loss.reason}"


def _engine(record: Record) -> Iterator[str]:
    """Whether what brought the blocks used more of a processor than a block allows."""
    took: dict[tuple[int, int | None, int], float] = {}
    for one in record.every:
        ends = [done.at_seconds + done.wall_seconds for done in one.rounds if done.at_seconds is not None]
        place = one.site, one.group, one.block
        took[place] = max([took.get(place, 0.0), *ends])
    worst: dict[int, float] = {}
    for mark in record.marks:
        lasted = took.get((mark.site, mark.group, mark.block), 0.0) - (mark.at_seconds or 0.0)
        if mark.engine_seconds and lasted > 0:
            worst[mark.site] = max(worst.get(mark.site, 0.0), mark.engine_seconds / lasted)
    for site, share in worst.items():
        if share > ENGINE_SHARE:
            yield f"what brings the blocks to {name_of(names(record), site)} used {share:.1%} of a core during one"
