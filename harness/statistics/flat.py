"""Tests that may look after every block: signed ranks against one bound of p, for a number of blocks that is fixed
before the first look. Pure functions of numbers, and their table in bounds.json (`python -m tests.bounds` makes it).

The bound is flat (Pocock 1977, for signed ranks; Reynolds 1975): over all looks together a true hypothesis is rejected
with a chance of alpha. The interval that goes with it, at the level 1 - 2 bound, holds at all looks at once: a repeated
confidence interval (Jennison and Turnbull 1989). docs/trust.md has what came of it in simulations."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import msgspec

from harness.statistics.ranks import Floats, signed_rank_cdf

CELLS = 0.85
"""Of a bound divided by the comparisons: what is surely below the bound of alpha divided by them."""
EXACT = 1 + 1e-9


class Table(msgspec.Struct, frozen=True):
    """The simulated bounds: for the most blocks, one for each alpha in order."""

    streams: int
    seed: int
    first: int
    alphas: list[float]
    bounds: dict[int, list[float]]


@lru_cache
def table() -> Table:
    """What was simulated."""
    return msgspec.json.decode(Path(__file__).with_name("bounds.json").read_bytes(), type=Table)


def rows() -> list[int]:
    """The numbers of blocks whose bounds were simulated."""
    return sorted(table().bounds)


def row(blocks: float) -> int:
    """The least number of blocks in the table that holds so many; as many, whole, where none does."""
    return next((most for most in rows() if most >= blocks), math.ceil(blocks))


@lru_cache
def bound(most: int, alpha: float) -> float:
    """The bound of a one-sided p that is looked at after each block from the fifth on, up to `most`. Where nothing
    was simulated it is lower than it need be: of the next smaller alpha, of the next row, and beyond the last row half
    for each doubling (each takes a quarter off)."""
    alphas, bounds = table().alphas, table().bounds
    last = max(bounds)
    found = bounds[min(row(most), last)]
    below = [c for known, c in zip(alphas, found, strict=True) if known <= alpha * EXACT]
    least = below[-1] if below else CELLS * found[0] * alpha / alphas[0]
    return least * min(1.0, last / most)


def fewest(c: float) -> int:
    """The fewest blocks with which a p can be as low: 2^-n <= c."""
    return max(table().first, math.ceil(math.log2(1 / c)))


@lru_cache(maxsize=1024)
def critical(c: float, n: int) -> int:
    """How many of the Walsh averages of n blocks may lie on the other side for p <= c; -1 where none may."""
    return bisect_right(signed_rank_cdf(n), c) - 1


def rejected(d: Floats, c: float, most: int) -> Sequence[bool]:
    """After each block: whether the one-sided p of "the centre is above 0" is at most c. Ties count against it."""
    other, said = 0, []
    for n, value in enumerate(d[:most], 1):
        other += sum(value + before <= 0 for before in d[:n])
        said.append(n >= table().first and other <= critical(c, n))
    return said
