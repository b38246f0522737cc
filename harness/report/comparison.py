"""Two runs side by side, as people read it. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator

from harness.document.beside import Basis, Beside, Both, Comparison
from harness.document.names import named, sizes
from harness.document.run import Estimate, Seconds
from harness.report.columns import Column, escape, table
from harness.report.lines import Line, escaped, labelled, line, rendered, spread
from harness.report.ranking import STYLES, fitted
from harness.report.sentences import listed
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


def screen(comparison: Comparison, width: int = 80, colour: bool = False) -> str:
    """The rows of both runs, then what is to be thought of them, and what would tell."""
    return rendered(_lines(escaped(comparison), width), width, colour)


def _lines(comparison: Comparison, width: int) -> Iterator[Line]:
    right = f"then {comparison.then[9:15]}, now {comparison.now[9:15]}{', same code' if comparison.same_code else ''}"
    for group in comparison.groups:
        heading = f"{named(group.workload.rpartition('/')[2], group.options, group.shown)}"
        against = f", against {group.reference}" if group.reference else ""
        yield spread(f"{heading}: {sizes(group.tasks, group.concurrency)}{against}", right, width)
        yield line()
        yield line(f"  {'':15} {'then':>8} {'now':>8}  {'now/then':>8}  {'between runs':>13}  {'spread':>12}", "dim")
        yield from map(_row, group.rows)
        yield line()
        yield line(_sentence(group), "bold")
        yield from (labelled("because", text) for text in _because(group))
        if group.command:
            yield labelled("next" if comparison.same_code else "would tell", group.command)
        yield line()
    yield from (labelled("note", text) for text in comparison.remarks)
    yield labelled("note", WEAKER)
    yield line(f"run {comparison.then} and {comparison.now}", "dim")


def _row(row: Beside) -> Line:
    between = f"{row.interval.low:.2f} - {row.interval.high:.2f}" if row.interval else "-"
    spreads = f"{_spread(row.then_spread)} {_spread(row.now_spread)}"
    times = f"{seconds(row.then_seconds):>8} {seconds(row.now_seconds):>8}  {row.ratio.estimate:>8.2f}"
    text = line(f"  {fitted(row.name, 15)} {times}  {between:>13}  {spreads:>12}  ")
    text.text.append("-" if row.verdict == "none" else row.verdict, STYLES.get(row.verdict, "dim"))
    return text


def _sentence(group: Both) -> str:
    """How many rows moved, and which; where nothing can be said of it, that."""
    told = [row for row in group.rows if row.verdict not in ("none", "undecided")]
    moved = [f"{row.name} {row.verdict}" for row in told if row.verdict in ("slower", "faster")]
    if moved:
        return f"{len(moved)} of {len(group.rows)} moved by more than runs differ: {listed(moved)}."
    if told:
        return f"None of {len(group.rows)} is shown to have moved; {len(told)} are the same within the margin."
    return "No verdict: one run each tells nothing of how much runs differ."


def _because(group: Both) -> Iterator[str]:
    """What verdicts come of, and why there are no others: each once."""
    for basis, text in BASES.items():
        if mine := [f"{row.name} ({row.of})" for row in group.rows if row.basis == basis]:
            yield f"{text}: {listed(mine)}"
    for why in dict.fromkeys(row.reason for row in group.rows if row.reason):
        yield f"{listed([row.name for row in group.rows if row.reason == why])}: {why}"


def tables(comparison: Comparison, tablefmt: str) -> str:
    """A table of each group, and what to think of it."""
    comparison = escaped(comparison, escape(tablefmt))
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
