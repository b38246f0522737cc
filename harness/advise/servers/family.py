"""Cells that differ in one thing, each against each: strategies, processes or connections. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

from harness.advise.servers.points import Cell, Points
from harness.statistics import best as mcb
from harness.statistics.best import Best
from harness.statistics.early import EXACT, STRICT, THREADS, scatters, told
from harness.statistics.paired import PairedRatio, compare, log_ratios
from harness.statistics.pairwise import Table, compete

MARGIN = 0.05
"""Within it a cell is as good as another: searches end where a rate is known to 5 %."""


class Family(NamedTuple):
    """The cells that have numbers, what their blocks say of any two (by place), and the best."""

    cells: list[Cell]
    table: Table
    best: Best

    @property
    def members(self) -> list[Cell]:
        """Those that are not shown to be slower than another."""
        return [self.cells[place] for place in self.best.members] or self.cells


def family(points: Points, cells: Iterable[Cell]) -> Family:
    """What is known of some cells."""
    there = [cell for cell in dict.fromkeys(cells) if cell in points.numbers]
    numbers = [points.numbers[cell] for cell in there]
    pairs = {(i, j): log_ratios(numbers[i], numbers[j]) for i, j in combinations(range(len(there)), 2)}
    threaded = [points.plan.strategies[cell.strategy].threads_per_task > 0 for cell in there]
    bars = {(i, j): THREADS if threaded[i] or threaded[j] else STRICT for i, j in pairs}
    found = compete(pairs, bars, scatters(numbers), range(len(there)), MARGIN)
    return Family(there, found, mcb.best(found.pairs, found.left, len(there), MARGIN))


def against(found: Family, cell: Cell, other: Cell) -> PairedRatio | None:
    """The time of an answer of one cell against another's: above 1 is slower; None without a block that has both."""
    pair = found.cells.index(cell), found.cells.index(other)
    if not (d := found.table.pairs.get(pair)):
        return None
    level = 2 * EXACT / max(1, len(found.table.left) - 1)
    said = found.table.found[pair]
    return told(d, said, level, MARGIN) if said else compare(d, level, MARGIN)


def as_good(found: Family, cell: Cell, other: Cell) -> bool:
    """Whether a cell surely is at most the margin slower than another."""
    if cell == other:
        return True
    d = found.table.pairs.get((found.cells.index(cell), found.cells.index(other)), [])
    return mcb.level(d, EXACT, MARGIN)
