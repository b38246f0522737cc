"""Where more of something stops to help: the bend of a line that falls and then stays level, and where to measure next.
Pure functions of numbers.

Times behind a gate of k fall as 1 / p up to k and are level from there on, so the log-ratio of a size to the largest is
a hinge over log p, fitted robustly for each k that may be (Huber 1964); the interval has those k whose loss is not much
larger than the least (a likelihood ratio: Wilks 1938). docs/sweep.md has how often it holds in simulations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import median
from typing import NamedTuple

from harness.statistics.crossover import More
from harness.statistics.ranks import Floats, interval, shift
from harness.statistics.scale import Scale

Seen = Mapping[float, Floats]
"""By size: log(time at it / time at the largest) in each block that has both."""

WORSE = 4.5
"""How much larger the loss may be within the interval: half of what chi-square has at 99 %, and a third more since it
is Huber's."""
STEPS: Sequence[float] = (0.9, 1.15, 0.8, 1.0, 0.95, 1.3, 0.85, 1.05, 0.7, 1.1)
"""Where, as a share of the bend, is measured next."""
STEEP = math.log(6)
"""Far below the bend other things count: what starts them, or one at a time."""
FALLS = math.log(1.2)
"""How much slower the smallest has to be than the largest, for a bend to be looked for."""
BEYOND: Sequence[float] = (1.05, 1.15, 1.3)
"""The same once that is known, for the smallest size that is enough."""
MOST_POINTS, BLOCKS = 14, 6
FEW, APART = 4, 0.08
"""Sizes near the bend that have all their blocks, before it is known; how far (in logarithms) sizes are apart."""
COARSE, FINE, TURNS = 40, 60, 4
"""Bends that are tried: far apart, then near the best of these; and the turns of a robust fit."""
NEAR = math.log(1.05)
"""What is near enough to the best."""
SURE = 0.04
WAVES = 10
"""Fewer waves of tasks than that, and whole waves decide: a smaller size may be as good."""


class Knee(NamedTuple):
    """Where the line bends, with the interval; the smallest size measured that surely is within 5 % of the best, if
    any; and the waves of tasks at the bend."""

    low: float
    at: float
    high: float
    enough: float | None
    waves: float | None


class _Fit(NamedTuple):
    at: float
    low: float
    high: float


def knee(seen: Seen, top: float, scale: Scale, tasks: int | None) -> Knee | None:
    """The bend; None where the line does not fall, or falls up to the largest size. `tasks` of a round, where sizes are
    how many of these run at once."""
    if not falls(seen, top) or not (found := _fitted(seen, top, scale)) or not min(seen) < found.high < top:
        return None
    slack = 0.5 * found.at / tasks if tasks else 0.0
    low, high = found.low * (1 - slack), found.high * (1 + slack)
    if scale.whole:
        low, high = math.floor(low + 0.3), math.ceil(high - 0.3)
    low, high = max(min(seen), low), min(top, high)
    waves = tasks / found.at if tasks and found.at else None
    return Knee(float(low), found.at, float(high), enough(seen, top), waves)


def falls(seen: Seen, top: float) -> bool:
    """Whether some size below the largest is clearly slower than it, and there are enough of them to see a bend."""
    return len(seen) >= 3 and any(median(d) > FALLS for size, d in seen.items() if size < top and d)


def more(seen: Seen, top: float, scale: Scale) -> More | None:
    """Where to measure next (beside the largest size): None where there is no bend, or it is known well enough and a
    size is known that is enough."""
    if len(seen) + 1 >= MOST_POINTS or not falls(seen, top):
        return None
    if not (found := _fitted(seen, top, scale)):
        return _between(seen, top, scale)
    near = [size for size, d in seen.items() if len(d) >= BLOCKS and 0.6 * found.at < size < 1.6 * found.at]
    need = (found.high - found.low) / max(1.0 if scale.whole else 0.0, 0.05 * (found.at + scale.offset))
    steps, blocks = STEPS, BLOCKS
    if need <= 1 and len(near) >= FEW:
        steps, blocks = BEYOND if enough(seen, top) is None else (), 2 * BLOCKS
    there = [size for size in scale.between(min(seen), top) if _is_new(size, near, scale)]
    for step in steps:
        size = min(there, key=lambda one: abs(one - found.at * step), default=math.inf)
        if _apart(size, found.at * step, scale) < APART or (scale.whole and abs(size - found.at * step) < 1):
            return More(size, blocks, max(1.0, need))
    return None


def _is_new(size: float, near: Sequence[float], scale: Scale) -> bool:
    """Whether a size is not beside one that has its blocks; where sizes are few, only whether it is another."""
    return all(
        size != one and (_apart(size, one, scale) >= APART / 2 or abs(size - one) >= 1 > size * APART) for one in near
    )


def _apart(one: float, other: float, scale: Scale) -> float:
    return abs(scale.place(one) - scale.place(other))


def _between(seen: Seen, top: float, scale: Scale) -> More | None:
    """The middle of where the line gets near the largest size's."""
    below = max((size for size, d in seen.items() if median(d) >= STEEP), default=min(seen))
    above = min((size for size in [*seen, top] if size > below), default=top)
    place = (scale.place(below) + scale.place(above)) / 2
    size = min(scale.between(below, above), key=lambda one: abs(scale.place(one) - place), default=None)
    return None if size is None else More(size, 3, _apart(above, below, scale) / NEAR)


def enough(seen: Seen, top: float) -> float | None:
    """The smallest size whose blocks show it to be at most 5 % slower than the best: that with the least median."""
    best = min([*seen, top], key=lambda size: median(seen[size]) if size in seen else 0.0)
    for size in sorted(seen):
        if len(seen[size]) >= BLOCKS and size <= best and _over(seen, size, best) <= NEAR:
            return size
    return top if best == top else None


def _over(seen: Seen, size: float, best: float) -> float:
    """How much slower a size may be than the best: the upper end of an interval."""
    if size == best:
        return 0.0
    if best not in seen:  # the largest, which the blocks are against
        return interval(seen[size], SURE)[1]
    return shift(seen[size], seen[best], SURE)[2]


def _fitted(seen: Seen, top: float, scale: Scale) -> _Fit | None:
    """First among sizes that are far apart, then among those near what was found."""
    points = [(float(size), one) for size, d in seen.items() for one in d if one < STEEP]
    if len({size for size, _ in points}) < 2:
        return None
    plain = scale._replace(listed=())
    found = _hinge(points, plain.spread(min(seen), top, COARSE), top, scale)
    low, high = max(min(seen), 0.5 * found.low), min(top, 2 * found.high)
    some = plain.between(low, high)
    fine = some[:: 1 + len(some) // FINE]
    return _hinge(points, [low, *fine, high], top, scale)


def _hinge(points: Sequence[tuple[float, float]], sizes: Sequence[float], top: float, scale: Scale) -> _Fit:
    """Fit d = b max(0, log k - log p) + g (p - top) for each k: the best, and those not much worse."""
    rows = [(scale.place(p), (p - top) / 100, d) for p, d in points]
    last = scatter = 0.02
    fits: list[list[float]] = []
    losses: list[float] = []
    for _ in range(2):
        fits = [_residuals(rows, scale.place(size), scatter) for size in sizes]
        losses = [math.fsum(_loss(abs(one) / scatter) for one in left) for left in fits]
        kept = fits[losses.index(min(losses))]
        last, scatter = scatter, max(0.004, 1.4826 * median(map(abs, kept)))
    losses = [math.fsum(_loss(abs(one) / last) for one in left) for left in fits]
    least = min(losses)
    inside = [size for size, loss in zip(sizes, losses, strict=True) if loss - least <= WORSE]
    return _Fit(sizes[losses.index(least)], inside[0], inside[-1])


def _loss(z: float) -> float:
    return z * z / 2 if z < 1.5 else 1.5 * z - 1.125


def _residuals(rows: Sequence[tuple[float, float, float]], bend: float, scatter: float) -> list[float]:
    """What a hinge leaves of the blocks."""
    bent = [(max(0.0, bend - u), y, d) for u, y, d in rows]
    weights = [1.0] * len(rows)
    left: list[float] = []
    bar = 1.5 * scatter
    for _ in range(TURNS):
        b, g = _solved(bent, weights)
        left = [d - b * x - g * y for x, y, d in bent]
        weights = [1.0 if -bar < one < bar else bar / abs(one) for one in left]
    return left


def _solved(rows: Sequence[tuple[float, float, float]], weights: Sequence[float]) -> tuple[float, float]:
    """Weighted least squares of two coefficients, kept where they can be meant: a slope of about -1, a small rise."""
    xx = yy = 1e-6
    xy = xd = yd = 0.0
    for w, (x, y, d) in zip(weights, rows, strict=True):
        wx, wy = w * x, w * y
        xx += wx * x
        yy += wy * y
        xy += wx * y
        xd += wx * d
        yd += wy * d
    determinant = xx * yy - xy * xy
    b, g = (xd * yy - yd * xy) / determinant, (yd * xx - xd * xy) / determinant
    return min(max(b, 0.5), 1.5), min(max(g, -0.02), 0.5)
