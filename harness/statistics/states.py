"""Whether values lie round two centres, as the times of threads that wait for one lock do. Pure functions."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import fmean

from harness.statistics.ranks import Floats

FEWEST, SHARE = 8, 0.2
"""Values, and the share of them in the smaller of the two clusters, that say something: bursts are fewer."""
APART, GAP = math.log(1.3), 3.0
"""How far the centres are apart (logarithms), and how many times as wide the gap is as those within a cluster."""
FLOOR = 0.02


def two_states(values: Floats) -> float | None:
    """The factor between two states, from logarithms of times that should be alike; None where they are in one."""
    ordered = sorted(values)
    if len(ordered) < FEWEST:
        return None
    fewest = max(2, math.ceil(SHARE * len(ordered)))
    cuts = range(fewest, len(ordered) - fewest + 1)
    cut = max(cuts, key=lambda place: ordered[place] - ordered[place - 1])
    low, high = ordered[:cut], ordered[cut:]
    steps = [after - before for part in (low, high) for before, after in pairwise(part)]
    apart = fmean(high) - fmean(low)
    usual = max(FLOOR, math.fsum(steps) / len(steps))
    return math.exp(apart) if apart > APART and high[0] - low[-1] > GAP * usual else None
