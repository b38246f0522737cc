"""Two runs side by side, as people read it. Pure functions."""

from __future__ import annotations

from harness.document.comparison import Beside, Both, Comparison
from harness.document.names import named, sizes
from harness.document.run import Ratio
from harness.report.columns import Column, table
from harness.report.words import seconds, times

WEAKER = (
    "weaker evidence: the two were measured at different times, and what the machine did meanwhile is in the ratio; "
    "`harness run` of both in the same blocks would tell"
)


def _estimate(ratio: Ratio | None) -> str:
    return times(ratio.estimate) if ratio else "-"


COLUMNS = [
    Column[Beside]("strategy", lambda row: row.name),
    Column[Beside]("time then", lambda row: seconds(row.then_seconds)),
    Column[Beside]("time now", lambda row: seconds(row.now_seconds)),
    Column[Beside]("now / then", lambda row: times(row.ratio.estimate)),
    Column[Beside]("95 % interval", lambda row: f"{times(row.ratio.low)} - {times(row.ratio.high)}"),
    Column[Beside]("x reference then", lambda row: _estimate(row.then_ratio)),
    Column[Beside]("now", lambda row: _estimate(row.now_ratio)),
    Column[Beside]("hint", lambda row: row.hint),
]


def tables(comparison: Comparison, tablefmt: str) -> str:
    """A table of each group, and what to think of it."""
    parts = [*(_group(group, tablefmt) for group in comparison.groups), WEAKER]
    return "\n".join(["\n\n".join(parts), *comparison.remarks])


def _group(group: Both, tablefmt: str) -> str:
    heading = f"{named(group.workload, group.options, group.shown)}: {sizes(group.tasks, group.concurrency)}"
    return f"{heading}\n\n{table(COLUMNS, group.rows, tablefmt, right=True)}"
