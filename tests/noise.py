"""Eight models of how blocks scatter: the logarithms of the times of some arms in some blocks, as a machine might make
them, all of the same centre."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

MODELS = ("normal", "t3", "burst one", "burst each", "drift", "ar", "all", "modes")


def blocks(random: np.random.Generator, model: str, tries: int, arms: int, number: int, deviation: float) -> Any:
    """Of so many tries: [try, arm, block]. `deviation` is that of the log-ratio of two arms, without bursts and modes.

    A fifth of the blocks is 10 to 50 % slower: on one arm or on all (burst one), or on each arm by itself (burst each).
    All arms walk by 5 % a block (drift); blocks are correlated by 0.3 (ar); the first two arms are fast or 2x slower by
    a coin in each block (modes)."""
    shape = tries, arms, number
    made = random.standard_t(3, shape) / math.sqrt(3) if model in ("t3", "all") else random.normal(size=shape)
    made = made * deviation / math.sqrt(2)
    if model in ("ar", "all"):
        for block in range(1, number):
            made[..., block] = 0.3 * made[..., block - 1] + math.sqrt(1 - 0.09) * made[..., block]
    size = np.log1p(random.uniform(0.1, 0.5, shape))
    if model in ("burst one", "all"):
        hit, whole = random.random((tries, 1, number)) < 0.2, random.random((tries, 1, number)) < 0.5
        one = random.integers(arms, size=(tries, 1, number)) == np.arange(arms)[:, None]
        made += hit * np.where(whole, size[:, :1], one * size)
    if model == "burst each":
        made += (random.random(shape) < 0.2) * size
    if model in ("drift", "all"):
        made += np.cumsum(random.normal(size=(tries, 1, number)) * 0.05, axis=2)
        made += random.uniform(-0.005, 0.005, shape)
    if model == "modes":
        slow = random.random((tries, min(arms, 2), number)) < 0.5
        made[:, :2] += math.log(2) * (slow - 0.5)
    return made
