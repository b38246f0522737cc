"""An answer from the record of a search. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations

from harness.advise.document import Advice, Avoided
from harness.advise.judge import regret
from harness.advise.servers.choose import Grid, centre, far_behind, rivals
from harness.advise.servers.document import Against, Servers
from harness.advise.servers.family import Family, against, as_good, family
from harness.advise.servers.found import servers
from harness.advise.servers.left_out import left_out, not_here
from harness.advise.servers.points import Cell, Points
from harness.record.plan import PlannedStrategy
from harness.record.sample import Ending, Record
from harness.statistics.best import Best, How
from harness.statistics.fairness import BOUND_SHARE, generator_share
from harness.statistics.pairwise import Table

UNFINISHED = "nothing was measured yet"
NOTHING = Family([], Table({}, {}, [], []), Best([], "open"))


def answer(record: Record, grid: Grid, absent: Sequence[PlannedStrategy], refused: Sequence[str]) -> Advice:
    """What a record says. `absent`: strategies that are not to be had here; `refused`: why some points were not looked
    at."""
    points = Points(record.header.plan, record.samples)
    best = centre(points)
    found = family(points, rivals(best, range(len(points.plan.strategies)))) if best else NOTHING
    use = advised_of(points, found, best) if best else []
    said = list(versus(points, found, use)) if use else []
    avoid = [*left_out(points, found, said, use), *not_here(absent)]
    notes = [*remarks(points, use), *refused]
    return advice(record, points, found, use, avoid, notes, servers(record, points, grid, use, said))


def advice(
    record: Record, points: Points, found: Family, use: Sequence[Cell], avoid: Sequence[Avoided],
    notes: Sequence[str], servers: Servers,
) -> Advice:  # fmt: skip
    """It as a document has it."""
    group, names = points.plan.groups[0], [one.name for one in points.plan.strategies]
    advised = [names[cell.strategy] for cell in use]
    gone = {*advised, *(one.strategy for one in avoid)}
    connections = use[0].connections if use else group.concurrency
    return Advice(
        workload=group.workload, options=group.options, tasks=connections, concurrency=connections,
        objective="capacity", limits={"p99": servers.slo_seconds}, status=status_of(record, advised),
        reason=None if use else reason(points), use=advised, use_is=how(found, use) if use else None,
        also=[one.strategy for one in servers.against if one.strategy not in gone], avoid=list(avoid),
        regret=wrong_pick(found, use), verified=[names[cell.strategy] for cell in found.cells],
        remarks=list(notes), runs=[record.header.run], servers=servers,
        seconds=record.end.seconds["all"] if record.end else 0.0,
    )  # fmt: skip


def advised_of(points: Points, found: Family, best: Cell) -> list[Cell]:
    """The strategies that are not shown to be slower than another, and that are not far behind in each block, the best
    first."""
    near = [cell for cell in found.members if not far_behind(points, cell, best)]
    return sorted(near, key=lambda cell: (cell != best, -points.rate(cell)))


def how(found: Family, use: Sequence[Cell]) -> How:
    """How those that are advised stand to each other."""
    if len(use) == 1:
        return "fastest"
    return "level" if all(as_good(found, *pair) for pair in permutations(use, 2)) else "open"


def wrong_pick(found: Family, use: Sequence[Cell]) -> float | None:
    """The most by which one of those that are advised may be slower than another, as a share (95 %); None where there
    are too few blocks for that."""
    return regret(found.table, Best([found.cells.index(cell) for cell in use], "open")) if use else None


def versus(points: Points, found: Family, use: Sequence[Cell]) -> Iterator[Against]:
    """The others where the best is, the fastest first."""
    best = use[0]
    for cell in sorted(found.cells, key=points.rate, reverse=True):
        if cell != best and (ratio := against(found, cell, best)):
            yield Against(
                strategy=points.plan.strategies[cell.strategy].name, estimate=ratio.estimate, low=ratio.low,
                high=ratio.high, slower=cell not in use,
            )  # fmt: skip


def status_of(record: Record, advised: Sequence[str]) -> Ending:
    """Whether it is all that was asked for."""
    if record.end is None or record.end.status == "interrupted":
        return "interrupted"
    return "complete" if advised else "partial"


def reason(points: Points) -> str:
    """Why nothing is advised."""
    if points.missed:
        cell, (p99, rate) = min(points.missed.items(), key=lambda one: one[1])
        name = points.plan.strategies[cell.strategy].name
        return (
            f"no rate kept p99 under {1000 * (points.plan.slo or 0.0):.3g} ms: the least was {1000 * p99:.3g} ms, by "
            f"{name} at {rate:,.0f}/s with {cell.connections} connections; --slo takes a longer one"
        )
    if points.lost:
        first = next(iter(points.lost.values()))
        return f"nothing has numbers: {first.status}: {first.reason}"
    return UNFINISHED


def remarks(points: Points, use: Sequence[Cell]) -> Iterator[str]:
    """What a reader should know before believing it."""
    if not use:
        return
    samples = points.of(use[0])
    if generator_share(samples) >= BOUND_SHARE:
        yield "the generator limits the best: it can do more than this, and so may others"
    if not samples[0].facts.get("apart"):
        yield (
            f"the generator ran on the same {len(samples[0].facts['cpus'])} cores as the servers: without it more is "
            "left for them"
        )
