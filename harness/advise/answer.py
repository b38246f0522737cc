"""An answer from what is known so far. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator

from harness import api
from harness.advise.bound import bound, remarks
from harness.advise.document import Advice, Candidate, Control, InFlight, Task, Versus
from harness.advise.judge import Judged, halves
from harness.advise.known import Known
from harness.advise.left_out import avoided
from harness.document.run import Row
from harness.record.sample import Ending, Record

NOISY = "this machine was too noisy: the same strategy came out different from itself"
UNFINISHED = "nothing was measured at this point yet"


def answer(known: Known) -> Advice:
    """What can be said."""
    group, found = known.plan.groups[0], known.judged
    rows = candidates(known.record, found) if known.record and found else []
    use = names_of(known.record, found.best.members) if known.record and found and found.best else []
    use.sort(key=[one.strategy for one in rows].index)
    first = rows[0] if use else None
    in_flight = half(known.halves) if known.halves else None
    load = known.record.marks[0].load if known.record and known.record.marks else 0.0
    avoid = list(avoided(known, rows, use))
    gone = {*use, *(one.strategy for one in avoid)}
    status = status_of(known, use)
    return Advice(
        workload=group.workload, options=group.options, tasks=group.tasks, concurrency=group.concurrency,
        objective=known.objective, limits=known.limits, status=status, reason=reason(known, use), use=use,
        use_is=found.best.how if found and found.best else None, candidates=rows,
        also=[one.strategy for one in rows if one.strategy not in gone], avoid=avoid,
        limit=bound(known, first.strategy) if first else None, regret=found.regret if found else None,
        in_flight=in_flight, verified=[one.strategy for one in rows], control=control(found, load) if found else None,
        task=task(known), blocked=known.blocked, foretold=known.foretold,
        remarks=list(said(known, first, in_flight, load)),
        runs=[one.header.run for one in (known.record, known.halves) if one], seconds=known.seconds,
    )  # fmt: skip


def said(known: Known, first: Candidate | None, in_flight: InFlight | None, load: float) -> Iterator[str]:
    """Remarks."""
    if known.probe:
        yield from remarks(known, first, in_flight, load)


def status_of(known: Known, use: list[str]) -> Ending:
    """Whether it is all that was asked for."""
    return "interrupted" if known.interrupted else "complete" if use else "partial"


def reason(known: Known, use: list[str]) -> str | None:
    """Why nothing is advised."""
    if use:
        return None
    if not known.judged or not known.record:
        return UNFINISHED
    if known.judged.too_noisy:
        return NOISY
    if known.judged.unlike:
        return f"rounds were not alike: {next(iter(known.judged.unlike.values()))}"
    if known.judged.over and len(known.judged.over) == len(known.record.header.plan.strategies):
        return "nothing that was measured is within the limits"
    lost = [one for one in known.record.samples if one.status != "ok"]
    return f"nothing has numbers: {lost[0].status}: {lost[0].reason}" if lost else UNFINISHED


def names_of(record: Record, places: list[int]) -> list[str]:
    """The strategies at these places of the plan."""
    return [record.header.plan.strategies[place].name for place in places]


def candidates(record: Record, found: Judged) -> list[Candidate]:
    """What was measured of each, the first of the best first; what is ruled out comes last."""
    rows = {row.name: row for row in api.document(record).groups[0].rows if row.status == "ok"}
    places = {strategy.name: place for place, strategy in enumerate(record.header.plan.strategies)}
    made = [candidate(row, found, places[name]) for name, row in rows.items()]

    def rank(one: Candidate) -> tuple[bool, bool, bool, float]:
        place = places[one.strategy]
        best = found.best is not None and place in found.best.members
        worse = one.versus.estimate if one.versus else one.wall_seconds
        return place in found.over, not best, place != found.leader, worse

    return sorted(made, key=rank)


def candidate(row: Row, found: Judged, place: int) -> Candidate:
    """A row as an answer has it."""
    versus = found.versus.get(place)
    ratio = versus.ratio if versus else None
    numbers = (ratio.estimate, ratio.low, ratio.high) if ratio else (1.0, 1.0, 1.0)
    p99 = getattr(row.latency_seconds, "p99", None)
    return Candidate(
        strategy=row.name, blocks=row.samples, wall_seconds=row.wall_seconds.median,
        low_seconds=row.wall_seconds.low, high_seconds=row.wall_seconds.high, cpu_seconds=row.cpu_seconds.median,
        memory_bytes=int(row.peak_memory_bytes), memory_per_task_bytes=number(row.memory_per_task_bytes),
        p99_seconds=p99, in_flight_max=number(row.in_flight_max),
        versus=Versus(*numbers, verdict=versus.standing) if versus else None,
    )  # fmt: skip


def number(value: object) -> int | None:
    """A number of a row that may have none."""
    return int(value) if isinstance(value, int | float) else None


def half(record: Record) -> InFlight | None:
    """What half as many in flight cost."""
    ratio, (whole, less) = halves(record), record.header.plan.groups
    if ratio is None:
        return None
    return InFlight(
        strategy=record.header.plan.strategies[0].name, concurrency=whole.concurrency, half=less.concurrency,
        estimate=ratio.estimate, low=ratio.low, high=ratio.high, blocks=ratio.blocks,
    )  # fmt: skip


def control(found: Judged, load: float) -> Control | None:
    """The strategy that was measured against itself."""
    null = found.control
    if null is None:
        return None
    return Control(estimate=null.estimate, low=null.low, high=null.high, too_noisy=found.too_noisy, load=load)


def task(known: Known) -> Task | None:
    """What was seen of a task."""
    if (seen := known.probe) is None:
        return None
    return Task(
        strategy=seen.strategy, singles=seen.singles, waiting_seconds=seen.waiting_seconds,
        cpu_seconds=seen.cpu_seconds, blocked=seen.blocked, cores=seen.cores,
    )  # fmt: skip
