"""Where the level of a series shifts. Pure functions of arrays.

A series is split for as long as a permutation test of the largest statistic over all places holds (ranks: Pettitt
1979; the maximum, and splitting on: Vostrikova 1981, Matteson and James 2014), at the place that leaves the least
absolute error. Then each place is sought again between its neighbours (Bai 1997)."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

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
    orders = np.random.default_rng(0).permuted(np.tile(ranks, (PERMUTATIONS, 1)), axis=1)
    as_much = _statistics(orders).max(axis=1) >= _statistics(ranks[np.newaxis, :]).max() - 1e-9
    return float((np.count_nonzero(as_much) + 1) / (PERMUTATIONS + 1))


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
    before, after = (float(np.median(values[start:end])) for start, end in itertools.pairwise((left, place, right)))
    return Shift(place, before, after, p_of_shift(values[left:right]))


def _likeliest(values: Floats) -> int:
    """The place whose two sides lie closest about their medians."""

    def error(place: int) -> float:
        return sum(float(np.abs(side - np.median(side)).sum()) for side in np.split(values, [place]))

    return min(range(SHORTEST, len(values) - SHORTEST + 1), key=error)


def _ranks(values: Floats) -> Floats:
    """Ranks about their mean; equal values share theirs."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Floats = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    ranks -= ranks.mean()
    return ranks


def _statistics(rows: Floats) -> Floats:
    """For each row and place: the difference of the two sides' mean ranks, in standard errors but for a factor."""
    n = rows.shape[1]
    left = np.arange(SHORTEST, n - SHORTEST + 1)
    sums = np.cumsum(rows, axis=1)[:, SHORTEST - 1 : n - SHORTEST]
    found: Floats = np.abs(sums) / np.sqrt(left * (n - left))
    return found
