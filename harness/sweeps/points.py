"""What the samples of a sweep say so far, by strategy and value. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cached_property
from statistics import median

from harness.record.plan import Plan, PlannedGroup
from harness.record.sample import Sample
from harness.statistics.paired import Rounds, log_ratios
from harness.statistics.pairwise import comparable
from harness.statistics.scale import Scale
from harness.statistics.verdicts import unlike, wall, walls
from harness.sweeps import words
from harness.sweeps.axes import Values, scale_of, values_of

Seen = dict[float, Sequence[float]]


class Points:
    """The points of a sweep: `numbers[values, strategy]` are the rounds of each block."""

    def __init__(self, plan: Plan, samples: Iterable[Sample]) -> None:
        self.plan, self.samples = plan, list(samples)
        self.scales = [scale_of(axis) for axis in plan.axes]
        self.numbers: dict[tuple[Values, int], dict[int, Rounds]] = {}
        self.seconds: dict[tuple[Values, int], float] = {}
        self.lost: dict[tuple[Values, int], Sample] = {}
        self.told: dict[tuple[Values, int], float] = {}
        """Seconds that a round was expected to take where none was measured."""
        self._gather()

    def _gather(self) -> None:
        times: dict[tuple[Values, int], list[float]] = {}
        for sample in self.samples:
            cell = self.places[sample.group], sample.strategy
            if sample.status != "ok":
                self.lost.setdefault(cell, sample)
            elif sample.rounds:
                self.numbers.setdefault(cell, {})[sample.block] = walls(sample)
                times.setdefault(cell, []).append(wall(sample))
        self.numbers = {cell: blocks for cell, blocks in self.numbers.items() if cell not in self.lost}
        would = {cell: words.would_take(sample.reason) for cell, sample in self.lost.items()}
        self.told = {cell: seconds for cell, seconds in would.items() if seconds}
        self.seconds = {cell: median(found) for cell, found in times.items() if cell in self.numbers}

    @property
    def scale(self) -> Scale:
        """Of the first axis."""
        return self.scales[0]

    @property
    def group(self) -> PlannedGroup:
        """The first of those whose workload can be had: the others tell nothing of it."""
        groups = self.plan.groups
        return next((one for one in groups if one.status == "ok"), groups[0])

    @cached_property
    def places(self) -> list[Values]:
        """Where each group of the plan lies."""
        return [values_of(self.plan.axes, group) for group in self.plan.groups]

    @cached_property
    def strange(self) -> set[tuple[Values, int]]:
        """The cells whose numbers are not compared: they are of no one thing, or of something else."""
        return {
            (values, s)
            for number, values in enumerate(self.places)
            for s in self._strange(number, [s for v, s in self.numbers if v == values])
        }

    def _strange(self, number: int, strategies: Sequence[int]) -> set[int]:
        mine = [sample for sample in self.samples if sample.group == number]
        uneven = unlike(self.plan, mine, number, strategies)
        return {s for s in strategies if not comparable(self.plan, mine, s, uneven)}

    def blocks(self, values: Values, strategy: int) -> int:
        """How many blocks a cell has."""
        return len(self.numbers.get((values, strategy), ()))

    def measured(self, strategy: int) -> list[Values]:
        """Where a strategy has numbers, in order."""
        return sorted(values for values, one in self.numbers if one == strategy)

    def compared(self, *strategies: int) -> list[Values]:
        """Where the first of some strategies has numbers that can be compared with those of the others."""
        return [v for v in self.measured(strategies[0]) if not any((v, s) in self.strange for s in strategies)]

    def pair(self, one: int, other: int) -> Seen:
        """log(time of one / time of the other) in each block, by the value of the only axis."""
        both = ((values, self.numbers.get((values, other), {})) for values in self.compared(one, other))
        found = ((values[0], log_ratios(self.numbers[values, one], blocks)) for values, blocks in both)
        return {value: d for value, d in found if d}

    def against_top(self, strategy: int) -> tuple[Seen, float] | None:
        """log(time at a size / time at the largest) in each block that has both, and the largest, of the only axis;
        where no block has both, against the median of the largest. None where a strategy has no two sizes."""
        found = self.compared(strategy)
        if len(found) < 2:
            return None
        top = found[-1]
        return {values[0]: self._against(values, top, strategy) for values in found[:-1]}, top[0]

    def _against(self, values: Values, top: Values, strategy: int) -> Sequence[float]:
        ours = self.numbers[values, strategy]
        if paired := log_ratios(ours, self.numbers[top, strategy]):
            return paired
        return [math.log(median(rounds.values) / self.seconds[top, strategy]) for rounds in ours.values()]

    def at(self, strategy: int, value: float) -> float | None:
        """Seconds of a round at a value of the only axis, by a line between where it was measured on either side, in
        logarithms; None where it was not."""
        there = {values[0]: self.scale.place(values[0]) for values in self.compared(strategy)}
        low = max((one for one in there if one <= value), default=None)
        high = min((one for one in there if one >= value), default=None)
        if low is None or high is None:
            return None
        ends = [math.log(self.seconds[(one,), strategy]) for one in (low, high)]
        part = (self.scale.place(value) - there[low]) / ((there[high] - there[low]) or 1.0)
        return math.exp(ends[0] + part * (ends[1] - ends[0]))

    def lead(self, value: float, pair: Sequence[int]) -> bool:
        """Whether nobody is faster at a value than one of two strategies: where points were added for the two, others
        have no numbers."""
        there = [s for s, strategy in enumerate(self.plan.strategies) if not strategy.lesson]
        times = {s: seconds for s in there if (seconds := self.at(s, value))}
        return min(times, key=lambda s: times[s], default=None) in pair

    def leaders(self, values: Values) -> list[int]:
        """The strategies that have numbers there, the fastest first."""
        there = [s for v, s in self.seconds if v == values]
        return sorted(there, key=lambda s: self.seconds[values, s])
