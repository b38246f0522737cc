"""Each strategy in each block, and which of them lie in the same block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from harness.document.run import Group
from harness.page import axes
from harness.page.axes import Axis
from harness.page.charts import rows
from harness.page.charts.rows import Places
from harness.report.sentences import word

FAR = 10.0
"""A dot beyond this many times the fastest lies at the end of the axis."""


class Line(NamedTuple):
    """A strategy: the seconds of each block, and their median."""

    name: str
    place: int
    best: bool
    median: float
    blocks: dict[int, float]
    off: bool = False
    """Whether it is so far from the others that its dots are a text."""


class Blocks(NamedTuple):
    """The strategies, and the numbers of their blocks."""

    lines: tuple[Line, ...]
    numbers: tuple[int, ...]
    axis: Axis
    what: str


def blocks(group: Group, places: Places) -> Blocks | None:
    """Those of a group; None where no row has any."""
    good = [(row, found) for row in rows.good(group) if (found := rows.by_block(row))]
    if not good:
        return None
    lowest = min(rows.took(row, group) for row, _ in good)
    lines = [
        Line(
            row.name, places[row.name], word(row, group) in ("fastest", "level"), rows.took(row, group), found,
            rows.took(row, group) > axes.OFF * lowest,
        )
        for row, found in good
    ]  # fmt: skip
    what = "time of an answer" if any(row.answers_per_second for row, _ in good) else "time"
    numbers = sorted({number for line in lines for number in line.blocks})
    return Blocks(tuple(lines), tuple(numbers), _axis(lines, lowest), what)


def _axis(lines: Sequence[Line], lowest: float) -> Axis:
    inside = [value for line in lines if not line.off for value in line.blocks.values()]
    return axes.around([value for value in inside if value <= FAR * lowest] or inside)
