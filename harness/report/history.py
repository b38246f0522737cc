"""Series over commits as tables and plots for people. Pure functions."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from harness.document.history import Change, History, Series
from harness.document.names import sizes
from harness.report.columns import Column, Form, escape, table
from harness.report.lines import escaped

WIDTH, HEIGHT = 100, 12
USUAL, AXIS = 80, 21
"""Columns of a screen, and those beside the plot."""
SHORT = 10
HINT = "a shift is a hint: `history --confirm` runs both commits in the same blocks, and says"


def _workload(one: Series) -> str:
    return f"{' '.join([one.workload, *one.options])}: {sizes(one.tasks, one.concurrency)}"


COLUMNS = [
    Column[Series]("workload", _workload),
    Column[Series]("strategy", lambda one: one.strategy),
    Column[Series]("against", lambda one: one.against),
    Column[Series]("commits", lambda one: str(len(one.points))),
    Column[Series]("first", lambda one: f"{one.points[0].ratio:.4g}"),
    Column[Series]("last", lambda one: f"{one.points[-1].ratio:.4g}"),
    Column[Series]("shifts", lambda one: str(len(one.shifts))),
]


def _remarks(change: Change) -> Iterator[str]:
    """What else may be the reason."""
    if change.workload_changed:
        yield "the workload changed as well"
    yield from change.shell


Found = tuple[Series, Change]
CHANGES = [
    Column[Found]("workload", lambda found: _workload(found[0])),
    Column[Found]("strategy", lambda found: found[0].strategy),
    Column[Found]("last before", lambda found: found[1].before[:SHORT]),
    Column[Found]("first after", lambda found: found[1].after[:SHORT]),
    Column[Found]("shift", lambda found: f"{found[1].ratio - 1:+.1%}"),
    Column[Found]("p", lambda found: f"{found[1].p:.4f}"),
    Column[Found]("remark", lambda found: "; ".join(_remarks(found[1]))),
]


def tables(history: History, form: Form, verbose: bool) -> str:
    """A plot of each series that shifted (of every one where verbose), tables of series and shifts, and what could not
    be read."""
    history = escaped(history, escape(form))
    return "\n\n".join([*_tables(history, form, verbose), *(f"not read: {one}" for one in history.unread)])


def _tables(history: History, form: Form, verbose: bool) -> Iterator[str]:
    series = [one for one in history.series if len(one.points) > 1 or verbose]
    if not series:
        yield f"{len(history.series)} series of one commit each: no history yet"
        return
    width = form if isinstance(form, int) else USUAL
    yield from (f"{_title(one)}\n\n{plot(one, width)}" for one in series if one.shifts or verbose)
    yield table(COLUMNS, series, form)
    yield from _changes([(one, change) for one in series for change in one.shifts], form)


def _changes(changes: list[Found], form: Form) -> Iterator[str]:
    if changes:
        yield table(CHANGES, changes, form)
        yield HINT


def plot(one: Series, width: int = USUAL) -> str:
    """The ratio at each commit, and the level of each segment."""
    import plotille

    ratios = [point.ratio for point in one.points]
    commits = [point.commit for point in one.points]
    ends = [0, *(commits.index(change.after) for change in one.shifts), len(ratios)]
    figure = plotille.Figure()
    figure.width, figure.height = min(WIDTH, width - AXIS), HEIGHT
    figure.x_label, figure.y_label = "commit", "ratio"
    figure.set_x_limits(min_=0, max_=max(1, len(ratios) - 1))
    least, most = min(ratios), max(ratios)
    room = (most - least) / 10 or most / 10
    figure.set_y_limits(min_=least - room, max_=most + room)
    figure.x_ticks_fkt = lambda value, _: f"{value:.0f}"
    figure.y_ticks_fkt = lambda value, _: f"{value:<7.4g}"
    for start, end in itertools.pairwise(ends):
        figure.scatter(list(range(start, end)), ratios[start:end])
        level = sorted(ratios[start:end])[(end - start) // 2]
        figure.plot([start, end - 1], [level, level])
    return str(figure.show(legend=False))


def _title(one: Series) -> str:
    return f"{_workload(one)}: {one.strategy} against {one.against}"
