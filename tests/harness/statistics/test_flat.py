"""Bounds for looks after every block, beside a short run of what made them, and the tests that go by them."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from harness.statistics import flat
from harness.statistics.paired import family, repeated_level
from harness.statistics.ranks import above_p, interval
from tests import bounds

STREAMS = 20_000


def test_the_table_is_what_a_short_run_of_its_generator_gives() -> None:
    least = bounds.least_p(STREAMS, seed=1, rows=(10, 20, 40, 80))
    for most, p in least.items():
        for alpha in (0.05, 0.025, 0.022, 0.022 / 2, 0.022 / 6):
            error = 4 * math.sqrt(alpha / STREAMS)
            c = flat.bound(most, alpha)
            assert (p <= c).mean() <= alpha + error, (most, alpha)
            assert (p <= c * 1.02).mean() >= alpha - error, "the next p that can occur is one too many"


def test_the_file_is_the_generators() -> None:
    said = json.loads(bounds.FILE.read_text())
    assert (said["streams"], said["seed"], said["first"]) == (bounds.STREAMS, bounds.SEED, bounds.FIRST)
    assert said["alphas"] == pytest.approx(bounds.ALPHAS)
    assert [int(row) for row in said["bounds"]] == list(bounds.ROWS)


def test_bounds_are_those_of_the_literature_in_form() -> None:
    """Lower for more blocks and for less error; never below a Bonferroni over the looks."""
    for most in (7, 10, 33, 320, 1000, 5000):
        found = [flat.bound(most, alpha) for alpha in (0.0001, 0.001, 0.01, 0.022, 0.05)]
        assert found == sorted(found)
        assert all(c <= alpha for c, alpha in zip(found, (0.0001, 0.001, 0.01, 0.022, 0.05), strict=True))
        assert flat.bound(most, 0.05) >= 0.05 / most
    ordered = [flat.bound(most, 0.022) for most in (10, 20, 40, 80, 160, 320, 640, 1280)]
    assert ordered == sorted(ordered, reverse=True)


@pytest.mark.parametrize(("blocks", "row"), [(0.2, 10), (10, 10), (10.1, 20), (320, 320), (320.5, 321), (5000, 5000)])
def test_a_number_of_blocks_is_rounded_up_to_one_whose_bound_is_known(blocks: float, row: int) -> None:
    assert flat.row(blocks) == row


@pytest.mark.parametrize("centre", [0.0, 0.5, -0.5])
def test_each_look_is_an_exact_test_and_its_interval(centre: float) -> None:
    d = np.random.default_rng(3).normal(centre, 1, 60).tolist()
    d[10:12] = [0.0, -d[3]]  # ties
    c = flat.bound(60, 0.025)
    said = flat.rejected(d, c, 60)
    assert said[:4] == [False] * 4
    for n in range(flat.table().first, 61):
        assert said[n - 1] == (above_p(d[:n]) <= c)
        if n >= flat.fewest(c):
            assert said[n - 1] == (interval(d[:n], 2 * c)[0] > 0)


def test_the_fewest_blocks_are_those_with_which_a_plain_case_is_told() -> None:
    for most in (7, 10, 20, 40, 80, 160, 320):
        for alpha in (0.05, 0.022, 0.022 / 3):
            c = flat.bound(most, alpha)
            assert flat.rejected([1.0] * 30, c, 30).index(True) + 1 == flat.fewest(c)


def test_nothing_is_looked_at_beyond_the_most() -> None:
    assert flat.rejected([1.0] * 30, 0.01, 8) == [False] * 6 + [True] * 2


def test_intervals_of_a_run_that_looked_are_at_the_repeated_level_for_its_comparisons() -> None:
    random = np.random.default_rng(5)
    arms = [random.normal(0, 1, 12).tolist() for _ in range(3)]
    found = family(arms, 0.02, most=40)
    assert {one.level for one in found if one} == {repeated_level(40, 3)} == {2 * flat.bound(40, 0.025 / 3)}
    assert [one.low for one in found if one] == [math.exp(interval(d, repeated_level(40, 3))[0]) for d in arms]


def test_intervals_hold_at_all_looks_together() -> None:
    """However it was stopped: 95 in 100 runs have no look at which the interval misses the truth."""
    random, level = np.random.default_rng(7), repeated_level(20, 1)
    missed = 0
    for _ in range(1500):
        d = random.normal(0, 1, 20).tolist()
        sides = (flat.rejected(d, level / 2, 20), flat.rejected([-one for one in d], level / 2, 20))
        missed += any(map(any, sides))
    assert missed / 1500 <= 0.05 + 4 * math.sqrt(0.05 / 1500)
