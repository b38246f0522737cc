"""Verdicts of few blocks."""

from __future__ import annotations

import math

import pytest

from harness.statistics.early import EXACT, LEAST, STRICT, THREADS, Scatter, early, pooled, scatters, settled
from harness.statistics.paired import Rounds, smallest_n
from tests import simulated
from tests.noise import MODELS

QUIET = dict.fromkeys(LEAST, Scatter(0.01, 4))


@pytest.mark.parametrize("model", MODELS)
def test_equal_arms_are_seldom_called_by_few_blocks(model: str) -> None:
    called = simulated.false_verdicts(simulated.Case(model, 0.03, 3, 5, 1500))
    assert called["usual" if model != "modes" else "threads"] <= (6 if model == "burst each" else 1)
    assert called["strict" if model != "modes" else "threads"] <= 1


def test_without_the_guard_two_modes_look_like_a_difference() -> None:
    assert simulated.false_verdicts(simulated.Case("modes", 0.01, 3, 5, 1000))["usual"] > 10


@pytest.mark.parametrize(("effect", "least"), [(1.3, 0.9), (2.0, 0.99), (10.0, 0.99)])
def test_what_is_plain_is_found_by_three_blocks(effect: float, least: float) -> None:
    assert simulated.found(simulated.Case("normal", 0.03, 3, 5, 300), effect)["usual 3"] >= least


def test_the_pooled_deviation_is_that_of_a_two_way_layout() -> None:
    assert pooled([[0.0, 1.0, 2.0], [5.0, 6.0, 7.0]]) == Scatter(0.0, 2)
    deviation, freedom = pooled([[0.0, 0.0, 0.0], [0.0, 0.1, -0.1]])
    assert freedom == 2
    assert deviation == pytest.approx(0.1)


@pytest.mark.parametrize("ours", [3.0, 1 / 3])
def test_each_block_has_to_say_so_clearly_and_to_the_same_side(ours: float) -> None:
    d = [math.log(ours)] * 3
    said = early(d, QUIET, 1, 0.02)
    assert said
    assert said.verdict == ("slower" if ours > 1 else "faster")
    assert said.blocks == 3
    assert said.low < math.log(ours) < said.high
    assert not early([*d[:2], -d[0]], QUIET, 1, 0.02)
    assert not early(d, dict.fromkeys(LEAST, Scatter(0.5, 4)), 1, 0.02)  # not clear of the scatter
    assert not early(d[:2], QUIET, 1, 0.02)


@pytest.mark.parametrize(
    ("ratio", "bar", "blocks"),
    [
        (1.19, LEAST, None), (1.25, LEAST, 3), (1.25, STRICT, 5), (1.5, STRICT, 4), (1.7, STRICT, 3),
        (2.9, THREADS, None), (3.1, THREADS, 3),
    ],
)  # fmt: skip
def test_what_a_block_has_to_show(ratio: float, bar: dict[int, float], blocks: int | None) -> None:
    said = early([math.log(ratio)] * 5, QUIET, 1, 0.02, bar)
    assert (said and said.blocks) == blocks


def test_the_first_look_that_says_something_holds() -> None:
    said = early([math.log(2)] * 3 + [0.0, 0.0], QUIET, 1, 0.02)
    assert said
    assert said.blocks == 3


def arm(seconds: list[float]) -> dict[int, Rounds]:
    return {block: Rounds([one, one], [2 * block, 2 * block + 1]) for block, one in enumerate(seconds)}


def test_scatter_is_of_the_arms_that_have_the_first_blocks() -> None:
    long, short = arm([1.0, 2.0, 1.0, 1.0]), arm([2.0, 4.0, 2.0])
    found = scatters([long, short, arm([1.0, 2.0, 1.1, 1.0])])
    assert found[3].freedom == 4
    assert found[4].freedom == 3
    assert 5 not in found
    assert scatters([long]) == {}
    assert scatters([]) == {}


def test_ranks_say_the_rest_at_what_the_looks_left() -> None:
    near, far = [0.001, -0.001, 0.002, -0.002, 0.0005, 0.003, -0.003], [1.0, 1.01, 0.99, 1.0, 1.01, 1.0, 0.99]
    arms = {1: far, 2: near}
    rows = settled(arms, {1: early(far, QUIET, 2, 0.02), 2: None}, 0.02)
    assert (rows[1].rule, rows[1].verdict, rows[2].rule, rows[2].level) == ("early", "slower", "ranks", EXACT)


def test_three_blocks_have_students_interval_and_seven_that_of_ranks() -> None:
    d = [1.0, 1.01, 0.99, 1.0, 1.01, 1.0, 0.99]
    few, many = (settled({1: d[:n]}, {1: early(d[:n], QUIET, 1, 0.02)}, 0.02)[1] for n in (3, 7))
    assert few.low < math.exp(min(d))
    assert few.high > math.exp(max(d))
    assert few.reason is None
    assert many.low >= math.exp(min(d))
    assert many.high <= math.exp(max(d))


def test_what_later_blocks_gainsay_is_withheld() -> None:
    d = [math.log(2)] * 3 + [-1.0] * 12
    row = settled({1: d}, {1: early(d, QUIET, 1, 0.02)}, 0.02)[1]
    assert row.verdict == "undecided"
    assert "disagree" in str(row.reason)


def test_the_exact_test_needs_as_many_blocks_as_with_the_whole_error() -> None:
    assert all(smallest_n(EXACT / m) == smallest_n(0.05 / m) for m in range(1, 25))
