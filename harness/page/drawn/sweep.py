"""A sweep as lines with their bands, each named at its end; crossings and knees as stretches of the axis."""

from __future__ import annotations

import itertools

from harness.page import words
from harness.page.charts.sweep import At, Line, Lines, Mark
from harness.page.drawn.latency import ROOM, named_at_end, spread_out
from harness.page.drawn.marks import FOOT, below, circle, drawing, line, rect, stretched, text, tipped
from harness.page.markup import Element, Node, number, tag
from harness.report.sweep_chart import number as value_of

HEIGHT, PAD = 300.0, 10.0


def lines(chart: Lines, tips: bool) -> Element:
    """The drawing; names stand to its right, times to its left, and above it what is marked."""
    height = max(HEIGHT, 14.0 * (len(chart.lines) + 1))
    drawn: list[Node] = [*below(chart.across.ticks(value_of, ROOM), height)]
    for tick in chart.up.ticks(words.tick, height):
        y = _down(chart, tick.value, height)
        drawn += [line(0, y, 100, y, "gl"), tag("text", tick.label, x="-8", y=number(y + 4), text_anchor="end")]
    drawn += [part for place, one in enumerate(chart.marks) for part in _mark(one, chart, height, place)]
    drawn.append(stretched(height, *(_band(one, chart, height) for one in chart.lines)))
    ends = [_down(chart, one.points[-1].seconds, height) for one in chart.lines]
    places = spread_out(ends, height)
    best_last = sorted(range(len(chart.lines)), key=lambda place: chart.lines[place].best)
    drawn += [_line(chart.lines[place], chart, height, places[place], tips) for place in best_last]
    return drawing(height + FOOT, *drawn, label=_said(chart), class_="over")


def _said(chart: Lines) -> str:
    ends = "; ".join(
        f"{words.short(one.name)} {words.seconds(one.points[0].seconds)} at {value_of(one.points[0].value)}, "
        f"{words.seconds(one.points[-1].seconds)} at {value_of(one.points[-1].value)}"
        for one in chart.lines[:12]
    )
    marks = "".join(f"; {one.said} at {value_of(one.at)}" for one in chart.marks)
    return f"Time over {chart.axis}: {ends}{marks}"


def _down(chart: Lines, seconds: float, height: float) -> float:
    return round(PAD + (height - 2 * PAD) * (1 - chart.up.at(seconds) / 100), 1)


def _mark(one: Mark, chart: Lines, height: float, place: int) -> list[Node]:
    """The interval as a band from top to bottom, the estimate as a hairline with its words, below those before."""
    low, at, high = (chart.across.at(value) for value in (one.low, one.at, one.high))
    anchor = "end" if at > 66 else "start" if at < 33 else "middle"
    return [
        rect(low, max(high, low + 0.4), 0, height, "band"),
        line(at, 0, at, height, "jump"),
        text(at, 14 * place - 3, f"{one.said}: {value_of(one.at)}", anchor=anchor, class_="by"),
    ]


def _band(one: Line, chart: Lines, height: float) -> Element:
    """From the lowest to the highest that its intervals hold."""

    def place(at: At, seconds: float) -> str:
        return f"{round(10 * chart.across.at(at.value))} {number(_down(chart, seconds, height))}"

    way = [place(at, at.high) for at in one.points] + [place(at, at.low) for at in reversed(one.points)]
    return tag("path", class_=f"sure m s{one.place}{' best' if one.best else ''}", d=f"M{'L'.join(way)}Z")


def _line(one: Line, chart: Lines, height: float, name: float, tips: bool) -> Element:
    places = [(chart.across.at(at.value), _down(chart, at.seconds, height)) for at in one.points]
    drawn: list[Node] = [line(x, y, to, low, "c") for (x, y), (to, low) in itertools.pairwise(places)]
    for (x, y), at in zip(places, one.points, strict=True):
        mark = circle(x, y, 2.6, "c")
        drawn.append(tipped(mark, _told(one, at), height + FOOT - 2) if tips else mark)
    drawn.append(named_at_end(one.name, places[-1][1], name))
    return tag("g", *drawn, class_=f"curve m s{one.place}{' best' if one.best else ''}")


def _told(one: Line, at: At) -> str:
    low, seconds, high = map(words.seconds, (at.low, at.seconds, at.high))
    return f"{words.short(one.name)} at {value_of(at.value)}: {seconds} ({low} – {high})"
