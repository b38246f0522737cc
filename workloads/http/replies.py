"""Counts what tasks were sent by servers of the user's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from harness.workloads.base import FAILED

MOST_SIZES = 16
"""Sizes of a URL and a status that are told apart in a round: a page may have another size each time."""


def counted(urls: Sequence[str], values: Iterable[tuple[int, int]]) -> list[dict[str, Any]]:
    """How often each URL had which status and size; task n fetched URL n, and they begin again after the last."""
    counts = Counter((index % len(urls), *value) for index, value in enumerate(values) if value is not FAILED)
    every = sorted(counts.items())
    found = []
    for (place, status), group in groupby(every, lambda one: one[0][:2]):
        sizes = [(kind[2], count) for kind, count in group]
        found += [{"url": urls[place], "status": status, **some} for some in folded(sizes)]
    return found


def folded(sizes: Sequence[tuple[int, int]]) -> Iterable[dict[str, int]]:
    """Sizes and their counts, ordered, in no more than MOST_SIZES parts: from which to which, and how many."""
    each = -(-len(sizes) // MOST_SIZES)
    for start in range(0, len(sizes), each):
        part = sizes[start : start + each]
        yield {"bytes": part[0][0], "most_bytes": part[-1][0], "count": sum(count for _, count in part)}
