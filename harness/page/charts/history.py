"""A cell over commits: a point for each, the level between two shifts, and the shifts."""

from __future__ import annotations

import itertools
from statistics import median
from typing import NamedTuple

from harness.document.history import Change, Series
from harness.page import axes
from harness.page.axes import Axis

SHORT = 7


class Commit(NamedTuple):
    """A point: the ratio at a commit, which is named by the start of its id."""

    name: str
    day: str
    ratio: float


class Level(NamedTuple):
    """A stretch of commits between two shifts: the places of its first and last, and the median of its ratios."""

    first: int
    last: int
    ratio: float


class Jump(NamedTuple):
    """A shift: the place of the first commit after it, and the ratio of the levels."""

    place: int
    ratio: float
    p: float


class Steps(NamedTuple):
    """The commits in their order, the levels, and the shifts."""

    points: tuple[Commit, ...]
    levels: tuple[Level, ...]
    jumps: tuple[Jump, ...]
    axis: Axis
    against: str

    def across(self, place: float) -> float:
        """Where a commit lies, of a hundred."""
        return axes.Axis(0.0, max(1.0, len(self.points) - 1.0), log=False).at(place)


def steps(series: Series) -> Steps:
    """Those of a series."""
    points = [Commit(one.commit[:SHORT], f"{one.time:%Y-%m-%d}", one.ratio) for one in series.points]
    commits = [one.commit for one in series.points]
    found = [_jump(change, commits) for change in series.shifts]
    ends = [0, *(one.place for one in found), len(points)]
    levels = [
        Level(first, after - 1, median(point.ratio for point in points[first:after]))
        for first, after in itertools.pairwise(ends)
        if after > first
    ]
    axis = axes.around(point.ratio for point in points)
    return Steps(tuple(points), tuple(levels), tuple(found), _roomy(axis), series.against)


def _jump(change: Change, commits: list[str]) -> Jump:
    return Jump(commits.index(change.after), change.ratio, change.p)


def _roomy(axis: Axis) -> Axis:
    """Never so narrow that 1 % looks like much."""
    middle = (axis.low * axis.high) ** 0.5
    return Axis(min(axis.low, middle / 1.05), max(axis.high, middle * 1.05))
