"""Two runs side by side, as people read it. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator

from harness.document.beside import Basis, Beside, Both, Comparison
from harness.document.names import named, sizes
from harness.document.run import Estimate, Seconds
from harness.report.columns import Column, table
from harness.report.words import seconds

WEAKER = (
    "the two were measured at different times: what lies within them says nothing of how much runs differ, so verdicts "
    "come of other runs, of the other cells or of `calibrate` alone"
)
BASES: dict[Basis, str] = {
    "history": "as past runs of the cell differ",
    "cells": "beside what the other cells moved by",
    "calibration": "as comparisons of `calibrate` differ",
}

AGAIN = "python -m harness run "


def _interval(ratio: Estimate | None) -> str:
    return f"{ratio.estimate:.2f} ({ratio.low:.2f}-{ratio.high:.2f})" if ratio else "-"


def _spread(one: Seconds | None) -> str:
    """The highest of the samples over the lowest."""
    return f"{one.high / one.low:.2f}x" if one else "-"


COLUMNS = [
    Column[Beside]("strategy", lambda row: row.name),
    Column[Beside]("then", lambda row: seconds(row.then_seconds)),
    Column[Beside]("now", lambda row: seconds(row.now_seconds)),
    Column[Beside]("spread", lambda row: f"{_spread(row.then_spread)}, {_spread(row.now_spread)}"),
    Column[Beside]("within these two", lambda row: _interval(row.ratio)),
    Column[Beside]("between runs", lambda row: _interval(row.interval)),
    Column[Beside]("verdict", lambda row: "-" if row.verdict == "none" else row.verdict),
]


def tables(comparison: Comparison, tablefmt: str) -> str:
    """A table of each group, and what to think of it."""
    parts = [*(_group(group, comparison, tablefmt) for group in comparison.groups), WEAKER]
    return "\n".join(["\n\n".join(parts), *comparison.remarks])


def _group(group: Both, comparison: Comparison, tablefmt: str) -> str:
    heading = f"{named(group.workload, group.options, group.shown)}: {sizes(group.tasks, group.concurrency)}"
    against = f", against {group.reference}" if group.reference else ""
    said = "\n".join(_below(group, comparison))
    return f"{heading}{against}\n\n{table(COLUMNS, group.rows, tablefmt, right=True)}\n\n{said}"


def _below(group: Both, comparison: Comparison) -> Iterator[str]:
    """What the verdicts of a group come of, and why there are no others."""
    for basis, text in BASES.items():
        if mine := [row for row in group.rows if row.basis == basis]:
            each = ", ".join(f"{row.name} ({row.of})" for row in mine)
            yield f"between runs, {text}: {each}"
    for verdict, text in (("none", "no verdict"), ("slower", "slower"), ("faster", "faster")):
        for why in dict.fromkeys(row.reason for row in group.rows if row.verdict == verdict and row.reason):
            names = ", ".join(row.name for row in group.rows if row.verdict == verdict and row.reason == why)
            yield f"{text}: {why}: {names}"
    if group.command:
        yield f"{_tells(group.command, comparison.same_code)}: {group.command}"


def _tells(command: str, same_code: bool) -> str:
    if not command.startswith(AGAIN):
        return "this would tell"
    what = "the same code in both" if same_code else "no code of yours ran in either, which a gate could tell of"
    return f"{what}: more runs are a history"
