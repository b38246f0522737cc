"""Noise that statistics are tried on: logarithms of times of several arms in the same blocks, by eight models."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]
MODELS = ("normal", "t3", "burst one", "burst each", "drift", "ar", "all", "modes")
"""Heavy tails (Student, 3 degrees of freedom); a fifth of the blocks 10 to 50 % slower, half of them on all arms and
half on one, or on each arm by itself; a common walk of 5 % a block and 1 % within it; 0.3 from block to block; all of
these (one burst at a time); and two arms that are fast or twice as slow, by a coin in each block."""


def noise(random: np.random.Generator, model: str, reps: int, arms: int, blocks: int, sd: float) -> Numbers:
    """reps x arms x blocks; `sd` is that of the log-ratio of two arms, without bursts and modes."""
    shape = (reps, arms, blocks)
    e = random.standard_t(3, shape) / np.sqrt(3) if model in ("t3", "all") else random.normal(size=shape)
    e *= sd / np.sqrt(2)
    if model in ("ar", "all"):
        for block in range(1, blocks):
            e[..., block] = 0.3 * e[..., block - 1] + np.sqrt(1 - 0.09) * e[..., block]
    size = np.log1p(random.uniform(0.1, 0.5, shape))
    if model in ("burst one", "all"):
        hit, whole = random.random((2, reps, 1, blocks)) < np.array([0.2, 0.5])[:, None, None, None]
        one = random.integers(arms, size=(reps, 1, blocks)) == np.arange(arms)[:, None]
        e += hit * np.where(whole, size[:, :1], one * size)
    if model == "burst each":
        e += (random.random(shape) < 0.2) * size
    if model in ("drift", "all"):
        e += np.cumsum(random.normal(size=(reps, 1, blocks)) * 0.05, axis=2) + random.uniform(-0.005, 0.005, shape)
    if model == "modes":
        e[:, :2] += np.log(2) * ((random.random((reps, min(arms, 2), blocks)) < 0.5) - 0.5)
    return e
