"""Proofs of some hours: comparisons of several kinds in turn, kept one by one, to go on where they were stopped.

They are kept in `tests/benchmarks/proofs/`. Remove a file there when what it measures has changed."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import click
from tabulate import tabulate

from harness.statistics.paired import wilson

HEADINGS = ("tool", "what", "more work", "comparisons", "faster", "slower", "called", "95 % interval", "seconds each")
SECONDS = 600
KEPT = Path(__file__).with_name("proofs")


class Kind(NamedTuple):
    """A tool on something (or at a limit), the work that is added, in per cent, and how many comparisons are wanted."""

    tool: str
    what: str
    more: int
    wanted: int


def finished(
    command: Sequence[str], folder: Path, environment: dict[str, str], statuses: Sequence[int] = (0,)
) -> subprocess.CompletedProcess[str]:
    """Run a tool to its end. Raises RuntimeError where its status is another."""
    about = os.environ | environment
    done = subprocess.run(command, cwd=folder, env=about, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode not in statuses:
        raise RuntimeError(f"{command}: status {done.returncode}: {done.stdout[-500:]} {done.stderr[-500:]}")
    return done


def go_on(kinds: Sequence[Kind], compare: Callable[[Path, Kind], str], path: Path, minutes: float, only: str) -> None:
    """Make comparisons, a like share of each kind at any moment, until all are made or the time is up; print all.

    `compare(folder, kind)` makes one in an empty folder and returns what the tool said. Raises click.ClickException
    for a tool that there is not, and where `path` cannot be used."""
    mine = [kind for kind in kinds if only in kind.tool]
    if not mine:
        raise click.ClickException(f"no tool's name contains {only!r}")
    began = time.monotonic()
    while time.monotonic() - began < 60 * minutes:
        counts = Counter(kind for kind, _, _ in made(path))
        kind = min(mine, key=lambda kind: counts[kind] / kind.wanted)
        if counts[kind] >= kind.wanted:
            break
        with tempfile.TemporaryDirectory() as folder:
            start = time.monotonic()
            verdict = compare(Path(folder), kind)
            line = {"kind": kind, "verdict": verdict, "seconds": round(time.monotonic() - start, 1)}
            line["taken_at"] = datetime.now(UTC).isoformat(timespec="seconds")
        with path.open("a") as file:
            file.write(json.dumps(line) + "\n")
        click.echo(f"{' '.join(map(str, kind))}: {verdict}", err=True)
    click.echo(tabulate(rows(kinds, made(path)), HEADINGS, disable_numparse=True))


def made(path: Path) -> list[tuple[Kind, str, float]]:
    """The comparisons that are made already. Raises click.ClickException where nobody can read or write them."""
    try:
        path.touch()
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        return [(Kind(*line["kind"]), line["verdict"], line["seconds"]) for line in lines]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise click.ClickException(f"{path}: {error}") from None


def rows(kinds: Sequence[Kind], comparisons: list[tuple[Kind, str, float]]) -> Iterator[list[Any]]:
    """A line for each kind; called is a false alarm where nothing was added, and `slower` elsewhere; `apart`, where two
    that should agree did not, is called too."""
    for kind in kinds:
        mine = [(verdict, seconds) for other, verdict, seconds in comparisons if other == kind]
        if mine:
            said = Counter(verdict.partition(":")[0] for verdict, _ in mine)
            called = said["slower"] + said["apart"] + (said["faster"] if not kind.more else 0)
            low, high = wilson(called, len(mine))
            share = [f"{called} of {len(mine)}", f"{low:.0%} - {high:.0%}", f"{median(s for _, s in mine):.0f}"]
            yield [kind.tool, kind.what, f"{kind.more}%", len(mine), said["faster"], said["slower"], *share]
