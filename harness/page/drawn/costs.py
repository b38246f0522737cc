"""Bars of processor and memory, each in the cell of its row. All begin at 0."""

from __future__ import annotations

from harness.page.charts.costs import Cost, Costs
from harness.page.drawn.marks import drawing, rect
from harness.page.markup import Element

HEIGHT = 24


def processor(one: Cost, chart: Costs, height: float = HEIGHT) -> Element:
    """The share of a core: its own code, then the kernel."""
    own = 100 * (one.share - one.kernel) / chart.most_share
    end = 100 * one.share / chart.most_share
    y = height / 2 - 5
    return drawing(height, rect(0, own, y, 10, "own"), rect(own, end, y, 10, "kernel"))


def memory(one: Cost, chart: Costs, height: float = HEIGHT) -> Element:
    """The most memory that it had."""
    return drawing(height, rect(0, 100 * one.memory / chart.most_memory, height / 2 - 5, 10, "mem"))
