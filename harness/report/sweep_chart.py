"""A sweep as a chart, a map of winners and a table, for a terminal. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TypeVar

from harness.document.sweep import Point, Sweep, names
from harness.report.sentences import cut
from harness.report.words import seconds

WIDTH, HEIGHT, BESIDE = 100, 14, 17
"""Columns of the chart at most, its lines, and the columns beside it."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"
DECADE = 10.0
"""From this factor between the ends on an axis is logarithmic."""
CROSSING, KNEE = "x", "^"
Scaled = Callable[[float], float]
T = TypeVar("T")


def number(value: float) -> str:
    """A value of an axis."""
    return f"{value:,.0f}" if value.is_integer() else f"{value:.3g}"


def letters(sweep: Sweep) -> dict[str, str]:
    """A letter for each strategy that has numbers: its own first one where that is free."""
    free = [one for one in LETTERS if one not in (CROSSING, KNEE)]
    found: dict[str, str] = {}
    for name in names(sweep.points):
        wanted = next((one for one in chain(name.lower(), free) if one in free), "?")
        found[name] = wanted
        if wanted in free:
            free.remove(wanted)
    return found


def chart(sweep: Sweep, width: int) -> str:
    """A line a strategy over the only axis, with its least and most times; crossings and knees marked."""
    import plotille

    marks = letters(sweep)
    x, y = _scales(sweep)
    figure = plotille.Figure()
    figure.width, figure.height = min(WIDTH, width - BESIDE), HEIGHT
    figure.with_colors, figure.origin = False, False
    figure.x_label, figure.y_label = sweep.axis, "time"
    back_x, back_y = _back(x), _back(y)
    figure.x_ticks_fkt = lambda value, _: number(float(f"{back_x(value):.3g}"))
    figure.y_ticks_fkt = lambda value, _: f"{seconds(back_y(value)):<8}"
    for name, mark in marks.items():
        line = [(x(point.value), point.seconds[name]) for point in sweep.points if name in point.seconds]
        for at, one in line:
            figure.plot([at, at], [y(one.low), y(one.high)])
        figure.plot([at for at, _ in line], [y(one.median) for _, one in line])
        figure.text([at for at, _ in line], [y(one.median) for _, one in line], [mark] * len(line))
    for mark, value, height in _marked(sweep):
        figure.text([x(value)], [y(height)], [mark])
    return f"{figure.show(legend=False)}\n{_legend(sweep, marks)}"


def _marked(sweep: Sweep) -> Iterator[tuple[str, float, float]]:
    """What is marked on the chart: where, and at what time."""
    for one in sweep.crossovers:
        if one.of_best:
            yield CROSSING, one.at, _height(sweep, one.from_, one.at)
    for bend in sweep.knees:
        yield KNEE, bend.at, _height(sweep, bend.strategy, bend.at)


def _height(sweep: Sweep, name: str, at: float) -> float:
    """The time of a strategy at the point nearest to a value."""
    there = [point for point in sweep.points if name in point.seconds]
    return min(there, key=lambda point: abs(point.value - at)).seconds[name].median


def _legend(sweep: Sweep, marks: dict[str, str]) -> str:
    more = [f"{CROSSING} crossing"] if any(one.of_best for one in sweep.crossovers) else []
    more += [f"{KNEE} knee"] if sweep.knees else []
    return "  ".join([*(f"{mark} {name}" for name, mark in marks.items()), *more])


def _scales(sweep: Sweep) -> tuple[Scaled, Scaled]:
    """How values and times are scaled: by logarithms where they span a decade."""
    axis = sweep.axes[0]
    times = [one for point in sweep.points for one in point.seconds.values()]
    low, high = min(one.low for one in times), max(one.high for one in times)
    return _scale(axis.low, axis.high), _scale(low, high)


def by_logarithms(low: float, high: float) -> bool:
    """Whether an axis is, from its lowest to its highest value."""
    return low > 0 and high / low >= DECADE


def _scale(low: float, high: float) -> Scaled:
    return math.log10 if by_logarithms(low, high) else float


def _back(scaled: Scaled) -> Scaled:
    return (lambda value: 10.0**value) if scaled is math.log10 else float


def winners(sweep: Sweep, width: int) -> str:
    """Who is best at each point of two axes, of as many columns as there is room for; `/` where several are level, `?`
    where they are not told apart."""
    marks = letters(sweep)
    columns, rows = (sorted({point.values[axis.name] for point in sweep.points}) for axis in sweep.axes[:2])
    found = {tuple(point.values.values()): point for point in sweep.points}
    across, down = sweep.axes[0].name, sweep.axes[1].name
    edge = max(len(down), *(len(number(row)) for row in rows))
    columns = _some(columns, (width - edge - len(across) - 3) // 9)
    lines = [f"{down:>{edge}}"]
    for row in reversed(rows):
        cells = [_winner(found.get((column, row)), marks) for column in columns]
        lines.append(f"{number(row):>{edge}}  " + " ".join(f"{cell:^8}" for cell in cells))
    lines.append(" " * (edge + 2) + " ".join(f"{number(column):^8}" for column in columns) + f"  {across}")
    legend = [f"{mark} {name}" for name, mark in marks.items()]
    return "\n".join([*lines, "  ".join([*legend, "/a/ level with others", "?a? not told apart", "- no time"])])


def _winner(point: Point | None, marks: dict[str, str]) -> str:
    if point is None or not point.seconds:
        return "-" if point else ""
    if not point.best:
        return "?"
    names = "".join(sorted(marks[name] for name in point.best))
    names = names if len(names) <= 4 else f"{names[:3]}+"
    return {"fastest": names, "level": f"/{names}/", "open": f"?{names}?"}[point.best_is or "open"]


def _some(things: list[T], room: int) -> list[T]:
    """So many of some things, or the two at the ends, as far from each other as from the next."""
    room = max(2, room)
    return things if len(things) <= room else [things[k * (len(things) - 1) // (room - 1)] for k in range(room)]


def times(sweep: Sweep, width: int) -> str:
    """The median time of each strategy at each point where all were to be measured, of as many as there is room for."""
    points = [point for point in sweep.points if point.in_grid]
    found = names(points)
    edge = min(max(map(len, [*found, sweep.axis]), default=0), width // 3)
    shown = _some(points, (width - edge - 2) // 9)
    head = f"{cut(sweep.axis, edge):<{edge}}  " + " ".join(f"{number(point.value):>8}" for point in shown)
    return "\n".join([head, *(f"{cut(name, edge):<{edge}}  {_row(name, shown)}" for name in found)])


def _row(name: str, points: Sequence[Point]) -> str:
    return " ".join(f"{seconds(p.seconds[name].median) if name in p.seconds else '-':>8}" for p in points)
