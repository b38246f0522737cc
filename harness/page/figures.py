"""Each chart as a figure: title, how to read it, the drawing, and behind it its numbers and the command that makes
them."""

from __future__ import annotations

from collections.abc import Iterator

from harness.document.run import Group
from harness.page import commands, signs, tables, words
from harness.page.charts import Charts
from harness.page.charts.blocks import Blocks
from harness.page.charts.costs import Costs
from harness.page.charts.latency import Latency
from harness.page.charts.ranking import Ranking
from harness.page.charts.time import STEPS, Timeline
from harness.page.drawn import blocks as blocks_drawn
from harness.page.drawn import latency as latency_drawn
from harness.page.drawn import time as time_drawn
from harness.page.drawn.marks import ROW
from harness.page.markup import Element, Node, tag
from harness.page.source import Detail, Source
from harness.report.sentences import has_rate, round_trips


def figure(title: str, about: str, *body: Node, class_: str | None = None, level: str = "h3") -> Element:
    """A figure with its heading."""
    caption = tag("figcaption", tag(level, title), tag("p", about))
    return tag("figure", caption, *body, class_=class_)


def behind(what: str, command: str, table: Element | None = None) -> Element:
    """What a reader may open: the numbers, and the command."""
    said = "Table and command" if table else "Command"
    summary = tag("summary", said, tables.hidden(f": {what}"))
    shown = tag("p", tag("code", command), class_="cmd")
    return tag("details", summary, table, shown, class_=None if table else "made")


def names(lines: list[tuple[str, int]], class_: str = "rows", machine: bool = False) -> Element:
    """The names that stand beside a drawing, a row for each."""
    first = [tag("li", "machine", class_="host")] if machine else []
    return tag(
        "ol",
        *first,
        *(tag("li", name, class_=f"m s{place}", title=name if len(name) > 14 else None) for name, place in lines),
        aria_hidden="true",
    )


def of_group(group: Group, number: int, charts: Charts, source: Source, detail: Detail) -> Iterator[Element]:
    """The figures of a group."""
    yield ranking(charts.ranking, source, group)
    if charts.blocks:
        yield blocks(charts.blocks, number, source, detail)
    if charts.latency:
        height = ROW * len(charts.blocks.lines) if charts.blocks else 200
        yield latency(charts.latency, group, number, source, max(height, 130))
    if charts.costs:
        yield costs(charts.costs, number, source)
    if charts.time:
        yield timeline(charts.time, number, source, detail)


def ranking(chart: Ranking, source: Source, group: Group) -> Element:
    """The intervals; of a single strategy what it took."""
    if not chart.compares:
        title, about = "Time of a round", "The median over blocks, and what keeps it from being less."
        if group.serves:
            title, about = "Answers a second", "The median over blocks, and what keeps it from being more."
    else:
        title = "Time against the fastest"
        about = (
            "Each strategy over the fastest, paired within blocks. Small dots are single blocks, the shaded band is "
            f"{words.share(chart.margin)}."
        )
        about += " Control: one strategy measured twice." if chart.control else ""
    shown = signs.key(chart.margin) if chart.compares and len(source.run.groups) == 1 else None
    return figure(title, about, tables.full(chart), shown, behind(title, commands.show(source.name)), class_="wide")


def blocks(chart: Blocks, number: int, source: Source, detail: Detail) -> Element:
    """A dot for each strategy in each block."""
    title = "Every block"
    about = (
        f"{chart.what.capitalize()} in each block (log scale); a line joins one block's dots, so a line far to the "
        "right is a slow moment of the machine. Ticks: medians."
    )
    drawn = tag(
        "div",
        names([(one.name, one.place) for one in chart.lines]),
        blocks_drawn.blocks(chart, detail.tips),
        class_="rows",
    )
    table = None
    if detail.tables:
        head = ["strategy", *(f"block {one + 1}" for one in chart.numbers)]
        cells = [
            (one.name, [words.seconds(one.blocks[block]) if block in one.blocks else "–" for block in chart.numbers])
            for one in chart.lines
        ]
        table = tables.data(f"{chart.what.capitalize()} in each block", head, cells)
    return figure(title, about, drawn, behind(title, commands.rows(source.name, number, ["each_block"]), table))


def latency(chart: Latency, group: Group, number: int, source: Source, height: float) -> Element:
    """Curves of percentiles."""
    if group.serves:
        counted = (
            "from when a request was due (open loop)" if has_rate(group) else "from request to answer (closed loop)"
        )
        about = f"How long answers took, {counted}, at percentiles (both scales log)."
        if path := round_trips(group):
            about += f" {path[0].upper()}{path[1:]}."
    else:
        about = (
            f"How long tasks took, at percentiles (both scales log). Closed loop; of {group.tasks:,} "
            f"task{'s' if group.tasks > 1 else ''} a round, in rounds that were watched."
        )
    if chart.far:
        about += f" Far above: {words.listed(chart.far)}, in the table alone."
    drawn = tag("div", latency_drawn.latency(chart, height), class_="curves")
    shares = list(dict.fromkeys(point.share for curve in chart.table for point in curve.points))
    head = ["strategy", *("max" if one >= 1 else f"{100 * one:.4g}{words.THIN}%" for one in sorted(shares))]
    cells = []
    for curve in chart.table:
        found = {point.share: words.seconds(point.seconds) for point in curve.points}
        cells.append((curve.name, [found.get(share, "–") for share in sorted(shares)]))
    table = tables.data("Latency at percentiles", head, cells)
    return figure(
        "Latency", about, drawn, behind("Latency", commands.rows(source.name, number, ["latency_seconds"]), table)
    )


def costs(chart: Costs, number: int, source: Source) -> Element:
    """Processor and memory."""
    label = "CPU and memory"
    table = tables.scrolled(tables.cost(chart), label)
    keys = tag("p", "CPU: ", key("own", "its own code"), " ", key("kernel", "in the kernel"), class_="keys")
    fields = ["cpu_seconds", "peak_memory_bytes", "memory_per_task_bytes", "threads_max"]
    command = behind(label, commands.rows(source.name, number, fields))
    about = "CPU while a round runs, and memory at its highest, with what each task adds."
    return figure("What it costs", about, table, keys, command, class_="costs")


def key(class_: str, said: str) -> Element:
    """A colour, and what it is."""
    return tag("span", tag("i", class_=f"key {class_}"), said)


def timeline(chart: Timeline, number: int, source: Source, detail: Detail) -> Element:
    """Blocks as columns."""
    title = "Blocks in time"
    when = ", named by when it began" if len(chart.began) > 1 else ""
    about = (
        f"Each column is a block{when}. Machine: a fixed loop beside it against its fastest. Strategies: against their "
        "own median."
    )
    lines = [(one.name, one.place) for one in chart.tracks]
    drawn = tag(
        "div", names(lines, machine=bool(chart.machine)), time_drawn.timeline(chart, detail.tips), class_="rows tl"
    )
    steps = [
        f"under {words.share(STEPS[0])}",
        *(f"{100 * one:.0f}" for one in STEPS[1:-1]),
        f"{100 * STEPS[-1]:.0f}{words.THIN}% and more",
    ]
    said = [steps[0], f"{100 * STEPS[0]:.0f}", *steps[1:]]
    keys: list[Node] = ["slower than usual:"]
    for step, text in enumerate(said):
        keys += [" ", key(f"h{step}", text)]
    table = None
    if detail.tables:
        head = ["slower than usual", *(f"block {one + 1}" for one in chart.numbers)]
        tracks = [("machine", chart.machine)] if chart.machine else []
        tracks += [(one.name, one.cells) for one in chart.tracks]
        cells = [
            (name, [_change(found[block].slower) if block in found else "–" for block in chart.numbers])
            for name, found in tracks
        ]
        table = tables.data("How much slower than usual each block was", head, cells)
    return figure(
        title,
        about,
        drawn,
        tag("p", *keys, class_="keys"),
        behind(title, commands.top(source.name, "marks"), table),
        class_="costs",
    )


def _change(slower: float) -> str:
    return f"{100 * slower:+.0f}{words.THIN}%"
