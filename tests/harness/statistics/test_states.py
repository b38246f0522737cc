"""Values in two states."""

from __future__ import annotations

import math

import pytest

from harness.statistics.states import two_states

LOW = [0.0, 0.01, 0.02, 0.03, 0.04]


def test_two_clusters_that_are_apart_are_two_states() -> None:
    assert two_states([*LOW, *(one + math.log(3) for one in LOW)]) == pytest.approx(3)


@pytest.mark.parametrize(
    "values",
    [
        [],
        [*LOW[:3], *(one + 1 for one in LOW[:3])],  # too few
        [*LOW, *LOW, 1.0],  # one burst
        [*LOW, *(one + 0.1 for one in LOW)],  # near each other
        [k / 10 for k in range(12)],  # no gap
    ],
)
def test_others_are_one(values: list[float]) -> None:
    assert two_states(values) is None
