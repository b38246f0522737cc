"""Which servers a block looks at: all strategies at one point, then whatever may be better round the best so far.
Pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from harness.advise.servers.family import MARGIN, Family, as_good, family
from harness.advise.servers.points import Cell, Points
from harness.statistics.paired import log_ratios

LADDER = (1, 4, 16, 64, 256)
"""Connections."""
ALL_OF = 4
"""Processes up to which each number is looked at, and not only powers of two."""
FAR = 2.0
"""How many times the rate of a cell the best has in each block, for two blocks to be enough."""
TWICE = 2
LEAST = 3
"""Blocks of the best, whatever there is beside it."""


class Grid(NamedTuple):
    """The numbers of processes and of connections that are looked at."""

    processes: Sequence[int]
    connections: Sequence[int]

    @property
    def start(self) -> tuple[int, int]:
        """Where all strategies are looked at first: the fewest processes, connections in the middle."""
        return self.processes[0], self.connections[len(self.connections) // 2]


def up_to(cores: int) -> list[int]:
    """Numbers of processes: all of a few cores, of many the powers of two."""
    powers = [1 << power for power in range(cores.bit_length()) if 1 << power < cores]
    return list(range(1, cores + 1)) if cores <= ALL_OF else [*powers, cores]


def centre(points: Points) -> Cell | None:
    """The best cell so far: of those whose medians are as near to the fastest as searches scatter (the margin at
    least), the one of which most is known, with the fewest processes and connections. None leads after one look where
    others had two."""
    twice = [cell for cell in points.numbers if points.blocks(cell) >= TWICE]
    rates = {cell: points.rate(cell) for cell in twice or points.numbers}
    slack = 1 + max(MARGIN, points.scatter() or 0.0)
    near = [cell for cell, rate in rates.items() if rate * slack >= max(rates.values())]
    return max(
        near, key=lambda cell: (points.blocks(cell), -cell.processes, -cell.connections, rates[cell]), default=None
    )


def due(points: Points, grid: Grid, strategies: Sequence[int]) -> list[Cell]:
    """What the next block looks at, the most important first; [] where nothing is left to be told."""
    first = [Cell(s, *grid.start) for s in strategies]
    if fresh := [cell for cell in first if not seen(points, cell)]:
        return fresh
    if (best := centre(points)) is None:
        return _somewhere(points, grid)
    families = [rivals(best, strategies), of_processes(best, grid), of_connections(best, grid)]
    wanted = [cell for cells in families for cell in _open(points, cells, best)]
    return [best, *dict.fromkeys(wanted)] if wanted or points.blocks(best) < LEAST else []


def seen(points: Points, cell: Cell) -> bool:
    """Whether anything is known of a cell."""
    return cell in points.numbers or cell in points.missed or cell in points.lost


def rivals(best: Cell, strategies: Sequence[int]) -> list[Cell]:
    """Other strategies where the best is, which comes first."""
    return [best, *(best._replace(strategy=s) for s in strategies if s != best.strategy)]


def of_processes(best: Cell, grid: Grid) -> list[Cell]:
    """The best with all numbers of processes."""
    return [best._replace(processes=one) for one in grid.processes]


def of_connections(best: Cell, grid: Grid) -> list[Cell]:
    """The best with all numbers of connections, the nearest first."""
    place = grid.connections.index(best.connections)
    near = sorted(range(len(grid.connections)), key=lambda one: abs(one - place))
    return [best._replace(connections=grid.connections[one]) for one in near]


def _open(points: Points, cells: Sequence[Cell], best: Cell) -> Iterator[Cell]:
    """Those of a family that may still be better than the best, or of which nobody knows whether they are as good."""
    found = family(points, cells)
    for cell in cells:
        if cell != best and not (out(points, cell, best) or told(points, found, cell, best)):
            yield cell


def out(points: Points, cell: Cell, best: Cell) -> bool:
    """Whether a cell cannot be the best: it failed, kept under the objective twice at no rate, or two blocks showed it,
    or its strategy elsewhere, to be far behind."""
    if cell in points.lost or _lost_everywhere(points, cell.strategy):
        return True
    if cell in points.missed:
        return points.blocks(cell) >= TWICE
    return far_behind(points, cell, best) or behind(points, cell, best)


def far_behind(points: Points, cell: Cell, best: Cell) -> bool:
    """Whether each of two blocks, or of more, puts a cell far behind another."""
    d = log_ratios(points.numbers.get(cell, {}), points.numbers.get(best, {}))
    return len(d) >= TWICE and min(d) > math.log(FAR)


def _lost_everywhere(points: Points, strategy: int) -> bool:
    there = [cell for cell in (*points.numbers, *points.missed) if cell.strategy == strategy]
    return not there and any(cell.strategy == strategy for cell in points.lost)


def behind(points: Points, cell: Cell, best: Cell) -> bool:
    """Whether the strategy of a cell that nobody has looked at was far behind that of the best wherever else both
    were."""
    if cell in points.numbers:
        return False
    theirs = [one for one in points.numbers if one.strategy == cell.strategy]
    pairs = [(one, ours) for one in theirs if (ours := one._replace(strategy=best.strategy)) in points.numbers]
    return bool(pairs) and all(far_behind(points, one, ours) for one, ours in pairs)


def told(points: Points, found: Family, cell: Cell, best: Cell) -> bool:
    """Whether a cell is shown to be slower than another, or as good as the best."""
    if cell not in found.cells or best not in found.cells:
        return False
    return cell not in found.members or as_good(found, cell, best)


def _somewhere(points: Points, grid: Grid) -> list[Cell]:
    """Where no strategy kept under the objective: that which came nearest, with other numbers of connections."""
    if not points.missed:
        return []
    nearest = min(points.missed, key=lambda cell: points.missed[cell].p99)
    return [cell for cell in of_connections(nearest, grid) if not seen(points, cell)]
