"""Verdicts of three to five blocks, where no exact test can speak: of huge effects alone. Pure functions of numbers.

Student's interval from a deviation that is pooled over all arms of a group has to lie beyond the margin, and every
block has to say so by itself, clearly: an assumption (no burst hits all blocks of one arm alone), spelt out, for which
a small part of the error is set aside. docs/trust.md has what came of it in simulations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean, stdev
from typing import Literal, NamedTuple, TypeVar

from harness.statistics.paired import (
    ALPHA,
    PairedRatio,
    Rounds,
    Verdict,
    compare,
    family,
    log_ratios,
    repeated_level,
    smallest_n,
)
from harness.statistics.ranks import Floats
from harness.statistics.student import t_quantile

Arm = TypeVar("Arm")
"""What a family's comparisons are called."""
SPEND = {3: 0.002, 4: 0.0005, 5: 0.0005}
"""The error of each look: at so many blocks, over all comparisons of a family."""
FIRST_LOOK, LAST_LOOK = min(SPEND), max(SPEND)
EXACT = ALPHA - sum(SPEND.values())
"""What the looks leave of the error to exact tests."""
LEAST = dict.fromkeys(SPEND, 1.2)
"""What each block has to show, as a factor."""
STRICT = {3: 1.6, 4: 1.35, 5: 1.2}
"""The same where a burst may hit all rounds of a block, and where a verdict ends a build."""
THREADS = dict.fromkeys(SPEND, 3.0)
"""The same where one of two is in either of two modes: threads that wait for one lock are, for blocks, 2x apart."""
CLEAR = 4.0
"""How many deviations each block has to lie away from none."""
FLOOR = 0.005
"""The least deviation that is believed of so few blocks."""
DISAGREE = "withheld: its early blocks and the later ones disagree"


class Scatter(NamedTuple):
    """The deviation of the log-ratio of two arms, from so many degrees of freedom."""

    deviation: float
    freedom: int


class Early(NamedTuple):
    """What few blocks say: log-ratios, and at how many blocks it was said."""

    side: Literal[-1, 1]
    low: float
    high: float
    blocks: int

    @property
    def verdict(self) -> Literal["faster", "slower"]:
        """Of the first of the two that were compared."""
        return "slower" if self.side > 0 else "faster"


def pooled(arms: Sequence[Floats]) -> Scatter:
    """From the logarithms of several arms' times in the same blocks (or of their ratios to the same arm): what is left
    of them beside arms and blocks (the residuals of a two-way layout)."""
    k, n = len(arms), len(arms[0])
    arm, block = [fmean(one) for one in arms], [fmean(column) for column in zip(*arms, strict=True)]
    centre = fmean(arm)
    left = math.fsum(
        (value - arm[a] - block[b] + centre) ** 2 for a, values in enumerate(arms) for b, value in enumerate(values)
    )
    freedom = (k - 1) * (n - 1)
    return Scatter(math.sqrt(2 * left / freedom), freedom)


def scatters(arms: Sequence[Mapping[int, Rounds]]) -> dict[int, Scatter]:
    """For each look, what is pooled from the arms (null arm and reference among them: block to values) that have all
    of the first blocks; of the looks that two or more arms have come to."""
    blocks = sorted({block for arm in arms for block in arm})
    found = {}
    for n in SPEND:
        first = blocks[:n]
        there = [{block: arm[block] for block in first} for arm in arms if arm.keys() >= set(first)]
        if len(first) == n and len(there) > 1:
            found[n] = pooled([log_ratios(arm, there[0]) for arm in there])
    return found


def early(
    d: Floats, scatters: Mapping[int, Scatter], comparisons: int, margin: float, least: Mapping[int, float] = LEAST
) -> Early | None:
    """The first verdict that 3, 4 or 5 blocks give on the log-ratios of two arms, one of so many comparisons; None
    where they give none."""
    for n in SPEND:
        if n <= len(d) and plain(d[:n], least[n]) and n in scatters:
            found = _look(d[:n], scatters[n], comparisons, margin)
            if found:
                return found
    return None


def plain(d: Floats, factor: float) -> bool:
    """Whether each block shows such a factor, to the same side."""
    bar = math.log(factor)
    return min(d) >= bar or max(d) <= -bar


def _look(d: Floats, scatter: Scatter, comparisons: int, margin: float) -> Early | None:
    n, centre = len(d), fmean(d)
    side: Literal[-1, 1] = 1 if centre > 0 else -1
    if min(map(abs, d)) < CLEAR * scatter.deviation:
        return None
    deviation = max(stdev(d), scatter.deviation, FLOOR)
    half = t_quantile(scatter.freedom, 1 - SPEND[n] / comparisons / 2) * deviation / math.sqrt(n)
    if abs(centre) - half <= math.log1p(margin):
        return None
    return Early(side, centre - half, centre + half, n)


def told(d: Floats, said: Early, level: float, margin: float) -> PairedRatio:
    """The comparison of which few blocks have said something: with Student's interval, or that of the ranks once there
    are enough blocks for one. Withheld where that lies on the other side of none."""
    exact = compare(d, level, margin)
    if len(d) < smallest_n(level):
        low, high = math.exp(said.low), math.exp(said.high)
        exact = replace(exact, level=level * SPEND[said.blocks] / EXACT)
        return replace(exact, low=low, high=high, verdict=said.verdict, deviation=stdev(d), reason=None, rule="early")
    against = exact.high < 1 if said.side > 0 else exact.low > 1
    verdict: Verdict = "undecided" if against else said.verdict
    return replace(exact, verdict=verdict, blocks_to_settle=None, reason=DISAGREE if against else None, rule="early")


def settled(
    arms: Mapping[Arm, Floats], found: Mapping[Arm, Early | None], margin: float, most: int | None = None
) -> dict[Arm, PairedRatio]:
    """The comparisons of a family: what few blocks said of some, and exact ranks of the others, at what the looks left
    of the error. That is Holm's procedure on a set which holds all true hypotheses, unless a look was wrong. `most`: as
    for `family`."""
    others = {s: d for s, d in arms.items() if len(d) and not found.get(s)}
    exact = zip(others, family(list(others.values()), margin, EXACT, most), strict=True)
    rows = {s: one for s, one in exact if one}
    level = repeated_level(most, max(1, len(arms)), EXACT) if most else EXACT / max(1, len(arms))
    return rows | {s: told(arms[s], said, level, margin) for s, said in found.items() if said}
