"""Rank tests, and the estimates and intervals that agree with them. Pure functions of numbers."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from operator import sub

from harness.statistics.pairs import LARGE, Ordered, middle, own_sums, pair_sums

Floats = Sequence[float]

ROUNDING = 1e-9
"""The share by which a sum of weights may be off."""


@dataclass(frozen=True)
class NormalCdf:
    """P(T <= t) for t = 0 ... most of a T which is symmetric and nearly normal, with the correction for continuity."""

    most: int
    variance: float

    def __len__(self) -> int:
        return self.most + 1

    def __getitem__(self, t: int) -> float:
        return math.erfc((self.most / 2 - t - 0.5) / math.sqrt(2 * self.variance)) / 2


def walsh_averages(d: Floats) -> Ordered:
    """All n(n+1)/2 means of two values (and of each with itself), in order."""
    return _walsh_averages(tuple(d))


@lru_cache(maxsize=4)  # estimate and interval of the same values ask one after the other
def _walsh_averages(d: tuple[float, ...]) -> Ordered:
    return own_sums([one / 2 for one in d])


@lru_cache(maxsize=128)
def signed_rank_cdf(n: int) -> Ordered:
    """P(T <= t) for t = 0 ... n(n+1)/2, where T is the sum of the ranks 1 ... n whose sign came out positive
    when all 2^n flips of sign are equally likely (Wilcoxon 1945; Hollander, Wolfe and Chicken 2014, section 3.1).
    From `LARGE` pairs on by the normal approximation."""
    if n * n > LARGE:
        return NormalCdf(n * (n + 1) // 2, n * (n + 1) * (2 * n + 1) / 24)
    chance = [1.0]
    for rank in range(1, n + 1):
        gap = [0.0] * rank
        chance = [(minus + plus) / 2 for minus, plus in zip(chance + gap, gap + chance, strict=True)]
    return list(accumulate(chance))


def hodges_lehmann(d: Floats) -> float:
    """The median of the Walsh averages (Hodges and Lehmann 1963)."""
    return middle(walsh_averages(d))


def weighted_median(weighted: Iterable[tuple[float, float]]) -> float:
    """Of some values and their weights (positive), the value that splits the weights in halves; of two that do, their
    mean."""
    values, weights = zip(*sorted(weighted), strict=True)
    below = list(accumulate(weights))
    half = below[-1] / 2
    lower, upper = bisect_left(below, half * (1 - ROUNDING)), bisect_right(below, half * (1 + ROUNDING))
    return float(values[lower] + values[upper]) / 2


def sign_flip_p(d: Floats) -> float:
    """Two-sided p of the sign-flip permutation test on signed ranks: exact under "swapping the labels within a
    block changes nothing". Ties count for both sides, so that p is never too small (Wilcoxon 1945)."""
    least = min(_not_below_zero(sorted(d)), _not_below_zero(sorted(-one for one in d)))
    return min(1.0, 2 * signed_rank_cdf(len(d))[least])


def above_p(d: Floats) -> float:
    """One-sided p of "the centre is not above 0" by signed ranks; ties count against it, so that p is never too small
    (Wilcoxon 1945). 1 without values."""
    return signed_rank_cdf(len(d))[_not_below_zero(sorted(-one for one in d))] if d else 1.0


def _not_below_zero(ordered: Floats) -> int:
    """How many means of two of some values in order are zero or more."""
    return sum(len(ordered) - bisect_left(ordered, -one, place) for place, one in enumerate(ordered))


def interval(d: Floats, alpha: float) -> tuple[float, float]:
    """The values that `sign_flip_p` does not reject at this level: Walsh averages (Tukey 1949; Hollander, Wolfe
    and Chicken 2014, section 3.3). Where n is too small for the level, the whole range of d."""
    return _without_tails(walsh_averages(d), signed_rank_cdf(len(d)), alpha)


def _without_tails(ordered: Ordered, cdf: Ordered, alpha: float) -> tuple[float, float]:
    """The outermost values that a test of this level does not leave out."""
    cut = max(0, bisect_right(cdf, alpha / 2) - 1)
    return ordered[cut], ordered[len(ordered) - 1 - cut]


@lru_cache(maxsize=128)
def rank_sum_cdf(m: int, n: int) -> Ordered:
    """P(U <= u) for u = 0 ... mn, where U counts the pairs of m and n values of the same kind in which the first is the
    larger (Mann and Whitney 1947, by the generating function: Harding 1984). From `LARGE` pairs on by the normal
    approximation."""
    if m * n > LARGE:
        return NormalCdf(m * n, m * n * (m + n + 1) / 12)
    ways = [1] + [0] * (m * n)
    for i in range(1, m + 1):  # times (1 - q^(n+i)) / (1 - q^i)
        ways[n + i :] = map(sub, ways[n + i :], ways[:])
        for rest in range(i):
            ways[rest::i] = accumulate(ways[rest::i])
    every = math.comb(m + n, m)
    return [count / every for count in accumulate(ways)]


def rank_sum_p(ours: Floats, theirs: Floats) -> float:
    """Two-sided p of "ours are like theirs" by ranks, for values that were not taken in pairs; ties count for both
    sides, so that p is never too small (Mann and Whitney 1947)."""
    not_below = sum(one >= other for one in ours for other in theirs)
    not_above = sum(one <= other for one in ours for other in theirs)
    return min(1.0, 2 * rank_sum_cdf(len(ours), len(theirs))[min(not_below, not_above)])


def shift(ours: Floats, theirs: Floats, alpha: float) -> tuple[float, float, float]:
    """How far our values lie above theirs, which were not taken in pairs: the Hodges-Lehmann estimate and the interval
    that agrees with the rank sum test (Hollander, Wolfe and Chicken 2014, sections 4.2 and 4.3). Where there are too
    few values for the level, the whole range of differences."""
    differences = pair_sums(ours, [-one for one in theirs])
    low, high = _without_tails(differences, rank_sum_cdf(len(ours), len(theirs)), alpha)
    return middle(differences), low, high
