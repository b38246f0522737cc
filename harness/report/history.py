"""Series over commits as JSON and as tables and plots for people. Pure functions."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

from tabulate import tabulate

from harness.history.series import Series
from harness.report.words import sizes

SERIES_HEADINGS = ("workload", "strategy", "against", "commits", "first", "last", "shifts")
SHIFT_HEADINGS = ("workload", "strategy", "last before", "first after", "shift", "p", "remark")
WIDTH, HEIGHT = 60, 12
SHORT = 10
HINT = "a shift is a hint: `history --confirm` runs both commits in the same blocks, and says"


def document(found: Sequence[Series]) -> dict[str, Any]:
    """Everything that the series say."""
    return {"schema": 1, "series": [_series(one) for one in found]}


def _series(one: Series) -> dict[str, Any]:
    key = one.key._asdict()
    points = one.points
    shifts = [
        {
            "before": points[shift.place - 1].commit,
            "after": points[shift.place].commit,
            "ratio": math.exp(shift.after - shift.before),
            "p": shift.p,
            "workload_changed": points[shift.place - 1].version != points[shift.place].version,
        }
        for shift in one.shifts
    ]
    told = [
        {"commit": point.commit, "time": point.time.isoformat(), "ratio": math.exp(point.log_ratio)} for point in points
    ]
    return key | {"options": list(one.key.options), "points": told, "shifts": shifts}


def tables(said: dict[str, Any], tablefmt: str, verbose: bool) -> str:
    """A plot of each series that shifted (of every one where verbose), and tables of series and shifts."""
    series = [one for one in said["series"] if len(one["points"]) > 1 or verbose]
    if not series:
        return f"{len(said['series'])} series of one commit each: no history yet"
    plots = [f"{_title(one)}\n\n{plot(one)}" for one in series if one["shifts"] or verbose]
    overview = [
        [
            *_about(one),
            one["against"],
            len(one["points"]),
            *(f"{one['points'][place]['ratio']:.4g}" for place in (0, -1)),
            len(one["shifts"]),
        ]
        for one in series
    ]
    parts = [*plots, tabulate(overview, SERIES_HEADINGS, tablefmt=tablefmt, disable_numparse=True)]
    shifts = [[*_about(one), *_shift(shift)] for one in series for shift in one["shifts"]]
    if shifts:
        parts += [tabulate(shifts, SHIFT_HEADINGS, tablefmt=tablefmt, disable_numparse=True), HINT]
    return "\n\n".join(parts)


def _shift(shift: dict[str, Any]) -> list[str]:
    remark = "the workload changed as well" if shift["workload_changed"] else ""
    commits = shift["before"][:SHORT], shift["after"][:SHORT]
    return [*commits, f"{shift['ratio'] - 1:+.1%}", f"{shift['p']:.4f}", remark]


def plot(one: dict[str, Any]) -> str:
    """The ratio at each commit, and the level of each segment."""
    import plotille

    ratios = [point["ratio"] for point in one["points"]]
    commits = [point["commit"] for point in one["points"]]
    ends = [0, *(commits.index(shift["after"]) for shift in one["shifts"]), len(ratios)]
    figure = plotille.Figure()
    figure.width, figure.height = WIDTH, HEIGHT
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


def _about(one: dict[str, Any]) -> list[str]:
    return [_workload(one), one["strategy"]]


def _workload(one: dict[str, Any]) -> str:
    return f"{' '.join([one['workload'], *one['options']])}: {sizes(one['tasks'], one['concurrency'])}"


def _title(one: dict[str, Any]) -> str:
    return f"{_workload(one)}: {one['strategy']} against {one['against']}"
