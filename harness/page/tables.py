"""Tables: the ranking with its plot in it, costs with bars in their cells, and the numbers behind a chart."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.page import words
from harness.page.charts.costs import Cost, Costs
from harness.page.charts.ranking import Ranking, Standing
from harness.page.drawn import costs as bars
from harness.page.drawn import ranking as drawn
from harness.page.markup import Element, Node, tag

SMALL, FULL = 24, 32


def heading(*said: Node, class_: str | None = None, span: int | None = None) -> Element:
    """The head of a column."""
    return tag("th", *said, scope="col", class_=class_, colspan=span)


def name_of(name: str, class_: str = "") -> Element:
    """The head of a row: all of it on hover, where it is cut."""
    return tag("th", name, scope="row", class_=f"name{class_}", title=name if len(name) > 14 else None)


def hidden(said: str) -> Element:
    """For who hears the page."""
    return tag("span", said, class_="vh")


def small(ranking: Ranking) -> Element:
    """A ranking among several: name, interval, time, factor."""
    head = [heading("strategy", class_="l")]
    if ranking.compares:
        head.append(heading(hidden("interval"), drawn.axis(ranking, drawn.NARROW), class_="plot"))
    head.append(heading(ranking.unit))
    if ranking.compares:
        head.append(heading(ranking.against))
    rows = [_small(one, ranking, len(head)) for one in ranking.rows]
    return tag("table", tag("thead", tag("tr", *head)), tag("tbody", *rows), class_="rank")


def _kind(one: Standing) -> str:
    return f"m s{one.place}{' teaches' if one.teaches else ''}"


def _small(one: Standing, ranking: Ranking, columns: int) -> Element:
    name = name_of(one.name, " top" if one.is_best else "")
    if not one.told:
        return tag("tr", name, _why(one, columns - 1), class_=_kind(one))
    cells: list[Node] = [name]
    if ranking.compares:
        cells.append(tag("td", drawn.row(one, ranking, SMALL), class_="plot"))
    cells.append(tag("td", one.told, class_="t"))
    if ranking.compares:
        factor = words.times(one.estimate) if one.estimate is not None else "–"
        cells.append(tag("td", factor, hidden(f" {one.word}"), class_="x"))
    return tag("tr", *cells, class_=_kind(one))


def _why(one: Standing, span: int) -> Element:
    bad = one.word in ("failed", "timeout", "invalid")
    said = f": {one.note}" if one.note and not one.note.startswith(one.word) else ""
    return tag("td", tag("b", one.word), said, colspan=span, class_="why warn" if bad else "why")


def full(ranking: Ranking) -> Element:
    """The ranking with all that belongs to it, the control as its last row."""
    head: list[Node] = [heading("strategy", class_="l")]
    if any(one.told for one in ranking.rows):
        head.append(heading(ranking.unit))
    if ranking.compares:
        head.append(heading(hidden("interval"), drawn.axis(ranking, drawn.BROAD), class_="plot"))
        head += [heading(ranking.against), heading(f"95{words.THIN}% interval"), heading("verdict", class_="l")]
    head.append(heading(ranking.notes, class_="l"))
    rows = [_full(one, ranking, len(head)) for one in ranking.rows]
    if ranking.control:
        rows.append(_full(ranking.control, ranking, len(head)))
    kind = "rank full" if ranking.compares else "rank one"
    return tag("table", tag("thead", tag("tr", *head)), tag("tbody", *rows), class_=kind)


def _full(one: Standing, ranking: Ranking, columns: int) -> Element:
    name = name_of(one.name, " top" if one.is_best else "")
    if not one.told and one.word != "control":
        return tag("tr", name, _why(one, columns - 1), class_=_kind(one))
    cells: list[Node] = [name]
    if any(each.told for each in ranking.rows):
        cells.append(tag("td", one.told, class_="t"))
    if ranking.compares:
        cells += [
            tag("td", drawn.row(one, ranking, FULL, with_blocks=True), class_="plot"),
            tag("td", words.times(one.estimate) if one.estimate is not None else "–", class_="x"),
            tag("td", interval(one), class_="ci"),
            tag("td", one.word, class_=f"w {words.slug(one.word)}"),
        ]
    cells.append(tag("td", one.note, class_="lim"))
    return tag("tr", *cells, class_="control" if one.word == "control" else _kind(one))


def interval(one: Standing) -> str:
    """From its low to its high end; empty where there is none."""
    return f"{words.times(one.low)} – {words.times(one.high)}" if one.has_bar and one.low and one.high else ""


def cost(chart: Costs) -> Element:
    """Processor and memory, a bar beside each."""
    head = [
        heading("strategy", class_="l"), heading("CPU, of a core", class_="l", span=2), heading(chart.each),
        heading("memory", class_="l", span=2), heading(chart.each_memory), heading("threads"),
    ]  # fmt: skip
    rows = [_cost(one, chart) for one in chart.rows]
    return tag("table", tag("thead", tag("tr", *head)), tag("tbody", *rows), class_="rank cost")


def _cost(one: Cost, chart: Costs) -> Element:
    return tag(
        "tr",
        name_of(one.name),
        tag("td", words.share(one.share), class_="n"),
        tag("td", bars.processor(one, chart), class_="plot"),
        tag("td", words.seconds(one.each_seconds)),
        tag("td", words.size(one.memory), class_="n"),
        tag("td", bars.memory(one, chart), class_="plot"),
        tag("td", "–" if one.each_memory is None else words.size(one.each_memory)),
        tag("td", "–" if one.threads is None else f"{one.threads:,}"),
        class_=f"m s{one.place}",
    )


def data(caption: str, head: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]]) -> Element:
    """The numbers behind a chart, in a box that scrolls by itself."""
    first = tag("tr", heading(head[0], class_="l"), *(heading(one) for one in head[1:]))
    body = [
        tag("tr", tag("th", name, scope="row", class_="l"), *(tag("td", cell) for cell in cells))
        for name, cells in rows
    ]
    table = tag("table", tag("caption", caption), tag("thead", first), tag("tbody", *body), class_="data")
    return scrolled(table, caption)


def scrolled(table: Element, said: str) -> Element:
    """A table that may be wider than the window: it is scrolled by itself, with keys as well."""
    return tag("div", table, class_="scroll", tabindex="0", role="group", aria_label=said)
