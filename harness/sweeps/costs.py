"""What measuring a point is expected to take, from what others took. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from harness.measure.cell import PRECISE_ROUNDS
from harness.measure.pilot import Seen, foretold
from harness.sweeps.axes import AT_ONCE, SIZES, Values
from harness.sweeps.points import Points

BEHIND = 3.0
"""How many times slower than the best a strategy has to be expected, for its slow rounds not to be worth their time."""
FIRST_CELL = 0.4
"""Seconds of a cell beside its rounds, before any was measured."""
STEEPEST = 2.0
"""How steep times are believed to be: the power of the value."""


class Few(NamedTuple):
    """Rounds of few tasks at a point, by strategy."""

    at: Values
    seen: Mapping[int, Sequence[Seen]]


class Costs:
    """Seconds that cells take."""

    def __init__(self, points: Points, beside: float = FIRST_CELL, few: Few | None = None) -> None:
        """`beside`: the seconds of a cell beside its rounds. `few`: rounds of few tasks, which foretell others of
        strategies that were not measured yet."""
        self._points, self._beside, self._few = points, beside, few

    def of_block(self, cells: Iterable[tuple[Values, int]]) -> float:
        """Seconds of a block of some cells."""
        return math.fsum(self.of_cell(*cell) for cell in cells)

    def of_cell(self, values: Values, strategy: int) -> float:
        """Seconds of a cell in a block."""
        return self._beside + self.of_rounds(values, strategy)

    def of_rounds(self, values: Values, strategy: int) -> float:
        """Warm-ups, the timed rounds, and in the first block of a cell one that is watched."""
        plan = self._points.plan
        wall = self.wall(values, strategy) or self._worth(values)
        enough, most = PRECISE_ROUNDS
        timed = plan.rounds or min(most, math.ceil(enough / max(wall, 1e-6)))
        first = not self._points.blocks(values, strategy)
        return wall * (plan.warmup + timed + first)

    def wall(self, values: Values, strategy: int) -> float | None:
        """The seconds of a round: measured, or by a power of the value through the two nearest points. With one point
        alone, as proportional to it; without any, by rounds of few tasks; None without those."""
        known = self._points.seconds
        if (found := known.get((values, strategy))) is not None:
            return found
        near = sorted(self._points.measured(strategy), key=lambda one: self._far(values, one))[:2]
        if not near:
            return self._points.told.get((values, strategy)) or self._foretold(values, strategy)
        nearest = known[near[0], strategy]
        moved = self._moved(near[0], values)
        if len(near) < 2 or len(values) > 1:
            return nearest * math.exp(max(0.0, moved))
        slope = math.log(known[near[1], strategy] / nearest) / self._moved(near[0], near[1])
        return nearest * math.exp(min(STEEPEST, max(-STEEPEST, slope)) * moved)

    def _worth(self, values: Values) -> float:
        """The longest round that is worth its time beside the quickest, where nothing says what it takes."""
        known = (self.wall(values, s) for s in range(len(self._points.plan.strategies)))
        return BEHIND * min((wall for wall in known if wall), default=0.0)

    def _foretold(self, values: Values, strategy: int) -> float | None:
        if not self._few or strategy not in self._few.seen or values not in self._points.places:
            return None
        group = self._points.plan.groups[self._points.places.index(values)]
        steps = zip(self._points.plan.axes, self._steps(self._few.at, values), strict=True)
        moved = sum(step for axis, step in steps if axis.name not in (*SIZES, *AT_ONCE))
        return foretold(self._few.seen[strategy], group) * math.exp(moved)

    def _far(self, one: Values, other: Values) -> float:
        return sum(map(abs, self._steps(one, other)))

    def _moved(self, one: Values, other: Values) -> float:
        return sum(self._steps(one, other))

    def _steps(self, one: Values, other: Values) -> list[float]:
        """How far the one lies from the other on each axis."""
        return [scale.place(b) - scale.place(a) for scale, a, b in zip(self._points.scales, one, other, strict=True)]
