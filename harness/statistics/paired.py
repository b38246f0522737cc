"""Samples into estimates, intervals and verdicts. Pure functions of arrays.

A comparison is one log-ratio for each block: one worker's rounds against the reference's within the same block."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Literal, NamedTuple

import numpy as np
from scipy.special import stdtrit

from harness.statistics.ranks import Floats, hodges_lehmann, interval, sign_flip_p, weighted_medians

Verdict = Literal["faster", "slower", "same", "undecided"]

ALPHA = 0.05
POWER = 0.8
MARGIN = 0.02
MOST_BLOCKS = 1000
MOST_PAIRS = 1_000_000
"""Pairs of rounds that are held in memory at once."""


class Rounds(NamedTuple):
    """A worker's values, and the places of their rounds in the block: the first round of all has place 0."""

    values: list[float]
    places: list[int]


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, lowest and highest of the samples."""
    return {"median": median(values), "low": min(values), "high": max(values)}


def smallest_n(alpha: float) -> int:
    """The fewest blocks with which the sign-flip test can reject at all: 2^(1-n) <= alpha."""
    return 1 + math.ceil(math.log2(1 / alpha))


def holm_levels(p_values: Sequence[float]) -> list[float]:
    """The level at which Holm's procedure tests each hypothesis (Holm 1979). Those after the first that stands
    are tested at its level."""
    m = len(p_values)
    levels = [ALPHA] * m
    level, standing = ALPHA / max(m, 1), False
    for rank, place in enumerate(sorted(range(m), key=lambda place: p_values[place])):
        if not standing:
            level = ALPHA / (m - rank)
            standing = p_values[place] > level
        levels[place] = level
    return levels


def half_width(sd: float, n: int, alpha: float) -> float:
    """The half width that a paired t interval of n blocks has, from the deviation of the log-ratios."""
    return float(stdtrit(n - 1, 1 - alpha / 2)) * sd / math.sqrt(n)


def smallest_detectable(sd: float, n: int, alpha: float, margin: float) -> float:
    """The slowdown, as a share, that n blocks would call by the margin rule in 4 of 5 runs (paired t power,
    Chow, Shao and Wang 2008; ranks need about 1 / 0.955 as many blocks)."""
    spread_ = sd / math.sqrt(0.955 * n)
    quantiles = float(stdtrit(n - 1, 1 - alpha / 2) + stdtrit(n - 1, POWER))
    return math.exp(math.log1p(margin) + quantiles * spread_) - 1


def blocks_to_settle(estimate: float, sd: float, n: int, alpha: float, margin: float) -> int | None:
    """The fewest blocks, more than the n that there are, with which the interval round this estimate would lie on one
    side of the margin (or, within it, the equivalence test would hold); None beyond `MOST_BLOCKS`."""
    beyond = abs(estimate) - math.log1p(margin)
    level = alpha if beyond > 0 else 2 * ALPHA
    low, high = max(smallest_n(alpha), n + 1), MOST_BLOCKS
    if half_width(sd, high, level) >= abs(beyond):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if half_width(sd, middle, level) < abs(beyond) else (middle + 1, high)
    return low


@dataclass(frozen=True)
class Comparison:
    """A row against the reference: time ratios, below 1 is faster."""

    estimate: float
    low: float
    high: float
    verdict: Verdict
    p: float
    level: float
    blocks: int
    deviation: float | None = None
    smallest_detectable: float | None = None
    blocks_to_settle: int | None = None
    reason: str | None = None

    @property
    def precision(self) -> float:
        """Half the width of the interval, as a share."""
        return math.sqrt(self.high / self.low) - 1


def log_ratios(ours: Mapping[int, Rounds], reference: Mapping[int, Rounds]) -> Floats:
    """log(ours / reference) for each block in which both have rounds (positive numbers).

    What slows a machine slows the rounds that lie next to each other in time, so the nearer two rounds are, the more
    their ratio says: a block's is the weighted median (Edgeworth 1888) of the log-ratios of all pairs, whose weight
    falls by e for each turn that lies between them."""
    blocks = sorted(ours.keys() & reference.keys())
    found = np.empty(len(blocks))
    alike: dict[tuple[int, int], list[int]] = {}
    for row, block in enumerate(blocks):
        alike.setdefault((len(ours[block].values), len(reference[block].values)), []).append(row)
    for (m, n), rows in alike.items():
        step = max(1, MOST_PAIRS // (m * n))
        for some in (rows[first : first + step] for first in range(0, len(rows), step)):
            found[some] = _near_medians(*(_stacked([side[blocks[row]] for row in some]) for side in (ours, reference)))
    return found


def _stacked(rounds: Sequence[Rounds]) -> tuple[Floats, Floats]:
    """The places of equally many rounds of some blocks, and the logarithms of their values."""
    return np.array([one.places for one in rounds], dtype=float), np.log([one.values for one in rounds])


def _near_medians(ours: tuple[Floats, Floats], reference: tuple[Floats, Floats]) -> Floats:
    """For each block (the first axis), the weighted median of the differences of all pairs."""
    (places, values), (their_places, their_values) = ours, reference
    # Whoever has more rounds ran the last of them with fewer others, or alone.
    few = [side for side in (places, their_places) if side.shape[1] == min(places.shape[1], their_places.shape[1])]
    turn = np.max([(1 + side.max(axis=1)) / side.shape[1] for side in few], axis=0)  # its length in rounds
    apart = np.abs(places[:, :, None] - their_places[:, None, :]).reshape(len(values), -1) / turn[:, None]
    differences = (values[:, :, None] - their_values[:, None, :]).reshape(len(values), -1)
    return weighted_medians(differences, np.exp(apart.min(axis=1, keepdims=True) - apart))


def verdict_of(d: Floats, level: float, margin: float) -> Verdict:
    """What the blocks say. `faster` and `slower`: the whole interval lies beyond the margin. `same`: two one-sided
    tests hold, that is the 90 % interval lies within it (Schuirmann 1987)."""
    bound = math.log1p(margin)
    if len(d) < smallest_n(level):
        return "undecided"
    low, high = interval(d, level)
    if low > bound or high < -bound:
        return "slower" if low > bound else "faster"
    low, high = interval(d, 2 * ALPHA)
    return "same" if -bound < low and high < bound else "undecided"


def compare(d: Floats, level: float, margin: float) -> Comparison:
    """The comparison of some log-ratios (at least one), tested at a level."""
    n, estimate = len(d), hodges_lehmann(d)
    low, high = interval(d, level)
    verdict = verdict_of(d, level, margin)
    ratios = math.exp(estimate), math.exp(low), math.exp(high)
    said = Comparison(*ratios, verdict, sign_flip_p(d), level, n)
    if n < smallest_n(level):
        return replace(said, reason=f"{n} of the {smallest_n(level)} blocks that a verdict needs")
    sd = float(np.std(d, ddof=1))
    settled = None if verdict != "undecided" else blocks_to_settle(estimate, sd, n, level, margin)
    least = smallest_detectable(sd, n, level, margin)
    return replace(said, deviation=sd, smallest_detectable=least, blocks_to_settle=settled)


def family(arms: Sequence[Floats], margin: float) -> list[Comparison | None]:
    """The comparisons of a group, at Holm's levels; None for an arm without a block."""
    tested = [place for place, d in enumerate(arms) if len(d)]
    levels = dict(zip(tested, holm_levels([sign_flip_p(arms[place]) for place in tested]), strict=True))
    return [compare(d, levels[place], margin) if place in levels else None for place, d in enumerate(arms)]


def one_sample(values: Sequence[float]) -> dict[str, float]:
    """Hodges-Lehmann estimate of what the samples centre on, with its 95 % interval."""
    array = np.asarray(values, dtype=float)
    low, high = interval(array, ALPHA)
    return {"estimate": hodges_lehmann(array), "low": low, "high": high}


def wilson(hits: int, tries: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    from scipy import stats  # three times as slow to import as all that the rest needs

    found = stats.binomtest(hits, tries).proportion_ci(method="wilson")
    return float(found.low), float(found.high)
