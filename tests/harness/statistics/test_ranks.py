"""Rank tests and their intervals: against scipy, and against each other."""

from __future__ import annotations

import itertools
import math
from statistics import median
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.statistics import ranks
from harness.statistics.paired import ALPHA, smallest_n
from harness.statistics.ranks import interval, rank_sum_cdf, shift, sign_flip_p, signed_rank_cdf, weighted_median

SIZES = [6, 8, 12, 20, 40]


@pytest.mark.parametrize("n", SIZES)
def test_the_test_is_scipys_exact_signed_rank_test(n: int) -> None:
    d = np.random.default_rng(n).normal(0.01, 0.02, n).tolist()
    assert sign_flip_p(d) == pytest.approx(stats.wilcoxon(d, method="exact").pvalue)


@pytest.mark.parametrize("n", [6, 8, 10])
def test_the_test_is_the_permutation_of_signs(n: int) -> None:
    d = np.random.default_rng(n).normal(0.01, 0.02, n)

    def rank_sum(values: Any, axis: int) -> Any:
        return np.sum(np.sign(values) * stats.rankdata(np.abs(values), axis=axis), axis=axis)

    flipped = stats.permutation_test((d,), rank_sum, permutation_type="samples", n_resamples=np.inf, vectorized=True)
    assert sign_flip_p(d) == pytest.approx(flipped.pvalue)


ratios = st.lists(st.floats(-0.5, 0.5).filter(lambda x: abs(x) > 1e-6), min_size=6, max_size=20)


@given(ratios, st.sampled_from([0.05, 0.0125, 0.2]))
def test_the_interval_agrees_with_the_test(d: list[float], level: float) -> None:
    if len(d) < smallest_n(level):
        return
    low, high = interval(d, level)
    assert (sign_flip_p(d) <= level) == (low > 0 or high < 0)


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 9)), min_size=1, max_size=20))
def test_a_weighted_median_is_that_of_values_repeated(pairs: list[tuple[int, int]]) -> None:
    repeated = median(value for value, weight in pairs for _ in range(weight))
    assert weighted_median((value, weight / 7) for value, weight in pairs) == pytest.approx(repeated)
    assert weighted_median((-value, weight / 7) for value, weight in pairs) == pytest.approx(-repeated)


@pytest.mark.parametrize(("m", "n"), [(1, 1), (3, 5), (7, 4), (10, 10)])
def test_the_rank_sum_distribution_is_scipys(m: int, n: int) -> None:
    ours, theirs = np.arange(m) + 0.5, np.arange(n) - 100.0  # every one of ours is larger: U is m n
    p = stats.mannwhitneyu(ours, theirs, method="exact", alternative="greater").pvalue
    cdf = rank_sum_cdf(m, n)
    assert len(cdf) == m * n + 1
    assert cdf[-1] == pytest.approx(1.0)
    assert cdf[0] == pytest.approx(p)


@pytest.mark.parametrize(("m", "n"), [(1, 1), (2, 7), (5, 4), (6, 6)])
def test_the_rank_sum_distribution_counts_every_order(m: int, n: int) -> None:
    larger = [sum(ranks) - m * (m - 1) // 2 for ranks in itertools.combinations(range(m + n), m)]
    every = [sum(one <= u for one in larger) / len(larger) for u in range(m * n + 1)]
    assert list(rank_sum_cdf(m, n)) == pytest.approx(every)


def test_large_samples_are_nearly_normal(monkeypatch: pytest.MonkeyPatch) -> None:
    exact = signed_rank_cdf(100), rank_sum_cdf(60, 80)
    signed_rank_cdf.cache_clear()
    rank_sum_cdf.cache_clear()
    monkeypatch.setattr(ranks, "LARGE", 0)
    approximate = signed_rank_cdf(100), rank_sum_cdf(60, 80)
    signed_rank_cdf.cache_clear()
    rank_sum_cdf.cache_clear()
    for one, other in zip(exact, approximate, strict=True):
        assert len(one) == len(other)
        assert max(abs(one[t] - other[t]) for t in range(len(one))) < 0.001


def test_thousands_of_blocks_are_no_burden() -> None:
    d = np.random.default_rng(1).normal(0.05, 0.02, 2000)
    low, high = interval(d.tolist(), ALPHA)
    assert low < 0.05 < high
    estimate, low, high = shift(d.tolist(), (d - 0.05).tolist(), 0.05)
    assert low < 0.05 < high
    assert estimate == pytest.approx(0.05, abs=0.002)


def test_a_shift_of_values_that_are_not_in_pairs() -> None:
    noise = np.random.default_rng(1).normal(0, 0.01, (2, 12))
    estimate, low, high = shift((noise[0] + 0.05).tolist(), noise[1].tolist(), ALPHA)
    assert low < 0.05 < high
    assert estimate == pytest.approx(0.05, abs=0.01)
    assert shift([2.0], [1.0], ALPHA) == (1.0, 1.0, 1.0)


@pytest.mark.parametrize("n", [5, 10, 20])
def test_the_interval_of_a_shift_covers_what_it_says(n: int) -> None:
    random = np.random.default_rng(n)
    covered = 0
    for _ in range(1000):
        _, low, high = shift(random.lognormal(0, 1, n).tolist(), random.lognormal(0, 1, n).tolist(), ALPHA)
        covered += low <= 0 <= high
    assert covered / 1000 >= 0.95 - 2 * math.sqrt(0.95 * 0.05 / 1000)
