"""All sums of two values, in order. Pure functions of numbers."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

LARGE = 10_000
"""Pairs beyond which what is asked for is found by itself or estimated: to have all of them would take seconds."""


class Ordered(Protocol):
    """Numbers in order, by their places."""

    def __len__(self) -> int: ...
    def __getitem__(self, place: int, /) -> float: ...


def middle(ordered: Ordered) -> float:
    """The median of numbers in order."""
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


@dataclass(frozen=True)
class PairSums:
    """The sums of one of our values and one of theirs (both in order), each of which is found when it is asked for: the
    pairs are divided at half of what is left of their range until few are left to sort. Of `theirs` those from
    `first[i]` on are paired with `ours[i]`."""

    ours: Sequence[float]
    theirs: Sequence[float]
    first: Sequence[int]

    def __len__(self) -> int:
        return len(self.ours) * len(self.theirs) - sum(self.first)

    def __getitem__(self, place: int) -> float:
        low, high = self.ours[0] + self.theirs[0], self.ours[-1] + self.theirs[-1]
        starts, ends, below = self.first, [len(self.theirs)] * len(self.ours), 0
        while sum(ends) - sum(starts) > LARGE and low < (half := (low + high) / 2) < high:
            rows = zip(self.ours, starts, ends, strict=True)
            parts = [bisect_right(self.theirs, half - one, start, end) for one, start, end in rows]
            count = sum(parts) - sum(starts)
            if place - below < count:
                ends, high = parts, half
            else:
                starts, low, below = parts, half, below + count
        return self.between(starts, ends)[place - below]

    def between(self, starts: Sequence[int], ends: Sequence[int]) -> list[float]:
        """Those of some of `theirs` for each of `ours`, in order: runs which are in order are sorted quickly."""
        rows = zip(self.ours, starts, ends, strict=True)
        return sorted([one + other for one, start, end in rows for other in self.theirs[start:end]])


def pair_sums(ours: Sequence[float], theirs: Sequence[float]) -> Ordered:
    """The sums of all pairs of one of ours and one of theirs."""
    return _ready(PairSums(sorted(ours), sorted(theirs), [0] * len(ours)))


def own_sums(values: Sequence[float]) -> Ordered:
    """The sums of all pairs of two of the values, and of each with itself."""
    ordered = sorted(values)
    return _ready(PairSums(ordered, ordered, range(len(ordered))))


def _ready(sums: PairSums) -> Ordered:
    return sums if len(sums) > LARGE else sums.between(sums.first, [len(sums.theirs)] * len(sums.ours))
