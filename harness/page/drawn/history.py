"""A cell over commits: a dot for each, a step for each level, and a hairline with its number at each shift."""

from __future__ import annotations

from harness.page import words
from harness.page.charts.history import Steps
from harness.page.drawn.marks import circle, drawing, line, text, tipped
from harness.page.markup import Element, Node, number, tag

HEIGHT, FOOT, PAD = 150.0, 36.0, 10.0
ROOM = 230.0
"""Pixels of the plot in the narrowest window."""


def steps(chart: Steps, tips: bool) -> Element:
    """The drawing; the ratios of the axis stand to its left."""
    drawn: list[Node] = []
    for tick in chart.axis.ticks(words.factor, 190.0):
        y = _down(chart, tick.value)
        drawn += [line(0, y, 100, y, "gl"), tag("text", tick.label, x="-8", y=number(y + 4), text_anchor="end")]
    last = len(chart.levels) - 1
    for place, level in enumerate(chart.levels):
        y, kind = _down(chart, level.ratio), "lev now" if place == last else "lev"
        drawn.append(line(chart.across(level.first), y, chart.across(level.last), y, kind))
    drawn += _jumps(chart)
    drawn.append(tag("g", *_dots(chart, tips), class_="hist"))
    drawn += _commits(chart)
    shifts = f"{len(chart.jumps)} shift{'' if len(chart.jumps) == 1 else 's'}"
    label = f"The ratio to {words.short(chart.against)} at {len(chart.points)} commits, with {shifts}"
    return drawing(HEIGHT + FOOT, *drawn, label=label, class_="over")


def _down(chart: Steps, ratio: float) -> float:
    return round(PAD + (HEIGHT - 2 * PAD) * (1 - chart.axis.at(ratio) / 100), 1)


def _jumps(chart: Steps) -> list[Node]:
    """A hairline before the first commit after each shift; by how much, at its top."""
    drawn: list[Node] = []
    for jump in chart.jumps:
        at = chart.across(jump.place - 0.5)
        said = f"{100 * (jump.ratio - 1):+.1f}{words.THIN}%"
        anchor = "end" if at > 85 else "start" if at < 15 else "middle"
        drawn += [line(at, 4, at, HEIGHT, "jump"), text(at, -2, said, anchor=anchor, class_="by")]
    return drawn


def _dots(chart: Steps, tips: bool) -> list[Node]:
    now = chart.levels[-1].first if chart.levels else 0
    drawn: list[Node] = []
    for place, point in enumerate(chart.points):
        mark = circle(chart.across(place), _down(chart, point.ratio), 3.2, "now" if place >= now else None)
        said = f"{point.name}, {point.day}: {words.times(point.ratio)}"
        drawn.append(tipped(mark, said, HEIGHT + FOOT - 2) if tips else mark)
    return drawn


def _commits(chart: Steps) -> list[Node]:
    """The first and the last commit, and as many shifts between as have room."""
    count = len(chart.points)
    wanted = [0, count - 1, *(jump.place for jump in chart.jumps)]
    chosen: list[int] = []
    for place in dict.fromkeys(wanted):
        apart = 90 / ROOM * 100
        if all(abs(chart.across(place) - chart.across(other)) >= apart for other in chosen):
            chosen.append(place)
    return [
        text(
            chart.across(place), HEIGHT + 16, chart.points[place].name,
            anchor="start" if place == 0 and count > 1 else "end" if place == count - 1 else "middle",
        )
        for place in chosen
    ]  # fmt: skip
