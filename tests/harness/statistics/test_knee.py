"""Bends of lines that are known: the long form is `python -m tests.benchmarks.crossings --only knee`."""

from __future__ import annotations

import math

import pytest

from harness.statistics.knee import enough, falls, knee, more
from harness.statistics.scale import Scale
from tests.benchmarks.crossings import around, summary, trial

WHOLE = Scale()
SIZES = (1, 2, 4, 7, 8, 9, 10, 11, 12, 14, 30, 60)


def gate(k: float, sizes: tuple[float, ...] = SIZES) -> dict[float, list[float]]:
    return around({size: max(0.0, math.log(k / size)) for size in sizes})


def test_the_bend_is_where_the_gate_is_and_the_size_that_is_enough_is_near_it() -> None:
    found = knee(gate(10), 100, WHOLE, 1000)
    assert found
    assert found.low <= 10 <= found.high <= 11
    assert found.enough == 10
    assert found.waves == pytest.approx(100, rel=0.05)
    assert more(gate(10), 100, WHOLE) is None


@pytest.mark.parametrize("whole", [True, False])
def test_sizes_may_begin_at_zero(whole: bool) -> None:
    scale = Scale(0.08, whole)
    falls_to = {size: max(0.0, scale.place(4) - scale.place(size)) for size in range(8)}
    found = knee(around(falls_to), 8, scale, None)
    assert found
    assert found.low == pytest.approx(4, rel=0.02)
    assert found.high == pytest.approx(4, rel=0.02)
    assert more(around(falls_to), 8, scale) is None
    at_once = around({size: 2.0 * (size == 0) for size in range(8)})
    bend = knee(at_once, 8, scale, 100)
    assert bend
    assert bend[:3] == (0, 0, pytest.approx(1, rel=0.05))
    assert (bend.enough, bend.waves) == (1, None)


@pytest.mark.parametrize(
    "seen",
    [
        {},
        around({1: 3.0, 10: 1.0}),  # two sizes show no bend
        around({1: 0.0, 10: 0.0, 50: 0.0}),
        gate(100),  # it falls up to the largest
        around({1: 0.0, 3: 0.25, 10: 0.0, 30: 0.0}),  # one size alone is slow
    ],
)
def test_there_is_no_bend_where_none_is_seen(seen: dict[float, list[float]]) -> None:
    assert knee(seen, 100, WHOLE, None) is None


def test_few_waves_of_tasks_widen_the_interval() -> None:
    few, many = knee(gate(10), 100, WHOLE, 30), knee(gate(10), 100, WHOLE, 3000)
    assert few
    assert many
    assert few.low < many.low
    assert few.waves == pytest.approx(3, rel=0.05)


def test_what_is_enough_is_near_the_best_which_need_not_be_the_largest() -> None:
    seen = around({1: 1.0, 4: -0.2, 8: -0.5, 16: -0.48, 60: -0.2})
    assert falls(seen, 100)
    assert enough(seen, 100) == 8
    assert enough(around({1: 1.0, 4: 0.04, 8: 0.2}), 100) == 100


@pytest.mark.parametrize("kind", ["knee 5, 10, 40", "knee, 5 waves", "knee 2 - 100"])
def test_intervals_hold_the_gate(kind: str) -> None:
    _, trials, found, holds, narrow, *_ = summary(kind, [trial(kind, seed) for seed in range(8)])
    assert found >= trials - 1
    assert holds >= found - 1
    assert narrow >= 6


@pytest.mark.slow
def test_of_two_hundred_gates_intervals_hold_95_of_100() -> None:
    _, _, found, holds, narrow, *_ = summary("knee 5, 10, 40", [trial("knee 5, 10, 40", seed) for seed in range(200)])
    assert found >= 196
    assert holds >= 0.95 * found
    assert narrow >= 0.8 * found
