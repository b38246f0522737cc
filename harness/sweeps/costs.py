"""What measuring a point is expected to take, from what others took. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterable

from harness.measure.cell import PRECISE_ROUNDS
from harness.sweeps.axes import Values
from harness.sweeps.points import Points

FIRST_CELL = 0.4
"""Seconds of a cell beside its rounds, before any was measured."""
STEEPEST = 2.0
"""How steep times are believed to be: the power of the value."""


class Costs:
    """Seconds that cells take."""

    def __init__(self, points: Points, beside: float = FIRST_CELL) -> None:
        """`beside`: the seconds of a cell beside its rounds."""
        self._points, self._beside = points, beside

    def of_block(self, cells: Iterable[tuple[Values, int]]) -> float:
        """Seconds of a block of some cells."""
        return math.fsum(self.of_cell(*cell) for cell in cells)

    def of_cell(self, values: Values, strategy: int) -> float:
        """Seconds of a cell in a block."""
        return self._beside + self.of_rounds(values, strategy)

    def of_rounds(self, values: Values, strategy: int) -> float:
        """A warm-up, the timed rounds, and in the first block of a cell one that is watched."""
        wall = self.wall(values, strategy) or 0.0
        enough, most = PRECISE_ROUNDS
        timed = min(most, math.ceil(enough / max(wall, 1e-6)))
        first = not self._points.blocks(values, strategy)
        return wall * (1 + timed + first)

    def wall(self, values: Values, strategy: int) -> float | None:
        """The seconds of a round: measured, or by a power of the value through the two nearest points. With one point
        alone, as proportional to it; None without any."""
        known = self._points.seconds
        if (found := known.get((values, strategy))) is not None:
            return found
        near = sorted(self._points.measured(strategy), key=lambda one: self._far(values, one))[:2]
        if not near:
            return None
        nearest = known[near[0], strategy]
        moved = self._moved(near[0], values)
        if len(near) < 2 or len(values) > 1:
            return nearest * math.exp(max(0.0, moved))
        slope = math.log(known[near[1], strategy] / nearest) / self._moved(near[0], near[1])
        return nearest * math.exp(min(STEEPEST, max(-STEEPEST, slope)) * moved)

    def _far(self, one: Values, other: Values) -> float:
        return sum(map(abs, self._steps(one, other)))

    def _moved(self, one: Values, other: Values) -> float:
        return sum(self._steps(one, other))

    def _steps(self, one: Values, other: Values) -> list[float]:
        """How far the one lies from the other on each axis."""
        return [scale.place(b) - scale.place(a) for scale, a, b in zip(self._points.scales, one, other, strict=True)]
