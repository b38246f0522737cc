"""What few blocks say: identical code, and code with more tasks, in five blocks; and the default run. Each on a machine
that does nothing else, and beside a process that keeps a core busy.

`python -m tests.benchmarks.few [--minutes M] [--kept FILE]` goes on where it was stopped, and prints the table."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from tests.benchmarks.batches import SIZES
from tests.benchmarks.proof import KEPT, Kind, finished, go_on
from tests.benchmarks.trust import row, stem

QUIET, BUSY = "quiet", "beside a busy core"
KINDS = [
    *(
        Kind(f"five blocks, {where}", "gevent", more, 20 if more else 100)
        for more in (0, 50)
        for where in (QUIET, BUSY)
    ),
    *(Kind(f"default run, {where}", "rows open for lack of blocks", 0, 3) for where in (QUIET, BUSY)),
]
BLOCKS = ("--blocks", "5", "--pin", "one")


@contextlib.contextmanager
def company(tool: str) -> Iterator[None]:
    """What else the machine does meanwhile."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"])] if BUSY in tool else []
    try:
        yield
    finally:
        for one in busy:
            one.kill()
            one.wait()


def compare(folder: Path, kind: Kind) -> str:
    """What the tool said."""
    with company(kind.tool):
        if kind.tool.startswith("five blocks"):
            return str(row(folder, kind.what, kind.more, *SIZES[stem(kind.what)], BLOCKS)["ratio"]["verdict"])
        return f"{default_run(folder)} rows"


def default_run(folder: Path) -> int:
    """How many rows of a default run lack blocks, for a verdict against the reference or the best. Raises RuntimeError
    where it took longer than it may."""
    done = finished([sys.executable, "-m", "harness", "run", "--wait", "--json", "-"], folder, {})
    said: dict[str, Any] = json.loads(done.stdout)
    if said["seconds"]["all"] > 60:
        raise RuntimeError(f"it took {said['seconds']['all']} s")
    rows = [row for group in said["groups"] for row in group["rows"]]
    return sum(lacks(row["ratio"]) or lacks(row.get("versus_best")) for row in rows)


def lacks(ratio: dict[str, Any] | None) -> bool:
    """Whether it is open for lack of blocks."""
    return bool(ratio) and "blocks that a verdict needs" in str((ratio or {}).get("reason"))


@click.command()
@click.option("--minutes", type=float, default=60.0)
@click.option("--only", default="", help="Only what begins with this.")
@click.option("--kept", type=click.Path(dir_okay=False, path_type=Path), default=KEPT / "few.jsonl")
def main(minutes: float, only: str, kept: Path) -> None:
    """Make what is still to be made, and print all."""
    go_on(KINDS, compare, kept, minutes, only)


if __name__ == "__main__":
    main()
