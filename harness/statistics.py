"""Samples into estimates, intervals and verdicts. Pure functions of arrays.

A comparison is one log-ratio for each block: one worker's rounds against the reference's within the same block."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import median
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtrit

Floats = NDArray[np.float64]
Verdict = Literal["faster", "slower", "same", "undecided"]

ALPHA = 0.05
POWER = 0.8
MARGIN = 0.02
MOST_BLOCKS = 1000
LARGE = 10_000
"""Pairs beyond which the distribution of a rank statistic is taken as normal: exact ones cost seconds there."""


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, lowest and highest of the samples."""
    return {"median": median(values), "low": min(values), "high": max(values)}


def walsh_averages(d: Floats) -> Floats:
    """All n(n+1)/2 means of two values (and of each with itself), in order. Not to be written to."""
    return _sorted_pair_means(np.asarray(d, dtype=np.float64).tobytes())


@lru_cache(maxsize=4)  # estimate, test and interval of the same values ask one after the other
def _sorted_pair_means(values: bytes) -> Floats:
    return np.sort(_pair_means(np.frombuffer(values)))


def _pair_means(d: Floats) -> Floats:
    """The means of two values (and of each with itself) of the last axis."""
    first, second = np.triu_indices(d.shape[-1])
    found: Floats = (d[..., first] + d[..., second]) / 2
    return found


@lru_cache(maxsize=128)
def signed_rank_cdf(n: int) -> Floats:
    """P(T <= t) for t = 0 ... n(n+1)/2, where T is the sum of the ranks 1 ... n whose sign came out positive
    when all 2^n flips of sign are equally likely (Wilcoxon 1945; Hollander, Wolfe and Chicken 2014, section 3.1).
    From `LARGE` pairs on by the normal approximation."""
    if n * n > LARGE:
        return _normal_cdf(n * (n + 1) // 2, n * (n + 1) * (2 * n + 1) / 24)
    chance = np.ones(1)
    for rank in range(1, n + 1):
        longer = np.zeros(len(chance) + rank)
        longer[: len(chance)] += chance / 2
        longer[rank:] += chance / 2
        chance = longer
    return np.cumsum(chance)


def _normal_cdf(most: int, variance: float) -> Floats:
    """P(T <= t) for t = 0 ... most, where T is symmetric and nearly normal, with the correction for continuity."""
    found: Floats = ndtr((np.arange(most + 1) + 0.5 - most / 2) / math.sqrt(variance))
    return found


def hodges_lehmann(d: Floats) -> float:
    """The median of the Walsh averages (Hodges and Lehmann 1963)."""
    return float(np.median(walsh_averages(d)))


def sign_flip_p(d: Floats) -> float:
    """Two-sided p of the sign-flip permutation test on signed ranks: exact under "swapping the labels within a
    block changes nothing". Ties count for both sides, so that p is never too small (Wilcoxon 1945)."""
    walsh = walsh_averages(d)
    least = min(np.count_nonzero(walsh >= 0), np.count_nonzero(walsh <= 0))
    return min(1.0, 2 * float(signed_rank_cdf(len(d))[least]))


def interval(d: Floats, alpha: float) -> tuple[float, float]:
    """The values that `sign_flip_p` does not reject at this level: Walsh averages (Tukey 1949; Hollander, Wolfe
    and Chicken 2014, section 3.3). Where n is too small for the level, the whole range of d."""
    walsh = walsh_averages(d)
    left_out = int(np.searchsorted(signed_rank_cdf(len(d)), alpha / 2, side="right"))
    cut = max(0, left_out - 1)
    return float(walsh[cut]), float(walsh[len(walsh) - 1 - cut])


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


@lru_cache(maxsize=128)
def rank_sum_cdf(m: int, n: int) -> Floats:
    """P(U <= u) for u = 0 ... mn, where U counts the pairs of m and n values of the same kind in which the first is the
    larger (Mann and Whitney 1947, by their recursion). From `LARGE` pairs on by the normal approximation."""
    if m * n > LARGE:
        return _normal_cdf(m * n, m * n * (m + n + 1) / 12)
    before = [np.ones(1) for _ in range(n + 1)]
    for i in range(1, m + 1):
        row = [np.ones(1)]
        for j in range(1, n + 1):
            counts = np.zeros(i * j + 1)
            counts[: i * (j - 1) + 1] += row[j - 1] * j / (i + j)
            counts[j : j + (i - 1) * j + 1] += before[j] * i / (i + j)
            row.append(counts)
        before = row
    return np.cumsum(before[n])


def shift(ours: Floats, theirs: Floats, alpha: float) -> tuple[float, float, float]:
    """How far our values lie above theirs, which were not taken in pairs: the Hodges-Lehmann estimate and the interval
    that agrees with the rank sum test (Hollander, Wolfe and Chicken 2014, sections 4.2 and 4.3). Where there are too
    few values for the level, the whole range of differences."""
    differences = np.sort(np.subtract.outer(ours, theirs).ravel())
    left_out = int(np.searchsorted(rank_sum_cdf(len(ours), len(theirs)), alpha / 2, side="right"))
    cut = max(0, left_out - 1)
    return float(np.median(differences)), float(differences[cut]), float(differences[len(differences) - 1 - cut])


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


def log_ratio(ours: Sequence[float], reference: Sequence[float]) -> float:
    """log(ours / reference) of two workers' rounds (positive numbers, in the order that they were run).

    Rounds of one turn lie next to each other in time, so that what slows the machine for a while slows both: the
    Hodges-Lehmann estimate of the log-ratios turn by turn. Where one ran more rounds, of the two medians."""
    if len(ours) != len(reference):
        return math.log(median(ours) / median(reference))
    return hodges_lehmann(np.log(np.divide(ours, reference)))


def log_ratios(ours: Mapping[int, Sequence[float]], reference: Mapping[int, Sequence[float]]) -> Floats:
    """`log_ratio` for each block in which both have rounds."""
    blocks = sorted(ours.keys() & reference.keys())
    if len({len(side[block]) for block in blocks for side in (ours, reference)}) != 1:
        return np.array([log_ratio(ours[block], reference[block]) for block in blocks])
    turns = np.log(np.divide([ours[block] for block in blocks], [reference[block] for block in blocks]))
    found: Floats = np.median(_pair_means(turns), axis=1)
    return found


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
