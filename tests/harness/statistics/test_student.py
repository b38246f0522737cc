"""Quantiles of Student's t: as published, and as scipy's."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from harness.statistics.student import t_quantile, within

PUBLISHED = {
    (1, 0.75): 1.000,
    (1, 0.975): 12.706,
    (2, 0.95): 2.920,
    (3, 0.9): 1.638,
    (4, 0.99): 3.747,
    (5, 0.995): 4.032,
    (7, 0.975): 2.365,
    (10, 0.9995): 4.587,
    (19, 0.975): 2.093,
    (30, 0.95): 1.697,
    (40, 0.9): 1.303,
    (120, 0.995): 2.617,
}
"""From table 26.10 of Abramowitz and Stegun 1964, by degrees of freedom and probability."""


@pytest.mark.parametrize(("freedom", "p"), PUBLISHED)
def test_a_quantile_is_as_published(freedom: int, p: float) -> None:
    assert t_quantile(freedom, p) == pytest.approx(PUBLISHED[freedom, p], abs=0.0005)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 5, 8, 19, 29, 99, 500, 999, 2000])
def test_a_quantile_is_scipys(freedom: int) -> None:
    for p in (0.6, 0.8, 0.9, 0.95, 0.975, 0.99, 0.9975, 0.999, 1 - 0.05 / 900, 0.99999):
        assert t_quantile(freedom, p) == pytest.approx(float(stats.t.ppf(p, freedom)), rel=1e-9)


@pytest.mark.parametrize("freedom", [1, 2, 5, 50])
def test_the_distribution_is_scipys(freedom: int) -> None:
    for t in (0.0, 0.1, 1.0, 3.0, 30.0):
        assert within(freedom, t) == pytest.approx(float(1 - 2 * stats.t.sf(t, freedom)), abs=1e-13)


@given(st.integers(1, 200), st.floats(0.0001, 0.9999))
def test_a_quantile_has_its_probability_and_its_mirror(freedom: int, p: float) -> None:
    quantile = t_quantile(freedom, p)
    assert (1 + math.copysign(within(freedom, abs(quantile)), quantile)) / 2 == pytest.approx(p, abs=1e-12)
    assert t_quantile(freedom, 1 - p) == pytest.approx(-quantile, rel=1e-9, abs=1e-12)


def test_the_middle_is_zero() -> None:
    assert t_quantile(9, 0.5) == 0.0
