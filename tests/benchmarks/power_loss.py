"""Losses of power while a record is written: `python -m tests.benchmarks.power_loss` tries 10,000 states of a disk.

What the record's writer asks of the disk is noted, call by call. At a call the power fails, and the disk has what a
file system may leave (Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014): of names that were made or
changed since their folder was synced the old one, the new one, both or none; of bytes that were not synced none, all,
or some of their sectors, with zeros or anything in place of the others. Whoever reads finds what was acknowledged, a
run goes on with it, and the power fails again."""

from __future__ import annotations

import functools
import os
import random
import shutil
import stat
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import click
import msgspec
from tabulate import tabulate

from harness.errors import StoreError
from harness.record import store, writer
from harness.record.sample import End, Header, Line, Record, Sample
from tests.builders import header, sample

SECTORS = (512, 4096)
"""Bytes of which a disk writes all or nothing."""
SAMPLES, RECORD = 20, "results/r1.jsonl"
HEADINGS = ("states", "without a record", "unreadable", "lost", "wrong", "doubled", "not finished")
Files = dict[str, bytes]


class Named(NamedTuple):
    """A file, or a folder (None), got a name."""

    name: str
    file: int | None


class Renamed(NamedTuple):
    """A name became another."""

    old: str
    new: str


class Wrote(NamedTuple):
    """Bytes of a file from a place on; without bytes it was cut there."""

    file: int
    at: int
    data: bytes | None


class Synced(NamedTuple):
    """A file, or the names in a folder."""

    what: int | str


Step = Named | Renamed | Wrote | Synced


class Disk:
    """`os`, as far as a writer uses it: does what it is asked, and notes it; but for calls that it leaves out."""

    def __init__(self, root: Path, leaves_out: str = "") -> None:
        """What the folder `root` holds already is on the disk."""
        self._root, self._leaves_out = root, leaves_out
        self.steps: list[Step] = []
        self.names: dict[str, int | None] = {}
        self.held: dict[int, bytes] = {}
        for path in root.rglob("*"):
            self.names[self._name(path)] = None if path.is_dir() else path.stat().st_ino
            if path.is_file():
                self.held[path.stat().st_ino] = path.read_bytes()

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)

    def _name(self, path: str | Path) -> str:
        return os.path.relpath(path, self._root)

    def open(self, path: Path, flags: int, mode: int = 0o600) -> int:
        descriptor = os.open(path, flags, mode)
        if flags & os.O_CREAT:
            self.steps.append(Named(self._name(path), os.fstat(descriptor).st_ino))
        return descriptor

    def write(self, descriptor: int, data: bytes) -> int:
        file = os.fstat(descriptor)
        self.steps.append(Wrote(file.st_ino, file.st_size, data))
        return os.write(descriptor, data)

    def ftruncate(self, descriptor: int, size: int) -> None:
        self.steps.append(Wrote(os.fstat(descriptor).st_ino, size, None))
        os.ftruncate(descriptor, size)

    def rename(self, old: Path, new: Path) -> None:
        self.steps.append(Renamed(self._name(old), self._name(new)))
        os.rename(old, new)

    def fdatasync(self, descriptor: int) -> None:
        if self._leaves_out != "fdatasync":
            self.steps.append(Synced(os.fstat(descriptor).st_ino))

    def fsync(self, descriptor: int) -> None:
        file = os.fstat(descriptor)
        folder = self._name(os.readlink(f"/proc/self/fd/{descriptor}")) if stat.S_ISDIR(file.st_mode) else None
        if self._leaves_out != "fsync":
            self.steps.append(Synced(folder or file.st_ino))

    def after(self, steps: int, drawn: random.Random) -> Files:
        """What there may be where the power fails after so many steps."""
        names, held = dict(self.names), dict(self.held)
        of_names: list[Named | Renamed] = []
        of_files: dict[int, list[Wrote]] = {}
        for step in self.steps[:steps]:
            if isinstance(step, Wrote):
                of_files.setdefault(step.file, []).append(step)
            elif not isinstance(step, Synced):
                of_names.append(step)
            elif isinstance(step.what, int):
                held[step.what] = written(held.get(step.what, b""), of_files.pop(step.what, []), None)
            else:
                known(names, [one for one in of_names if folder_of(one[0]) == step.what], None)
                of_names = [one for one in of_names if folder_of(one[0]) != step.what]
        known(names, of_names, drawn)
        for file, steps_of_it in of_files.items():
            held[file] = written(held.get(file, b""), steps_of_it, drawn)
        there = {name: file for name, file in names.items() if file is not None and folder_of(name) in (".", *names)}
        return {name: held.get(file, b"") for name, file in there.items()}


def folder_of(name: str) -> str:
    return os.path.dirname(name) or "."


def known(names: dict[str, int | None], steps: Sequence[Named | Renamed], drawn: random.Random | None) -> None:
    """Change names as steps want it: all of them, or, where chance is drawn, some."""
    for step in steps:
        new, old = drawn.choices((True, False), k=2) if drawn else (True, True)
        if isinstance(step, Named):
            if new:
                names[step.name] = step.file
        elif step.old in names:
            if new:
                names[step.new] = names[step.old]
            if old:
                del names[step.old]


def written(data: bytes, steps: Sequence[Wrote], drawn: random.Random | None) -> bytes:
    """What a file holds after some steps: all of them, or, where chance is drawn, what a file system makes of them."""
    found = bytearray(data)
    for step in steps:
        if step.data is None:
            if drawn is None or drawn.random() < 0.5:
                del found[step.at :]
        elif drawn is None:
            found[step.at :] = step.data
        else:
            _torn(found, step.at, step.data, drawn)
    return bytes(found)


def _torn(found: bytearray, at: int, data: bytes, drawn: random.Random) -> None:
    """Write some of the sectors of some bytes. How long the file is then, is its own affair."""
    sector, share = drawn.choice(SECTORS), drawn.choice((0.0, 0.5, 1.0))
    end = drawn.choice((at, at + len(data), drawn.randint(at, at + len(data)) // sector * sector))
    longer = max(0, end - len(found))
    found += bytes(longer) if drawn.random() < 0.5 else drawn.randbytes(longer)
    for start in range(at // sector * sector, end, sector):
        low, high = max(start, at), min(start + sector, end)
        if drawn.random() < share:
            found[low:high] = data[low - at : high - at]


class Told(NamedTuple):
    """How far a disk was when a line had been acknowledged; the first is the header."""

    steps: int
    line: Line


class Found(NamedTuple):
    """What was found of one state, or of many."""

    absent: int = 0
    unreadable: int = 0
    lost: int = 0
    wrong: int = 0
    doubled: int = 0
    unfinished: int = 0


@functools.cache
def lines() -> Sequence[Line]:
    """Those of a record: samples of several sizes, and an end."""
    made: list[Line] = []
    for number in range(SAMPLES):
        one = sample(number % 2, number // 2, 1.0 + number)
        made.append(msgspec.structs.replace(one, rounds=one.rounds * (1 + number**2 % 23)))
    return [*made, End("complete", SAMPLES // 2, {"all": 1.0})]


def recorded(root: Path, leaves_out: str = "") -> tuple[Disk, list[Told]]:
    """The disk of a run that writes a whole record, and what it was told."""
    disk = Disk(root, leaves_out)
    disk.steps.append(Named("results", None))
    with mock.patch.object(writer, "os", disk):
        record = store.Writer(root / "results", header())
        return disk, [Told(len(disk.steps), header()), *appended(record, disk, lines())]


def resumed(root: Path, having: Sequence[Line], leaves_out: str = "") -> tuple[Disk, list[Told]]:
    """The disk of a run that goes on with a record that has some lines, and what it was told."""
    disk = Disk(root, leaves_out)
    with mock.patch.object(writer, "os", disk):
        record = store.Resumed(root / RECORD)
        return disk, appended(record, disk, [line for line in lines() if line not in having])


def appended(record: store.Writer, disk: Disk, lines: Sequence[Line]) -> list[Told]:
    told = []
    for line in lines:
        record.append(line)
        told.append(Told(len(disk.steps), line))
    record.close()
    return told


def having(root: Path) -> Record | None:
    """The record that a reader finds, if any. Raises StoreError where it is none."""
    return store.read(root / RECORD) if (root / RECORD).exists() else None


def found(root: Path, acknowledged: Sequence[Line], drawn: random.Random, leaves_out: str = "") -> Found:
    """What comes of a state of a disk, which lies in a folder: of a reader, of a run that goes on, and of both once
    more when the power has failed again."""
    for last in (False, True):
        try:
            record = having(root)
        except StoreError:
            return Found(unreadable=1)
        if record is None:
            return Found(absent=1, lost=len(acknowledged))
        there = [line for line in store.lines_of(record) if line in lines()]
        lost = sum(line not in there for line in acknowledged if not isinstance(line, Header))
        wrong = len(record.samples) - sum(isinstance(line, Sample) for line in there)
        if lost or wrong:
            return Found(lost=lost, wrong=wrong)
        disk, told = resumed(root, there, leaves_out)
        if not last:
            steps = drawn.randint(0, len(disk.steps))
            laid(root, disk.after(steps, drawn))
            acknowledged = [*there, *(one.line for one in told if one.steps <= steps)]
    record = store.read(root / RECORD)
    places = {(one.strategy, one.block) for one in record.samples}
    whole = list(lines()) == [line for line in store.lines_of(record) if line in lines()]
    return Found(doubled=len(record.samples) - len(places), unfinished=int(not whole))


def laid(root: Path, files: Mapping[str, bytes]) -> None:
    """Have a folder hold some files, and nothing else."""
    shutil.rmtree(root, ignore_errors=True)
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)


def tried(number: int, leaves_out: str = "") -> Found:
    """So many states of a disk, no two of them alike, and all that was found."""
    seen, drawn, counted = set[int](), random.Random(1), Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "root"
        root.mkdir()
        disk, told = recorded(root, leaves_out)
        while len(seen) < number:
            steps = drawn.randint(0, len(disk.steps))
            acknowledged = [one.line for one in told if one.steps <= steps]
            files = disk.after(steps, drawn)
            if (state := hash((len(acknowledged), *sorted(files.items())))) not in seen:
                seen.add(state)
                laid(root, files)
                counted.update(found(root, acknowledged, drawn, leaves_out)._asdict())
    return Found(**counted)


@click.command(help=__doc__)
@click.option("--states", default=10_000, show_default=True, help="How many there are to be, no two of them alike.")
def main(states: int) -> None:
    """Try them, and print what was found."""
    click.echo(tabulate([[states, *tried(states)]], HEADINGS))


if __name__ == "__main__":
    main()
