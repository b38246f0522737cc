"""Where the level of a series shifts. Pure functions of numbers.

A series is split for as long as a permutation test of the largest statistic over all places holds (ranks: Pettitt
1979; the maximum, and splitting on: Vostrikova 1981, Matteson and James 2014), at the place that leaves the least
absolute error. Then each place is sought again between its neighbours (Bai 1997)."""

from __future__ import annotations

import math
import random
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, islice, pairwise
from operator import mul
from statistics import median
from typing import NamedTuple

from harness.statistics.ranks import Floats

SHORTEST = 3
"""Points of a segment."""
PERMUTATIONS = 999
ALPHA = 0.005
"""Of a series without a shift, so that at most 1 in 100 alarms though noise is not quite exchangeable."""


class Shift(NamedTuple):
    """A change of level: the place of the first point after it, the medians on both sides, and its p."""

    place: int
    before: float
    after: float
    p: float


def shifts(values: Floats, margin: float) -> list[Shift]:
    """The shifts of a series by at least a margin, in order. Permutations are drawn from a fixed seed: the same series,
    the same answer."""
    places = sorted(_splits(values))
    while places:
        places = _settled(values, places)
        found = [_shift(values, *three) for three in _threes(values, places)]
        weak = [shift for shift in found if shift.p > ALPHA or abs(shift.after - shift.before) < margin]
        if not weak:
            return found
        places.remove(min(weak, key=lambda shift: abs(shift.after - shift.before)).place)
    return []


def p_of_shift(values: Floats) -> float:
    """The chance that the points in another order would differ as much between two sides, at whatever place:
    (count + 1) / (permutations + 1)."""
    ranks = _ranks(values)
    chance = _by_chance(tuple(sorted(ranks)))
    as_much = len(chance) - bisect_left(chance, _statistic(ranks) - 1e-9)
    return (as_much + 1) / (PERMUTATIONS + 1)


def _splits(values: Floats, start: int = 0) -> Iterator[int]:
    """The places of the splits that hold, of the series and then of its parts."""
    if len(values) < 2 * SHORTEST or p_of_shift(values) > ALPHA:
        return
    place = _likeliest(values)
    yield start + place
    yield from _splits(values[:place], start)
    yield from _splits(values[place:], start + place)


def _settled(values: Floats, places: Sequence[int]) -> list[int]:
    """The places, each the likeliest between its neighbours as they have become."""
    ends = [0, *places, len(values)]
    for _ in places:
        before = list(ends)
        for number in range(1, len(ends) - 1):
            left, right = ends[number - 1], ends[number + 1]
            ends[number] = left + _likeliest(values[left:right])
        if ends == before:
            break
    return ends[1:-1]


def _threes(values: Floats, places: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    """Each place between its neighbours."""
    ends = [0, *places, len(values)]
    return zip(ends, ends[1:], ends[2:], strict=False)


def _shift(values: Floats, left: int, place: int, right: int) -> Shift:
    before, after = (median(values[start:end]) for start, end in pairwise((left, place, right)))
    return Shift(place, before, after, p_of_shift(values[left:right]))


def _likeliest(values: Floats) -> int:
    """The place whose two sides lie closest about their medians."""
    left, right = list(_errors(values)), list(_errors(reversed(values)))
    places = range(SHORTEST, len(values) - SHORTEST + 1)
    return min(places, key=lambda place: left[place - 1] + right[len(values) - place - 1])


def _errors(values: Iterable[float]) -> Iterator[float]:
    """The absolute error about their median of the first value, of the first two, and so on."""
    ordered: list[float] = []
    for value in values:
        insort(ordered, value)
        half = len(ordered) // 2
        yield sum(ordered[len(ordered) - half :]) - sum(ordered[:half])


def _ranks(values: Floats) -> list[float]:
    """Ranks about their mean; equal values share theirs."""
    ordered = sorted(values)
    return [(bisect_left(ordered, value) + bisect_right(ordered, value) - len(ordered)) / 2 for value in values]


@lru_cache(maxsize=256)  # series without equal values have the same, if they are as long
def _by_chance(ranks: tuple[float, ...]) -> list[float]:
    """The statistics of some ranks in random orders, sorted."""
    order, shuffle = list(ranks), random.Random(0).shuffle
    found = []
    for _ in range(PERMUTATIONS):
        shuffle(order)
        found.append(_statistic(order))
    return sorted(found)


def _statistic(ranks: Floats) -> float:
    """The largest difference of two sides' mean ranks over all places, in standard errors but for a factor."""
    sums = islice(accumulate(ranks), SHORTEST - 1, len(ranks) - SHORTEST)
    largest: float = max(map(mul, map(abs, sums), _weights(len(ranks))))
    return largest


@lru_cache(maxsize=256)
def _weights(n: int) -> list[float]:
    """What makes sums of ranks comparable: of each place that leaves long enough sides."""
    return [1 / math.sqrt(left * (n - left)) for left in range(SHORTEST, n - SHORTEST + 1)]
