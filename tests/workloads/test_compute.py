"""The compute workload proves that each task came to what it should."""

from __future__ import annotations

import hashlib

import pytest

from harness.strategies.sequential import Sequential
from harness.workloads.compute import Compute, hashed, summed


def test_units_are_steps_of_additions_or_mebibytes() -> None:
    assert summed(2) == sum(range(20_000))
    assert hashed(2) == hashlib.sha256(bytes(2 << 20)).hexdigest()


@pytest.mark.parametrize("code", ["python", "c"])
def test_a_task_that_came_to_something_else_or_is_missing_does_not_pass(code: str) -> None:
    strategy = Sequential()
    work = Compute(units=1, code=code).bound(strategy, None)  # type: ignore[arg-type]
    values = strategy.run(work.bind(strategy), 3, 3)
    assert work.check(values) is None
    for wrong in ([*values[:2], (2, 0)], values[::-1], [*values[:2], None]):
        assert work.check(wrong) == "a task did not return its index and what it should compute"


@pytest.mark.parametrize("units", [0, -1])
def test_no_units_make_no_sense(units: int) -> None:
    with pytest.raises(ValueError, match="units must be 1 or more"):
        Compute(units=units)
