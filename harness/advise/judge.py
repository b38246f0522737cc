"""Which of the candidates are the best by an objective, from a record of them. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import permutations
from statistics import median
from typing import NamedTuple

from harness.advise.choose import Objective
from harness.record.sample import Record, Sample
from harness.statistics import pairwise
from harness.statistics.best import Best
from harness.statistics.early import EXACT
from harness.statistics.metric import Metric
from harness.statistics.metrics import OURS
from harness.statistics.numbers import of_cell, values
from harness.statistics.paired import PairedRatio, compare, smallest_n
from harness.statistics.pairwise import VersusBest
from harness.statistics.verdicts import Values, of_group, of_row, walls

METRICS: dict[Objective, str] = {"wall": "time", "cpu": "cpu", "memory": "memory", "p99": "p99"}
"""By which metric of a run an objective is measured."""
Limits = dict[Objective, float]


class Judged(NamedTuple):
    """The set of the best (None: nothing can be told), and each candidate against the first of it, by their places."""

    best: Best | None
    leader: int | None
    versus: dict[int, VersusBest]
    over: dict[int, Objective]
    """Those that a limit rules out, and which."""
    regret: float | None
    """The most by which one of the best may be worse than another, as a share (95 %); None: too few blocks for that."""
    control: PairedRatio | None
    too_noisy: bool
    unlike: dict[int, str] = {}  # noqa: RUF012
    """Those whose rounds were not alike, and how."""


def judged(record: Record, objective: Objective, limits: Limits) -> Judged:
    """What a record says of the rows that have numbers, within some limits."""
    plan = record.header.plan
    over = dict(beyond(record, limits))
    verdicts = of_group(plan, record.samples, 0, read(record, objective))
    good = [place for place in verdicts.arms.numbers if place not in over]
    found = pairwise.table(plan, record.samples, 0, verdicts, good)
    control = of_group(plan, record.samples, 0)
    too_noisy = control.too_noisy if objective in ("wall", "p99") else False
    unlike = verdicts.unlike
    best = pairwise.the_best(found, verdicts, plan.margin) if good and not too_noisy else None
    if best is None or not best.members:
        return Judged(None, None, {}, over, None, control.null, too_noisy or verdicts.too_noisy, unlike)
    versus = pairwise.versus_best(found, best, verdicts, plan.margin)
    leader = pairwise.leading(found, best)
    return Judged(best, leader, versus, over, regret(found, best), control.null, False, unlike)


def read(record: Record, objective: Objective) -> Values:
    """What says the objective of a sample. (Wall time by the very function that few blocks may speak of.)"""
    return walls if objective == "wall" else values(OURS[METRICS[objective]], record.header.plan.groups[0])


def beyond(record: Record, limits: Limits) -> Iterator[tuple[int, Objective]]:
    """The rows that a limit rules out, and which."""
    for place in range(len(record.header.plan.strategies)):
        good = [one for one in of_row(record.samples, place) if one.status == "ok"]
        for objective, most in limits.items():
            number = number_of(record, objective, good)
            if number is not None and number > most:
                yield place, objective
                break


def number_of(record: Record, objective: Objective, good: list[Sample]) -> float | None:
    """What a row has of an objective: the median of its samples, seconds or bytes."""
    metric: Metric = OURS[METRICS[objective]]
    number = of_cell(metric, record.header.plan.groups[0], good) if good else None
    return number["median"] if isinstance(number, dict) else number


def regret(found: pairwise.Table, best: Best) -> float | None:
    """The upper end of the interval of any of the best against any other, one-sided, at the error by which the set was
    made (multiple comparisons with the best, as in `statistics/best.py`); None where there are too few blocks for
    that."""
    level = 2 * EXACT / max(1, len(best.members) - 1)
    pairs = [found.pairs[pair] for pair in permutations(best.members, 2)]
    if any(len(d) < smallest_n(level) for d in pairs):
        return None
    return max((compare(d, level, 0.0).high - 1 for d in pairs), default=0.0)


def halves(record: Record) -> PairedRatio | None:
    """The second group of a record of one strategy against the first, block by block; None without blocks."""
    found = [
        {one.block: median(walls(one).values) for one in record.samples if one.group == group and one.rounds}
        for group in (0, 1)
    ]
    d = [math.log(found[1][block] / found[0][block]) for block in sorted(found[0].keys() & found[1].keys())]
    return compare(d, EXACT, 0.0) if d else None
