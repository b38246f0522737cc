"""Blocks as columns in the order of time: the machine on top, then each strategy; darker is slower than usual."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

from harness.page import words
from harness.page.charts.time import Cell, Timeline
from harness.page.drawn.marks import FOOT, drawing, rect, text, tipped
from harness.page.markup import Element, Node, tag

ROW, GAP = 20, 8
MOST_LABELS, MOST_TIMES = 10, 4
"""Under the columns, in the narrowest window."""


def timeline(chart: Timeline, tips: bool) -> Element:
    """The drawing; the names of the rows stand beside it."""
    first = ROW + GAP if chart.machine else 0
    height = first + ROW * len(chart.tracks)
    drawn: list[Node] = []
    if chart.machine:
        drawn += _cells(chart, chart.machine, 0, "fixed loop", tips)
    for place, track in enumerate(chart.tracks):
        row = _cells(chart, track.cells, first + ROW * place, words.short(track.name), tips)
        drawn.append(tag("g", *row, class_=f"m s{track.place}"))
    drawn += _columns(chart, height)
    worst = max((cell.slower for cell in chart.machine.values()), default=0.0)
    label = (
        f"How much slower than usual each block was; the machine's fixed loop took up to {words.share(worst)} longer"
    )
    return drawing(height + FOOT, *drawn, label=label, class_="over")


def _cells(chart: Timeline, cells: Mapping[int, Cell], y: float, name: str, tips: bool) -> list[Node]:
    drawn: list[Node] = []
    width = 100 / len(chart.numbers)
    for column, number in enumerate(chart.numbers):
        if (cell := cells.get(number)) is None:
            continue
        mark = rect(width * column + 0.15, width * (column + 1) - 0.15, y + 1, ROW - 2, f"h{cell.step}")
        also = f"; {cell.also}" if cell.also else ""
        said = f"block {number + 1}, {name}: {100 * cell.slower:+.0f}{words.THIN}%{also}"
        drawn.append(tipped(mark, said) if tips else mark)
    return drawn


def _columns(chart: Timeline, height: float) -> list[Node]:
    """The number of each block, and where it is known when it began."""
    most = MOST_TIMES if len(chart.began) > 1 else MOST_LABELS
    width, every = 100 / len(chart.numbers), -(-len(chart.numbers) // most)
    return [
        text(width * (column + 0.5), height + 14, _label(chart, number), anchor="middle")
        for column, number in enumerate(chart.numbers)
        if column % every == 0
    ]


def _label(chart: Timeline, number: int) -> str:
    at = chart.began.get(number)
    return f"{number + 1}" if at is None or len(chart.began) < 2 else f"{at:.0f}{words.THIN}s"


def spark(slower: list[float], height: float = 22) -> Element:
    """A bar for each mark of the fixed loop: how long it took."""
    width, most = 100 / len(slower), 1 + max(slower)
    middle = median(slower)
    drawn = []
    for place, one in enumerate(slower):
        high = max(2.0, (height - 2) * (1 + one) / most)
        kind = Cell(one).step
        drawn.append(rect(width * place, width * (place + 0.8), height - high, high, f"spark h{kind}"))
    label = f"The fixed loop beside the blocks: {words.share(middle)} over its fastest in the middle"
    return drawing(height, *drawn, label=label)
