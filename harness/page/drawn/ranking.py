"""The interval of each row, and the axis above them."""

from __future__ import annotations

from harness.page import words
from harness.page.charts.ranking import Ranking, Standing
from harness.page.drawn.marks import circle, dots, drawing, line, rect, stretched, text
from harness.page.markup import Element, Node

AXIS = 24
NARROW, BROAD = 90.0, 200.0
"""Pixels of the plot in the narrowest window: of a small ranking, and of a full one."""


def axis(ranking: Ranking, room: float) -> Element:
    """The ticks above the rows, 1 always among them."""
    ticks = ranking.axis.ticks(words.factor, room, first=[1.0])
    drawn: list[Node] = []
    for tick in ticks:
        drawn += [text(tick.at, 14, tick.label, anchor="middle"), line(tick.at, 19, tick.at, AXIS, "gl")]
    return drawing(AXIS, *drawn)


def row(standing: Standing, ranking: Ranking, height: float, with_blocks: bool = False) -> Element:
    """A row's interval and estimate, the dots of its blocks under it; the band of what counts as level behind them."""
    middle = height / 2 - (4 if with_blocks else 0)
    return drawing(height, *_behind(ranking, height), *marks(standing, ranking, middle, with_blocks, height))


def _behind(ranking: Ranking, height: float) -> list[Node]:
    axis, margin = ranking.axis, 1 + ranking.margin
    one = axis.at(1.0)
    return [rect(axis.at(1 / margin), axis.at(margin), 0, height, "band"), line(one, 0, one, height, "one")]


def marks(standing: Standing, ranking: Ranking, middle: float, with_blocks: bool, height: float) -> list[Node]:
    """What a row has on the axis."""
    axis, kind = ranking.axis, words.slug(standing.word)
    if standing.estimate is None:
        return []
    drawn: list[Node] = []
    if standing.limit is not None and axis.holds(standing.limit):
        drawn.append(line(axis.at(standing.limit), 2, axis.at(standing.limit), height - 2, "limit"))
    if standing.estimate > axis.high or standing.estimate < axis.low:
        beyond = standing.estimate > axis.high
        return [*drawn, text(100 if beyond else 0, middle + 4, "→" if beyond else "←", class_="cut",
                             anchor="end" if beyond else None)]  # fmt: skip
    if standing.has_bar and standing.low is not None and standing.high is not None:
        drawn.append(line(axis.at(standing.low), middle, axis.at(standing.high), middle, f"bar {kind}"))
    if with_blocks and (inside := [one for one in standing.blocks if axis.holds(one)]):
        drawn.append(stretched(height, dots(((axis.at(one), middle + 9) for one in inside), "raw")))
    return [*drawn, circle(axis.at(standing.estimate), middle, 4, f"est {kind}")]
