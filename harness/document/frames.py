"""A document's rows as flat records, for data frames and notebooks. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from importlib import import_module
from typing import Any

from harness.errors import HarnessError
from harness.statistics.metrics import BUILT_IN

FIRST = {"workload": "workload"}
SIZES = {"tasks": "tasks", "concurrency": "concurrency", "name": "strategy", "status": "status"}
LAST = {"ratio.estimate": "x reference", "ratio.verdict": "verdict", "reason": "reason"}
NUMBERS = {
    one.shown: f"{one.heading} ({one.unit})" if one.unit in ("s", "bytes") else one.heading
    for one in BUILT_IN
    if one.heading and one.shown
}


def flat(document: dict[str, Any]) -> list[dict[str, Any]]:
    """A record for each cell, with the fields of its group: names with dots, texts in one line."""
    return [
        {"run": document["run"]} | dict(_leaves(about)) | dict(_leaves(row))
        for group in document["groups"]
        for about in [{name: value for name, value in group.items() if name not in ("rows", "pairs")}]
        for row in group["rows"]
    ]


def _leaves(fields: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in fields.items():
        if isinstance(value, dict):
            yield from _leaves(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", "; ".join(map(str, value)) if isinstance(value, list) else value


def dataframe(rows: Sequence[dict[str, Any]]) -> Any:
    """A data frame of pandas, or else of polars. Raises HarnessError where neither is installed."""
    columns = dict.fromkeys(name for row in rows for name in row)
    full = [{name: row.get(name) for name in columns} for row in rows]
    for library in ("pandas", "polars"):
        try:
            frames: Any = import_module(library)
        except ImportError:
            continue
        return frames.DataFrame(full)
    raise HarnessError("to_dataframe needs pandas or polars: pip install pandas")


def html(caption: str, rows: Sequence[dict[str, Any]]) -> str:
    """A table of what most people look for; everything in it is escaped."""
    options = {name: name.partition(".")[2] for row in rows for name in row if name.startswith("options.")}
    theirs = {name: name for row in rows for name in row if name.startswith("metrics.") and name.endswith(".median")}
    headings = FIRST | options | SIZES | NUMBERS | theirs | LAST
    shown = [name for name in headings if any(row.get(name) not in (None, "") for row in rows)]
    head = "".join(f"<th>{escape(headings[name])}</th>" for name in shown)
    body = "".join(f"<tr>{''.join(f'<td>{_cell(row.get(name))}</td>' for name in shown)}</tr>" for row in rows)
    return f"<table><caption>run {escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: Any) -> str:
    return "" if value is None else f"{value:,.4g}" if isinstance(value, float) else escape(str(value))
