"""What came of a gate, as people read it. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.document.gate import Decision, Gate, Grown
from harness.document.run import Ratio
from harness.report.columns import Column, table
from harness.report.rows import has_interval


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.6g}"


def _interval(ratio: Ratio | None) -> str:
    return f"{ratio.low:.4f} - {ratio.high:.4f}" if ratio and has_interval(ratio) else "-"


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
    parts = [*tracebacks, *growths(gate.cells), *gate.remarks, outcome(gate)]
    return "\n".join([decisions(gate.cells, tablefmt), "", *parts])


def outcome(gate: Gate) -> str:
    """What came of it; of a part, that nothing did, but where something could not be measured."""
    if gate.shard is None:
        return f"gate: {gate.outcome}"
    part = f"part {gate.shard.number} of {gate.shard.of}: nothing is decided before gate --merge"
    return part if gate.outcome in ("undecided", "new") else f"gate: {gate.outcome}; {part}"


def growths(cells: Sequence[Decision]) -> Iterator[str]:
    """Which function grew, in each cell that did: a line for what each counter saw."""
    for one in cells:
        for counter, kind in (("qemu", "in Python"), ("callgrind", "in C")):
            seen = [grown for grown in one.grew if grown.seen_by == counter]
            if seen:
                yield f"{one.workload} {one.strategy} grew {kind}: {'; '.join(map(_grown, seen))}"


def _grown(one: Grown) -> str:
    place = f"{one.file}:{one.line}" if one.line else one.file
    where = f" ({place})" if place else ""
    return f"{one.function}{where} {one.share:.0%}, {one.before:,.0f} -> {one.after:,.0f}"
