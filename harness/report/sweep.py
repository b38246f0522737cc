"""What a sweep says, as people read it: sentences first, then the chart, then the times. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from harness.document.sweep import Bend, Crossover, Point, Stop, Sweep, names
from harness.record.plan import FAILED
from harness.report import sweep_chart
from harness.report.lines import Line, escaped, labelled, line, rendered, spread
from harness.report.sentences import listed
from harness.report.sweep_chart import number
from harness.report.words import seconds

NOISY = 0.05
"""The deviation of a block beyond which no interval can be narrow."""
WAVES = 10
FEW, REMARKS = 6, 3
"""Lines of what is open, and of remarks."""
NUMBERS = re.compile(r"\d[\d,.]*")
Lines = Iterator[Line]


def screen(sweep: Sweep, width: int = 80, colour: bool = False) -> str:
    """The text of a sweep for a terminal of so many columns."""
    return rendered(list(_lines(escaped(sweep), width)), width, colour)


def _lines(sweep: Sweep, width: int) -> Lines:
    spent = f", {sweep.seconds:.0f} s" if sweep.seconds is not None else ""
    yield spread(
        f"{sweep.workload}: over {' and '.join(map(_range, sweep.axes))}",
        f"{sweep.blocks} block{'' if sweep.blocks == 1 else 's'}{spent}",
        width,
    )
    if fixed := _fixed(sweep):
        yield line(fixed, "dim")
    yield line()
    yield from (line(text, "bold") for text in headline(sweep))
    yield from (labelled(*one) for one in details(sweep))
    if any(point.seconds for point in sweep.points):
        yield line()
        pictures = [sweep_chart.winners(sweep, width)] if len(sweep.axes) == 2 else [
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
        yield _everywhere(sweep, points)
    else:
        yield _alone(sweep, points)


def _crossing(sweep: Sweep, one: Crossover) -> str:
    where = number(one.low) if one.low == one.high else f"{number(one.low)} - {number(one.high)}"
    return f"{one.from_} up to {sweep.axis} {where}, then {one.to}"


def _everywhere(sweep: Sweep, points: Sequence[Point]) -> str:
    """Where the best are not shown to cross: who is among them at each point."""
    told = [point for point in points if point.best]
    if not told:
        return "nobody can tell who is the best: no numbers can be compared"
    common = [name for name in told[0].best if all(name in point.best for point in told)]
    alone = len(common) == 1 and all(point.best_is == "fastest" for point in told)
    where = "everywhere" if len(told) == len(points) else f"at {len(told)} of {len(points)} points"
    crosses = "" if sweep.crossovers else ": nothing crosses" if alone else ": nothing is shown to cross"
    if alone:
        return f"{common[0]} is the best {where}{crosses}"
    if len(common) == 1:
        return f"{common[0]} is the best, or not told apart from it, {where}{crosses}"
    if common:
        return f"{listed(common)} are among the best {where}{crosses}"
    return f"the best changes, and where is not known{crosses}"


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
    """Of the only strategy that was measured."""
    (name,) = names(points)
    found = sorted((point.seconds[name].median, point.value) for point in points)
    (least, low), (most, high) = found[0], found[-1]
    rest = f" to {seconds(most)} at {number(high)}" if len(found) > 1 else ""
    return f"only {name} was measured: {seconds(least)} at {sweep.axis} {number(low)}{rest}"


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
    yield from _absent(sweep)
    yield from _remarks(sweep)


def _best(sweep: Sweep, points: Sequence[Point], names: Sequence[str], how: str | None) -> str:
    ends = number(points[0].value), number(points[-1].value)
    where = ends[0] if len(points) == 1 else " - ".join(ends)
    said = {"fastest": "", "level": f", level within {sweep.margin:.2g}", "open": ", not told apart"}
    if not names:
        return f"at {where}: nobody can tell"
    return f"at {where}: {listed(names)}{said.get(how or '', '') if len(names) > 1 else ''}"


def _of_crossover(sweep: Sweep, one: Crossover) -> Iterator[tuple[str, str]]:
    if not one.of_best:
        neither = "" if {one.from_, one.to} & _best_beside(sweep, one) else "; neither is the best there"
        yield "crossing", f"{_crossing(sweep, one)} (of these two{neither})"
    elif wide := one.low and one.high / one.low > 1.5 and f"{one.high / one.low:.1f}x wide":
        yield "crossing", f"of {one.from_} and {one.to}: the interval is {wide}{_why_wide(sweep)}"
    for name, factor in one.two_states.items():
        yield "note", f"{name} was in two states, {factor:.1f}x apart: the interval cannot get narrower"


def _best_beside(sweep: Sweep, one: Crossover) -> set[str]:
    """The best of the points on either side of a crossing."""
    grid = _grid(sweep)
    below = [point for point in grid if point.value <= one.low][-1:]
    above = [point for point in grid if point.value >= one.high][:1]
    return {name for point in (*below, *above) for name in point.best}


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
    """Where strategies stop working or fail at some points, those with the same reason and points together."""
    by_strategy: dict[tuple[str, str, bool], list[Stop]] = {}
    for stop in sweep.stops:
        by_strategy.setdefault((stop.strategy, NUMBERS.sub("#", stop.reason), stop.above), []).append(stop)
    alike: dict[tuple[str, str, bool], list[Stop]] = {}
    for (_, _, above), some in by_strategy.items():
        where = _alike(sweep, [(stop.reason, stop.failed) for stop in some])
        alike.setdefault((where, some[0].reason, above), []).append(some[0])
    for (where, why, above), first in sorted(alike.items(), key=lambda one: tuple(one[1][0].failed.values())):
        worked = [value for stop in first for value in (stop.worked or {}).values()]
        upto = f", works at {number(min(worked))}" if len(worked) == len(first) and len(sweep.axes) == 1 else ""
        more = "; not tried above" if above else ""
        said = f"{listed([stop.strategy for stop in first])} at {where}{upto}: {why}{more}"
        yield "fails" if first[0].status in FAILED and not above else "stops", said


def _where(sweep: Sweep, points: Sequence[Mapping[str, float]]) -> str:
    """Some points, by their values on the axes."""
    if len(sweep.axes) == 1:
        values = [number(point[sweep.axis]) for point in points]
        more = f" and {len(values) - FEW} more" if len(values) > FEW else ""
        return f"{sweep.axis} {', '.join(values[:FEW])}{more}"
    more = f" and {len(points) - 1} more" if len(points) > 1 else ""
    return ", ".join(f"{name} {number(value)}" for name, value in points[0].items()) + more


def _alike(sweep: Sweep, found: Sequence[tuple[str, Mapping[str, float]]]) -> str:
    """Where the first of some texts holds, and at how many points others that have other numbers."""
    same = [point for text, point in found if text == found[0][0]]
    others = len(found) - len(same)
    more = f" (and alike at {others} other{'' if others == 1 else 's'})" if others else ""
    return f"{_where(sweep, same)}{more}"


def _absent(sweep: Sweep) -> Iterator[tuple[str, str]]:
    """The strategies that ran nowhere, those with one reason together."""
    by_reason: dict[tuple[str, str], list[str]] = {}
    for one in sweep.absent:
        by_reason.setdefault(("fails" if one.status in FAILED else "without", one.reason), []).append(one.strategy)
    for (label, why), found in by_reason.items():
        yield label, f"{listed(found)}: {why}"


def _remarks(sweep: Sweep) -> Iterator[tuple[str, str]]:
    """What is to be known of numbers, those first that keep a point from having a best."""
    alike: dict[tuple[str, str], list[tuple[str, Point]]] = {}
    for point in sorted(sweep.points, key=lambda point: bool(point.best)):
        for name, texts in point.warnings.items():
            for text in texts:
                if not (name == "sequential" and text.startswith("1 in flight")):  # what it is there to show
                    alike.setdefault((name, NUMBERS.sub("#", text)), []).append((text, point))
    together: dict[tuple[str, str], list[str]] = {}
    for (name, _), found in alike.items():
        together.setdefault((_places(sweep, name, found), found[0][0]), []).append(name)
    for (where, text), some in list(together.items())[:REMARKS]:
        yield "note", f"{listed(some)}{where}: {text}"
    if len(together) > REMARKS:
        yield "note", f"and {len(together) - REMARKS} more: harness show -v has all"


def _places(sweep: Sweep, name: str, found: Sequence[tuple[str, Point]]) -> str:
    """Where a remark is true of a strategy, but for its numbers: nothing where that is everywhere."""
    if len(found) == sum(name in point.seconds for point in sweep.points) and len({text for text, _ in found}) == 1:
        return ""
    return f" at {_alike(sweep, [(text, point.values) for text, point in found])}"


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
