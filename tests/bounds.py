"""The bounds of tests that look after every block: `python -m tests.bounds` makes harness/statistics/bounds.json.

One-sided signed-rank p of each stream of blocks, after every block from the fifth on, against one constant: the bound
is the constant that a share alpha of the streams reaches at some look (Pocock 1977, for ranks; Reynolds 1975). Ranks
and signs of symmetric, independent differences do not depend on what the noise is like, so the noise here is normal.
The file takes some minutes of one core; what it says is off by the simulation's error alone, which is printed."""

from __future__ import annotations

import json
import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from tests.builders import ROOT

FILE = ROOT / "harness" / "statistics" / "bounds.json"
SEED, STREAMS, CHUNK = 20261127, 400_000, 2000
FIRST = 5
ROWS = (10, 20, 40, 80, 160, 320)
ALPHAS = sorted({share / cells for share in (0.05, 0.025, 0.0235, 0.022) for cells in (1, 2, 3, 4, 5, 6, 8, 10, 12)})
Numbers = NDArray[np.float64]


@lru_cache(None)
def tail(n: int) -> Numbers:
    """P(W >= w), w = 0 ... n(n+1)/2, of the sum of the ranks whose sign is positive."""
    chance = np.ones(1)
    for rank in range(1, n + 1):
        gap = np.zeros(rank)
        chance = (np.concatenate([chance, gap]) + np.concatenate([gap, chance])) / 2
    return np.cumsum(chance[::-1])[::-1]


def p_at_every_block(x: Numbers) -> Numbers:
    """p[stream, n - 1] of a centre above 0 by the first n blocks of each stream: by the Walsh averages above 0."""
    above = np.cumsum([(x[:, : j + 1] + x[:, [j]] > 0).sum(1) for j in range(x.shape[1])], axis=0)
    return np.stack([tail(j + 1)[above[j]] for j in range(x.shape[1])], axis=1)


def least_p(streams: int, seed: int, rows: tuple[int, ...] = ROWS) -> dict[int, Numbers]:
    """For each number of blocks, the least p of each stream over its looks."""
    random, found = np.random.default_rng(seed), []
    for start in range(0, streams, CHUNK):
        noise = random.normal(size=(min(CHUNK, streams - start), rows[-1]))
        running = np.minimum.accumulate(p_at_every_block(noise)[:, FIRST - 1 :], axis=1)
        found.append(running[:, [row - FIRST for row in rows]])
    return dict(zip(rows, np.concatenate(found).T, strict=True))


def rounded_down(value: float) -> float:
    """To six digits; what is equal to a p that can occur comes to lie below it."""
    digits = 5 - math.floor(math.log10(value))
    return math.floor(value * (1 - 1e-9) * 10**digits) / 10**digits


def table(streams: int, seed: int) -> dict[str, object]:
    """The content of the file."""
    least = least_p(streams, seed)
    bounds = {str(row): [rounded_down(float(c)) for c in np.quantile(p, ALPHAS)] for row, p in least.items()}
    about = {"streams": streams, "seed": seed, "first": FIRST}
    return about | {"alphas": [float(f"{alpha:.8g}") for alpha in ALPHAS], "bounds": bounds}


if __name__ == "__main__":
    FILE.write_text(json.dumps(table(STREAMS, SEED), indent=1) + "\n")
    for alpha in (0.05, 0.022):
        print(f"alpha {alpha}: kept to within {2 * math.sqrt(alpha * (1 - alpha) / STREAMS):.5f} (two standard errors)")
