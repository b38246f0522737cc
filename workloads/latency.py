"""Exact percentiles of recorded times: no histogram, no rounding."""

from __future__ import annotations

import math
from collections.abc import Sequence


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the ordered values do not exceed (nearest rank)."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def latencies(ordered: Sequence[float]) -> dict[str, float]:
    """What is reported of some ordered times, in their unit; of none, nothing."""
    if not ordered:
        return {}
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p999": 0.999}
    return {name: percentile(ordered, share) for name, share in shares.items()} | {
        "max": ordered[-1],
        "mean": sum(ordered) / len(ordered),
    }
