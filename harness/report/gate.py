"""What came of a gate, as people read it. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

from harness.document.gate import Decision, Gate
from harness.document.run import Ratio
from harness.report.columns import Column, table


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.6g}"


def _interval(ratio: Ratio | None) -> str:
    return f"{ratio.low:.4f} - {ratio.high:.4f}" if ratio else "-"


COLUMNS = [
    Column[Decision]("workload", lambda one: one.workload),
    Column[Decision]("strategy", lambda one: one.strategy),
    Column[Decision]("metric", lambda one: one.metric),
    Column[Decision]("base", lambda one: _number(one.base)),
    Column[Decision]("candidate", lambda one: _number(one.candidate)),
    Column[Decision]("ratio", lambda one: f"{one.comparison.estimate:.4f}" if one.comparison else "-"),
    Column[Decision]("interval", lambda one: _interval(one.comparison)),
    Column[Decision]("limit", lambda one: f"{one.limit:.2%}"),
    Column[Decision]("outcome", lambda one: one.outcome),
    Column[Decision]("why", lambda one: one.reason or ""),
]


def decisions(cells: Sequence[Decision], tablefmt: str) -> str:
    """A line for each cell."""
    return table(COLUMNS, cells, tablefmt)


def tables(gate: Gate, tablefmt: str, verbose: bool = False) -> str:
    """The decisions, tracebacks of what failed if verbose, what a reader should know, and the outcome last."""
    failed = [one for one in gate.cells if verbose and one.traceback]
    tracebacks = [f"{one.workload} {one.strategy}:\n{one.traceback}" for one in failed]
    return "\n".join([decisions(gate.cells, tablefmt), "", *tracebacks, *gate.remarks, f"gate: {gate.outcome}"])
