"""How long tasks, or a server's answers, took: a curve of percentiles for each strategy."""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import median
from typing import NamedTuple

from harness.document.run import Group, Latencies, Row
from harness.page import axes
from harness.page.axes import Axis
from harness.page.charts import rows
from harness.page.charts.rows import Places
from harness.report.sentences import word

SHARES = {"p50": 0.5, "p75": 0.75, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}
LABELLED = (0.5, 0.9, 0.99, 0.999)


class Point(NamedTuple):
    """A percentile: the share of tasks that took at most so many seconds."""

    share: float
    seconds: float


class Curve(NamedTuple):
    """A strategy's percentiles, from the lowest share to all (1)."""

    name: str
    place: int
    best: bool
    points: tuple[Point, ...]


class Latency(NamedTuple):
    """The curves (in the table: all of them), and the axis of their seconds. Shares lie by how rare it is that
    something is beyond them."""

    curves: tuple[Curve, ...]
    table: tuple[Curve, ...]
    axis: Axis
    last: float
    """The highest share below 1."""
    far: tuple[str, ...] = ()
    """Curves that are so far above the others that they would press them into a corner: in the table alone."""

    def across(self, share: float) -> float:
        """Where a share lies, of a hundred."""
        rare = min(_rarity(share), self._end)
        return axes.Axis(_rarity(0.5), self._end, log=False).at(rare)

    @property
    def _end(self) -> float:
        return _rarity(self.last) + 0.4

    @property
    def shares(self) -> list[float]:
        """What the axis names, the most wanted first: some percentiles, and the highest of all."""
        return [0.5, 1.0, *(one for one in LABELLED[1:] if one <= self.last)]


def _rarity(share: float) -> float:
    return -math.log10(max(1e-9, 1 - share))


def latency(group: Group, places: Places) -> Latency | None:
    """Those of a group; None where no row has any."""
    found = [(row, tuple(_points(row, group))) for row in rows.good(group) if row.latency_seconds]
    curves = [
        Curve(row.name, places[row.name], word(row, group) in ("fastest", "level"), points)
        for row, points in found
        if len(points) > 1
    ]
    if not curves:
        return None
    usual = axes.OFF * median(curve.points[0].seconds for curve in curves)
    near = [curve for curve in curves if curve.points[0].seconds <= usual]
    far = tuple(curve.name for curve in curves if curve.points[0].seconds > usual)
    shares = [point.share for curve in curves for point in curve.points if point.share < 1]
    seconds = [point.seconds for curve in near for point in curve.points]
    return Latency(tuple(near), tuple(curves), axes.around(seconds), max(shares, default=0.5), far)


def _points(row: Row, group: Group) -> Iterator[Point]:
    """The percentiles that so many tasks can show, and the highest."""
    said = row.latency_seconds
    yield from _named(said, math.inf if group.serves else group.tasks)
    if said.max > 0:
        yield Point(1.0, said.max)


def _named(said: Latencies, tasks: float) -> Iterator[Point]:
    for name, share in SHARES.items():
        seconds = getattr(said, name) or 0.0
        if seconds > 0 and tasks * (1 - share) >= 1 - 1e-9:
            yield Point(share, seconds)
