"""What the samples of a search for the best server say so far, by cell. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterable
from statistics import median, stdev
from typing import NamedTuple

from harness.record.plan import Plan
from harness.record.sample import Load, Sample
from harness.statistics.paired import Rounds

ELSEWHERE = "not looked at with these processes and connections: others said more of it"


class Cell(NamedTuple):
    """A strategy (by its place in the plan) that serves from so many processes, for so many connections."""

    strategy: int
    processes: int
    connections: int


class Missed(NamedTuple):
    """The least p99 of a cell that kept under the objective at no rate (seconds), and at how many a second."""

    p99: float
    rate: float


class Points:
    """By cell: `numbers`, the seconds between answers at the capacity that each block found; `lost`, the sample that
    failed; `missed`, where most blocks found no rate that holds."""

    def __init__(self, plan: Plan, samples: Iterable[Sample]) -> None:
        self.plan = plan
        self.samples = [one for one in samples if one.reason != ELSEWHERE]
        self.numbers: dict[Cell, dict[int, Rounds]] = {}
        self.lost: dict[Cell, Sample] = {}
        self.missed: dict[Cell, Missed] = {}
        for sample in self.samples:
            if sample.status != "ok":
                self.lost.setdefault(self.cell(sample), sample)
        loads: dict[Cell, dict[int, Load]] = {}
        for sample in self.samples:
            if (cell := self.cell(sample)) not in self.lost and sample.rounds and (load := sample.rounds[0].load):
                loads.setdefault(cell, {})[sample.block] = load
        for cell, found in loads.items():
            self._add(cell, found)

    def _add(self, cell: Cell, found: dict[int, Load]) -> None:
        without = [load for load in found.values() if not load.capacity]
        if 2 * len(without) > len(found):
            trials = [trial for load in without for trial in load.trials]
            self.missed[cell] = min((Missed(one.p99, one.rate) for one in trials), default=Missed(math.inf, 0.0))
        else:
            self.numbers[cell] = {block: Rounds([1 / most(load)], [0]) for block, load in found.items()}

    def cell(self, sample: Sample) -> Cell:
        """That a sample is of."""
        group = self.plan.groups[sample.group]
        return Cell(sample.strategy, group.processes, group.concurrency)

    def of(self, cell: Cell) -> list[Sample]:
        """The samples of a cell that have rounds."""
        return [one for one in self.samples if one.rounds and self.cell(one) == cell]

    def blocks(self, cell: Cell) -> int:
        """How many have looked at it."""
        return len(self.of(cell))

    def rates(self, cell: Cell) -> list[float]:
        """Its capacity in each block, answers a second."""
        return [1 / rounds.values[0] for rounds in self.numbers[cell].values()]

    def rate(self, cell: Cell) -> float:
        """Its capacity: the median over blocks."""
        return median(self.rates(cell))

    def scatter(self) -> float | None:
        """How much the capacity of one cell differs from block to block: the median deviation of its logarithms."""
        found = [stdev(map(math.log, self.rates(cell))) for cell in self.numbers if len(self.numbers[cell]) > 2]
        return median(found) if found else None


def most(load: Load) -> float:
    """The capacity that a search found, answers a second; where no rate held, the lowest that was tried is above it."""
    return load.capacity or min(trial.rate for trial in load.trials)
