"""What a sweep says, as people read it: sentences first, then the chart, then the times. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from harness.document.sweep import Bend, Crossover, Point, Stop, Sweep, names
from harness.report import sweep_chart
from harness.report.lines import Line, escaped, labelled, line, rendered, spread
from harness.report.sentences import listed
from harness.report.sweep_chart import number

NOISY = 0.05
"""The deviation of a block beyond which no interval can be narrow."""
WAVES = 10
FEW = 6
Lines = Iterator[Line]


def screen(sweep: Sweep, width: int = 80, colour: bool = False) -> str:
    """The text of a sweep for a terminal of so many columns."""
    return rendered(list(_lines(escaped(sweep), width)), width, colour)


def _lines(sweep: Sweep, width: int) -> Lines:
    spent = f", {sweep.seconds:.0f} s" if sweep.seconds is not None else ""
    yield spread(
        f"{sweep.workload}: over {' and '.join(map(_range, sweep.axes))}", f"{sweep.blocks} blocks{spent}", width
    )
    if fixed := _fixed(sweep):
        yield line(fixed, "dim")
    yield line()
    yield from (line(text, "bold") for text in headline(sweep))
    yield from (labelled(*one) for one in details(sweep))
    if any(point.seconds for point in sweep.points):
        yield line()
        pictures = [sweep_chart.winners(sweep)] if len(sweep.axes) == 2 else [
            sweep_chart.chart(sweep, width), "", sweep_chart.times(sweep, width)
        ]  # fmt: skip
        yield from (line(text) for picture in pictures for text in picture.split("\n"))
    yield line()
    yield from _closing(sweep)


def _range(axis: object) -> str:
    name, low, high = (getattr(axis, one) for one in ("name", "low", "high"))
    return f"{name}, {number(low)} - {number(high)}"


def _fixed(sweep: Sweep) -> str:
    sizes = [f"{n:,} {what}" for n, what in ((sweep.tasks, "tasks"), (sweep.concurrency, "in flight")) if n]
    return ", ".join([*sizes, *sweep.options])


def _grid(sweep: Sweep) -> list[Point]:
    return [point for point in sweep.points if point.in_grid and point.seconds]


def headline(sweep: Sweep) -> Iterator[str]:
    """Who is best where, in a sentence or two."""
    points = _grid(sweep)
    if not points:
        yield "nothing was measured"
    elif len(sweep.axes) == 2:
        yield from _of_map(points)
    elif crossings := [one for one in sweep.crossovers if one.of_best]:
        yield "; ".join(_crossing(sweep, one) for one in crossings)
    elif len(names(points)) > 1:
        yield from _everywhere(points)
    else:
        yield _alone(sweep, points)


def _crossing(sweep: Sweep, one: Crossover) -> str:
    where = number(one.low) if one.low == one.high else f"{number(one.low)} - {number(one.high)}"
    return f"{one.from_} up to {sweep.axis} {where}, then {one.to}"


def _everywhere(points: Sequence[Point]) -> Iterator[str]:
    """Where nothing crosses: who is among the best at each point."""
    common = [name for name in points[0].best if all(name in point.best for point in points)]
    if len(common) == 1 and all(point.best_is == "fastest" for point in points):
        yield f"{common[0]} is the best everywhere: nothing crosses"
    elif len(common) == 1:
        yield f"{common[0]} is the best, or not told apart from it, everywhere: nothing is shown to cross"
    elif common:
        yield f"{listed(common)} are among the best everywhere: nothing is shown to cross"
    else:
        yield "the best changes, and where is not known: nothing is shown to cross"


def _of_map(points: Sequence[Point]) -> Iterator[str]:
    won: dict[str, int] = {}
    for point in points:
        if point.best_is == "fastest":
            won[point.best[0]] = won.get(point.best[0], 0) + 1
    ordered = sorted(won.items(), key=lambda one: -one[1])
    alone = [f"{name} is the best at {count} of {len(points)} points" for name, count in ordered]
    level = sum(point.best_is == "level" for point in points)
    yield "; ".join([*alone, *([f"{level} are level"] if level else [])]) or "no point has one best"


def _alone(sweep: Sweep, points: Sequence[Point]) -> str:
    (name,) = names(points)
    best = min(points, key=lambda point: point.seconds[name].median)
    return f"{name} is the fastest at {sweep.axis} {number(best.value)}, of the points measured"


def details(sweep: Sweep) -> Iterator[tuple[str, str]]:
    """What is said besides, each under its word: where who is best, crossings, knees, what stops, what is open."""
    if len(sweep.axes) == 1 and len(names(sweep.points)) > 1:
        for best, some in groupby(_grid(sweep), key=lambda point: (point.best, point.best_is)):
            yield "best", _best(sweep, list(some), *best)
    for one in sweep.crossovers:
        yield from _of_crossover(sweep, one)
    for bend in sweep.knees:
        yield "knee", _knee(sweep, bend)
    yield from stops(sweep)


def _best(sweep: Sweep, points: Sequence[Point], names: Sequence[str], how: str | None) -> str:
    ends = number(points[0].value), number(points[-1].value)
    where = ends[0] if len(points) == 1 else " - ".join(ends)
    said = {"fastest": "", "level": f", level within {sweep.margin:.2g}", "open": ", not told apart"}
    if not names:
        return f"at {where}: nobody can tell"
    return f"at {where}: {listed(names)}{said.get(how or '', '') if len(names) > 1 else ''}"


def _of_crossover(sweep: Sweep, one: Crossover) -> Iterator[tuple[str, str]]:
    if not one.of_best:
        yield "crossing", f"{_crossing(sweep, one)} (of these two; neither is the best there)"
    elif wide := one.low and one.high / one.low > 1.5 and f"{one.high / one.low:.1f}x wide":
        yield "crossing", f"of {one.from_} and {one.to}: the interval is {wide}{_why_wide(sweep)}"
    for name, factor in one.two_states.items():
        yield "note", f"{name} was in two states, {factor:.1f}x apart: the interval cannot get narrower"


def _why_wide(sweep: Sweep) -> str:
    return f"; blocks scatter by {sweep.scatter:.0%}" if sweep.scatter and sweep.scatter > NOISY else ""


def _knee(sweep: Sweep, bend: Bend) -> str:
    where = number(bend.low) if bend.low == bend.high else f"{number(bend.low)} - {number(bend.high)}"
    text = f"{bend.strategy}: more stops to help at {sweep.axis} {where}"
    text += f"; {number(bend.enough)} surely is within 5 % of its best" if bend.enough else ""
    if bend.waves is not None and bend.waves < WAVES:
        text += f"; only {bend.waves:.0f} waves of tasks: a smaller one may be as good"
    return text


def stops(sweep: Sweep) -> Iterator[tuple[str, str]]:
    """Where strategies stop working or fail at some points, those with one reason together."""

    def reason(stop: Stop) -> tuple[str, str]:
        return stop.reason, ", ".join(f"{name} {number(value)}" for name, value in stop.failed.items())

    for (why, where), some in groupby(sorted(sweep.stops, key=reason), key=reason):
        found = list(some)
        worked = [value for stop in found for value in (stop.worked or {}).values()]
        upto = f", works at {number(min(worked))}" if len(worked) == len(found) and len(sweep.axes) == 1 else ""
        more = "; not tried above" if found[0].above else ""
        said = f"{listed([stop.strategy for stop in found])} at {where}{upto}: {why}{more}"
        yield "stops" if found[0].above else "fails", said


def _closing(sweep: Sweep) -> Lines:
    for text in sweep.open[:FEW]:
        yield labelled("open", text)
    if len(sweep.open) > FEW:
        yield labelled("open", f"and {len(sweep.open) - FEW} more: --json - has all")
    yield from (labelled("hosts", text) for text in sweep.about_hosts)
    if sweep.scatter and sweep.scatter > NOISY:
        yield labelled("noise", f"blocks scatter by {sweep.scatter:.0%}: too noisy for narrow intervals")
    if sweep.status != "complete":
        yield line(f"the sweep is {sweep.status}", "magenta")
    yield line(f"run {sweep.run}   its points: harness show -v", "dim")
