"""Rank tests, and the estimates and intervals that agree with them. Pure functions of arrays."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

Floats = NDArray[np.float64]

LARGE = 10_000
"""Pairs beyond which the distribution of a rank statistic is taken as normal: exact ones cost seconds there."""
ROUNDING = 1e-9
"""The share by which a sum of weights may be off."""


def walsh_averages(d: Floats) -> Floats:
    """All n(n+1)/2 means of two values (and of each with itself), in order. Not to be written to."""
    return _sorted_pair_means(np.asarray(d, dtype=np.float64).tobytes())


@lru_cache(maxsize=4)  # estimate, test and interval of the same values ask one after the other
def _sorted_pair_means(values: bytes) -> Floats:
    d = np.frombuffer(values)
    first, second = np.triu_indices(len(d))
    return np.sort((d[first] + d[second]) / 2)


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


def weighted_medians(values: Floats, weights: Floats) -> Floats:
    """For each row, the value that splits the weights (positive) in halves; of two that do, their mean."""
    order = np.argsort(values, axis=1)
    ordered = np.take_along_axis(values, order, axis=1)
    below = np.cumsum(np.take_along_axis(weights, order, axis=1), axis=1)
    halves = below[:, -1:] / 2
    lower = np.count_nonzero(below < halves * (1 - ROUNDING), axis=1)
    upper = np.count_nonzero(below <= halves * (1 + ROUNDING), axis=1)
    rows = np.arange(len(values))
    found: Floats = (ordered[rows, lower] + ordered[rows, upper]) / 2
    return found


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
