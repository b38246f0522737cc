"""Tables as lists of columns: a heading, and how to fill it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import reduce
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from rich.box import Box
from rich.table import Table
from rich.text import Text
from tabulate import tabulate

from harness.report.lines import drawn
from harness.report.words import count, seconds, size
from harness.statistics.metric import Metric, Unit
from harness.text import as_markdown, csv_cell, marked_up, printable

Item = TypeVar("Item")
UNITS: dict[Unit, Callable[[float], str]] = {
    "s": seconds,
    "bytes": size,
    "count": count,
    "share": lambda value: f"{value:.0%}",
    "per second": lambda value: f"{value:,.0f}",
}


RULE = Box("    \n    \n -  \n    \n    \n    \n    \n    \n", ascii=True)
"""A rule under the headings."""


class Column(NamedTuple, Generic[Item]):
    """A column of a table whose lines are items."""

    heading: str
    fill: Callable[[Item], str]


def of_metric(metric: Metric, row: Callable[[Item], Any]) -> Column[Item]:
    """The column of a metric, for items that have a row of the document."""
    place = (metric.shown or "").split(".")
    return Column(metric.heading, lambda item: UNITS[metric.unit](reduce(getattr, place, row(item))))


Form = str | int
"""What a table is printed as: a format of tabulate, or cells that fold to fit into a screen of so many columns."""


ESCAPES: dict[str, Callable[[str], str]] = {
    "github": as_markdown, "pipe": as_markdown, "unsafehtml": marked_up, "tsv": csv_cell,
}  # fmt: skip


def escape(form: Form | None) -> Callable[[str], str]:
    """How texts are written in a form of table, where not even a terminal is to obey them."""
    return ESCAPES.get(str(form), printable)


def table(columns: Sequence[Column[Item]], items: Iterable[Item], form: Form, right: bool = False) -> str:
    """A line for each item; all but the first column to the right where they are numbers."""
    return filled([column.heading for column in columns], (line(columns, item) for item in items), form, right)


def line(columns: Sequence[Column[Item]], item: Item) -> list[str]:
    """The texts of an item."""
    return [column.fill(item) for column in columns]


def filled(headings: Sequence[str], lines: Iterable[Sequence[str]], form: Form, right: bool = False) -> str:
    """A table of texts that are made."""
    if isinstance(form, int):
        return folded(headings, lines, form, right)
    alignment = ("left", *["right"] * (len(headings) - 1)) if right else None
    lines = [list(map(printable, one)) for one in lines]
    return tabulate(lines, headings, tablefmt=form, disable_numparse=True, colalign=alignment)


def listed(headings: Sequence[str], lines: Iterable[Sequence[str]], form: Form) -> str:
    """The same of texts from anywhere."""
    return filled(headings, (list(map(escape(form), one)) for one in lines), form)


def folded(headings: Sequence[str], lines: Iterable[Sequence[str]], width: int, right: bool = False) -> str:
    """The same, with what is too long for its column in several lines: none is wider than a screen."""
    named = any(headings)
    shown = Table(box=RULE if named else None, padding=(0, 1), pad_edge=False, show_header=named, show_edge=False)
    for place, heading in enumerate(headings):
        least = max(map(len, heading.split()), default=1)
        side: Literal["left", "right"] = "right" if right and place else "left"
        shown.add_column(Text(heading), justify=side, overflow="fold", min_width=least)
    for one in lines:
        shown.add_row(*(Text(printable(text)) for text in one))
    return "\n".join(text.rstrip() for text in drawn([shown], width).strip("\n").split("\n"))
