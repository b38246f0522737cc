"""What came of a gate, as people read it. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

from harness.document.gate import Decision, Gate, Grown
from harness.document.run import Ratio
from harness.report.columns import UNITS, Column, Form, escape, table
from harness.report.lines import Line, escaped, labelled, line, rendered
from harness.report.ranking import BAD, fitted
from harness.report.sentences import has_interval
from harness.report.verdict import sentence
from harness.statistics.metric import Unit
from harness.statistics.metrics import OURS


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


def decisions(cells: Sequence[Decision], form: Form) -> str:
    """A line for each cell."""
    return table(COLUMNS, cells, form)


HEADINGS = {"pass": "PASSED", "regression": "FAILED"}
STYLES = {"pass": "green", "regression": "red", "new": "cyan"}
EXITS = "exit status: 0 passed, 1 a regression, 3 nobody can tell"


def screen(gate: Gate, width: int = 80, colour: bool = False) -> str:
    """The sentence first, then the numbers in their unit, what a reader should know, how to ask again, and how to
    accept it."""
    return rendered(_lines(escaped(gate)), width, colour)


def _lines(gate: Gate) -> Iterator[Line]:
    said = sentence(gate).replace("`", "")
    heading = f"{HEADINGS.get(gate.outcome, gate.outcome.upper())}: {said}" if said else outcome(gate)
    yield line(heading, f"bold {STYLES.get(gate.outcome, BAD)}")
    for workload in dict.fromkeys(cell.workload for cell in gate.cells):
        cells = [cell for cell in gate.cells if cell.workload == workload]
        yield line()
        yield line(f"{workload}, {cells[0].metric}", "bold")
        yield line(f"  {'':14} {'base':>9} {'now':>9}  {'ratio':>6}  {'interval':>13}  {'limit':>5}", "dim")
        yield from map(_cell, cells)
    yield line()
    if gate.blocks:
        yield labelled("how sure", f"{gate.blocks} blocks side by side, of at most {gate.most}")
    for cell in gate.cells:
        if cell.reason:
            yield labelled(cell.outcome, f"{cell.workload} {cell.strategy}: {cell.reason}")
    for text in growths(gate.cells):
        yield labelled("grew", text)
    for text in gate.remarks:
        yield labelled("note", text)
    if gate.command:
        yield labelled("again", gate.command)
    if accepted := _accepted(gate):
        yield labelled("accept it", accepted)
    yield line(f"run {gate.run}   {EXITS}", "dim")
    yield line(outcome(gate))


def _cell(one: Decision) -> Line:
    unit: Unit = OURS[one.metric].unit if one.metric in OURS else "count"
    base, now = ("-" if value is None else UNITS[unit](value) for value in (one.base, one.candidate))
    ratio = one.comparison
    times = f"{ratio.estimate:.3f}" if ratio else "-"
    between = f"{ratio.low:.3f} - {ratio.high:.3f}" if ratio and has_interval(ratio) else "-"
    text = line(f"  {fitted(one.strategy, 14)} {base:>9} {now:>9}  {times:>6}  {between:>13}  {1 + one.limit:>5.3g}  ")
    text.text.append(one.outcome, STYLES.get(one.outcome, BAD))
    return text


def _accepted(gate: Gate) -> str | None:
    """What to write into pyproject.toml for what got worse to pass."""
    worse = [cell for cell in gate.cells if cell.outcome == "regression" and cell.comparison]
    if not worse:
        return None
    most = max(worse, key=lambda cell: cell.comparison.high if cell.comparison else 0.0)
    assert most.comparison
    limit = ceil(100 * (most.comparison.high - 1)) / 100
    return (
        f'in pyproject.toml: [[tool.harness.gate.limits]] workload = "{most.workload}", '
        f'metric = "{most.metric}", limit = {limit:g}'
    )


def tables(gate: Gate, tablefmt: str, verbose: bool = False) -> str:
    """The decisions, tracebacks of what failed if verbose, what a reader should know, and the outcome last."""
    gate = escaped(gate, escape(tablefmt))
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
