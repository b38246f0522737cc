"""A document's rows as flat records, for data frames. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

from harness.errors import HarnessError


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
        if name == "each_block":  # as many numbers as blocks: no column
            continue
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
