"""Record files: append-only JSON Lines, one file for each run, a checksum in every line.

A line is durable before it counts. A torn or damaged line is skipped and counted, the others are kept."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from harness.errors import HarnessError, StoreError
from harness.record import kinds, packed
from harness.record.lines import decode
from harness.record.plan import SCHEMA
from harness.record.sample import Cut, End, Header, Host, Line, Looks, Record, Sample
from harness.record.writer import Writer as Writer
from harness.text import readable

LARGEST = 1 << 30
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
    lines = [decode(line) for line in raw.split(b"\n") if line]
    header = lines[0] if lines else None
    if not isinstance(header, Header):
        raise _no_record(path, raw)
    _refuse_schema(header.schema, path)
    return record_of(header, lines)


def record_of(header: Header, lines: Sequence[Line | None]) -> Record:
    """The record that lines make; None is a damaged one."""
    return Record(
        header=header,
        samples=[line for line in lines if isinstance(line, Sample)],
        end=next((line for line in lines if isinstance(line, End)), None),
        damaged=lines.count(None),
        marks=[line for line in lines if isinstance(line, Host)],
        cuts=[line for line in lines if isinstance(line, Cut)],
        looks=next((line for line in lines if isinstance(line, Looks)), None),
    )


def lines_of(record: Record) -> list[Line]:
    """The lines that make a record, as good as when they were written; damaged ones are not among them."""
    taken: list[Host | Sample] = sorted([*record.marks, *record.samples], key=lambda line: line.block)
    ends: list[Line] = [line for line in (record.looks, record.end) if line]
    return [record.header, *taken, *record.cuts, *ends]


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
    """Read the first line of a record alone, which is quick. Raises as `read` does."""
    header = decode(_bytes(path, first_line=True))
    if not isinstance(header, Header):
        raise _no_record(path, _bytes(path))
    _refuse_schema(header.schema, path)
    return header


def _bytes(path: Path, first_line: bool = False) -> bytes:
    try:
        if path.is_dir():
            raise StoreError(f"{path} is a folder, and no record of ours")
        if not path.is_file():
            raise StoreError(f"{path} is no file")
        if path.stat().st_size > LARGEST:
            raise StoreError(f"{path} is larger than {LARGEST:,} bytes: no record of ours")
        with path.open("rb") as file:
            if packed.is_packed(path.name):
                raw = packed.unpacked(file.read(), str(path), LARGEST)
                return raw.split(b"\n", 1)[0] if first_line else raw
            return file.readline().rstrip(b"\n") if first_line else file.read()
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}") from None


def _no_record(path: Path, raw: bytes) -> HarnessError:
    """What to raise for a file whose first line is no header that we know: a newer program's, or no record."""
    with contextlib.suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        schema = msgspec.json.decode(raw.split(b"\n", 1)[0], type=NewerHeader).schema
        if schema > SCHEMA:
            return _newer(schema, path)
    return StoreError(f"{path} is no record of ours: {kinds.what(raw)}")


Document = TypeVar("Document", bound=msgspec.Struct)


def read_document(path: Path, kind: type[Document], what: str = "document of a run") -> Document:
    """Read what `--json` wrote, as far as a struct wants it; `what` names it. Raises StoreError where it is none,
    HarnessError where it is from a newer program."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}") from None
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

    A path of whatever is found if no run has that name: reading it says what it is. The latest is the last that was
    begun: a file without one whole line is nothing that anybody measured."""
    file = Path(wanted)
    if file.suffix == ".jsonl" and file.exists():
        return file
    paths = list(runs(folder))
    if wanted == "latest" and (begun := next(filter(_was_begun, reversed(paths)), None)):
        return begun
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


def _was_begun(path: Path) -> bool:
    try:
        if path.is_file():  # opening a fifo would wait for a writer
            with path.open("rb") as file:
                return file.readline(LARGEST).endswith(b"\n")
        return False
    except OSError:
        return True  # reading it says why it cannot be


def _name_of(path: Path) -> str | None:
    try:
        return read_header(path).name
    except HarnessError:
        return None
