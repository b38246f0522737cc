"""Which cores a block's processes have."""

from __future__ import annotations

import os

from harness.record.plan import Pin


def cpus(pin: Pin, has_peer: bool) -> tuple[list[int], list[int]]:
    """The cores of the workers and of their peer: halves of what we have, one and the others, or all for both ([])."""
    ours = sorted(os.sched_getaffinity(0))
    if pin == "one":
        return ours[-1:], ours[:-1]
    if pin == "none" or not has_peer or len(ours) < 2:
        return [], []
    return ours[: len(ours) // 2], ours[len(ours) // 2 :]
