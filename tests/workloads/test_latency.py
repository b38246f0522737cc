"""Exact percentiles."""

from __future__ import annotations

import pytest

from harness.workloads.latency import latencies, percentile


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.9, 90), (0.99, 99), (1.0, 100), (0.001, 1)])
def test_percentiles_are_values_that_occurred(share: float, expected: int) -> None:
    assert percentile([float(n) for n in range(1, 101)], share) == expected


def test_the_percentile_of_one_value_is_that_value() -> None:
    assert percentile([3.0], 0.5) == 3.0


def test_of_no_times_there_is_nothing_to_report() -> None:
    assert latencies([]) == {}


def test_what_is_reported() -> None:
    said = latencies([float(n) for n in range(1, 1001)])
    percentiles = {"p10": 100.0, "p25": 250.0, "p50": 500.0, "p75": 750.0, "p90": 900.0, "p95": 950.0}
    assert said == percentiles | {"p99": 990.0, "p999": 999.0, "max": 1000.0, "mean": 500.5}
