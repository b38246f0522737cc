"""Whether qemu-user counts what callgrind counts, how well each repeats, and how long a sample takes.

`python -m tests.benchmarks.counters [--repeats N] [--minutes M] [--kept FILE]` counts a task of six strategies with
each counter, again and again, until there are enough repeats or the time is up; it goes on where it was stopped, and
prints the table. Counts do not feel load, seconds do."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import click
from tabulate import tabulate

from tests.benchmarks.proof import KEPT, finished
from tests.builders import LOOK

STRATEGIES = ("asyncio", "gevent", "greenlet", "threads", "trio", "uvloop")
COUNTERS = ("qemu", "callgrind")
COUNT = ("--count", "instructions", *LOOK, "--quiet", "--wait", "--json", "-")
WORK = ("-W", "switch", "-P", "switches=1", "--tasks", "1000")
HEADINGS = ("strategy", "repeats", *COUNTERS, "apart", *(f"{name} spread" for name in COUNTERS),
            *(f"{name} s" for name in COUNTERS))  # fmt: skip


class Counted(NamedTuple):
    """Instructions of a task of a strategy, by a counter, and the seconds that the sample took."""

    strategy: str
    counter: str
    instructions: float
    seconds: float


def counted(strategy: str, counter: str) -> Counted:
    """One sample. Raises RuntimeError where it failed."""
    asked = [sys.executable, "-m", "harness", "run", "-s", strategy, *WORK, *COUNT, "--count-with", counter]
    with tempfile.TemporaryDirectory() as folder:
        said: dict[str, Any] = json.loads(finished(asked, Path(folder), {}).stdout)
    (row,) = said["groups"][0]["rows"]
    return Counted(strategy, counter, row["instructions_per_task"]["median"], round(said["seconds"]["counting"], 2))


def made(path: Path) -> list[Counted]:
    """The samples that are there already. Raises click.ClickException where nobody can read or write them."""
    try:
        path.touch()
        lines = [json.loads(line) for line in path.read_text().splitlines()]
        return [Counted(*(line[name] for name in Counted._fields)) for line in lines]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise click.ClickException(f"{path}: {error}") from None


def rows(samples: Sequence[Counted]) -> Iterator[list[Any]]:
    """A line for each strategy: medians over repeats, how far they are apart, and the widest that each was."""
    for strategy in STRATEGIES:
        by = {name: [one for one in samples if (one.strategy, one.counter) == (strategy, name)] for name in COUNTERS}
        if not all(by.values()):
            continue
        counts = {name: [one.instructions for one in mine] for name, mine in by.items()}
        middles = [median(counts[name]) for name in COUNTERS]
        spreads = [f"{max(mine) / min(mine) - 1:.3%}" for mine in counts.values()]
        took = [f"{median(one.seconds for one in mine):.1f}" for mine in by.values()]
        repeats = min(map(len, by.values()))
        apart = f"{middles[0] / middles[1] - 1:+.3%}"
        yield [strategy, repeats, *(f"{one:,.0f}" for one in middles), apart, *spreads, *took]


@click.command()
@click.option("--repeats", type=click.IntRange(1), default=20, show_default=True)
@click.option("--minutes", type=float, default=600.0)
@click.option("--kept", type=click.Path(dir_okay=False, path_type=Path), default=KEPT / "counters.jsonl")
def main(repeats: int, minutes: float, kept: Path) -> None:
    """Make what is still to be made, and print all."""
    began = time.monotonic()
    kinds = [(strategy, counter) for strategy in STRATEGIES for counter in COUNTERS]
    while time.monotonic() - began < 60 * minutes:
        there = [(one.strategy, one.counter) for one in made(kept)]
        kind = min(kinds, key=there.count)
        if there.count(kind) >= repeats:
            break
        one = counted(*kind)
        about = one._asdict() | {"taken_at": datetime.now(UTC).isoformat(timespec="seconds")}
        with kept.open("a") as file:
            file.write(json.dumps(about) + "\n")
        click.echo(f"{' '.join(kind)}: {one.instructions:,.0f}, {one.seconds} s", err=True)
    click.echo(tabulate(rows(made(kept)), HEADINGS, disable_numparse=True))


if __name__ == "__main__":
    main()
