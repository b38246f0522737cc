"""Percentiles as curves, both scales logarithmic, each named at its end."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from harness.page import words
from harness.page.axes import Tick, with_room
from harness.page.charts.latency import Curve, Latency
from harness.page.drawn.marks import FOOT, below, circle, drawing, line
from harness.page.markup import Element, Node, number, tag

APART = 13.0
"""Pixels between two names."""
PAD = 8.0
CELLS = 15
ROOM = 130.0
"""Pixels of the plot in the narrowest window."""


def latency(chart: Latency, height: float) -> Element:
    """The drawing, as high as the one beside it; names of curves stand to its right, seconds to its left."""
    height = max(height, APART * (len(chart.curves) + 1))
    shares = with_room([Tick(share, chart.across(share), _share(share)) for share in chart.shares], ROOM)
    drawn: list[Node] = [*below(shares, height), *_seconds(chart, height)]
    ends = [_down(chart, one.points[-1].seconds, height) for one in chart.curves]
    names = spread_out(ends, height)
    best_last = sorted(range(len(chart.curves)), key=lambda place: chart.curves[place].best)
    drawn += [_curve(chart.curves[place], chart, height, names[place]) for place in best_last]
    said = "; ".join(
        f"{words.short(one.name)} {words.seconds(one.points[0].seconds)} at {_share(one.points[0].share)}, "
        f"{words.seconds(one.points[-1].seconds)} at most"
        for one in chart.curves[:12]
    )
    return drawing(height + FOOT, *drawn, label=f"Latency by percentile: {said}", class_="over")


def _share(share: float) -> str:
    return "max" if share >= 1 else f"{100 * share:.4g}{words.THIN}%"


def _down(chart: Latency, seconds: float, height: float) -> float:
    return round(PAD + (height - 2 * PAD) * (1 - chart.axis.at(seconds) / 100), 1)


def _seconds(chart: Latency, height: float) -> list[Node]:
    """Grid lines across, with their seconds."""
    drawn: list[Node] = []
    for tick in chart.axis.ticks(words.tick, height * 1.6):
        y = _down(chart, tick.value, height)
        label = tag("text", tick.label, x="-8", y=number(y + 4), text_anchor="end")
        drawn += [line(0, y, 100, y, "gl"), label]
    return drawn


def spread_out(ends: Sequence[float], height: float) -> dict[int, float]:
    """By the place of a curve how far down its name stands, where curves end so far down."""
    from_top = sorted(range(len(ends)), key=lambda place: ends[place])
    return dict(zip(from_top, _moved(sorted(ends), height), strict=True))


def _moved(ends: Sequence[float], height: float) -> list[float]:
    """Places for names, so far apart that they can be read, and within the chart: down first, then up again."""
    found: list[float] = []
    for end in ends:
        found.append(max(end, found[-1] + APART) if found else max(end, 4.0))
    limit = height
    for place in reversed(range(len(found))):
        found[place] = min(found[place], limit)
        limit = found[place] - APART
    return found


def _curve(one: Curve, chart: Latency, height: float, name: float) -> Element:
    places = [(chart.across(point.share), _down(chart, point.seconds, height)) for point in one.points]
    drawn: list[Node] = [line(at, y, to, low, "c") for (at, y), (to, low) in itertools.pairwise(places)]
    if len(places) <= 8:
        drawn += [circle(at, y, 2.6, "c") for at, y in places]
    drawn.append(named_at_end(one.name, places[-1][1], name))
    return tag("g", *drawn, class_=f"curve m s{one.place}{' best' if one.best else ''}")


def named_at_end(name: str, end: float, down: float) -> Element:
    """A curve's name to the right of where it ends, so far down, and a line to it."""
    leader = tag("line", class_="leader", x1="2", y1=number(end), x2="12", y2=number(down))
    label = tag("text", words.short(name, CELLS), x="16", y=number(down + 4))
    return tag("svg", leader, label, x="100%", y="0", overflow="visible", width="1", height="1")
