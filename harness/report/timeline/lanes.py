"""Lanes of a trace: what each task did from when to when, and which tasks a picture has room for. Pure functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from harness.tracing.document import Event, Trace

State = Literal["runs", "waits", "holds", "unknown"]
Cell = Literal["runs", "partly", "waits", "holds", "unknown", ""]
"""What a piece of a lane shows: `partly` ran, for less than half of it."""


class Span(NamedTuple):
    """What a task did for a while. `on`: what it waited for, `strand`: what it ran on."""

    begin: float
    end: float
    state: State
    on: str | None = None
    place: str | None = None
    strand: int | None = None


class Lane(NamedTuple):
    """A task, with its spans and notes by time."""

    task: int
    spans: list[Span]
    notes: list[tuple[float, str]]


def kept(trace: Trace) -> list[int]:
    """The tasks of which anything is known."""
    return sorted({one.task for one in trace.events if one.task is not None})


def chosen(tasks: Sequence[int], most: int) -> list[int]:
    """At most so many, evenly spread, the first and the last among them."""
    if len(tasks) <= most:
        return list(tasks)
    return [tasks[round(place * (len(tasks) - 1) / (most - 1))] for place in range(most)]


def lanes(trace: Trace, tasks: Sequence[int]) -> list[Lane]:
    """A lane for each of these tasks."""
    events: dict[int, list[Event]] = defaultdict(list)
    wanted = set(tasks)
    for one in trace.events:
        if one.task in wanted:
            events[one.task].append(one)
    cut = {one.task: one.at_seconds for one in trace.left_out.cut}
    return [_lane(task, events[task], cut.get(task), trace.seconds) for task in tasks]


def _lane(task: int, events: Sequence[Event], cut: float | None, end: float) -> Lane:
    notes = [(one.at_seconds, one.on or "") for one in events if one.what == "note"]
    return Lane(task, list(_spans([one for one in events if one.what != "note"], cut, end)), notes)


def _spans(events: Sequence[Event], cut: float | None, end: float) -> Iterator[Span]:
    for place, one in enumerate(events):
        if one.what == "finished":
            continue
        until = events[place + 1].at_seconds if place + 1 < len(events) else end
        known = until if cut is None else min(until, max(cut, one.at_seconds))
        if known > one.at_seconds or known == until:
            state: State = "runs" if one.what != "waiting" else "holds" if one.holds else "waits"
            yield Span(one.at_seconds, known, state, one.on, one.place, one.strand)
        if known < until:
            yield Span(known, until, "unknown")


def cells(lane: Lane, seconds: float, columns: int) -> list[Cell]:
    """A lane in so many pieces of equal length; empty before its task started and after it ended."""
    size = (seconds or 1.0) / columns
    found: list[dict[State, float]] = [{} for _ in range(columns)]
    for span in lane.spans:
        first = min(int(span.begin / size), columns - 1)
        for place in range(first, min(int(span.end / size), columns - 1) + 1):
            covered = min(span.end, (place + 1) * size) - max(span.begin, place * size)
            if covered > 0 or (span.state == "runs" and span.begin == span.end):
                found[place][span.state] = found[place].get(span.state, 0.0) + max(0.0, covered)
    return [_cell(one) for one in found]


def _cell(shares: dict[State, float]) -> Cell:
    if not shares:
        return ""
    ran = shares.pop("runs", None)
    if not shares:
        return "runs"
    most = max(shares, key=lambda state: shares[state])
    if ran is None or most == "holds":
        return most
    return "runs" if ran >= sum(shares.values()) else "partly"
