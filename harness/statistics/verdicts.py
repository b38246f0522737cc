"""What the samples of a run say about each group: comparisons with the reference, and the null arm. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import NamedTuple

from harness.record.plan import Plan
from harness.record.sample import Arm, Round, Sample
from harness.statistics import alike, replies
from harness.statistics.early import LEAST, STRICT, THREADS, Early, Scatter, early, scatters, settled
from harness.statistics.metrics import seconds
from harness.statistics.paired import ALPHA, PairedRatio, Rounds, compare, log_ratios, repeated_level, smallest_n
from harness.statistics.ranks import Floats, rank_sum_p

NOISY = "the machine was too noisy, see the null arm"
UNLIKE = "its rounds were not alike"
UNLIKE_REFERENCE = "the rounds of the reference were not alike"
CHANGED = "its ratio changed during the run, so its blocks say less than so many would: its interval is too narrow"
CHANGED_P = 0.005
Values = Callable[[Sample], Rounds]


def of_rounds(number: Callable[[Round], float]) -> Values:
    """What says a number of each timed round of a sample."""
    return lambda sample: Rounds(
        [number(round) for round in sample.rounds], [round.position for round in sample.rounds]
    )


walls = of_rounds(seconds)


def wall(sample: Sample) -> float:
    """A sample's number: the median of its rounds, seconds."""
    return median(round.wall_seconds for round in sample.rounds)


class Arms(NamedTuple):
    """What a group's comparisons are made from: the values of its rows by block, the reference among them; the
    log-ratios of the others to it; its null arm; and how much the blocks scatter."""

    numbers: dict[int, dict[int, Rounds]]
    reference: int
    ratios: dict[int, Floats]
    null_of: int | None
    null: Floats
    scatters: dict[int, Scatter]


@dataclass(frozen=True)
class Verdicts:
    """The comparisons of a group: what they are made from, those of its rows by their place in the plan, and the one
    of its null arm."""

    arms: Arms
    rows: dict[int, PairedRatio]
    null: PairedRatio | None
    unlike: dict[int, str]
    """The rows whose rounds were not alike, and how."""

    @property
    def too_noisy(self) -> bool:
        """Whether two arms of one cell came out as different."""
        return self.null is not None and self.null.verdict in ("faster", "slower")


def by_block(samples: Sequence[Sample], strategy: int, arm: Arm, values: Values) -> dict[int, Rounds]:
    """The good samples of one arm of a group: block to values."""
    return {
        sample.block: found
        for sample in samples
        if (sample.strategy, sample.arm, sample.status) == (strategy, arm, "ok")
        and min((found := values(sample)).values, default=0.0) > 0
    }


def of_row(samples: Sequence[Sample], strategy: int) -> list[Sample]:
    """The samples of a strategy that are its row's."""
    return [one for one in samples if (one.strategy, one.arm) == (strategy, "row")]


def against_reference(
    plan: Plan, samples: Sequence[Sample], values: Values = walls
) -> tuple[dict[int, dict[int, Rounds]], int, dict[int, Floats]]:
    """A group's cells that lost no sample and were sent what the reference was: their values by block, the reference
    among them, and the log-ratios of the others. Where the plan's reference has no numbers, the first strategy that
    has some takes its place."""
    lost = {sample.strategy for sample in samples if sample.arm == "row" and sample.status != "ok"}
    wanted = next(s for s, strategy in enumerate(plan.strategies) if strategy.name == plan.reference)
    found = {s: by_block(samples, s, "row", values) for s in range(len(plan.strategies)) if s not in lost}
    numbers = {s: blocks for s, blocks in found.items() if blocks}
    reference = next((s for s in (wanted, *numbers) if s in numbers), wanted)
    got = {s: replies.received(of_row(samples, s)) for s in numbers}
    numbers = {s: blocks for s, blocks in numbers.items() if replies.alike(got[s], got[reference])}
    arms = {s: log_ratios(blocks, numbers[reference]) for s, blocks in numbers.items() if s != reference}
    return numbers, reference, arms


def arms_of(plan: Plan, samples: Sequence[Sample], values: Values = walls) -> Arms:
    """What is compared in a group, by its samples."""
    numbers, reference, ratios = against_reference(plan, samples, values)
    null_of = next((sample.strategy for sample in samples if sample.arm == "null"), None)
    null: Floats = []
    second: dict[int, Rounds] = {}
    if null_of is not None:
        second = by_block(samples, null_of, "null", values)
        null = log_ratios(second, by_block(samples, null_of, "row", values))
    return Arms(numbers, reference, ratios, null_of, null, scatters([*numbers.values(), second]))


def of_group(
    plan: Plan,
    samples: Sequence[Sample],
    group: int,
    values: Values = walls,
    margin: float | None = None,
    most: int | None = None,
) -> Verdicts:
    """All comparisons of a group: what few blocks say of times, and what ranks say of the rest. Where the null arm
    differs from its twin, no verdict stands. `most`: the blocks that there could have been, where it was looked after
    each whether there were enough."""
    margin = plan.margin if margin is None else margin
    mine = [sample for sample in samples if sample.group == group]
    arms = arms_of(plan, mine, values)
    found: dict[int, Early | None] = {}
    if values is walls:
        bars = {s: bar(plan, mine, s, arms.reference) for s in arms.ratios}
        found = {s: early(d, arms.scatters, len(arms.ratios), margin, bars[s]) for s, d in arms.ratios.items()}
    rows = settled(arms.ratios, found, margin, most)
    level = repeated_level(most, 1) if most else ALPHA
    null = compare(arms.null, level, margin) if len(arms.null) else None
    uneven = unlike(plan, mine, group, arms.numbers)
    whys = reasons(null, uneven, arms.reference, rows)
    rows = {s: withheld(row, whys[s]) if s in whys else row for s, row in rows.items()}
    return Verdicts(arms, rows, null, uneven)


def reasons(null: PairedRatio | None, uneven: Collection[int], reference: int, rows: Iterable[int]) -> dict[int, str]:
    """Why rows have no verdict, whatever their blocks say."""
    if null is not None and null.verdict in ("faster", "slower"):
        return dict.fromkeys(rows, NOISY)
    whys = {s: UNLIKE if s in uneven else UNLIKE_REFERENCE for s in rows}
    return whys if reference in uneven else {s: why for s, why in whys.items() if s in uneven}


def bar(plan: Plan, samples: Sequence[Sample], *pair: int) -> Mapping[int, float]:
    """What each of few blocks has to show of two rows of a group, as a factor, for a verdict: more where one uses
    threads, which may be in either of two modes, and where one of those blocks has one round, all of which a burst may
    hit."""
    if threaded(plan, samples, *pair):
        return THREADS
    mine = [one for s in pair for one in of_row(samples, s)]
    first = sorted({one.block for one in mine})
    single = {one.block for one in mine if len(one.rounds) == 1}
    return {n: (STRICT if single & set(first[:n]) else LEAST)[n] for n in LEAST}


def threaded(plan: Plan, samples: Sequence[Sample], *pair: int) -> bool:
    """Whether any of some rows of a group uses threads: by what its strategy declares, or was seen of it."""
    seen = [one.observed.threads_max for s in pair for one in of_row(samples, s) if one.observed]
    return any(plan.strategies[s].threads_per_task for s in pair) or max(seen, default=0) > 1


def changed(d: Floats) -> bool:
    """Whether the blocks of the first half differ from those of the second: tests take blocks for independent."""
    half = len(d) // 2
    return half > 0 and rank_sum_p(d[:half], d[half:]) <= CHANGED_P


def unlike(plan: Plan, samples: Sequence[Sample], group: int, strategies: Iterable[int]) -> dict[int, str]:
    """Those of a group's strategies whose rounds were not alike, and how: their numbers are of no one thing."""
    if plan.groups[group].serves:
        return {}
    mine = [one for one in samples if one.group == group and one.arm == "row"]
    return alike.remarks({s: [one for one in mine if one.strategy == s] for s in strategies}, plan.fresh)


def withheld(comparison: PairedRatio, why: str) -> PairedRatio:
    """The same without its verdict."""
    return replace(comparison, verdict="undecided", reason=f"withheld: {why}")


def widest(plan: Plan, samples: Sequence[Sample], most: int | None = None) -> float:
    """Half the width of the widest interval of any group, as a share; infinity where there is none, or one has too few
    blocks for its level."""
    found = [of_group(plan, samples, group, most=most).rows.values() for group in range(len(plan.groups))]
    widths = [row.precision if row.blocks >= smallest_n(row.level) else math.inf for rows in found for row in rows]
    return max(widths, default=math.inf)
