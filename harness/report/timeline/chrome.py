"""A trace as a Chrome trace (the JSON Object Format of the Trace Event Format), which Perfetto and vizviewer open: a
lane for each task, and one for each greenlet or thread. Pure functions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from harness.report.lines import escaped
from harness.report.timeline.lanes import Span, kept, lanes
from harness.report.timeline.text import left_out, title
from harness.text import readable
from harness.tracing.document import Trace

TASKS, STRANDS = 1, 2
"""The processes of the viewer: tasks, and what they run on."""
NAMES = {"runs": "runs", "unknown": "not kept"}
Entry = dict[str, Any]


def text(trace: Trace) -> str:
    """The file. What of a name is no text is written as an escape: a viewer takes no half of a surrogate pair."""
    trace = escaped(trace, readable)
    about = {"title": title(trace), "status": trace.status, "left_out": list(left_out(trace))}
    return json.dumps({"traceEvents": entries(trace), "displayTimeUnit": "ms", "otherData": about}) + "\n"


def entries(trace: Trace) -> list[Entry]:
    """Its events: metadata first."""
    strands = {one.number: one.name for one in trace.strands}
    kind = "greenlets" if trace.counts.switches else "threads"
    named = [_name("process_name", TASKS, 0, "tasks"), _name("process_name", STRANDS, 0, kind)]
    named += [_name("thread_name", TASKS, task + 1, f"task {task}") for task in kept(trace)]
    named += [_name("thread_name", STRANDS, number, name) for number, name in strands.items()]
    return [*named, *_tasks(trace), *_strands(trace, strands)]


def _name(what: str, process: int, lane: int, name: str) -> Entry:
    return {"ph": "M", "name": what, "pid": process, "tid": lane, "args": {"name": name}}


def _tasks(trace: Trace) -> Iterator[Entry]:
    for lane in lanes(trace, kept(trace)):
        for span in lane.spans:
            yield _slice(TASKS, lane.task + 1, name_of(span), span, {"place": span.place} if span.place else {})
        for at, note in lane.notes:
            yield {"ph": "i", "s": "t", "name": note, "pid": TASKS, "tid": lane.task + 1, "ts": round(at * 1e6, 3)}


def name_of(span: Span) -> str:
    """What a span is called."""
    return NAMES.get(span.state) or f"{'held by' if span.state == 'holds' else 'waits for'} {span.on or 'the others'}"


def _slice(process: int, lane: int, name: str, span: Span, more: Entry) -> Entry:
    took = round((span.end - span.begin) * 1e6, 3)
    begun = {"ph": "X", "name": name, "pid": process, "tid": lane, "ts": round(span.begin * 1e6, 3), "dur": took}
    return begun | ({"args": more} if more else {})


def _strands(trace: Trace, names: dict[int, str]) -> Iterator[Entry]:
    """When each strand ran: by the switches of greenlets; of threads, when their tasks did."""
    told = set()
    for number, begin, end in turns_of_strands(trace):
        told.add(number)
        yield _slice(STRANDS, number, names.get(number, "another"), Span(begin, end, "runs"), {})
    for lane in lanes(trace, kept(trace)):
        for span in lane.spans:
            if span.state == "runs" and span.strand is not None and span.strand not in told:
                yield _slice(STRANDS, span.strand, f"task {lane.task}", span, {})


def turns_of_strands(trace: Trace) -> Iterator[tuple[int, float, float]]:
    """From when to when each greenlet ran."""
    since: dict[int, float] = {}
    for one in trace.switches:
        if one.origin in since:
            yield one.origin, since.pop(one.origin), one.at_seconds
        since[one.target] = one.at_seconds
    if not trace.left_out.switches:
        for number, begin in since.items():
            yield number, begin, max(begin, trace.seconds)
