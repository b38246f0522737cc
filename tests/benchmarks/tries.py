"""Runs that something breaks off: in a folder of their own, looked at for what they leave, and kept one by one.

They are kept in `tests/benchmarks/proofs/`. Remove a file there when what it tries has changed."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import subprocess
import sys
import tempfile
import termios
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import click
import psutil
from tabulate import tabulate

from harness.errors import HarnessError
from harness.record import store
from harness.record.sample import Record, Sample
from tests.hostile import DAEMON, until

KEPT = Path(__file__).with_name("proofs")
JOBS = DAEMON + "\n\ndef task(i):\n    daemon('started')\n    time.sleep({seconds})\n"
LEFT_SECONDS, SECONDS = 2.0, 60.0
"""Seconds after which nothing of a run that has ended may be left, and that a run may take."""


def started(
    folder: Path, *asked: str, seconds: float = 0.0, terminal: int | None = None,
    program: Sequence[str] = ("-m", "harness"), under: Sequence[str] = (),
) -> subprocess.Popen[bytes]:  # fmt: skip
    """A run of `./jobs.py:task`, whose tasks leave daemons and last so long: on a terminal that it controls, or with
    its stderr in a file; under another program."""
    (folder / "temporary").mkdir(exist_ok=True)
    (folder / "jobs.py").write_text(JOBS.replace("{seconds}", f"{seconds}"))
    environment = os.environ | {"TMPDIR": str(folder / "temporary"), "HARNESS_LOCK": str(folder), "TERM": "xterm"}
    with (folder / "stderr").open("wb") as said:
        streams: tuple[Any, ...] = (subprocess.DEVNULL, subprocess.DEVNULL, said)
        stdin, stdout, stderr = streams if terminal is None else (terminal,) * 3
        return subprocess.Popen(
            [*under, sys.executable, *program, *asked], cwd=folder, env=environment, start_new_session=True,
            stdin=stdin, stdout=stdout, stderr=stderr, preexec_fn=None if terminal is None else _controlled,
        )  # fmt: skip


def _controlled() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def ended(process: subprocess.Popen[bytes]) -> int | None:
    """The status of a run, or None where it hangs: then it is killed."""
    try:
        return process.wait(SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None


def said(folder: Path) -> list[str]:
    """The lines that a run wrote to its stderr, but for blank ones."""
    return [line for line in (folder / "stderr").read_text(errors="replace").splitlines() if line]


def records(folder: Path) -> list[Record]:
    """Those that a reader finds, whole or begun; none where there is none yet."""
    found = []
    for path in store.runs(folder / "results"):
        with contextlib.suppress(HarnessError):
            found.append(store.read(path))
    return found


def unread(folder: Path) -> int:
    """How many records nobody can read."""
    return len(list(store.runs(folder / "results"))) - len(records(folder))


def samples(folder: Path) -> list[Sample]:
    """Those that a reader finds."""
    return [one for record in records(folder) for one in (*record.samples, *record.beside)]


def processes(folder: Path) -> list[psutil.Process]:
    """Those that run in a folder, as all do that a run there starts, whatever else they take off."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.cwd().startswith(f"{folder.resolve()}"):
                found.append(process)
    return found


def left(folder: Path) -> tuple[int, int]:
    """How many processes and temporary folders a run has left that has ended, after two seconds at the most. They are
    ended."""
    temporary = folder / "temporary"
    until(lambda: not (processes(folder) or any(temporary.iterdir())), LEFT_SECONDS)
    found, folders = processes(folder), len(list(temporary.iterdir()))
    for process in found:
        with contextlib.suppress(psutil.Error):
            process.kill()
    return len(found), folders


def compared(before: Sequence[Sample], after: Sequence[Sample]) -> tuple[int, int]:
    """How many samples are lost, and how many are there more than once."""
    places = Counter((one.group, one.strategy, one.arm, one.block) for one in after)
    return sum(one not in after for one in before), places.total() - len(places)


def are_whole(folder: Path) -> bool:
    """Whether all records say that what was to be measured was."""
    return all(record.end is not None and record.end.status != "interrupted" for record in records(folder))


def resumed(folder: Path) -> bool:
    """Finish a run that was cut off or interrupted: whether its record says that it was."""
    if not are_whole(folder):
        ended(started(folder, "run", "--resume", "latest"))
    return are_whole(folder)


def made(path: Path) -> list[dict[str, Any]]:
    """The tries that are made already. Raises click.ClickException where nobody can read them."""
    try:
        path.touch()
        return [json.loads(line) for line in path.read_text().splitlines()]
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{path}: {error}") from None


def rows(tries: Iterable[dict[str, Any]]) -> Iterator[list[Any]]:
    """A line for each kind, and one for all: how many tries there were, and the sum of each thing that was counted."""
    by_kind: dict[str, list[list[int]]] = defaultdict(list)
    for kind, *counted in map(dict.values, tries):
        by_kind[kind].append(counted)
    everything = [one for found in by_kind.values() for one in found]
    for kind, found in (*by_kind.items(), *([("all", everything)] if everything else [])):
        yield [kind, len(found), *map(sum, zip(*found, strict=True))]


class Try(Protocol):
    """A named tuple: the kind of a try, and what was counted."""

    def _asdict(self) -> dict[str, Any]: ...


def command(
    proof: str, about: str | None, headings: Sequence[str], number: int, make: Callable[[Path, int], Try | None]
) -> click.Command:
    """The command of a proof: `make(folder, number)` makes a try in an empty folder, or none that counts. Of a try the
    kind is the first that it tells, and what was counted the rest."""

    @click.command(help=about)
    @click.option("--tries", default=number, show_default=True, help="How many there are to be.")
    @click.option("--minutes", default=60.0, show_default=True, help="Stop after so many: the next call goes on.")
    @click.option(
        "--kept", default=KEPT / f"{proof}.jsonl", type=click.Path(path_type=Path), help="Where they are kept."
    )
    def main(tries: int, minutes: float, kept: Path) -> None:
        began = time.monotonic()
        while (done := len(made(kept))) < tries and time.monotonic() - began < 60 * minutes:
            with tempfile.TemporaryDirectory(prefix="tries-") as folder:
                counted = make(Path(folder), done)
            if counted is not None:
                with kept.open("a") as file:
                    file.write(json.dumps(counted._asdict()) + "\n")
        click.echo(tabulate(rows(made(kept)), headings))

    return main
