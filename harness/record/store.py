"""Record files: append-only JSON Lines, one file for each run, a checksum in every line.

A line is durable before it counts. A torn or damaged line is skipped and counted, the others are kept."""

from __future__ import annotations

import contextlib
import itertools
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from harness.errors import HarnessError, StoreError
from harness.record import checked, kinds, packed, regular
from harness.record.lines import ImpossibleError, Unknown, decode, split
from harness.record.plan import SCHEMA
from harness.record.sample import (
    Added,
    Copy,
    Cut,
    End,
    Header,
    Host,
    Line,
    Looks,
    Loss,
    Record,
    Sample,
    Site,
    evened,
    parted,
)
from harness.record.writer import Resumed as Resumed
from harness.record.writer import Writer as Writer
from harness.record.writer import check_folder as check_folder
from harness.text import readable

LARGEST, LARGEST_DOCUMENT, LONGEST = 1 << 30, 1 << 28, 300
"""Bytes of a record and of a document, and letters of what is said of one that says what cannot be."""
MOST_LINES = 1 << 22
"""Of a record: as many as fit into the largest."""
AMONG = 4
"""How many lines to look at for the header: damage may have made two of one."""
Read = TypeVar("Read")


def new_run() -> str:
    """A name for a run: the moment in UTC to the microsecond, so that names sort as runs began, and a few random
    letters. (Names of old are to the second.)"""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ-") + secrets.token_hex(3)


class Versioned(msgspec.Struct):
    """What every document has."""

    schema: int


class NewerHeader(msgspec.Struct):
    """What every header has, whatever else it holds."""

    kind: Literal["header"]
    schema: int


def read(path: Path) -> Record:
    """Read a record. Raises StoreError where there is none, HarnessError where it is from a newer program."""
    raw = _bytes(path)
    lines = list(_decoded(split(raw), path))
    header = first(lines)
    if header is None:
        raise _no_record(path, raw)
    _refuse_schema(header.schema, path)
    record = record_of(header, lines)
    _refuse(checked.fault(record), path)
    return record


def first(lines: Iterable[Line | Unknown | None]) -> Header | None:
    """The header of a record: its first line, or where that is damaged the copy of it, which is among the next few."""
    for number, line in enumerate(itertools.islice(lines, AMONG)):
        if isinstance(line, Copy):
            return line.original()
        if isinstance(line, Header) and number == 0:
            return line
    return None


def _decoded(lines: Iterable[bytes], path: Path) -> Iterator[Line | Unknown | None]:
    """Lines as they are read. Raises StoreError where one says what cannot be, or there are too many."""
    for number, line in enumerate(lines, start=1):
        if number > MOST_LINES:
            raise StoreError(f"{path} has more than {MOST_LINES:,} lines: no record of ours")
        try:
            yield decode(line)
        except ImpossibleError as wrong:
            _refuse_newer_header(line, path)
            _refuse(f"line {number}: {wrong}", path)


def _refuse(fault: str | None, path: Path) -> None:
    if fault:
        raise StoreError(f"{path} says what cannot be: {fault[:LONGEST]}")


def record_of(header: Header, lines: Sequence[Line | Unknown | None]) -> Record:
    """The record that lines make; None is a damaged one."""
    if added := [line.group for line in lines if isinstance(line, Added)]:
        plan = msgspec.structs.replace(header.plan, groups=[*header.plan.groups, *added])
        header = msgspec.structs.replace(header, plan=plan)
    samples, beside = parted([line for line in lines if isinstance(line, Sample)])
    samples, uneven = evened(samples) if not header.plan.axes else (samples, [])
    return Record(
        header=header,
        samples=samples,
        beside=beside,
        uneven=uneven,
        end=next((line for line in reversed(lines) if isinstance(line, End)), None),
        damaged=lines.count(None),
        marks=[line for line in lines if isinstance(line, Host)],
        cuts=[line for line in lines if isinstance(line, Cut)],
        looks=next((line for line in lines if isinstance(line, Looks)), None),
        sites=[line for line in lines if isinstance(line, Site)],
        losses=[line for line in lines if isinstance(line, Loss)],
    )


def lines_of(record: Record) -> list[Line]:
    """The lines that make a record, as good as when they were written; damaged ones are not among them."""
    taken: list[Host | Sample] = sorted([*record.marks, *record.every], key=lambda line: line.block)
    ends: list[Line] = [line for line in (record.looks, record.end) if line]
    return [record.header, *record.sites, *taken, *record.losses, *record.cuts, *ends]


def keep(folder: Path, record: Record) -> Record:
    """Write a record that others made together into a folder, and read it back. Raises StoreError."""
    writer = Writer(folder, record.header)
    try:
        for line in lines_of(record)[1:]:
            writer.append(line)
    finally:
        writer.close()
    return read(writer.path)


def raw(path: Path) -> bytes:
    """A record as it lies on the disk, or as it was packed. Raises as `read` does."""
    return _bytes(path)


def read_header(path: Path) -> Header:
    """Read the first lines of a record alone, which is quick. Raises as `read` does."""
    raw = _bytes(path, only_first=True)
    header = first(_decoded(split(raw), path))
    if header is None:
        raise _no_record(path, _bytes(path))
    _refuse_schema(header.schema, path)
    _refuse(checked.fault_of(header), path)
    return header


def _bytes(path: Path, only_first: bool = False) -> bytes:
    """What a file holds, or its first lines alone."""
    if packed.is_packed(path.name):
        raw = packed.unpacked(regular.read(path, LARGEST), str(path), LARGEST)
        return b"\n".join(raw.split(b"\n", AMONG)[:AMONG]) if only_first else raw
    return regular.read(path, LARGEST, lines=AMONG if only_first else None)


def _no_record(path: Path, raw: bytes) -> HarnessError:
    """What to raise for a file whose first line is no header that we know: a newer program's, or no record."""
    _refuse_newer_header(raw.split(b"\n", 1)[0], path)
    return StoreError(f"{path} is no record of ours: {kinds.what(raw)}")


def _refuse_newer_header(line: bytes, path: Path) -> None:
    with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        _refuse_schema(msgspec.json.decode(line, type=NewerHeader).schema, path)


Document = TypeVar("Document", bound=msgspec.Struct)


def read_document(path: Path, kind: type[Document], what: str = "document of a run") -> Document:
    """Read what `--json` wrote, as far as a struct wants it; `what` names it. Raises StoreError where it is none,
    HarnessError where it is from a newer program."""
    raw = regular.read(path, LARGEST_DOCUMENT, what=what)
    refuse_newer(raw, path)
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        why = error if kinds.is_document(raw) else kinds.what(raw)
        raise StoreError(f"{path} is no {what}: {why}") from None


def refuse_newer(raw: bytes, path: Path) -> None:
    """Raise HarnessError where some JSON says that it has a newer schema, whatever else that holds."""
    try:
        schema = msgspec.json.decode(raw, type=Versioned).schema
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return
    _refuse_schema(schema, path)


def _refuse_schema(schema: int, path: Path) -> None:
    if schema > SCHEMA:
        raise _newer(schema, path)


def _newer(schema: int, path: Path) -> HarnessError:
    return HarnessError(f"{path} has schema {schema}, this program reads up to {SCHEMA}: upgrade it")


def runs(folder: Path) -> Iterator[Path]:
    """The record files of a folder, oldest first."""
    return iter(sorted(folder.glob("*.jsonl")) if folder.is_dir() else [])


def summaries(folder: Path) -> Iterator[Path]:
    """The records, and the documents that `--json` wrote, in a folder's `baselines`."""
    kept = folder / "baselines"
    yield from sorted(kept.glob("*.json")) if kept.is_dir() else []
    yield from runs(kept)


def headers(paths: Iterable[Path]) -> tuple[dict[Path, Header], list[str]]:
    """The headers of some records, which is quick, and a line for each file that could not be read."""
    return each(paths, read_header)


def records(paths: Iterable[Path]) -> tuple[list[Record], list[str]]:
    """Some records, and a line for each file that could not be read."""
    found, unread = each(paths, read)
    return list(found.values()), unread


def each(paths: Iterable[Path], reading: Callable[[Path], Read]) -> tuple[dict[Path, Read], list[str]]:
    """What some files hold, and a line for each that could not be read."""
    found, unread = {}, []
    for path in paths:
        try:
            found[path] = reading(path)
        except HarnessError as error:
            unread.append(str(error))
    return found, unread


def find(folder: Path, wanted: str) -> Path:
    """The record that a path, the start of a run's name, its --name, or `latest` means. Raises HarnessError.

    A path of whatever is found if no run has that name: reading it says what it is. The latest is the last that is a
    record: what has no header is nothing that anybody measured."""
    file = Path(wanted)
    if file.suffix == ".jsonl" and file.exists():
        return file
    paths = list(runs(folder))
    if wanted == "latest" and (last := next(filter(_is_record, reversed(paths)), None)):
        return last
    hits = [path for path in paths if path.name.startswith(wanted)] or [
        path for path in paths if _name_of(path) == readable(wanted)
    ]
    if len(hits) == 1:
        return hits[0]
    if not hits and wanted and file.exists():
        return file
    if hits:
        raise HarnessError(f"{len(hits)} runs match {wanted!r}: {', '.join(path.stem for path in hits[-5:])}")
    if file.suffix or "/" in wanted:
        raise HarnessError(f"there is no file {wanted}, and no run of that name in {folder}")
    raise HarnessError(f"no run matches {wanted!r} in {folder}; `list runs` shows {len(paths)}")


def _is_record(path: Path) -> bool:
    try:
        return bool(read_header(path))
    except StoreError:
        return False
    except HarnessError:
        return True  # a newer program's, which reading it says


def _name_of(path: Path) -> str | None:
    try:
        return read_header(path).name
    except HarnessError:
        return None
