"""What the record of a sweep says. Pure functions of the record."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations
from statistics import median, stdev

from harness import api
from harness.document.as_shown import as_shown
from harness.document.names import written
from harness.document.run import Run
from harness.document.sweep import Absent, Bend, Crossover, Point, Stop, Sweep
from harness.errors import HarnessError
from harness.record.sample import Ending, Record, Sample
from harness.statistics import crossover, knee
from harness.statistics.paired import log_ratios
from harness.statistics.states import two_states
from harness.sweeps import words
from harness.sweeps.axes import AT_ONCE
from harness.sweeps.choose import contenders, gave_out
from harness.sweeps.open import left_open
from harness.sweeps.points import Points


def of(record: Record) -> Sweep:
    """The answer of a sweep. Raises HarnessError where the record is of none."""
    plan = record.header.plan
    if not plan.axes:
        raise HarnessError(f"{record.header.run} is no sweep: `harness show` prints it")
    run = api.document(record)
    found = Points(plan, (as_shown(run, sample) for sample in record.samples))
    group = found.group
    absent = dict(_absent(found))
    names = [axis.name for axis in plan.axes]
    points = sorted(_points(run, found), key=lambda point: tuple(point.values.values()))
    crossovers = list(_crossovers(found)) if len(plan.axes) == 1 else []
    knees = list(_knees(found)) if len(plan.axes) == 1 else []
    return Sweep(
        run=run.run,
        name=run.name,
        status=_status(record, run, found),
        workload=group.workload,
        options=written({k: v for k, v in group.options.items() if k not in names}, group.shown),
        tasks=None if "tasks" in names else group.tasks,
        concurrency=None if "concurrency" in names or group.concurrency == group.tasks else group.concurrency,
        axis=names[0],
        axes=plan.axes,
        margin=plan.margin,
        points=points,
        crossovers=crossovers,
        knees=knees,
        stops=[stop for s, stop in _stops(found) if s not in absent],
        absent=list(absent.values()),
        open=list(left_open(found, points, record)),
        scatter=_scatter(found),
        seconds=record.end.seconds["all"] if record.end else None,
        blocks=len({sample.block for sample in record.samples if sample.rounds}),
        cut_short=run.cut_short,
        hosts=run.hosts,
        about_hosts=run.about_hosts,
    )


def _status(record: Record, run: Run, found: Points) -> Ending:
    """How the sweep ended: complete where all is known that can be had."""
    if run.status == "interrupted" or not record.end or record.damaged or record.end.cut_short:
        return run.status
    broken = any(strategy.status == "failed" for strategy in found.plan.strategies)
    return "partial" if broken or not found.numbers or any(map(words.lacks, found.lost.values())) else "complete"


def _points(run: Run, found: Points) -> Iterator[Point]:
    names = [axis.name for axis in found.plan.axes]
    for number, (values, group) in enumerate(zip(found.places, run.groups, strict=True)):
        yield Point(
            value=values[0],
            values=dict(zip(names, values, strict=True)),
            run=run.run,
            group=number,
            best=group.best,
            best_is=group.best_is,
            in_grid=all(row.reason != words.ELSEWHERE for row in group.rows),
            blocks=max((found.blocks(values, s) for s in range(len(group.rows))), default=0),
            seconds={row.name: row.wall_seconds for row in group.rows if row.status == "ok"},
            warnings={row.name: row.warnings for row in group.rows if row.warnings},
        )


def _crossovers(found: Points) -> Iterator[Crossover]:
    names = [strategy.name for strategy in found.plan.strategies]
    there = sorted({s for _, s in found.numbers if not found.plan.strategies[s].lesson})
    for pair in combinations(there, 2):
        seen = found.pair(*pair)
        for one in crossover.crossings(seen, found.scale, found.plan.margin) if len(seen) > 1 else ():
            first, then = pair if one.below < 0 else pair[::-1]
            yield Crossover(
                from_=names[first],
                to=names[then],
                low=one.low,
                high=one.high,
                at=found.scale.rounded(one.at) if not found.scale.whole else round(one.at, 1),
                of_best=found.lead(one.at, pair),
                two_states={names[s]: apart for s in pair if (apart := _states(found, s, one.at))},
            )


def _states(found: Points, strategy: int, at: float) -> float | None:
    """How far two states of a strategy near a value lie apart, if it is in two."""
    place = found.scale.place
    times = [
        (place(values[0]), math.log(median(rounds.values)))
        for values in found.measured(strategy)
        for rounds in found.numbers[values, strategy].values()
        if abs(place(values[0]) - place(at)) <= crossover.REACH
    ]
    if len({u for u, _ in times}) < 2:
        return None
    mean, level, slope, _ = crossover.line(times, place(at))
    return two_states([one - level - slope * (u - mean) for u, one in times])


def _knees(found: Points) -> Iterator[Bend]:
    axis = found.plan.axes[0].name
    for s, strategy in enumerate(found.plan.strategies):
        against = found.against_top(s)
        if axis == "tasks" or strategy.lesson or not against:
            continue
        tasks = found.group.tasks if axis in AT_ONCE else None
        if one := knee.knee(*against, found.scale, tasks):
            at = round(one.at, 1) if found.scale.whole else found.scale.rounded(one.at)
            waves = None if one.waves is None else round(one.waves, 1)
            yield Bend(strategy=strategy.name, low=one.low, high=one.high, at=at, enough=one.enough, waves=waves)


def _absent(found: Points) -> Iterator[tuple[int, Absent]]:
    """The strategies that ran nowhere, since they cannot be had or not run this: for one reason, wherever tried."""
    for s, strategy in enumerate(found.plan.strategies):
        if strategy.status != "ok":
            yield s, Absent(strategy=strategy.name, status=strategy.status, reason=strategy.reason or strategy.status)
            continue
        tried = [sample for (_, one), sample in found.lost.items() if one == s and not _was_left_out(sample)]
        said = {(sample.status, sample.reason) for sample in tried}
        if len(said) == 1 and not found.measured(s) and tried[0].status in ("unsupported", "unavailable"):
            status, reason = said.pop()
            yield s, Absent(strategy=strategy.name, status=status, reason=reason or status)


def _was_left_out(sample: Sample) -> bool:
    return words.is_choice(sample.reason or "")


def _stops(found: Points) -> Iterator[tuple[int, Stop]]:
    """Where each strategy failed or could not be had, in order."""
    names = [axis.name for axis in found.plan.axes]
    for (values, s), sample in sorted(found.lost.items(), key=lambda one: (one[0][1], one[0][0])):
        if _was_left_out(sample):
            continue
        below = [one for one in found.measured(s) if all(a <= b for a, b in zip(one, values, strict=True))]
        yield (
            s,
            Stop(
                strategy=found.plan.strategies[s].name,
                worked=dict(zip(names, max(below), strict=True)) if below else None,
                failed=dict(zip(names, values, strict=True)),
                status=sample.status,
                reason=sample.reason or sample.status,
                above=gave_out(found, values, s),
            ),
        )


def _scatter(found: Points) -> float | None:
    """The median deviation of a block's log-ratio."""
    deviations = []
    for values in set(found.places):
        there = contenders(found, values)
        for one, other in combinations(there, 2):
            d = log_ratios(found.numbers[values, one], found.numbers[values, other])
            deviations += [stdev(d)] if len(d) > 2 else []
    return median(deviations) if deviations else None
