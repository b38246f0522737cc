"""Reads what a traced round wrote (`worker/layout.py`), however the round ended."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from harness.text import printable
from harness.worker import layout
from harness.worker.layout import HEADER, NAME, RECORD


class Written(NamedTuple):
    """A record of the file, its names in words."""

    at: float
    strand: int
    task: int
    name: str
    place: str
    kind: int
    held: bool


class Seen(NamedTuple):
    """All of the file: its records by time, and how many there were of each kind."""

    records: list[Written]
    counts: tuple[int, ...]
    began: float = 0.0
    """By `time.perf_counter`, which all processes of the machine share."""


NOTHING = Seen([], (0,) * len(layout.KINDS))


def read(path: Path) -> Seen:
    """What is in a file; nothing where no round wrote one."""
    try:
        data = path.read_bytes()
    except OSError:
        return NOTHING
    if len(data) < layout.BYTES:
        return NOTHING
    names: dict[int, str] = {0: ""}
    records = []
    end = len(data[: layout.NAMES_AT].rstrip(b"\0"))
    for place in range(layout.RECORDS_AT, end, RECORD.size):
        at, strand, task, name, where, kind, held = RECORD.unpack_from(data, place)
        if not kind:  # its writer was stopped before it had written
            continue
        for number in (name, where):
            if number not in names:
                names[number] = name_of(data, number)
        records.append(Written(at, strand, task, names[name], names[where], kind, bool(held)))
    records.sort(key=lambda one: one.at)
    began, *counts = HEADER.unpack_from(data)
    return Seen(records, tuple(counts), began)


def name_of(data: bytes, number: int) -> str:
    """A name, without what moves a terminal's cursor."""
    length, text = NAME.unpack_from(data, layout.NAMES_AT + number * NAME.size)
    return printable(text[:length].decode(errors="ignore")) + ("…" if length > len(text) else "")
