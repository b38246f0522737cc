"""What a search found of servers, as a document has it. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Literal

from harness.advise.servers.choose import Grid, of_connections, of_processes, out
from harness.advise.servers.document import Against, Bound, Knee, Server, Servers, What
from harness.advise.servers.family import as_good, family
from harness.advise.servers.points import Cell, Points
from harness.record.sample import Record
from harness.statistics.fairness import BOUND_SHARE, generator_share, own_share, peer_share, server_share
from harness.statistics.limit import FULL


def servers(
    record: Record, points: Points, grid: Grid, use: Sequence[Cell], said: Sequence[Against]
) -> Servers:  # fmt: skip
    """What was found of servers."""
    cells = sorted(points.numbers, key=points.rate, reverse=True)
    looked = [one for one in points.samples if one.rounds]
    return Servers(
        slo_seconds=record.header.plan.slo or 0.0, processes=list(grid.processes), connections=list(grid.connections),
        best=server(record, points, use[0]) if use else None, servers=[server(record, points, cell) for cell in cells],
        against=list(said), knees=list(knees(points, grid, use[0])) if use else [],
        limit=bound(points, use[0]) if use else None, scatter=points.scatter(),
        blocks=len({one.block for one in looked}), searches=len(looked),
    )  # fmt: skip


def server(record: Record, points: Points, cell: Cell) -> Server:
    """A cell as it was measured."""
    samples, rates = points.of(cell), points.rates(cell)
    rounds = [one.rounds[0] for one in samples]
    return Server(
        strategy=points.plan.strategies[cell.strategy].name, processes=cell.processes, connections=cell.connections,
        per_second=points.rate(cell), low_per_second=min(rates), high_per_second=max(rates), blocks=len(rates),
        p99_seconds=median(one.load.latency_seconds.p99 for one in rounds if one.load),
        cores=own_share(samples), generator_cores=peer_share(samples) or 0.0,
        memory_bytes=max(one.peak_memory_bytes for one in rounds), run=record.header.run, group=samples[0].group,
    )  # fmt: skip


def knees(points: Points, grid: Grid, best: Cell) -> Iterator[Knee]:
    """Where more processes, and more connections, stop to help the best strategy."""
    if len(grid.processes) > 1:
        yield from knee(points, "processes", of_processes(best, grid))
    if len(grid.connections) > 1:
        yield from knee(points, "connections", of_connections(best, grid))


def knee(points: Points, axis: Literal["processes", "connections"], cells: Sequence[Cell]) -> Iterator[Knee]:
    """The best strategy along an axis; nothing where only one of its values has numbers."""
    found = family(points, cells)
    there = sorted(found.cells)
    if len(there) < 2:
        return
    best = max(there, key=points.rate)
    enough = next(cell for cell in there if as_good(found, cell, best))
    smaller = [cell for cell in there if cell < enough and cell in found.members and not out(points, cell, best)]
    yield Knee(
        axis=axis, values=[getattr(cell, axis) for cell in there], per_second=[points.rate(cell) for cell in there],
        best=getattr(best, axis), enough=getattr(enough, axis), open=[getattr(cell, axis) for cell in smaller],
    )  # fmt: skip


def bound(points: Points, best: Cell) -> Bound:
    """What keeps the best from more."""
    samples = points.of(best)
    own, generator = own_share(samples), peer_share(samples) or 0.0
    cores = len(samples[0].facts["cpus"])
    kind: What = "objective"
    if generator_share(samples) >= BOUND_SHARE:
        kind = "generator"
    elif server_share(samples) >= FULL:
        kind = "cpu"
    return Bound(kind=kind, cores=own, generator_cores=generator, of_cores=cores)
