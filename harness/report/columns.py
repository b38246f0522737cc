"""Tables as lists of columns: a heading, and how to fill it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any, Generic, NamedTuple, TypeVar

from tabulate import tabulate

from harness.report.words import count, seconds, size
from harness.statistics.metric import Metric, Unit

Item = TypeVar("Item")
UNITS: dict[Unit, Callable[[float], str]] = {
    "s": seconds,
    "bytes": size,
    "count": count,
    "share": lambda value: f"{value:.0%}",
    "per second": lambda value: f"{value:,.0f}",
}


class Column(NamedTuple, Generic[Item]):
    """A column of a table whose lines are items."""

    heading: str
    fill: Callable[[Item], str]


def of_metric(metric: Metric, row: Callable[[Item], Any]) -> Column[Item]:
    """The column of a metric, for items that have a row of the document."""
    place = (metric.shown or "").split(".")
    return Column(metric.heading, lambda item: UNITS[metric.unit](reduce(getattr, place, row(item))))


def table(columns: Sequence[Column[Item]], items: Iterable[Item], tablefmt: str, right: bool = False) -> str:
    """A line for each item; all but the first column to the right where they are numbers."""
    return filled([column.heading for column in columns], (line(columns, item) for item in items), tablefmt, right)


def line(columns: Sequence[Column[Item]], item: Item) -> list[str]:
    """The texts of an item."""
    return [column.fill(item) for column in columns]


def filled(headings: Sequence[str], lines: Iterable[Sequence[str]], tablefmt: str, right: bool = False) -> str:
    """A table of texts that are made."""
    alignment = ("left", *["right"] * (len(headings) - 1)) if right else None
    return tabulate(list(lines), headings, tablefmt=tablefmt, disable_numparse=True, colalign=alignment)
