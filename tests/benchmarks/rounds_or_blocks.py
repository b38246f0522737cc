"""What more rounds in a worker would save a gate: its seconds by rounds and by where the scatter lies, simulated.

`python -m tests.benchmarks.rounds_or_blocks` prints the table of docs/decisions.md. A gate of one cell with a limit
of 2 %, its own bounds, normal noise: of a block's log-ratio (`between`), and of a round's within it (`within`),
percent."""

from __future__ import annotations

from itertools import product
from statistics import fmean

import click
import numpy as np
from tabulate import tabulate

from harness.gate.looks import Bounds
from harness.statistics import flat

LIMIT, SECONDS, ARMS = 0.02, 300.0, 3
START, ROUND = 0.6, 0.03
"""Seconds of a block beside its rounds (three workers, and what is ours), and of a round: of a gate of this machine."""
ROUNDS = (2, 4, 8, 16, 32)
SCATTER = list(product((0.3, 1.0, 2.0), (1.0, 4.0, 10.0, 30.0)))


def ended(random: np.random.Generator, between: float, within: float, rounds: int, truth: float) -> tuple[float, bool]:
    """Seconds until a gate said something of a truth (a share), or its time was up, and whether it did."""
    each = START + ARMS * rounds * ROUND
    most = min(80, flat.row(SECONDS / each))
    bounds = Bounds(most, 1)
    deviation = np.hypot(between, within / np.sqrt(rounds)) / 100
    number = min(most, int(SECONDS / each))
    d = np.log1p(truth) + deviation * random.normal(size=number) - np.log1p(LIMIT)
    sides = (flat.rejected(list(d), bounds.regression, most), flat.rejected(list(-d), bounds.passing, most))
    for block, (worse, better) in enumerate(zip(*sides, strict=True), 1):
        if worse or better:
            return block * each, True
    return number * each, False


@click.command()
@click.option("--tries", default=400)
def main(tries: int) -> None:
    """Print mean seconds, and the share that was decided where it is not all, by rounds of a worker."""
    random = np.random.default_rng(1)
    rows = []
    for (between, within), truth in product(SCATTER, (0.0, 0.05)):
        row: list[object] = [between, within, f"{truth:.0%}"]
        for rounds in ROUNDS:
            came = [ended(random, between, within, rounds, truth) for _ in range(tries)]
            share = fmean(said for _, said in came)
            row.append(f"{fmean(took for took, _ in came):.0f} s" + ("" if share == 1 else f", {share:.0%}"))
        rows.append(row)
    click.echo(tabulate(rows, headers=["between", "within", "truth", *(f"{one} rounds" for one in ROUNDS)]))


if __name__ == "__main__":
    main()
