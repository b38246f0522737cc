"""Samples into numbers: medians, spreads, paired ratios. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, lowest and highest of the samples."""
    return {"median": median(values), "low": min(values), "high": max(values)}


def paired_ratio(ours: dict[int, float], reference: dict[int, float]) -> dict[str, float] | None:
    """Time against the reference, block by block: median, lowest and highest ratio; None without a common block."""
    ratios = [ours[block] / reference[block] for block in ours if reference.get(block)]
    if not ratios:
        return None
    return {"estimate": median(ratios), "low": min(ratios), "high": max(ratios)}
