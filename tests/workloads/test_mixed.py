"""The mixed workload."""

from __future__ import annotations

import math
import time

import pytest

from harness.workloads.mixed import Mixed, computed


@pytest.mark.parametrize("size", [-0.001, math.inf, math.nan])
@pytest.mark.parametrize("name", ["waiting", "computing"])
def test_seconds_that_nobody_can_spend_are_a_value_error(name: str, size: float) -> None:
    with pytest.raises(ValueError, match="finite numbers of seconds"):
        Mixed(**{name: size})


def test_the_floor_is_the_waiting_of_each_wave() -> None:
    assert Mixed(waiting=0.25).floor(21, 7) == 0.75


def test_it_computes_as_much_processor_time_as_it_is_told_to() -> None:
    before = time.thread_time()
    assert computed(0.01, 7) == 7
    assert time.thread_time() - before >= 0.01
