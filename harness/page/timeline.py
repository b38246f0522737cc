"""A trace as SVG, for documents: a lane for each task. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from harness.page.markup import Element, tag, xml
from harness.report.lines import escaped
from harness.report.timeline.lanes import Cell, Lane, cells, chosen, kept, lanes
from harness.report.timeline.text import MARKS, title
from harness.report.words import seconds
from harness.tracing.document import Trace

MOST_LANES, WIDTH, COLUMNS, LEFT, TOP, HEIGHT, BAR = 40, 760, 660, 90, 46, 22, 14
MOST_NOTES, NOTE_CELLS = 8, 70
"""Notes of a lane that are written, and how far apart in pixels."""
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#1f2328}.soft{fill:#59636e}.runs{fill:#1a7f37}.partly{fill:#7cc48f}"
    ".waits{fill:#d1d9e0}.holds{fill:#e49ac4}.unknown{fill:#f6f8fa;stroke:#d1d9e0}.tick{stroke:#59636e}"
    "@media(prefers-color-scheme:dark){text{fill:#f0f6fc}.soft{fill:#9198a1}.waits{fill:#3d444d}.tick{stroke:#9198a1}"
    ".holds{fill:#99286e}.unknown{fill:#151b23;stroke:#3d444d}}"
)


def svg(trace: Trace) -> str:
    """The file."""
    trace = escaped(trace)
    tasks = chosen(kept(trace), MOST_LANES)
    drawn = [(lane, cells(lane, trace.seconds, COLUMNS)) for lane in lanes(trace, tasks)]
    shown: set[Cell] = {cell for _, row in drawn for cell in row if cell}
    height = TOP + HEIGHT * len(drawn) + 8
    marks = [one for place, (lane, row) in enumerate(drawn) for one in _lane(trace, lane, row, TOP + HEIGHT * place)]
    legend = list(_legend(shown, height))
    height += 18 * len(shown) + 8
    if len(tasks) < trace.tasks:
        legend.append(_text(LEFT, height + 4, f"{len(tasks)} of {trace.tasks:,} tasks are shown, evenly spread"))
        height += 18
    picture = tag(
        "svg", tag("title", title(trace)), tag("style", STYLE), _text(8, 18, title(trace), ""), *_axis(trace), *marks,
        *legend, xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {WIDTH} {height}", width=WIDTH, height=height,
        role="img",
    )  # fmt: skip
    return xml(picture) + "\n"


def _text(x: float, y: float, text: str, kind: str = "soft", anchor: str | None = None) -> Element:
    return tag("text", text, x=round(x, 1), y=y, class_=kind or None, text_anchor=anchor)


def _axis(trace: Trace) -> Iterator[Element]:
    yield _text(LEFT, TOP - 8, "0")
    yield _text(LEFT + COLUMNS, TOP - 8, seconds(trace.seconds), anchor="end")


def _lane(trace: Trace, lane: Lane, row: Sequence[Cell], y: int) -> Iterator[Element]:
    yield _text(8, y + BAR - 3, f"task {lane.task}", "")
    x = LEFT
    for cell, same in groupby(row):
        width = len(list(same))
        if cell:
            yield tag("rect", x=x, y=y, width=width, height=BAR, class_=cell)
        x += width
    free = 0.0
    for at, note in lane.notes:
        x_of = LEFT + at / (trace.seconds or 1.0) * COLUMNS
        ends = x_of > LEFT + COLUMNS - NOTE_CELLS
        yield tag("line", x1=round(x_of, 1), x2=round(x_of, 1), y1=y - 2, y2=y + BAR + 2, class_="tick")
        start = x_of - NOTE_CELLS if ends else x_of
        if start >= free:
            free = start + NOTE_CELLS
            yield _text(x_of - 4 if ends else x_of + 4, y + BAR - 3, note[:12], "", "end" if ends else None)


def _legend(shown: set[Cell], y: int) -> Iterator[Element]:
    for kind, (_, _, _, meaning) in MARKS.items():
        if kind in shown:
            yield tag("rect", x=LEFT, y=y, width=BAR, height=BAR - 4, class_=kind)
            yield _text(LEFT + BAR + 6, y + BAR - 4, meaning)
            y += 18
