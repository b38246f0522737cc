"""Estimates, intervals and verdicts: against scipy, against simulated machines, and under relabelling."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from harness.statistics import paired as statistics
from harness.statistics.paired import ALPHA, MARGIN, Rounds, compare, family, log_ratios
from harness.statistics.ranks import interval, weighted_median

Machine = Callable[[np.random.Generator, tuple[int, int]], Any]


def normal(random: np.random.Generator, shape: tuple[int, int]) -> Any:
    return random.normal(0, 0.02, shape)


def lognormal(random: np.random.Generator, shape: tuple[int, int]) -> Any:
    return random.lognormal(-3, 1, shape)


def drifting(random: np.random.Generator, shape: tuple[int, int]) -> Any:
    return np.cumsum(random.normal(0, 0.05, shape[1])) + random.normal(0, 0.02, shape)


def bursts(random: np.random.Generator, shape: tuple[int, int]) -> Any:
    return random.normal(0, 0.01, shape) + 0.3 * (random.random(shape) < 0.1)


def two_modes(random: np.random.Generator, shape: tuple[int, int]) -> Any:
    return random.normal(0, 0.01, shape) + 0.1 * (random.random(shape) < 0.5)


MACHINES = [normal, lognormal, drifting, bursts, two_modes]
SIZES = [6, 8, 12, 20, 40]


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("machine", MACHINES)
def test_the_interval_covers_what_is_true(machine: Machine, n: int) -> None:
    random, tries, truth = np.random.default_rng(n + 1), 2000, 0.05
    covered = 0
    for _ in range(tries):
        ours, reference = machine(random, (2, n))
        low, high = interval((ours + truth - reference).tolist(), ALPHA)
        covered += low <= truth <= high
    assert covered / tries >= 1 - ALPHA - 0.01


@pytest.mark.parametrize("n", [9, 20])
@pytest.mark.parametrize("machine", MACHINES)
def test_a_family_of_equal_arms_seldom_has_a_verdict(machine: Machine, n: int) -> None:
    """Four arms against one reference, no margin to help: faster or slower in one family of twenty at most."""
    random, tries = np.random.default_rng(n), 400
    false = 0
    for _ in range(tries):
        reference, *arms = machine(random, (5, n))
        said = family([(arm - reference).tolist() for arm in arms], margin=0.0)
        false += any(one is not None and one.verdict in ("faster", "slower") for one in said)
    assert false / tries <= ALPHA + 2.6 * math.sqrt(ALPHA * (1 - ALPHA) / tries)


rounds = st.lists(st.floats(0.5, 2.0), min_size=1, max_size=4)
positive = st.lists(st.tuples(rounds, rounds, st.floats(0.01, 100.0)), min_size=8, max_size=14)
MIRROR = {"faster": "slower", "slower": "faster", "same": "same", "undecided": "undecided"}


def placed(values: Iterable[float], first: int = 0, scale: float = 1.0) -> Rounds:
    """Rounds of one of two workers that take turns."""
    scaled = [one * scale for one in values]
    return Rounds(scaled, [2 * turn + first for turn in range(len(scaled))])


@settings(deadline=None)
@given(positive, st.randoms(use_true_random=False), st.floats(1e-3, 1e3))
def test_a_verdict_outlives_relabelling_reordering_and_rescaling(
    blocks: list[tuple[list[float], list[float], float]], random: Any, scale: float
) -> None:
    def sides(order: Sequence[int], scale: float) -> list[dict[int, Rounds]]:
        return [
            {new: placed(blocks[old][side], side, blocks[old][2] * scale) for new, old in enumerate(order)}
            for side in (0, 1)
        ]

    order = list(range(len(blocks)))
    ours, theirs = sides(order, 1.0)
    said = compare(log_ratios(ours, theirs), ALPHA, MARGIN)
    random.shuffle(order)
    moved = compare(log_ratios(*sides(order, scale)), ALPHA, MARGIN)
    assert moved.verdict == said.verdict
    swapped = compare(log_ratios(theirs, ours), ALPHA, MARGIN)
    assert swapped.verdict == MIRROR[said.verdict]
    assert swapped.estimate == pytest.approx(1 / said.estimate)


def ratio(ours: Rounds, reference: Rounds) -> float:
    return math.exp(log_ratios({0: ours}, {0: reference})[0])


def test_what_slows_rounds_that_lie_next_to_each_other_cancels() -> None:
    machine = [1.0, 1.0, 1.5, 1.5, 1.5, 1.5, 1.0, 1.0]
    ours, reference = ([factor * slow for slow in machine[first::2]] for first, factor in ((0, 1.1), (1, 1.0)))
    assert ratio(placed(ours, 0), placed(reference, 1)) == pytest.approx(1.1)


def test_a_machine_that_slows_down_between_two_rounds_of_a_turn_spoils_that_turn_alone() -> None:
    ours, reference = [1.1, 1.1, 1.1 * 1.5, 1.1 * 1.5], [1.0, 1.5, 1.5, 1.5]
    assert ratio(placed(ours, 0), placed(reference, 1)) == pytest.approx(1.1)


def test_rounds_without_a_partner_count_for_what_lies_near_them() -> None:
    assert ratio(Rounds([2.0, 2.0, 9.0], [0, 2, 4]), Rounds([1.0], [1])) == pytest.approx(2.0)


def test_two_rounds_each_are_compared_by_their_geometric_means_where_all_are_as_near() -> None:
    assert ratio(Rounds([1.0, 4.0], [0, 0]), Rounds([1.0, 1.0], [0, 0])) == pytest.approx(2.0)


def test_a_turn_is_as_long_as_when_all_took_part() -> None:
    """The reference ran six rounds more when the others were done; a turn was still ten rounds."""
    few, many = Rounds([3.0, 6.0], [0, 10]), Rounds([1.0, 2.0, *[9.0] * 6], [9, 19, 20, 21, 22, 23, 24, 25])
    assert ratio(few, many) == pytest.approx(3.0)


def test_rounds_that_lie_a_thousand_turns_apart_are_compared_all_the_same() -> None:
    assert ratio(Rounds([2.0, 2.0], [0, 1]), Rounds([1.0, 1.0], [5000, 5001])) == pytest.approx(2.0)


@pytest.mark.parametrize("count", [3, 200])
def test_what_is_left_out_of_the_pairs_of_many_rounds_weighs_nothing(count: int) -> None:
    """Against all pairs, of which the farthest of 200 rounds lie 200 turns apart."""
    random = np.random.default_rng(count)
    ours, theirs = (placed(random.lognormal(0, 0.1, count).tolist(), side) for side in (0, 1))
    pairs = itertools.product(zip(*ours, strict=True), zip(*theirs, strict=True))
    whole = weighted_median((math.log(one / other), math.exp(-abs(p - q) / 2)) for (one, p), (other, q) in pairs)
    assert log_ratios({0: ours}, {0: theirs}) == pytest.approx([whole], rel=1e-12)


def test_only_blocks_with_both_are_compared_whatever_their_rounds() -> None:
    ours = {0: placed([1.0]), 1: placed([1.0]), 2: placed([3.0, 3.0])}
    theirs = {1: placed([1.0], 1), 2: placed([1.0], 1), 3: placed([1.0], 1)}
    assert log_ratios(ours, theirs) == pytest.approx([0.0, math.log(3.0)])


def test_thousands_of_blocks_have_a_verdict() -> None:
    assert compare(np.random.default_rng(1).normal(0.05, 0.02, 2000).tolist(), 0.05, 0.02).verdict == "slower"


def test_each_verdict() -> None:
    noise = np.linspace(-0.004, 0.004, 12)
    verdicts = [compare((noise + math.log(ratio)).tolist(), ALPHA, MARGIN).verdict for ratio in (0.9, 1.1, 1.001)]
    assert verdicts == ["faster", "slower", "same"]
    assert compare((noise + math.log(1.019)).tolist(), ALPHA, MARGIN).verdict == "undecided"


def test_a_difference_within_the_margin_is_no_verdict_of_its_own() -> None:
    said = compare(np.linspace(0.009, 0.011, 12).tolist(), ALPHA, MARGIN)
    assert (said.verdict, said.p < 0.001) == ("same", True)


@pytest.mark.parametrize("n", [1, 2, 5])
def test_too_few_blocks_give_no_verdict_and_say_so(n: int) -> None:
    said = compare([1.0] * n, ALPHA, MARGIN)
    assert (said.verdict, said.reason) == ("undecided", f"{n} of the 6 blocks that a verdict needs")


def test_undecided_says_what_would_settle_it() -> None:
    d = np.random.default_rng(5).normal(0.03, 0.05, 12).tolist()
    said = compare(d, ALPHA, MARGIN)
    assert said.verdict == "undecided"
    assert said.smallest_detectable is not None
    assert said.smallest_detectable > MARGIN
    assert said.blocks_to_settle is None or said.blocks_to_settle > 12
    assert statistics.blocks_to_settle(0.1, 0.001, 30, ALPHA, MARGIN) == 31


def test_what_should_be_detected_is_in_four_of_five() -> None:
    """The promise of `smallest_detectable`, kept on simulated blocks."""
    random, n, sd = np.random.default_rng(1), 12, 0.02
    effect = math.log1p(statistics.smallest_detectable(sd, n, ALPHA, MARGIN))
    found = sum(compare(random.normal(effect, sd, n).tolist(), ALPHA, MARGIN).verdict == "slower" for _ in range(500))
    assert 0.75 <= found / 500 <= 0.9


def test_equal_counts_are_the_same() -> None:
    said = compare([0.0] * 8, ALPHA, 0.001)
    assert (said.verdict, said.estimate, said.p) == ("same", 1.0, 1.0)


def test_holm_tests_the_next_at_a_wider_level_until_one_stands() -> None:
    assert statistics.holm_levels([0.001, 0.9, 0.02, 0.001]) == pytest.approx([0.0125, 0.05, 0.025, 0.05 / 3])


def test_wilson_is_as_published() -> None:
    assert statistics.wilson(10, 200) == pytest.approx((0.027, 0.090), abs=0.001)


@pytest.mark.parametrize(
    ("hits", "tries"), [(0, 30), (1, 30), (15, 30), (30, 30), (0, 1), (1, 1), (7, 200), (12, 1000)]
)
def test_wilson_is_scipys(hits: int, tries: int) -> None:
    found = stats.binomtest(hits, tries).proportion_ci(method="wilson")
    assert statistics.wilson(hits, tries) == pytest.approx((found.low, found.high), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("n", [6, 9, 20, 100])
def test_the_smallest_detectable_slowdown_and_a_half_width_are_by_scipys_quantiles(n: int) -> None:
    both, power = (float(stats.t.ppf(p, n - 1)) for p in (1 - ALPHA / 2, statistics.POWER))
    said = statistics.smallest_detectable(0.02, n, ALPHA, MARGIN)
    assert said == pytest.approx(math.exp(math.log1p(MARGIN) + (both + power) * 0.02 / math.sqrt(0.955 * n)) - 1, 1e-9)
    assert statistics.half_width(0.02, n, ALPHA) == pytest.approx(both * 0.02 / math.sqrt(n), 1e-9)
