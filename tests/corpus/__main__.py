"""`python -m tests.corpus`: what `explain` finds in each program under each runtime, and what it should have found.

Results are kept in a file and not taken again; with `--again` they are."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from tests.corpus import HERE, cases
from tests.corpus.case import RUNTIMES, Case
from tests.corpus.explained import explained, pairs
from tests.corpus.results import Asked, Result, misses, result, results, table

FILE = HERE / "explained.jsonl"


@contextlib.contextmanager
def both_cores_busy(wanted: bool) -> Iterator[None]:
    """A process that computes for each core, as long as this lasts."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(os.cpu_count() or 1) if wanted]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def one(asked: Asked) -> Result:
    """What `explain` says of one program."""
    return result(asked, lambda asked: explained(asked.case, asked.runtime))


Pair = tuple[Case, str]


def chosen(runtimes: tuple[str, ...], only: str, once: bool, turn: int = 0) -> list[Pair]:
    """The programs and runtimes that were asked for."""
    asked = runtimes or RUNTIMES
    return [pair for pair in pairs(cases(), not once, turn) if only in pair[0].name and pair[1] in asked]


@click.command()
@click.option("--runtime", "runtimes", multiple=True, type=click.Choice(RUNTIMES), help="Default: all.")
@click.option("--only", default="", help="Programs whose name has this in it.")
@click.option("--once", is_flag=True, help="Each program under one of its runtimes, by turns.")
@click.option("--repeat", default=1, help="How often each.")
@click.option("--beside-load", is_flag=True, help="With both cores busy.")
@click.option("--again", is_flag=True, help="Forget what was kept.")
@click.option("--jobs", default=1, help="How many at a time.")
@click.option("--file", type=click.Path(path_type=Path), default=FILE, help="Where results are kept.")
def main(
    runtimes: tuple[str, ...], only: str, once: bool, repeat: int, beside_load: bool, again: bool, jobs: int, file: Path
) -> None:
    """Run `explain` over the corpus, and say what it found."""
    if again:
        file.unlink(missing_ok=True)
    asked = [
        Asked("explain", *pair, turn, beside_load)
        for turn in range(repeat)
        for pair in chosen(runtimes, only, once, turn)
    ]
    with both_cores_busy(beside_load):
        rows = list(results(asked, one, jobs, file))
    click.echo("\n".join([*misses(rows), "", table(rows)]))


if __name__ == "__main__":
    main()
