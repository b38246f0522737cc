"""What the samples of a run say about each group: comparisons with the reference, and the null arm. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median

from harness.record import Arm, Plan, Sample
from harness.statistics import ALPHA, Comparison, compare, family, log_ratios

Number = Callable[[Sample], float]


def wall(sample: Sample) -> float:
    """A sample's number: the median of its rounds, seconds."""
    return median(round.wall_seconds for round in sample.rounds)


def instructions(sample: Sample) -> float:
    """A sample's count, instructions of a task in user space; 0 where it was not counted."""
    return sample.instructions_per_task or 0.0


@dataclass(frozen=True)
class Verdicts:
    """The comparisons of a group: those of its rows by their place in the plan, and the one of its null arm."""

    rows: dict[int, Comparison]
    null_of: int | None
    null: Comparison | None

    @property
    def too_noisy(self) -> bool:
        """Whether two arms of one cell came out as different."""
        return self.null is not None and self.null.verdict in ("faster", "slower")


def by_block(samples: Sequence[Sample], group: int, strategy: int, arm: Arm, number: Number) -> dict[int, float]:
    """The good samples of one arm: block to number."""
    return {
        sample.block: number(sample)
        for sample in samples
        if (sample.group, sample.strategy, sample.arm, sample.status) == (group, strategy, arm, "ok") and sample.rounds
    }


def of_group(
    plan: Plan, samples: Sequence[Sample], group: int, number: Number = wall, margin: float | None = None
) -> Verdicts:
    """All comparisons of a group. Where the null arm differs from its twin, no verdict stands."""
    margin = plan.margin if margin is None else margin
    mine = [sample for sample in samples if sample.group == group]
    lost = {sample.strategy for sample in mine if sample.arm == "row" and sample.status != "ok"}
    reference = next(s for s, strategy in enumerate(plan.strategies) if strategy.name == plan.reference)
    against = by_block(samples, group, reference, "row", number)
    arms = {
        s: log_ratios(by_block(samples, group, s, "row", number), against)
        for s in range(len(plan.strategies))
        if s != reference and s not in lost and reference not in lost
    }
    compared = zip(arms, family(list(arms.values()), margin), strict=True)
    rows = {s: comparison for s, comparison in compared if comparison}
    null_of = next((sample.strategy for sample in mine if sample.arm == "null"), None)
    null = None
    if null_of is not None:
        twins = by_block(samples, group, null_of, "null", number), by_block(samples, group, null_of, "row", number)
        d = log_ratios(*twins)
        null = compare(d, ALPHA, margin) if len(d) else None
    said = Verdicts(rows, null_of, null)
    return replace(said, rows={s: withheld(row) for s, row in rows.items()}) if said.too_noisy else said


def withheld(comparison: Comparison) -> Comparison:
    """The same without its verdict."""
    return replace(comparison, verdict="undecided", reason="withheld: the machine was too noisy, see the null arm")


def widest(plan: Plan, samples: Sequence[Sample]) -> float:
    """Half the width of the widest interval of any group, as a share; infinity where there is none."""
    widths = [
        row.precision for group in range(len(plan.groups)) for row in of_group(plan, samples, group).rows.values()
    ]
    return max(widths, default=math.inf)
