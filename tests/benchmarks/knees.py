"""Knees that are known, measured: `python -m tests.benchmarks.knees` sweeps over what is in flight before a pool of 5,
10 or 40 and before a server that admits as many, and says whether the interval of the knee holds that number. It goes
on where it was stopped.

A server's place is empty while its answer travels and the next request comes, so that somewhat more in flight than it
admits still help: it holds each five times as long as the pool does."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from tests.benchmarks import knee_jobs
from tests.benchmarks.proof import KEPT, Kind, finished, go_on

SIZES = (5, 10, 40)
WAVES, MOST, SECONDS = 15, 160, 45
OF_A_SERVER = "0.05"
"""Seconds that it holds each."""
KINDS = [Kind(tool, f"of {size}", 0, 4 if size == 5 else 3) for size in SIZES for tool in ("a pool", "a server")]
JOBS = Path(knee_jobs.__file__)


@contextlib.contextmanager
def at_the_other_end(environment: dict[str, str]) -> Iterator[str]:
    """A server that admits as many as the environment says: its port."""
    command = [sys.executable, str(JOBS)]
    with subprocess.Popen(command, env=os.environ | environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        try:
            yield server.stdout.readline().strip()
        finally:
            server.kill()


def compare(folder: Path, kind: Kind) -> str:
    """Sweep, and say where the knee is, and whether that holds."""
    size, serves = int(kind.what.rpartition(" ")[2]), kind.tool == "a server"
    environment = {"KNEE": str(size)} | ({"SECONDS": OF_A_SERVER} if serves else {})
    low, high = (size // 5, 4 * size) if serves else (1, MOST)
    tasks = max(WAVES * size, 2 * high)
    with at_the_other_end(environment) if serves else contextlib.nullcontext("0") as port:
        name = "asked" if serves else "pooled"
        command = [sys.executable, "-m", "harness", "sweep", "-W", f"{JOBS}:{name}", "-s", "thread-pool", "--quiet"]
        command += ["--wait", "--tasks", str(tasks), "--concurrency", f"{low}..{high}", "--max-time", str(SECONDS)]
        done = finished([*command, "--json", "-"], folder, environment | {"PORT": port}, statuses=(0, 3))
    knees = json.loads(done.stdout)["knees"]
    if not knees:
        return "none"
    low, high = knees[0]["low"], knees[0]["high"]
    return "held" if low <= size <= high else f"apart: {low:g} - {high:g}"


@click.command()
@click.option("--minutes", type=float, default=600.0)
@click.option("--kept", type=click.Path(dir_okay=False, path_type=Path), default=KEPT / "knees.jsonl")
def main(minutes: float, kept: Path) -> None:
    """Make what is still to be made, and print all."""
    go_on(KINDS, compare, kept, minutes, "")


if __name__ == "__main__":
    main()
