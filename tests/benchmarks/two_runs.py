"""How far `compare` of two stored runs is to be trusted.

`python -m tests.benchmarks.two_runs [--minutes M] [--kept FILE]` makes pairs of stored runs and lets `compare` say
which of four strategies moved, beside the five runs before them and, where nothing was changed, once more with no other
run: of the same code, half of them with a busy core while the second run is made, and with 30 % more work in one
strategy. It goes on where it was stopped, and prints the table.

`--simulate` prints instead how often the intervals of `harness/statistics/runs.py` hold no change where there is
none, by history and by the other cells, for runs that differ by so much of themselves."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from itertools import product
from pathlib import Path
from statistics import fmean
from typing import Any

import click
import numpy as np
from tabulate import tabulate

from harness.statistics.runs import Measured, Moved, by_cells, by_history, judged
from tests.benchmarks.proof import KEPT, Kind, finished, go_on

QUIET, BUSY = "quiet", "beside a busy core"
KINDS = [Kind("compare", QUIET, 0, 50), Kind("compare", BUSY, 0, 50), Kind("compare, more work", QUIET, 30, 10)]
HISTORY = 5
ARM = """
import os

from harness.strategies.greenlet import Greenlet


class Arm(Greenlet):
    def run(self, task, count, concurrency):
        total = count + count * int(os.environ.get("TWO_RUNS_MORE", "0")) // 100

        def either(index):
            return task(index) if index < count else self.io.checkpoint()

        return super().run(either, total, total)[:count]
"""
ASKED = ("-s", "greenlet,./arm.py:Arm,gevent,asyncio", "-W", "switch", "-P", "switches=1", "--tasks", "1000")
PLANNED = ("--blocks", "6", "--rounds", "6", "--pin", "one", "--quiet", "--wait")


def stored(folder: Path, more: int = 0) -> str:
    """A run in the results of a folder, and its name there. Raises RuntimeError where it failed."""
    command = [sys.executable, "-m", "harness", "run", *ASKED, *PLANNED, "--json", "-"]
    done = finished(command, folder, {"TWO_RUNS_MORE": str(more)})
    return str(json.loads(done.stdout)["run"])


@contextlib.contextmanager
def busy(what: str) -> Iterator[None]:
    """Keep a core busy, if that is what is asked for."""
    loop = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if what == BUSY else None
    try:
        yield
    finally:
        if loop:
            loop.kill()
            loop.wait()


def compare(shelf: Path, folder: Path, kind: Kind) -> str:
    """What is said of the strategy that may have more work; of the same code, of whichever moved. The history is the
    last five runs of the shelf, where new ones are put."""
    (folder / "arm.py").write_text(ARM)
    results = folder / "results"
    results.mkdir()
    for path in sorted(shelf.glob("*.jsonl"))[-HISTORY:]:
        shutil.copy(path, results)
    while len(list(results.glob("*.jsonl"))) < HISTORY:
        stored(folder)
    then = stored(folder)
    for path in results.glob("*.jsonl"):
        shutil.copy(path, shelf)
    with busy(kind.what):
        now = stored(folder, kind.more)
    if kind.what == QUIET and not kind.more:
        shutil.copy(results / f"{now}.jsonl", shelf)
    verdict = said(folder, then, now, kind.more)
    for path in results.glob("*.jsonl"):
        if path.stem not in (then, now):
            path.unlink()
    return verdict if kind.more or verdict in ("slower", "faster") else said(folder, then, now, kind.more)


def said(folder: Path, then: str, now: str, more: int) -> str:
    """A comparison in a word, beside what lies in the results."""
    done = finished([sys.executable, "-m", "harness", "compare", then, now, "--json", "-"], folder, {})
    rows: list[dict[str, Any]] = json.loads(done.stdout)["groups"][0]["rows"]
    arm = next(row for row in rows if row["name"].endswith("Arm"))
    moved = [row["verdict"] for row in rows if row["verdict"] in ("slower", "faster")]
    return str(arm["verdict"] if more or not moved else moved[0])


BLOCKS, CELLS, DEVIATION = 20, 6, 0.02
OWN, COMMON = (0.0, 0.005, 0.01, 0.03), (0.0, 0.1)
"""By what a cell differs from run to run, and by what all cells do."""


def drawn(own: float, common: float, heavy: bool, random: np.random.Generator) -> list[list[Measured]]:
    """So many cells in two runs and their history, without any change; ratios to the first of the cells."""

    def draw(*shape: int) -> Any:
        return random.standard_t(3, shape) / np.sqrt(3) if heavy else random.normal(size=shape)

    of_run = common * draw(1, HISTORY + 2) + own * draw(CELLS, HISTORY + 2)
    times = of_run + DEVIATION / np.sqrt(2 * BLOCKS) * random.normal(size=(CELLS, HISTORY + 2))
    error = DEVIATION / np.sqrt(BLOCKS)
    return [
        [Measured(float(one), error, BLOCKS, 2 * BLOCKS) for one in times[cell] - times[0]] for cell in range(CELLS)
    ]


def coverage(own: float, common: float, heavy: bool, pairs: int, seed: int) -> dict[str, tuple[float, float]]:
    """Of so many pairs of runs, in what share the interval of one cell held no change, by each basis; and half its
    width, the mean."""
    random = np.random.default_rng(seed)
    said: dict[str, list[Moved | None]] = {"history": [], "cells": []}
    for _ in range(pairs):
        cells = drawn(own, common, heavy, random)
        then, now = [cell[0] for cell in cells], [cell[1] for cell in cells]
        said["history"].append(by_history(then[1], now[1], [cells[1][2:]], [[cell[2:]] for cell in cells[2:]]))
        both = list(zip(then, now, strict=True))
        said["cells"].append(by_cells(both[1], [both[0], *both[2:]]))
    return {basis: _held([one for one in moves if one]) for basis, moves in said.items()}


def _held(moves: list[Moved]) -> tuple[float, float]:
    intervals = [judged([one], 0.0)[0] for one in moves]
    held = [one.low <= 0 <= one.high for one in intervals]
    return fmean(held), fmean((one.high - one.low) / 2 for one in intervals)


def simulated(pairs: int) -> Iterator[list[str]]:
    """A line of the table for each model."""
    for own, common, heavy in product(OWN, COMMON, (False, True)):
        found = coverage(own, common, heavy, pairs, seed=20261127)
        about = [f"{own:.1%}", f"{common:.0%}", "t3" if heavy else "normal"]
        yield [*about, *(f"{held:.1%}, {half:.1%}" for held, half in found.values())]


@click.command()
@click.option("--minutes", type=float, default=600.0)
@click.option("--only", default="", help="Only the kinds whose names contain this.")
@click.option("--kept", type=click.Path(dir_okay=False, path_type=Path), default=KEPT / "two-runs.jsonl")
@click.option("--simulate", is_flag=True, help="Print how often intervals are right, and half their width.")
@click.option("--pairs", type=click.IntRange(1), default=20_000, help="Of each simulation.")
def main(minutes: float, only: str, kept: Path, simulate: bool, pairs: int) -> None:
    """Make what is still to be made, and print all."""
    if simulate:
        headings = ["a cell differs", "all cells", "tails", f"history of {HISTORY}", f"the other {CELLS - 1} cells"]
        click.echo(tabulate(simulated(pairs), headings, disable_numparse=True))
    else:
        with tempfile.TemporaryDirectory() as shelf:
            go_on(KINDS, partial(compare, Path(shelf)), kept, minutes, only)


if __name__ == "__main__":
    main()
