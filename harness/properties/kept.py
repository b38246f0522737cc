"""The records of experiments that are kept in the user's cache: one folder for each machine, with the versions of its
packages and of ours."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Container, Iterator
from importlib.metadata import entry_points, version
from pathlib import Path
from typing import NamedTuple

import harness
from harness import api, strategies, workloads
from harness.errors import StoreError
from harness.machine import cache, host
from harness.properties.judge import Case
from harness.record import store
from harness.record.sample import Record


class Taken(NamedTuple):
    """What an experiment's run has of a strategy."""

    case: Case
    run: str
    taken_at: str
    disturbances: list[str]
    """Of the machine, while it ran."""


Found = dict[tuple[str, str], Taken]
"""By the names of the experiment and of the strategy."""


def folder() -> Path:
    """Where the records of this machine are, with these versions. Raises HarnessError where this user has no home."""
    about = host.facts()["machine_key"], sorted(host.versions().items()), sorted(_plugins()), _ours()
    return cache.folder() / "properties" / hashlib.sha256(repr(about).encode()).hexdigest()[:12]


def check_writable(folder: Path) -> None:
    """Raise StoreError where nothing can be kept in a folder, before anything is measured."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise StoreError(
            f"results cannot be kept in {folder}: {error.strerror}; HARNESS_CACHE names another folder"
        ) from None


def _plugins() -> Iterator[str]:
    """The packages that bring strategies, with their versions."""
    for point in entry_points(group=strategies.ENTRY_POINTS):
        yield f"{point.dist.name} {point.dist.version}" if point.dist else point.value


def _ours() -> tuple[str, str]:
    """Our version, and what changes with the source of what is measured."""
    places = [
        Path(strategies.__file__).parent,
        Path(workloads.__file__).parent,
        Path(harness.__file__).parent / "worker",
    ]
    files = sorted(path for place in places for path in place.rglob("*.py"))
    return version("concurrency-harness"), hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def read(folder: Path, strategies: Container[str]) -> tuple[Found, list[str]]:
    """What whole records of a folder have of strategies, the newest of each; and a line for each file that could not
    be read."""
    found: Found = {}
    records, unread = store.each(store.runs(folder), store.read)
    for path, record in records.items():
        if record.damaged:
            unread.append(f"{path} has {record.damaged} damaged lines")
        elif record.end and record.end.status != "interrupted":
            found |= {key: one for key, one in taken(record).items() if key[1] in strategies}
    return found, unread


def taken(record: Record) -> Found:
    """What a record of an experiment, which has one group, has of each of its strategies."""
    run = api.document(record)
    found = {}
    for place, row in enumerate(run.groups[0].rows):
        mine = [one.rounds for one in record.samples if (one.strategy, one.arm) == (place, "row")]
        case = Case(run.groups[0], row, [round for rounds in mine for round in rounds], run.host["cores"])
        found[run.name or "", row.name] = Taken(case, run.run, run.taken_at, run.disturbances)
    return found
