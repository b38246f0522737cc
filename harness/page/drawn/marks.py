"""What several charts are drawn with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from harness.page.axes import Tick
from harness.page.markup import Element, Node, number, percent, tag

ROW = 26
"""Pixels of a row beside which its name stands."""
FOOT = 20
"""Pixels of an axis below a chart."""
WIDE = 1000
"""Units across a drawing whose paths are stretched: a tenth of a per cent each."""


def drawing(height: float, *children: Node, label: str | None = None, **attributes: Any) -> Element:
    """A chart, or a part of one that is decoration beside its text (without a label)."""
    about: dict[str, Any] = {"role": "img", "aria_label": label} if label else {"aria_hidden": "true"}
    return tag("svg", *children, width="100%", height=number(height), **about, **attributes)


def stretched(height: float, *children: Node) -> Element:
    """Room for paths, whose places are from 0 to 1,000 across, and pixels down."""
    view = f"0 0 {WIDE} {number(height)}"
    return tag("svg", *children, viewBox=view, preserveAspectRatio="none", width="100%", height=number(height))


def text(at: float, y: float, *said: str, anchor: str | None = None, class_: str | None = None) -> Element:
    """Words at a place."""
    return tag("text", *said, x=percent(at), y=number(y), text_anchor=anchor, class_=class_)


def line(at: float, y: float, end: float, low: float, class_: str) -> Element:
    """From one place to another."""
    return tag("line", class_=class_, x1=percent(at), y1=number(y), x2=percent(end), y2=number(low))


def rect(at: float, end: float, y: float, height: float, class_: str) -> Element:
    """Between two places."""
    return tag(
        "rect", class_=class_, x=percent(at), width=percent(max(0.0, end - at)), y=number(y), height=number(height)
    )


def circle(at: float, y: float, radius: float, class_: str | None = None) -> Element:
    """A dot."""
    return tag("circle", class_=class_, cx=percent(at), cy=number(y), r=number(radius))


def dots(places: Iterable[tuple[float, float]], class_: str) -> Element:
    """Many dots in few bytes: steps of no length with round ends."""
    return tag("path", class_=class_, d="".join(f"M{round(10 * at)} {number(y)}h0" for at, y in places))


def joined(places: Sequence[tuple[float, float]], class_: str) -> Element:
    """A line from place to place."""
    way = "L".join(f"{round(10 * at)} {number(y)}" for at, y in places)
    return tag("path", class_=class_, d=f"M{way}")


def tipped(mark: Element, said: str, y: float = -8) -> Element:
    """A mark whose value is shown when it is pointed at: in the upper right of the chart, never over the data."""
    return tag("g", mark, tag("text", said, class_="tip", x="100%", y=number(y)), class_="pt")


def below(ticks: Iterable[Tick], height: float) -> list[Element]:
    """Grid lines with their labels under the chart."""
    drawn = []
    for tick in ticks:
        drawn += [line(tick.at, 0, tick.at, height, "gl"), text(tick.at, height + 16, tick.label, anchor="middle")]
    return drawn
