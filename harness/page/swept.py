"""What stands on the page of a sweep before its points: the answer, the lines or the map, and what is to be known."""

from __future__ import annotations

from harness.document.sweep import Sweep, names
from harness.page import commands, tables, words
from harness.page.charts import sweep as charts
from harness.page.charts.rows import Places
from harness.page.drawn import sweep as drawn
from harness.page.figures import behind, figure
from harness.page.markup import Element, tag
from harness.page.source import Detail
from harness.report.sweep import details, headline
from harness.report.sweep_chart import number

HOW = {"level": "level", "open": "not told apart"}


def answer(sweep: Sweep) -> list[str]:
    """The sentences of a sweep."""
    return [f"{one}." for one in headline(sweep)]


def section(sweep: Sweep, places: Places, detail: Detail) -> Element:
    """The figure, and under it where which strategy is best, stops or is not known to."""
    said = [tag("li", f"{label}: {text}") for label, text in details(sweep)]
    shown = tag("div", _figure(sweep, places, detail), class_="figs")
    return tag("div", shown, tag("ul", *said, class_="remarks") if said else None)


def _figure(sweep: Sweep, places: Places, detail: Detail) -> Element | None:
    if len(sweep.axes) > 1:
        return _map(charts.winners(sweep))
    chart = charts.lines(sweep, places)
    if not chart:
        return None
    title = f"Time over {sweep.axis}"
    about = (
        "A line for each strategy, its median over blocks, with the band of its intervals; blue is among the best "
        "somewhere. Shaded stretches: where two cross, or one bends."
    )
    drawing = tag("div", drawn.lines(chart, detail.tips), class_="curves swept")
    table = _table(sweep, title) if detail.tables else None
    return figure(
        title, about, drawing, behind(title, commands.show(sweep.run, "-v"), table), class_="wide", level="h2"
    )


def _table(sweep: Sweep, title: str) -> Element:
    rows = []
    for name in names(sweep.points):
        found = [point.seconds.get(name) for point in sweep.points]
        rows.append((name, [words.seconds(one.median) if one else "–" for one in found]))
    return tables.data(title, [sweep.axis, *(number(point.value) for point in sweep.points)], rows)


def _map(chart: charts.Map) -> Element:
    """A table whose cells name who is best; hatched where several are level."""
    title = f"The best over {chart.across} and {chart.up}"
    about = "Who is the fastest at each point that was measured; hatched: several are level, or not told apart."
    columns = [tables.heading(number(one)) for one in chart.columns]
    head = tag("tr", tables.heading(f"{chart.up} \\ {chart.across}"), *columns)
    rows = [tag("tr", tag("th", number(row), scope="row"), *map(_cell, cells)) for row, cells in chart.rows]
    table = tag("table", tag("thead", head), tag("tbody", *rows), class_="map")
    return figure(title, about, tables.scrolled(table, title), class_="wide", level="h2")


def _cell(winner: charts.Winner | None) -> Element:
    if winner is None:
        return tag("td", "–")
    how = HOW.get(winner.how)
    more = tag("small", f" {how}") if how else None
    return tag("td", words.listed(winner.names), more, class_="hatched" if how else "won")
