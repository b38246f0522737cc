"""A dot for each strategy in each block, and a line through the dots of one block."""

from __future__ import annotations

from collections.abc import Iterator

from harness.page import words
from harness.page.charts.blocks import Blocks, Line
from harness.page.drawn.marks import (
    FOOT,
    ROW,
    below,
    circle,
    dots,
    drawing,
    joined,
    line,
    stretched,
    text,
    tipped,
)
from harness.page.markup import Element, Node, tag

ROOM = 190.0
"""Pixels of the plot in the narrowest window."""


def blocks(chart: Blocks, tips: bool) -> Element:
    """The drawing; the names of the rows stand beside it."""
    height = ROW * len(chart.lines)
    drawn: list[Node] = [*below(chart.axis.ticks(words.tick, ROOM), height), stretched(height, *_pairs(chart))]
    for place, one in enumerate(chart.lines):
        drawn.append(_row(one, chart, ROW * place + ROW / 2, height, tips))
    values = [value for one in chart.lines for value in one.blocks.values()]
    ends = f"{words.seconds(min(values))} to {words.seconds(max(values))}"
    count = f"{len(chart.lines)} strateg{'y' if len(chart.lines) == 1 else 'ies'}"
    label = f"The {chart.what} in each of {len(chart.numbers)} blocks for {count}, from {ends}"
    return drawing(height + FOOT, *drawn, label=label, class_="over")


def _pairs(chart: Blocks) -> Iterator[Element]:
    """The lines that join a block's dots."""
    for number in chart.numbers:
        places = [
            (chart.axis.at(one.blocks[number]), ROW * place + ROW / 2)
            for place, one in enumerate(chart.lines)
            if number in one.blocks and not one.off
        ]
        if len(places) > 1:
            yield joined(places, "pair")


def _row(one: Line, chart: Blocks, y: float, height: float, tips: bool) -> Element:
    kind = f"m s{one.place}{' best' if one.best else ''}"
    if one.off:
        ends = f"{words.seconds(min(one.blocks.values()))} – {words.seconds(max(one.blocks.values()))} →"
        return tag("g", text(100, y + 4, ends, anchor="end", class_="cut"), class_=kind)
    middle = chart.axis.at(one.median)
    median = line(middle, y - 8, middle, y + 8, "med")
    if not tips:
        places = ((chart.axis.at(value), y) for value in one.blocks.values())
        return tag("g", stretched(height, dots(places, "dots")), median, class_=kind)
    marks = [
        tipped(
            circle(chart.axis.at(value), y, 3.2),
            f"block {number + 1}, {words.short(one.name)}: {words.seconds(value)}",
        )
        for number, value in sorted(one.blocks.items())
    ]
    return tag("g", *marks, median, class_=kind)
