"""How often a gate that looks after every block is wrong, by simulation: `python -m tests.benchmarks.any_block`.

Each stream is a gate of one cell: base, candidate and null arm, whose noise is one of eight models. The candidate is
slower by exactly the limit, which is where errors are most frequent; and by nothing or 5 %, where it shows how many
blocks are enough. What decides is `harness.gate.looks` itself. It takes some minutes of one core."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

import click
import numpy as np
from tabulate import tabulate

from harness.gate.looks import Bounds, Cell, Said, first_said
from harness.statistics import early
from tests import noise
from tests.noise import MODELS

LIMIT, MOST, SEED = 0.02, 40, 20261127
TRUTHS = (LIMIT, 0.0, 0.05)


class Shares(NamedTuple):
    """Of many gates: those that were a regression, those that passed, and the blocks that a gate took on average."""

    regressions: float
    passes: float
    blocks: float


def said(stream: Sequence[Sequence[float]], truth: float, model: str, most: int) -> Said | None:
    """What a gate says of one stream of arms x blocks, the candidate slower by a share."""
    base, candidate, _ = arms = [list(map(float, arm)) for arm in stream]
    d = [ours - theirs + math.log1p(truth) for ours, theirs in zip(candidate, base, strict=True)]
    scatters = {n: early.pooled([arm[:n] for arm in arms]) for n in early.SPEND}
    least = early.THREADS if model == "modes" else early.STRICT
    return first_said(Cell(dict(enumerate(d)), LIMIT, frozenset(), scatters, least), Bounds(most, 1))


def shares(model: str, sd: float, truth: float, streams: int, most: int = MOST, seed: int = SEED) -> Shares:
    """What comes of so many gates."""
    drawn = noise.blocks(np.random.default_rng(seed), model, streams, 3, most, sd)
    found = [said(stream, truth, model, most) for stream in drawn]
    regressions = sum(one.regression for one in found if one)
    passes = sum(not one.regression for one in found if one)
    blocks = sum(one.own if one else most for one in found)
    return Shares(regressions / streams, passes / streams, blocks / streams)


def lines(streams: int) -> Iterator[tuple[str, str, str, str, str, str]]:
    """A line for each model, deviation and truth."""
    for model, sd, truth in product(MODELS, (0.01, 0.02), TRUTHS):
        found = shares(model, sd, truth, streams)
        yield (
            model,
            f"{sd:.0%}",
            f"{truth:.0%}",
            f"{found.regressions:.2%}",
            f"{found.passes:.2%}",
            f"{found.blocks:.1f}",
        )


@click.command()
@click.option("--streams", type=click.IntRange(1), default=20_000, show_default=True)
def main(streams: int) -> None:
    """Print the table."""
    headings = ("noise", "sd", "slower by", "regression", "pass", "blocks")
    print(tabulate(lines(streams), headings, disable_numparse=True))


if __name__ == "__main__":
    main()
