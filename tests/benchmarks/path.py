"""Whether `run` pays for `explain` and `trace`: `python -m tests.benchmarks.path [--pairs N]` measures cells with this
program and with a copy from which all that traces is deleted, in pairs one after the other, and prints the ratio of the
times of a round with its 95 % interval (Student's of the logarithms). `--since REVISION` measures against the program
as it was then."""

from __future__ import annotations

import json
import math
import os
import random
import shutil
import sys
import tempfile
from pathlib import Path
from statistics import fmean, stdev

import click
from tabulate import tabulate

from harness.statistics.student import t_quantile
from tests.benchmarks.gates import ROOT, packed
from tests.benchmarks.proof import finished

TRACES = ("harness/explain", "harness/tracing", "harness/worker/why", "harness/worker/tracing")
"""What `run` works without."""
CELLS = {
    "sequential, nothing": ("-s", "sequential", "-W", "noop", "--tasks", "100000"),
    "greenlet, a switch": ("-s", "greenlet", "-W", "switch", "--tasks", "200"),
    "gevent, nothing": ("-s", "gevent", "-W", "noop", "--tasks", "5000"),
    "asyncio, a switch": ("-s", "asyncio", "-W", "switch", "--tasks", "200"),
    "threads, nothing": ("-s", "threads", "-W", "noop", "--tasks", "1000"),
}
ASKED = ("--blocks", "1", "--rounds", "5", "--pin", "one", "--quiet", "--wait", "--json", "-")


def bare() -> Path:
    """The program without what traces."""
    copy = packed("HEAD")
    for name in TRACES:
        shutil.rmtree(copy / name)
    return copy


def seconds(program: Path, cell: tuple[str, ...], folder: Path) -> float:
    """The median of the rounds of one worker."""
    command = [sys.executable, "-m", "harness", "run", *cell, *ASKED]
    environment = {"PYTHONPATH": str(program / ".editable"), "HARNESS_CACHE": str(folder / "cache")}
    said = json.loads(finished(command, folder, environment).stdout)
    return float(said["groups"][0]["rows"][0]["wall_seconds"]["median"])


def ratio(cell: tuple[str, ...], other: Path, pairs: int) -> list[str]:
    """This program over another, with its interval."""
    logs = []
    for _ in range(pairs):
        with tempfile.TemporaryDirectory() as name:
            order = [ROOT, other] if random.random() < 0.5 else [other, ROOT]
            took = {program: seconds(program, cell, Path(name)) for program in order}
        logs.append(math.log(took[ROOT] / took[other]))
    half = t_quantile(pairs - 1, 0.975) * stdev(logs) / math.sqrt(pairs)
    return [f"{math.exp(one):.3f}" for one in (fmean(logs), fmean(logs) - half, fmean(logs) + half)]


@click.command()
@click.option("--pairs", type=click.IntRange(3), default=40, help="Of each cell.")
@click.option("--since", metavar="REVISION", help="Against the program as it was; default: as it is, without tracing.")
def main(pairs: int, since: str | None) -> None:
    """Measure, and print the table."""
    os.environ.pop("PYTHONPATH", None)
    other = packed(since) if since else bare()
    rows = [[name, pairs, *ratio(cell, other, pairs)] for name, cell in CELLS.items()]
    click.echo(tabulate(rows, ["a round of", "pairs", "ratio", "low", "high"], disable_numparse=True))


if __name__ == "__main__":
    main()
