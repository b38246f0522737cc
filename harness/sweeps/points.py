"""What the samples of a sweep say so far, by strategy and value. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cached_property
from statistics import median

from harness.record.plan import Plan, PlannedGroup
from harness.record.sample import Sample
from harness.statistics.paired import Rounds, log_ratios
from harness.statistics.scale import Scale
from harness.statistics.verdicts import wall, walls
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

    def blocks(self, values: Values, strategy: int) -> int:
        """How many blocks a cell has."""
        return len(self.numbers.get((values, strategy), ()))

    def measured(self, strategy: int) -> list[Values]:
        """Where a strategy has numbers, in order."""
        return sorted(values for values, one in self.numbers if one == strategy)

    def pair(self, one: int, other: int) -> Seen:
        """log(time of one / time of the other) in each block, by the value of the only axis."""
        both = ((values, self.numbers.get((values, other), {})) for values in self.measured(one))
        found = ((values[0], log_ratios(self.numbers[values, one], blocks)) for values, blocks in both)
        return {value: d for value, d in found if d}

    def against_top(self, strategy: int) -> tuple[Seen, float] | None:
        """log(time at a size / time at the largest) in each block that has both, and the largest, of the only axis;
        where no block has both, against the median of the largest. None where a strategy has no two sizes."""
        found = self.measured(strategy)
        if len(found) < 2:
            return None
        top = found[-1]
        return {values[0]: self._against(values, top, strategy) for values in found[:-1]}, top[0]

    def _against(self, values: Values, top: Values, strategy: int) -> Sequence[float]:
        ours = self.numbers[values, strategy]
        if paired := log_ratios(ours, self.numbers[top, strategy]):
            return paired
        return [math.log(median(rounds.values) / self.seconds[top, strategy]) for rounds in ours.values()]

    def leaders(self, values: Values) -> list[int]:
        """The strategies that have numbers there, the fastest first."""
        there = [s for v, s in self.seconds if v == values]
        return sorted(there, key=lambda s: self.seconds[values, s])
