"""Sums of two values in order: each that is sought by itself is the one that sorting all of them finds."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.statistics import pairs
from harness.statistics.pairs import PairSums, middle, own_sums, pair_sums

values = st.lists(st.one_of(st.integers(-3, 3), st.integers(-(10**9), 10**9)), min_size=1, max_size=15)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even the sums of few values are sought one by one."""
    monkeypatch.setattr(pairs, "LARGE", 3)


@pytest.mark.usefixtures("few")
@given(values, values)
def test_each_sum_of_one_of_ours_and_one_of_theirs(ours: list[int], theirs: list[int]) -> None:
    sums = pair_sums(ours, theirs)
    whole = sorted(one + other for one, other in itertools.product(ours, theirs))
    assert [sums[place] for place in range(len(sums))] == whole


@pytest.mark.usefixtures("few")
@given(values)
def test_each_sum_of_two_of_the_same(some: list[int]) -> None:
    sums = own_sums(some)
    whole = sorted(one + other for one, other in itertools.combinations_with_replacement(some, 2))
    assert [sums[place] for place in range(len(sums))] == whole


def test_of_a_thousand_values_none_is_listed_before_it_is_asked_for() -> None:
    sums = own_sums([float(number) for number in range(1000)])
    assert isinstance(sums, PairSums)
    assert (len(sums), sums[0], middle(sums), sums[len(sums) - 1]) == (500_500, 0.0, 999.0, 1998.0)


def test_equal_sums_end_the_search() -> None:
    assert middle(own_sums([0.1] * 500)) == 0.2


@pytest.mark.parametrize(("ordered", "expected"), [([3.0], 3.0), ([1.0, 4.0], 2.5), ([1.0, 2.0, 9.0], 2.0)])
def test_the_middle_is_the_median(ordered: list[float], expected: float) -> None:
    assert middle(ordered) == expected
