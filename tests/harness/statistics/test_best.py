"""The set of the best."""

from __future__ import annotations

from itertools import permutations

import pytest

from harness.statistics.best import best, fewest
from tests import simulated


def pairs(arms: list[list[float]]) -> dict[tuple[int, int], list[float]]:
    return {(i, j): simulated.difference(arms[i], arms[j]) for i, j in permutations(range(len(arms)), 2)}


WIGGLE = [0.0, 0.001, -0.001, 0.002, -0.002, 0.003, -0.003, 0.004]


def shifted(by: float) -> list[float]:
    return [by + one for one in WIGGLE]


def test_one_that_beats_all_is_the_fastest() -> None:
    said = best(pairs([shifted(0.1), [0.0] * 8, shifted(0.2)]), [0, 1, 2], 3, 0.02)
    assert said == ([1], "fastest")


def test_those_that_nobody_beats_are_level_or_not_told_apart() -> None:
    assert best(pairs([[0.0] * 8, shifted(0.0), shifted(0.3)]), [0, 1, 2], 3, 0.02) == ([0, 1], "level")
    wide = [10 * one for one in WIGGLE]
    assert best(pairs([[0.0] * 8, wide, shifted(0.3)]), [0, 1, 2], 3, 0.02) == ([0, 1], "open")


def test_those_that_have_left_are_not_counted() -> None:
    arms = pairs([[0.0] * 5, [0.1] * 5, [2.0] * 5, [2.0] * 5])
    assert best(arms, [0, 1], 4, 0.02) == ([0], "fastest")
    assert best(arms, [0, 1, 2, 3], 4, 0.02).how == "open"  # five blocks are too few for four


def test_too_few_blocks_throw_nobody_out() -> None:
    assert best(pairs([[0.0] * 2, [1.0] * 2]), [0, 1], 2, 0.02) == ([0, 1], "open")
    assert best(pairs([[], []]), [0, 1], 2, 0.02) == ([0, 1], "open")


def test_the_fewest_blocks_are_as_published() -> None:
    assert [fewest(k) for k in range(1, 11)] == [0, 5, 6, 6, 7, 7, 7, 8, 8, 8]


@pytest.mark.parametrize("model", ["normal", "t3", "burst one", "burst each", "drift"])
@pytest.mark.parametrize("stops", [False, True])
def test_the_true_best_stays(model: str, stops: bool) -> None:
    case = simulated.Case(model, 0.03, 5, 10, 300)
    assert simulated.kept(case, stops=stops)["kept"] >= 0.92  # 95 % within what 300 tries can say


def test_ten_per_cent_slower_leave_and_are_not_called_level() -> None:
    said = simulated.apart(simulated.Case("normal", 0.01, 5, 10, 100))
    assert said == {"kept": 1.0, "size": 1.0, "wrongly level": 0.0}
