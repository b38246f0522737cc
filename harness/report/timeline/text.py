"""A trace as a screen: a timeline with a lane for each task, the order of switches, and what was waited for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text

from harness.document.names import applied
from harness.report.lines import Line, escaped, labelled, line, rendered, spread
from harness.report.timeline.lanes import Cell, Lane, cells, chosen, kept, lanes
from harness.report.timeline.turns import excerpt, turns
from harness.report.words import seconds
from harness.tracing.document import Trace, Wait

MOST_LANES, MOST_TURNS, MOST_WAITS, MOST_NOTES = 20, 30, 8, 20
MARKS: dict[Cell, tuple[str, str, str, str]] = {
    "runs": ("#", "█", "green", "runs"),
    "partly": ("+", "▄", "green", "runs, for less than half of the cell"),
    "waits": (".", "·", "dim", "waits, others may run"),
    "holds": ("=", "▒", "magenta", "waits, and holds the thread that others run on"),
    "unknown": ("?", "?", "dim", "was not kept"),
}
"""Of each kind of cell: its mark where a text is plain, and where not, its style, and what it means."""


def screen(trace: Trace, width: int = 80, plain: bool = True, colour: bool = False) -> str:
    """The text of a trace for a terminal of so many columns; in ASCII where it goes elsewhere."""
    trace = escaped(trace)
    lines = [spread(title(trace), seconds(trace.seconds) if trace.events else trace.status, width), line()]
    if trace.events:
        tasks = kept(trace)
        lines += [*_picture(trace, chosen(tasks, MOST_LANES), width, plain), line()]
        lines += [*_turns(trace), line()]
    return rendered([*lines, *_closing(trace)], width, colour)


def title(trace: Trace) -> str:
    """What was traced."""
    options = "".join(f" {one}" for one in applied(trace.options, None))
    many = "1 task" if trace.tasks == 1 else f"{trace.tasks:,} tasks"
    at_once = " at once" if trace.concurrency == trace.tasks else f", {trace.concurrency:,} at once"
    return f"{trace.workload}{options} under {trace.strategy}: {many}{at_once if trace.tasks > 1 else ''}"


def _picture(trace: Trace, tasks: Sequence[int], width: int, plain: bool) -> Iterator[Line]:
    label = max(len(f"task {task}") for task in tasks)
    columns = width - label - 4
    total = seconds(trace.seconds)
    yield line(f"{' ' * (label + 4)}0{total.rjust(columns - 1)}", "dim")
    shown: set[Cell] = set()
    for lane in lanes(trace, tasks):
        row = cells(lane, trace.seconds, columns)
        shown |= set(row)
        yield Line(_row(lane, row, label, plain))
    size = seconds((trace.seconds or 1.0) / columns)
    for kind, (ascii_, block, _, meaning) in MARKS.items():
        if kind in shown:
            more = f" ({size})" if kind == "partly" else ""
            yield line(f"{' ' * (label + 4)}{ascii_ if plain else block}  {meaning}{more}", "dim")
    if len(tasks) < trace.tasks:
        yield line(f"{' ' * (label + 4)}{len(tasks)} of {trace.tasks:,} tasks are shown, evenly spread", "dim")


def _row(lane: Lane, row: Sequence[Cell], label: int, plain: bool) -> Text:
    text = Text(f"  {f'task {lane.task}':<{label}}  ")
    for cell in row:
        ascii_, block, style, _ = MARKS.get(cell, (" ", " ", "", ""))
        text.append(ascii_ if plain else block, style)
    return text


def _turns(trace: Trace) -> Iterator[Line]:
    found = turns(trace)
    times = {id(one): seconds(one.at) if one.at else "0" for one in found}
    label = max(len(f"task {one.task}") if one.task is not None else 0 for one in found)
    for one in excerpt(found, MOST_TURNS):
        if isinstance(one, int):
            yield line(f"{'...':>9}  {one:,} turns are left out here; --json has what was kept", "dim")
            continue
        name = "" if one.task is None else f"task {one.task}"
        head = f"{times[id(one)]:>9}  {name:<{label}}  "
        yield Line(Text(head, "dim") + Text("; ".join(one.words)), len(head))


def _closing(trace: Trace) -> Iterator[Line]:
    if trace.status != "ok":
        yield line(f"{trace.status}: {trace.reason}" if trace.reason != trace.status else trace.status, "bold red")
    if not trace.events:
        if trace.status == "ok":
            yield line("No task ran in the worker itself: what runs in other processes is not seen.")
        return
    counts = trace.counts
    more = f", {counts.switches:,} switches of greenlets" if counts.switches else ""
    yield labelled("counts", f"{counts.started:,} started, {counts.finished:,} ended, {counts.waiting:,} waits{more}")
    notes = [one.on or "" for one in trace.events if one.what == "note"]
    if notes:
        left = f", and {len(notes) - MOST_NOTES:,} more" if len(notes) > MOST_NOTES else ""
        yield labelled("notes", ", ".join(notes[:MOST_NOTES]) + left)
    yield from _waits("waited for", [one for one in trace.waits if not one.holds])
    yield from _waits("held by", [one for one in trace.waits if one.holds])
    for one in trace.unfinished:
        where = f" ({one.place})" if one.place and one.place != one.on else ""
        tasks = "1 task" if one.tasks == 1 else f"{one.tasks:,} tasks"
        yield labelled("at the end", f"{tasks} waited for {one.on}{where}")
    yield from _others(trace)
    yield from (labelled("left out", text) for text in left_out(trace))
    yield from (labelled("note", text) for text in trace.remarks)


def _others(trace: Trace) -> Iterator[Line]:
    """Tasks that neither ended nor waited at the end, where nothing of them was left out."""
    counts, left = trace.counts, trace.left_out
    running = counts.started - counts.finished - sum(one.tasks for one in trace.unfinished)
    if running > 0 and not (left.tasks or left.cut):
        yield labelled("at the end", f"{running:,} task{'s' if running > 1 else ''} ran")
    if (fresh := trace.tasks - counts.started) > 0:
        yield labelled("at the end", f"{fresh:,} task{'s' if fresh > 1 else ''} had not started in the worker itself")


def _waits(label: str, waits: Sequence[Wait]) -> Iterator[Line]:
    for one in waits[:MOST_WAITS]:
        where = f" ({one.place})" if one.place and one.place != one.on else ""
        count = "once" if one.count == 1 else f"{one.count:,} times, in all"
        yield labelled(label, f"{one.on or 'the others'}: {count} {seconds(one.seconds)}{where}")
    if len(waits) > MOST_WAITS:
        yield labelled(label, f"and {len(waits) - MOST_WAITS:,} others: --json has them")


def left_out(trace: Trace) -> Iterator[str]:
    """What was counted and not kept."""
    left = trace.left_out
    if left.tasks:
        yield f"all but the counts of {left.tasks:,} tasks"
    if left.cut:
        yield f"the later events of {len(left.cut):,} task{'s' if len(left.cut) > 1 else ''}, but for their ends"
    if left.events:
        yield f"{left.events:,} events in all: only their numbers are in the counts"
    if left.switches:
        yield f"{left.switches:,} switches"
