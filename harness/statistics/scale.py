"""The values of an axis: where they lie, and which there are between two. Pure functions of numbers."""

from __future__ import annotations

import math
from typing import NamedTuple

MANY = 400
"""Values between two others that are looked at one by one."""
DIGITS = 3


class Scale(NamedTuple):
    """How far values of an axis lie from each other: as their logarithms do, whether it spans decades or not, since
    what tasks cost is a sum of powers of their number. `offset` is added where the axis begins at zero."""

    offset: float = 0.0
    whole: bool = True
    """Whether only whole numbers are meant."""
    listed: tuple[float, ...] = ()
    """The values that there are, where only these are meant."""

    def place(self, value: float) -> float:
        """Where a value lies."""
        return math.log(value + self.offset)

    def value(self, place: float) -> float:
        """What lies at a place."""
        return math.exp(place) - self.offset

    def between(self, low: float, high: float) -> list[float]:
        """Values within two others, in order; where there are many, enough of them."""
        if self.listed:
            return [one for one in self.listed if low < one < high]
        if self.whole and high - low <= MANY:
            return [float(one) for one in range(math.floor(low) + 1, math.ceil(high))]
        first, last = self.place(low), self.place(high)
        steps = (self.rounded(self.value(first + (last - first) * k / MANY)) for k in range(1, MANY))
        return [one for one in dict.fromkeys(steps) if low < one < high]

    def spread(self, low: float, high: float, number: int) -> list[float]:
        """So many values from one to another, as far from each other as from the next; fewer where there are fewer."""
        if self.listed:
            return [float(one) for one in self.listed]
        first, last = self.place(low), self.place(high)
        inner = (self.rounded(self.value(first + (last - first) * k / (number - 1))) for k in range(1, number - 1))
        return list(dict.fromkeys([float(low), *(min(max(one, low), high) for one in inner), float(high)]))

    def rounded(self, value: float) -> float:
        """A value as people would type it."""
        return float(round(value)) if self.whole else float(f"{value:.{DIGITS}g}")

    def outward(self, low: float, high: float) -> tuple[float, float]:
        """Two values that people would type, not within these two."""
        return self._to(low, math.floor), self._to(high, math.ceil)

    def _to(self, value: float, away: object) -> float:
        if self.whole or value <= 0:
            return float(away(value)) if self.whole else value  # type: ignore[operator]
        unit = 10.0 ** (math.floor(math.log10(value)) - DIGITS + 1)
        return float(f"{away(value / unit) * unit:.{DIGITS}g}")  # type: ignore[operator]
