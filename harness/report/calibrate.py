"""What a machine can tell apart, as people read it. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.calibrate.outcomes import Outcome, Tally, tallies
from harness.report.columns import Column, Form, table
from harness.statistics.paired import Verdict


def _times(verdict: Verdict) -> Callable[[Tally], str]:
    return lambda tally: str(tally.said.count(verdict))


COLUMNS = [
    Column[Tally]("slowdown", lambda tally: f"{tally.slowdown:.0%}" if tally.slowdown else "none"),
    Column[Tally]("comparisons", lambda tally: str(len(tally.said))),
    Column[Tally]("slower", _times("slower")),
    Column[Tally]("faster", _times("faster")),
    Column[Tally]("same", _times("same")),
    Column[Tally]("undecided", _times("undecided")),
    Column[Tally]("called", lambda tally: f"{tally.called / len(tally.said):.0%}"),
    Column[Tally]("95 % interval", lambda tally: f"{tally.low:.0%} - {tally.high:.0%}"),
    Column[Tally]("seconds each", lambda tally: f"{tally.seconds:.1f}"),
]


def tables(outcomes: Sequence[Outcome], form: Form) -> str:
    """A line for each slowdown: how often it was called."""
    return table(COLUMNS, tallies(outcomes), form)
