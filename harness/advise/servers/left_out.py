"""Which servers are not advised, and why. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from harness.advise.document import Avoided, Why
from harness.advise.left_out import CLOSE
from harness.advise.servers.choose import behind
from harness.advise.servers.document import Against
from harness.advise.servers.family import Family
from harness.advise.servers.points import Cell, Points
from harness.record.plan import PlannedStrategy


def left_out(points: Points, found: Family, said: Sequence[Against], use: Sequence[Cell]) -> Iterator[Avoided]:
    """Each with its reason: what was measured where the best is, what elsewhere, and what has no number."""
    yield from avoided(points, found, said)
    if use:
        yield from elsewhere(points, use[0])
    yield from lost(points)


def avoided(points: Points, found: Family, said: Sequence[Against]) -> Iterator[Avoided]:
    """What was measured where the best is, and is far behind."""
    names = [one.name for one in points.plan.strategies]
    rates = {names[cell.strategy]: points.rate(cell) for cell in found.cells}
    for one in said:
        if one.slower and one.estimate > CLOSE:
            rate = rates[one.strategy]
            yield Avoided(strategy=one.strategy, kind="slower", why="measured here", measured=True, per_second=rate)


def elsewhere(points: Points, best: Cell) -> Iterator[Avoided]:
    """What has numbers, but none where the best is: it was far behind before, failed there, or had no time."""
    for s, strategy in enumerate(points.plan.strategies):
        there = best._replace(strategy=s)
        cells = [cell for cell in points.numbers if cell.strategy == s]
        if not cells or there in points.numbers:
            continue
        cell = max(cells, key=points.rate)
        slower = behind(points, there, best)
        late = f"with {where(cell)}; there was no time for it where the best is"
        kind, why = without(points, there) or (("slower", f"with {where(cell)}") if slower else ("uncompared", late))
        yield Avoided(strategy=strategy.name, kind=kind, why=why, measured=True, per_second=points.rate(cell))


def without(points: Points, cell: Cell) -> tuple[Why, str] | None:
    """Why a cell has no number, if it was looked at."""
    if failed := points.lost.get(cell):
        kind: Why = "unsupported" if failed.status == "unsupported" else "failed"
        return kind, f"{failed.status}: {failed.reason}"
    if missed := points.missed.get(cell):
        return "limit", f"its p99 was {1000 * missed.p99:.3g} ms at best with {where(cell)}, at any rate"
    return None


def lost(points: Points) -> Iterator[Avoided]:
    """What has no number: it failed, or kept under the objective at no rate."""
    known = {cell.strategy for cell in points.numbers}
    for s, strategy in enumerate(points.plan.strategies):
        cells = [cell for cell in (*points.missed, *points.lost) if cell.strategy == s]
        if s not in known and cells and (found := without(points, cells[0])):
            kind, why = found
            yield Avoided(strategy=strategy.name, kind=kind, why=why, measured=kind == "limit")


def where(cell: Cell) -> str:
    """How many processes and connections."""
    processes = f"{cell.processes} process{'es' if cell.processes > 1 else ''}"
    return f"{processes} and {cell.connections} connection{'s' if cell.connections > 1 else ''}"


def not_here(absent: Sequence[PlannedStrategy]) -> Iterator[Avoided]:
    """What is not installed, or cannot be had."""
    for strategy in absent:
        yield Avoided(strategy=strategy.name, kind="unavailable", why=strategy.reason or strategy.status)
