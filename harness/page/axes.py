"""Where a value lies along a chart, and which values have a tick. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

INSET = 3.0
"""Of a hundred, at both ends: a dot has a width."""
LEVELS = ((1.0,), (2.0, 5.0), (1.5, 3.0, 7.0), (1.2, 2.5, 4.0, 6.0, 8.0), (1.1, 1.3, 1.7, 3.5, 4.5, 9.0))
LETTER = 7.0
"""How wide a letter of a label is, at most, in pixels."""
EVEN = 2.0
"""Below this factor from one end to the other ticks have even steps."""
Label = Callable[[float], str]


class Tick(NamedTuple):
    """A value, where it lies (of a hundred), and its label."""

    value: float
    at: float
    label: str


class Axis(NamedTuple):
    """From its lowest to its highest value, by logarithms or not."""

    low: float
    high: float
    log: bool = True

    def at(self, value: float) -> float:
        """Where a value lies, of a hundred; what is beyond an end lies at that end."""
        low, high = self._scaled(self.low), self._scaled(self.high)
        part = (self._scaled(value) - low) / (high - low) if high > low else 0.5
        return INSET + (100 - 2 * INSET) * min(1.0, max(0.0, part))

    def holds(self, value: float) -> bool:
        """Whether a value lies between the ends."""
        slack = 1e-9 * abs(value)
        return self.low - slack <= value <= self.high + slack

    def _scaled(self, value: float) -> float:
        return math.log(value) if self.log else value

    def ticks(self, label: Label, room: float, first: Sequence[float] = ()) -> list[Tick]:
        """Ticks whose labels have room in so many pixels (of the narrowest window), those of some values first."""
        values = [*(one for one in first if self.holds(one)), *self._candidates()]
        return with_room([Tick(value, self.at(value), label(value)) for value in values], room)

    def _candidates(self) -> Iterator[float]:
        if self.log and self.high / self.low > EVEN:
            for level in LEVELS:
                yield from self._multiples(level)
        else:
            yield from self._steps()

    def _multiples(self, level: Iterable[float]) -> Iterator[float]:
        decades = range(math.floor(math.log10(self.low)) - 1, math.ceil(math.log10(self.high)) + 1)
        values = sorted(float(f"{one}e{decade}") for one in level for decade in decades)
        return (value for value in values if self.holds(value))

    def _steps(self) -> Iterator[float]:
        """Even ones, three at least: the widest first, so that finer ones fill what room is left."""
        span = self.high - self.low or abs(self.high) or 1.0
        unit = 10.0 ** math.floor(math.log10(span))
        step = next(step for step in (unit, unit / 2, unit / 5, unit / 10) if span / step >= 3)
        first = math.ceil(self.low / step - 1e-9)
        values = [number * step for number in range(first, math.floor(self.high / step + 1e-9) + 1)]
        return (float(f"{value:.6g}") for value in values)


def with_room(wanted: Sequence[Tick], room: float) -> list[Tick]:
    """The ticks whose labels have room in so many pixels, the most wanted first; from left to right."""
    chosen: list[Tick] = []
    for one in wanted:
        if all(abs(one.at - other.at) * room / 100 >= _apart(one, other) for other in chosen):
            chosen.append(one)
    return sorted(chosen, key=lambda tick: tick.at)


def _apart(one: Tick, other: Tick) -> float:
    """How far two ticks have to be from each other, pixels."""
    return LETTER * (len(one.label) + len(other.label)) / 2 + 8


def around(values: Iterable[float], log: bool = True) -> Axis:
    """An axis that holds all of some values (above 0, where it is by logarithms), and is never without a width."""
    found = [value for value in values if math.isfinite(value) and (value > 0 or not log)] or [1.0]
    low, high = min(found), max(found)
    if log:
        return Axis(low, high) if high / low > 1.02 else Axis(low / 1.02, high * 1.02)
    return Axis(low, high if high > low else low + 1.0, log=False)


LEAST, MOST = 0.95, 1.25
OFF = 3.0
"""Rows beyond this many times the fastest are off the scale: they would press all others into a corner."""


def versus(values: Iterable[float]) -> Axis:
    """The axis against the fastest: always with its 1, never so narrow that 1 % looks like much."""
    inside = [value for value in values if 1 / OFF <= value <= OFF]
    return Axis(min([LEAST, *inside]), max([MOST, *inside]))
