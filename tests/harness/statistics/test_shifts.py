"""Shifts of a level: found where they were planted, and not found where there are none."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import ruptures

from harness.statistics.shifts import ALPHA, SHORTEST, p_of_shift, shifts

Draw = Callable[[np.random.Generator, int], Any]
NOISE: dict[str, Draw] = {
    "normal": lambda random, n: random.normal(0, 0.01, n),
    "lognormal": lambda random, n: random.lognormal(0, 0.5, n) / 100,
    "bursts": lambda random, n: random.normal(0, 0.005, n) + 0.2 * (random.random(n) < 0.05),
    "two modes": lambda random, n: random.normal(0, 0.002, n) + 0.02 * random.integers(0, 2, n),
}
STEP, MARGIN = math.log(1.05), math.log(1.02)


def planted(random: np.random.Generator, noise: float) -> Any:
    """200 commits: 5 % slower at 50, as before at 120, slower again at 170."""
    values = random.normal(0, noise, 200)
    values[50:] += STEP
    values[120:] -= STEP
    values[170:] += STEP
    return values


def test_three_shifts_of_5_percent_in_200_commits_are_found_at_the_right_commits() -> None:
    random = np.random.default_rng(7)
    for _ in range(20):
        found = shifts(planted(random, 0.006).tolist(), MARGIN)
        assert [shift.place for shift in found] == [50, 120, 170]
        for shift, sign in zip(found, (1, -1, 1), strict=True):
            assert shift.after - shift.before == pytest.approx(sign * STEP, abs=0.005)
            assert shift.p <= ALPHA


@pytest.mark.parametrize("noise", NOISE)
def test_at_most_1_in_100_series_without_a_shift_alarms(noise: str) -> None:
    random = np.random.default_rng(11)
    alarms = sum(bool(shifts(NOISE[noise](random, 60).tolist(), 0.0)) for _ in range(500))
    assert alarms <= 5


@pytest.mark.parametrize("noise", NOISE)
def test_a_shift_is_found_in_whatever_noise(noise: str) -> None:
    values = NOISE[noise](np.random.default_rng(3), 60)
    values[40:] += 0.1
    (shift,) = shifts(values.tolist(), MARGIN)
    assert abs(shift.place - 40) <= 1


def test_rescaling_and_turning_around_change_no_place() -> None:
    values = planted(np.random.default_rng(5), 0.006)
    places = [shift.place for shift in shifts(values.tolist(), MARGIN)]
    assert [shift.place for shift in shifts((3 * values + 1).tolist(), 3 * MARGIN)] == places
    assert [len(values) - shift.place for shift in shifts(values[::-1].tolist(), MARGIN)][::-1] == places


def test_one_wild_commit_is_no_shift() -> None:
    values = np.random.default_rng(2).normal(0, 0.005, 40)
    values[20] += 0.5
    assert shifts(values.tolist(), MARGIN) == []


@pytest.mark.parametrize("values", [[], [0.0], [0.0] * 5, [0.0] * 50])
def test_what_is_too_short_or_does_not_move_has_none(values: list[float]) -> None:
    assert shifts(values, 0.0) == []


def test_what_is_less_than_the_margin_is_none() -> None:
    values = np.random.default_rng(2).normal(0, 0.001, 40)
    values[20:] += 0.01
    assert shifts(values.tolist(), 0.02) == []
    assert [shift.place for shift in shifts(values.tolist(), 0.005)] == [20]


def test_p_is_never_zero() -> None:
    assert p_of_shift([0.0] * 30 + [1.0] * 30) == 1 / 1000


def test_the_places_are_those_of_the_best_partition() -> None:
    random = np.random.default_rng(13)
    for _ in range(20):
        values = planted(random, 0.006)
        best = ruptures.KernelCPD(kernel="linear", min_size=SHORTEST).fit(values.reshape(-1, 1)).predict(n_bkps=3)
        assert [*(shift.place for shift in shifts(values.tolist(), MARGIN)), len(values)] == best
