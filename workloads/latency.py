"""Exact percentiles of recorded times: no histogram, no rounding."""

from __future__ import annotations

import math
from collections.abc import Sequence

SHARES = {
    "p10": 0.1, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999,
}  # fmt: skip


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the ordered values do not exceed (nearest rank)."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def latencies(ordered: Sequence[float]) -> dict[str, float]:
    """What is reported of some ordered times, in their unit; of none, nothing."""
    if not ordered:
        return {}
    return {name: percentile(ordered, share) for name, share in SHARES.items()} | {
        "max": ordered[-1],
        "mean": sum(ordered) / len(ordered),
    }
