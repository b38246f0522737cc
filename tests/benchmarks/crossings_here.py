"""Crossings of this machine, each twice: `python -m tests.benchmarks.crossings_here [--seconds S]`.

Two forms of one job whose costs cross at 50 tasks by construction, sequential against processes over computing, and
sequential against threads over waiting, under two seeds; with the processor time that the sweep itself takes, as a
share of the time that it lasts (its workers are other processes)."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from tabulate import tabulate

from harness import sweep
from harness.document.sweep import Sweep

FORMS = """
from harness.strategies.sequential import Sequential


def work(units):
    for _ in range(units * 1000):
        pass


class Each(Sequential):
    def run(self, task, count, concurrency):
        def twice(index):
            work(2)
            return task(index)

        return super().run(twice, count, concurrency)


class Once(Sequential):
    def run(self, task, count, concurrency):
        def single(index):
            work(1)
            return task(index)

        work(50)
        return super().run(single, count, concurrency)
"""
KINDS: dict[str, dict[str, Any]] = {
    "two forms, 50 tasks": {
        "workload": "noop",
        "strategies": ["{forms}:Each", "{forms}:Once"],
        "tasks": "2..1000",
    },
    "sequential, processes; computing": {
        "workload": "mixed",
        "strategies": ["sequential", "processes"],
        "tasks": 20,
        "options": {"waiting": 0, "computing": "0.00001..0.02"},
    },
    "sequential, threads; waiting": {
        "workload": "sleep",
        "strategies": ["sequential", "threads"],
        "tasks": 20,
        "options": {"seconds": "0.00001..0.02"},
    },
    "8 points, 4 strategies": {
        "workload": "sleep",
        "strategies": ["sequential", "threads", "gevent", "asyncio"],
        "tasks": "1,3,10,30,100,300,1000,3000",
        "options": {"seconds": "0.001"},
    },
}
SEEDS = (1, 2)
HEADINGS = ("of", "seed", "crosses at", "points", "blocks", "seconds", "own computing", "remarks")


def row(kind: str, seed: int, seconds: float, folder: Path) -> list[Any]:
    """Sweep, and say where the first two of the plan cross."""
    forms = folder / "forms.py"
    forms.write_text(FORMS)
    asked = KINDS[kind] | {"strategies": [one.format(forms=forms) for one in KINDS[kind]["strategies"]]}
    began, used = time.monotonic(), time.process_time()
    found = sweep(**asked, seed=seed, max_time=seconds, results=folder / "results", wait=True)
    own = (time.process_time() - used) / (time.monotonic() - began)
    said = "; ".join(remarks(found))
    return [kind, seed, "; ".join(crossed(found)) or "-", len(found.points), found.blocks, f"{found.seconds:.0f}",
            f"{own:.1%}", said]  # fmt: skip


def crossed(found: Sweep) -> Iterator[str]:
    for one in found.crossovers:
        yield f"{one.from_}, {one.to}: {one.low:.3g} - {one.high:.3g}"


def remarks(found: Sweep) -> Iterator[str]:
    """What the sweep does not know, and in which states strategies were."""
    yield from found.open
    for one in found.crossovers:
        yield from (f"{name} in two states, {ratio:.2g} x" for name, ratio in one.two_states.items())


@click.command()
@click.option("--seconds", default=110.0, show_default=True, help="That a sweep may take.")
@click.option("--only", default="", help="Only what contains this.")
def main(seconds: float, only: str) -> None:
    """Measure, and print the table."""
    rows = []
    for kind in KINDS:
        if only not in kind:
            continue
        for seed in SEEDS:
            with tempfile.TemporaryDirectory() as folder:
                rows.append(row(kind, seed, seconds, Path(folder)))
                click.echo(" ".join(map(str, rows[-1])), err=True)
    click.echo(tabulate(rows, HEADINGS, disable_numparse=True))


if __name__ == "__main__":
    main()
