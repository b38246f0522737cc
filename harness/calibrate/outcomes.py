"""What this machine can tell apart: comparisons of a cell with itself, and with a slowdown of known size."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median, stdev

import msgspec

from harness.record.plan import Plan
from harness.record.sample import Record
from harness.statistics import paired as statistics
from harness.statistics import verdicts

SLOWDOWNS = (0.0, 0.01, 0.02, 0.05, 0.10)


@dataclass(frozen=True)
class Outcome:
    """One comparison: what was injected, what was said, what it took, the deviation of its log-ratios, and the ratio
    that they centre on."""

    slowdown: float
    verdict: statistics.Verdict
    seconds: float
    deviation: float
    estimate: float = 1.0


def against_itself(plan: Plan, slowdown: float, seed: int) -> Plan:
    """The first strategy of a plan against itself, the second time slowed down."""
    strategy = plan.strategies[0]
    twin = msgspec.structs.replace(strategy, name=f"{strategy.name} +{slowdown:.0%}", slowdown=slowdown)
    return msgspec.structs.replace(plan, strategies=[strategy, twin], reference=strategy.name, seed=seed)


def outcome(record: Record) -> Outcome | None:
    """What came of such a run; None where a cell failed."""
    plan = record.header.plan
    comparison = verdicts.of_group(plan, record.samples, 0).rows.get(1)
    if comparison is None or record.end is None:
        return None
    deviation = comparison.deviation or 0.0
    return Outcome(
        plan.strategies[1].slowdown, comparison.verdict, record.end.seconds["all"], deviation, comparison.estimate
    )


@dataclass(frozen=True)
class Tally:
    """What was said of a slowdown. Called is a false alarm where nothing was injected, and a find (slower) elsewhere:
    how often, and Wilson's interval of the share."""

    slowdown: float
    said: Sequence[statistics.Verdict]
    called: int
    low: float
    high: float
    seconds: float
    """Of a comparison, the median."""
    between: float | None = None
    """The deviation of the estimates' logarithms from comparison to comparison, which two stored runs are seen beside;
    None of one."""


def tallies(outcomes: Sequence[Outcome]) -> Iterator[Tally]:
    """One for each slowdown."""
    for slowdown in sorted({one.slowdown for one in outcomes}):
        mine = [one for one in outcomes if one.slowdown == slowdown]
        said = [one.verdict for one in mine]
        called = said.count("slower") + (said.count("faster") if not slowdown else 0)
        interval = statistics.wilson(called, len(mine))
        logs = [math.log(one.estimate) for one in mine]
        between = stdev(logs) if len(logs) > 1 else None
        yield Tally(slowdown, said, called, *interval, median(one.seconds for one in mine), between)


def settings(outcomes: Sequence[Outcome], plan: Plan, detect: float) -> str:
    """The settings with which a slowdown of this size would be called in 4 of 5 runs, in a sentence."""
    deviation = median(one.deviation for one in outcomes)
    margin = min(plan.margin, detect / 4)
    each = median(one.seconds for one in outcomes) / plan.blocks
    for blocks in range(statistics.smallest_n(statistics.ALPHA), statistics.MOST_BLOCKS):
        if statistics.smallest_detectable(deviation, blocks, statistics.ALPHA, margin) <= detect:
            return (
                f"to call a slowdown of {detect:.1%} in 4 of 5 runs: --blocks {blocks} --margin {margin:g} "
                f"(about {blocks * each:.0f} s; the log-ratios deviate by {deviation:.2%})"
            )
    return f"a slowdown of {detect:.1%} is beyond this machine: the log-ratios deviate by {deviation:.2%}"
