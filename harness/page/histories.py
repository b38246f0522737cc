"""The page of a history: a figure for each cell over commits."""

from __future__ import annotations

from harness.document.history import Change, History, Series
from harness.document.names import sizes
from harness.page import tables, words
from harness.page.charts.history import SHORT, Steps, steps
from harness.page.drawn import history as drawn
from harness.page.figures import figure
from harness.page.frame import Page, fitted
from harness.page.markup import Element, Node, tag
from harness.page.source import Detail

COMMAND = "harness history"


def page(history: History) -> str:
    """Its HTML."""
    return fitted(lambda detail: made(history, detail))


def made(history: History, detail: Detail) -> Page:
    """What is on it: series with a shift first, and of those the ones whose last shift is the largest."""
    several = [one for one in history.series if len(one.points) > 1]
    shown = sorted(several, key=lambda one: -abs(one.shifts[-1].ratio - 1) if one.shifts else 0.0)
    said = headline(shown)
    alone = len(history.series) - len(several)
    more = [f"{history.runs} stored runs."]
    more += [f"{alone} more cells have one commit each: no history yet."] if alone else []
    more += [*([detail.left_out] if detail.left_out else []), *(f"Not read: {one}." for one in history.unread)]
    top: list[Node] = [tag("h1", said, id="said"), tag("p", " ".join(more), class_="more")]
    top.append(tag("p", "A shift is a hint: ", tag("code", f"{COMMAND} --confirm"), " runs both commits in the same "
                   "blocks, and says.", class_="sub"))  # fmt: skip
    figures = [of_series(one, detail) for one in shown]
    section = tag("section", *top, tag("div", *figures, class_="figs"), class_="first", aria_labelledby="said")
    return Page(said, [], [section])


def headline(shown: list[Series]) -> str:
    """How many cells shifted last, and where to."""
    slower = [one for one in shown if one.shifts and one.shifts[-1].ratio > 1]
    faster = [one for one in shown if one.shifts and one.shifts[-1].ratio < 1]
    if not slower and not faster:
        return f"No shift in {len(shown)} cell{'' if len(shown) == 1 else 's'} over commits."
    parts = [f"{len(found)} {'cell is' if len(found) == 1 else 'cells are'} {how}"
             for found, how in ((slower, "slower than before"), (faster, "faster")) if found]  # fmt: skip
    return f"{' and '.join(parts)}, of {len(shown)} over commits."


def name(one: Series) -> str:
    """Of a cell."""
    return f"{' '.join([one.workload, *one.options])}: {one.strategy}"


def of_series(one: Series, detail: Detail) -> Element:
    """A cell's figure: its steps, and behind them shifts and commits."""
    chart = steps(one)
    about = f"{sizes(one.tasks, one.concurrency)}; the ratio to {one.against} at each commit. Blue: the level of now."
    body: list[Node] = [tag("div", drawn.steps(chart, detail.tips), class_="stepped")]
    if one.shifts:
        body.append(tag("ul", *(tag("li", shifted(change)) for change in one.shifts), class_="remarks"))
    if detail.tables:
        body.append(_behind(name(one), chart))
    return figure(name(one), about, *body, level="h2")


def shifted(change: Change) -> str:
    """A shift in words."""
    also = ["the workload changed as well"] if change.workload_changed else []
    remarks = "; ".join([*also, *change.shell])
    moved = f"{100 * (change.ratio - 1):+.1f}{words.THIN}%"
    said = f"from {change.before[:SHORT]} to {change.after[:SHORT]}: {moved} (p = {change.p:.4f})"
    return f"{said}; {remarks}" if remarks else said


def _behind(what: str, chart: Steps) -> Element:
    rows = [(point.name, [point.day, words.times(point.ratio)]) for point in chart.points]
    table = tables.data(f"{what}, commit by commit", ["commit", "day", "ratio"], rows)
    summary = tag("summary", "Table and command", tables.hidden(f": {what}"))
    return tag("details", summary, table, tag("p", tag("code", COMMAND), class_="cmd"))
