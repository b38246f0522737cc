"""When a gate knows enough: the looks after each block, for each cell, and where all of them end. Pure functions.

A regression is said by any cell, so its error is divided among the cells; a pass has to be said of each, so that
its error is not (intersection-union: Berger 1982). What was said of a cell at an earlier look stays."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from harness.statistics import early, flat
from harness.statistics.early import Early, Scatter
from harness.statistics.paired import ALPHA, PairedRatio, compare
from harness.statistics.ranks import sign_flip_p

REGRESSION = ALPHA / 2 - (ALPHA - early.EXACT)
"""One-sided, over all looks and cells: what the early rule leaves of it."""
Blocks = Mapping[int, float]
"""A log-ratio for each block."""


@dataclass(frozen=True)
class Bounds:
    """What p is held to after every block of at most so many, with so many cells."""

    most: int
    cells: int

    @property
    def regression(self) -> float:
        """Of each cell: beyond its limit."""
        return flat.bound(self.most, REGRESSION / self.cells)

    @property
    def passing(self) -> float:
        """Of each cell: within its limit."""
        return flat.bound(self.most, ALPHA)

    @property
    def noise(self) -> float:
        """Of a null arm, to either side."""
        return flat.bound(self.most, ALPHA / 2)

    @property
    def fewest(self) -> int:
        """Blocks with which a regression and a pass can both be said."""
        return max(flat.fewest(self.regression), flat.fewest(self.passing))


@dataclass(frozen=True)
class Cell:
    """What the looks at one cell go by: how many times worse its candidate is in each block, its limit, the blocks
    after which its null arm is noisy, and the scatter of its group's first blocks."""

    ratios: Blocks
    limit: float
    noisy: frozenset[int]
    scatters: Mapping[int, Scatter]
    least: Mapping[int, float]
    """What each of the first blocks has to show, as a factor."""


@dataclass(frozen=True)
class Said:
    """What was said of a cell first, after which block, and by how many of its own."""

    regression: bool
    block: int
    own: int
    early: Early | None = None


def noisy(null: Blocks, margin: float, bounds: Bounds) -> frozenset[int]:
    """The blocks after which a cell differs from itself by more than a margin."""
    order, bound = sorted(null), math.log1p(margin)
    sides = [[side * null[block] - bound for block in order] for side in (1, -1)]
    found = [flat.rejected(d, bounds.noise, bounds.most) for d in sides]
    return frozenset(block for block, above, below in zip(order, *found, strict=False) if above or below)


def first_said(cell: Cell, bounds: Bounds) -> Said | None:
    """A regression or a pass, whichever was said first; None: neither was."""
    order, bound = sorted(cell.ratios), math.log1p(cell.limit)
    d = [cell.ratios[block] for block in order]
    plain = early.early(d, cell.scatters, bounds.cells, cell.limit, cell.least)
    up = flat.rejected([one - bound for one in d], bounds.regression, bounds.most)
    down = flat.rejected([bound - one for one in d], bounds.passing, bounds.most)
    for own, (block, worse, within) in enumerate(zip(order, up, down, strict=False), 1):
        if plain and plain.side > 0 and plain.blocks == own:
            return Said(True, block, own, plain)
        if (worse or within) and block not in cell.noisy:
            return Said(worse, block, own)
    return None


def shown(cell: Cell, said: Said | None, bounds: Bounds) -> PairedRatio:
    """The comparison by the blocks that spoke (all, where none did), with the interval of the bound that was kept."""
    d = [cell.ratios[block] for block in sorted(cell.ratios) if said is None or block <= said.block]
    if said and said.early:
        ratios = math.exp(math.fsum(d) / len(d)), math.exp(said.early.low), math.exp(said.early.high)
        level = early.SPEND[said.own] / bounds.cells
        return PairedRatio(*ratios, "slower", sign_flip_p(d), level, said.own, rule="early")
    bound = bounds.passing if said and not said.regression else bounds.regression
    return compare(d, 2 * bound, cell.limit, 2 * bounds.passing)
