"""The document of a traced round, of what it wrote. Pure functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from harness.tracing.document import Counts, Cut, Event, LeftOut, Strand, Switch, Trace, Wait, What
from harness.tracing.file import Seen, Written
from harness.worker import layout

WHATS: dict[int, What] = {
    layout.STARTED: "started",
    layout.WAITING: "waiting",
    layout.RUNNING: "running",
    layout.NOTE: "note",
    layout.FINISHED: "finished",
}


class Waited(NamedTuple):
    """One wait of a task; one that had no end ends with the trace."""

    event: Event
    until: float
    is_over: bool


def document(seen: Seen, tasks: int, ended: float | None = None, **about: Any) -> Trace:
    """What a trace says. `ended`: when a round was ended that did not end by itself; `about`: the other fields."""
    zero = next((one.at for one in seen.records if one.kind == layout.STARTED), 0.0)
    events = [event(one, zero) for one in seen.records if one.kind in WHATS]
    switches = [Switch(one.strand, one.task, since(one.at, zero)) for one in seen.records if one.kind == layout.SWITCH]
    cut = [Cut(one.task, since(one.at, zero)) for one in seen.records if one.kind == layout.CUT]
    last = events[-1].at_seconds if events else 0.0
    end = last if ended is None or not events else max(last, since(ended - seen.began, zero))
    waited = list(waits_of(events, {one.task: one.at_seconds for one in cut}, end))
    counts = Counts(**{what: seen.counts[kind] for kind, what in WHATS.items()}, switches=seen.counts[layout.SWITCH])
    every = layout.step(tasks)
    left_out = LeftOut(
        events=max(0, sum(seen.counts[kind] for kind in WHATS) - len(events)),
        switches=max(0, counts.switches - len(switches)),
        tasks=tasks - len(range(0, tasks, every)),
        cut=cut,
    )
    return Trace(
        tasks=tasks,
        seconds=end,
        counts=counts,
        waits=sorted(summed(waited), key=lambda one: -one.seconds),
        unfinished=sorted(summed(one for one in waited if not one.is_over), key=lambda one: -one.tasks),
        left_out=left_out,
        remarks=[one.name for one in seen.records if one.kind == layout.REMARK],
        strands=[Strand(one.strand, one.name) for one in seen.records if one.kind == layout.STRAND],
        events=events,
        switches=switches,
        **about,
    )


def event(one: Written, zero: float) -> Event:
    """An event of the document, of a record."""
    runs = one.kind in (layout.STARTED, layout.RUNNING)
    return Event(
        task=None if one.task < 0 else one.task,
        what=WHATS[one.kind],
        on=one.name or None,
        at_seconds=since(one.at, zero),
        place=one.place or None,
        holds=one.held,
        strand=one.strand if runs else None,
    )


def since(at: float, zero: float) -> float:
    """Seconds since the first start, to the microsecond."""
    return round(max(0.0, at - zero), 6)


def waits_of(events: Sequence[Event], cut: dict[int, float], end: float) -> Iterator[Waited]:
    """Each wait, with its end; not the last one of a task of which no more was kept."""
    open_: dict[int, Event] = {}
    for one in events:
        if one.task is None:
            continue
        if one.what in ("running", "finished") and (begun := open_.pop(one.task, None)):
            if one.at_seconds <= cut.get(one.task, end):
                yield Waited(begun, one.at_seconds, True)
        elif one.what == "waiting":
            open_[one.task] = one
    for begun in (one for task, one in open_.items() if task not in cut):
        yield Waited(begun, end, False)


def summed(waited: Iterable[Waited]) -> Iterator[Wait]:
    """Waits on the same thing in the same place, as one."""
    of: dict[tuple[str, str | None, bool], list[Waited]] = defaultdict(list)
    for one in waited:
        of[one.event.on or one.event.place or "", one.event.place, one.event.holds].append(one)
    for (on, place, holds), found in of.items():
        seconds = sum(one.until - one.event.at_seconds for one in found)
        yield Wait(on, place, holds, len(found), len({one.event.task for one in found}), round(seconds, 6))
