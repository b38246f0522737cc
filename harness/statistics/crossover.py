"""Where two strategies cross along an axis: the interval of the place where their times are the same, and where to
measure next. Pure functions of numbers.

A crossing needs points on both sides whose blocks lie beyond the margin. Its interval is of the blocks of all points
near it, freed of the slope of a robust line through them, by signed ranks (an aligned rank test: Hodges and Lehmann
1962). docs/sweep.md has how often it holds in simulations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import fmean, median, stdev
from typing import Literal, NamedTuple

from harness.statistics.ranks import Floats, above_p, interval
from harness.statistics.scale import Scale

Seen = Mapping[float, Floats]
"""By the value of the axis: log(time of the first / time of the second) in each block."""
Side = Literal[-1, 0, 1]
"""Of the first of two: faster, nothing is said, slower."""

LOOKS = (3, 4, 5, 9, 12)
"""Blocks of a point at which it is asked what they say."""
GRID, END = 12, 36
"""The most blocks of a point that no crossing is known to lie beside, and of the two ends."""
ERROR, ERROR_BEYOND = 0.01, 0.0005
"""Of a point's exact test, one-sided: on which side it lies within a bracket, and that it lies beyond the margin, on
which it depends whether there is a crossing at all. It is asked at several looks and of several points."""
PLAIN, CLEAR, FLOOR = math.log(1.2), 4.0, 0.005
"""What each of three to five blocks has to show: so much, so many of their deviations; the least that is believed."""
EXACT, EXACT_BEYOND = 7, 11
"""The fewest blocks of which ranks can say something at those errors."""
REACH, FAR = 0.8, 1.6
"""How near (in logarithms) points say something of a crossing, and how wide a bracket is halved."""
NARROW = math.log(1.25)
"""How narrow an interval is sought."""
MOST_POINTS = 12
BEND = 0.15
"""The times bend, as a + b n does, which moves the root of a line by at most this times the squared distance."""
FLAT = 2.5
"""Errors of the slope below which there is none to speak of."""


class Crossing(NamedTuple):
    """Two strategies whose order changes: where, with its 95 % interval, and how the first stands below it."""

    below: Side
    low: float
    at: float
    high: float


class More(NamedTuple):
    """Where to measure next, until there are so many blocks; how far from an answer it is (1: as narrow as sought)."""

    value: float
    blocks: int
    need: float


class Root(NamedTuple):
    """Where a line is zero, the interval of that, and its slope; all in logarithms of the axis."""

    at: float
    low: float
    high: float
    slope: float


def side(d: Floats, margin: float = 0.0) -> Side:
    """What the blocks of a point say of the first of two. `margin` as a logarithm."""
    error, fewest = (ERROR_BEYOND, EXACT_BEYOND) if margin else (ERROR, EXACT)
    if len(d) >= fewest:
        if above_p([one - margin for one in d]) <= error:
            return 1
        return -1 if above_p([-one - margin for one in d]) <= error else 0
    for number in LOOKS[:3]:
        if len(d) >= number and (said := _plain(d[:number])):
            return said
    return 0


def _plain(d: Floats) -> Side:
    bar = max(PLAIN, CLEAR * max(stdev(d), FLOOR))
    return 1 if min(d) > bar else -1 if max(d) < -bar else 0


def crossings(seen: Seen, scale: Scale, margin: float) -> list[Crossing]:
    """Where the order of two strategies changes, in the order of the axis."""
    return [_crossing(seen, scale, *one) for one in brackets(seen, scale, math.log1p(margin))]


def brackets(seen: Seen, scale: Scale, margin: float) -> list[tuple[float, float, Side]]:
    """Neighbours whose blocks lie beyond the margin to opposite sides, and how the first stands at the lower. Changes
    to and fro that lie next to each other are one: no point decides alone against both of its neighbours."""
    sure = [(value, said) for value in sorted(seen) if (said := side(seen[value], margin))]
    while True:
        changes = [(a, b) for a, b in pairwise(sure) if a[1] != b[1]]
        to_and_fro = (
            (first[1][0], last[0][0])
            for first, last in zip(changes, changes[2:], strict=False)
            if scale.place(last[0][0]) - scale.place(first[1][0]) < FAR
        )
        if (inner := next(to_and_fro, None)) is None:
            return [(a[0], b[0], a[1]) for a, b in changes]
        sure = [one for one in sure if not inner[0] <= one[0] <= inner[1]]


def _crossing(seen: Seen, scale: Scale, low: float, high: float, below: Side) -> Crossing:
    found, low, high = narrowed(seen, scale, low, high, below)
    left, right = scale.outward(scale.value(found.low), scale.value(found.high))
    return Crossing(below, max(low, left), scale.value(found.at), min(high, right))


def narrowed(seen: Seen, scale: Scale, low: float, high: float, below: Side) -> tuple[Root, float, float]:
    """The root within a bracket, and the bracket after the points in it whose blocks say on which side they are."""
    for _ in range(2):
        found = root(seen, scale, low, high)
        inside = {value: side(seen[value]) for value in seen if low < value < high}
        lower = [v for v, said in inside.items() if said == below and scale.place(v) < found.high]
        upper = [v for v, said in inside.items() if said == -below and scale.place(v) > found.low]
        low, high = max([low, *lower]), min([high, *upper])
        if low >= high:  # their blocks contradict each other: both may be the place
            low, high = high, low
    return root(seen, scale, low, high), low, high


def root(seen: Seen, scale: Scale, low: float, high: float) -> Root:
    """Where the log-ratio is zero between two values: the whole bracket where the points near it show no slope."""
    points = [(scale.place(value), one) for value, d in seen.items() for one in d]
    first, last = scale.place(low), scale.place(high)
    at = (first + last) / 2
    for _ in range(6):
        mean, level, slope, error = line(points, at)
        if abs(slope) < 1e-4:
            return Root(at, first, last, slope)
        at = min(max(mean - level / slope, first), last)
    near = [(u, one) for u, one in points if abs(u - at) <= REACH]
    if len({u for u, _ in near}) < 3 or abs(slope) < FLAT * error:
        return Root(at, first, last, slope)
    left, right = _between(near, slope, error)
    bent = BEND * fmean((u - at) ** 2 for u, _ in near)
    return Root(at, max(first, left - bent), min(last, right + bent), slope)


def _between(near: Sequence[tuple[float, float]], slope: float, error: float) -> tuple[float, float]:
    """The interval of the zero: of the blocks near it, freed of the slope and of what that may be as well."""
    middle = fmean(u for u, _ in near)
    edges = []
    for one in (slope - 1.5 * error, slope, slope + 1.5 * error):
        edges += [middle - end / one for end in interval([d - one * (u - middle) for u, d in near], 0.05)]
    return min(edges), max(edges)


def line(points: Sequence[tuple[float, float]], near: float, reach: float = REACH) -> tuple[float, float, float, float]:
    """A robust line through points, weighted by closeness to a place (Huber 1964; Cleveland 1979): the mean of where
    they are, its level there, its slope and the error of that."""
    kernel = [math.exp(-(((u - near) / reach) ** 2) / 2) + 1e-9 for u, _ in points]
    close = 0.1 * max(kernel)
    weights = kernel
    for _ in range(10):
        whole = math.fsum(weights)
        mean = math.fsum(w * u for w, (u, _) in zip(weights, points, strict=True)) / whole
        level = math.fsum(w * d for w, (_, d) in zip(weights, points, strict=True)) / whole
        spread = math.fsum(w * (u - mean) ** 2 for w, (u, _) in zip(weights, points, strict=True)) or 1e-12
        slope = math.fsum(w * (u - mean) * d for w, (u, d) in zip(weights, points, strict=True)) / spread
        left = [abs(d - level - slope * (u - mean)) for u, d in points]
        scatter = max(0.003, 1.4826 * median(r for r, k in zip(left, kernel, strict=True) if k > close))
        weights = [k / max(1.0, r / (1.5 * scatter)) for k, r in zip(kernel, left, strict=True)]
    return mean, level, slope, 1.2 * scatter / math.sqrt(spread)


def more(seen: Seen, scale: Scale, margin: float) -> More | None:
    """Where the order of two strategies is least known; None where it is known well enough, or no point is left."""
    found = brackets(seen, scale, math.log1p(margin))
    wanted = [one for low, high, below in found if (one := _within(seen, scale, low, high, below))]
    if found:
        return max(wanted, key=lambda one: one.need, default=None)
    near = math.log1p(margin)
    may = [(min(d) < -near, max(d) > near) for d in seen.values()]
    if not (any(below for below, _ in may) and any(above for _, above in may)):
        return None
    ends = min(seen), max(seen)
    untold = [value for value in sorted(seen) if not side(seen[value], near)]
    for most, some in ((GRID, untold), (END, [value for value in untold if value in ends])):
        lacking = [value for value in some if len(seen[value]) < most]
        if lacking:
            value = min(lacking, key=lambda one: len(seen[one]))
            return More(value, _next_look(len(seen[value]), most), 1.0)
    return None


def _next_look(have: int, most: int) -> int:
    return next((look for look in LOOKS if have < look <= most), most)


def _within(seen: Seen, scale: Scale, low: float, high: float, below: Side) -> More | None:
    """What would narrow the interval of a crossing."""
    found, low, high = narrowed(seen, scale, low, high, below)
    need = max(0.0, found.high - found.low) / NARROW
    if need <= 1 or not scale.between(low, high):
        return None
    open_ = [v for v in seen if low < v < high and len(seen[v]) < LOOKS[-1] and not side(seen[v])]
    if open_:
        value = min(open_, key=lambda v: abs(scale.place(v) - found.at))
        return More(value, _next_look(len(seen[value]), LOOKS[-1]), need)
    fresh = None if len(seen) >= MOST_POINTS else _new_point(seen, scale, low, high, below, found)
    if fresh is not None:
        return More(fresh, LOOKS[0], need)
    near = [v for v in seen if abs(scale.place(v) - found.at) <= REACH / 2 and len(seen[v]) < END]
    return More(min(near, key=lambda v: len(seen[v])), END, need) if near else None


def _new_point(seen: Seen, scale: Scale, low: float, high: float, below: Side, found: Root) -> float | None:
    """In the middle of a wide bracket; in a narrow one on either side of where the line says it is, in turn."""
    first, last = scale.place(low), scale.place(high)
    gap = last - first
    if gap > FAR or found.slope * below >= 0:
        trusted = gap < 2 * FAR and found.slope * below < 0 and 0.2 * gap < found.at - first < 0.8 * gap
        place = found.at if trusted else first + gap / 2
    else:
        turn = 1 if sum(low < v < high for v in seen) % 2 == 0 else -1
        place = found.at + turn * min(0.3, 0.4 * gap)
    place = min(max(place, first + 0.15 * gap), last - 0.15 * gap)
    there = scale.between(low, high)
    apart = min(0.05, 0.2 * gap)
    free = [v for v in there if min(abs(scale.place(v) - scale.place(other)) for other in seen) >= apart]
    free = free or [v for v in there if v not in seen]
    return min(free, key=lambda v: abs(scale.place(v) - place), default=None)
