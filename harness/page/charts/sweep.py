"""A sweep: a line for each strategy over the one axis, or the winner at each point of two."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from harness.document.sweep import Sweep, names
from harness.page.axes import Axis
from harness.page.charts.rows import Places
from harness.report.sweep_chart import by_logarithms


class At(NamedTuple):
    """A strategy's time at a value, with its interval; seconds."""

    value: float
    low: float
    seconds: float
    high: float


class Line(NamedTuple):
    """A strategy over the axis. `best`: whether it is among the best somewhere."""

    name: str
    place: int
    best: bool
    points: tuple[At, ...]


class Mark(NamedTuple):
    """Where two lines cross, or one bends: an interval of the axis, and what stands there."""

    low: float
    at: float
    high: float
    said: str


class Lines(NamedTuple):
    """The lines over an axis, and what is marked on them."""

    axis: str
    lines: tuple[Line, ...]
    marks: tuple[Mark, ...]
    across: Axis
    up: Axis


class Winner(NamedTuple):
    """Who is best at a point: one, several that are level, or several that are not told apart."""

    names: tuple[str, ...]
    how: str


class Map(NamedTuple):
    """The winners over two axes: rows from the highest value down, with None where nobody can tell."""

    across: str
    up: str
    columns: tuple[float, ...]
    rows: tuple[tuple[float, tuple[Winner | None, ...]], ...]


def lines(sweep: Sweep, places: Places) -> Lines | None:
    """The lines of a sweep over one axis; None where nothing was measured."""
    best = {name for point in sweep.points for name in point.best}
    found = []
    for name in names(sweep.points):
        there = [(point.value, point.seconds[name]) for point in sweep.points if name in point.seconds]
        points = tuple(At(value, one.low, one.median, one.high) for value, one in there)
        found.append(Line(name, places.get(name, 0), name in best, points))
    if not found:
        return None
    times = [time for line in found for at in line.points for time in (at.low, at.high)]
    values = [at.value for line in found for at in line.points]
    return Lines(sweep.axis, tuple(found), tuple(_marks(sweep)), _axis(values), _axis(times))


def _axis(values: Iterable[float]) -> Axis:
    """By logarithms where the ends are a decade apart; never without a width."""
    found = list(values)
    low, high = min(found), max(found)
    if by_logarithms(low, high):
        return Axis(low, high)
    return Axis(low, high if high > low else low + (abs(low) or 1.0), log=False)


def _marks(sweep: Sweep) -> Iterator[Mark]:
    for one in sweep.crossovers:
        if one.of_best:
            yield Mark(one.low, one.at, one.high, f"{one.from_}, then {one.to}")
    for bend in sweep.knees:
        yield Mark(bend.low, bend.at, bend.high, f"knee of {bend.strategy}")


def winners(sweep: Sweep) -> Map:
    """The map of a sweep over two axes."""
    across, up = (axis.name for axis in sweep.axes[:2])
    found = {(point.values[across], point.values[up]): point for point in sweep.points}
    columns = sorted({column for column, _ in found})
    rows = []
    for row in sorted({row for _, row in found}, reverse=True):
        points = [found.get((column, row)) for column in columns]
        cells = [Winner(tuple(one.best), one.best_is or "open") if one and one.best else None for one in points]
        rows.append((row, tuple(cells)))
    return Map(across, up, tuple(columns), tuple(rows))
