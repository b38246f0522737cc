"""Quantiles of Student's t, for whole degrees of freedom. Pure functions."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

CLOSE = 1e-13
"""The step, as a share, at which the search for a quantile ends."""


@lru_cache(maxsize=1024)
def t_quantile(freedom: int, p: float) -> float:
    """The value below which t lies with probability p (between 0 and 1), for one or more degrees of freedom.

    By Newton's method from the normal quantile: beyond 0 that is the smaller, and the distribution is concave, so that
    no step goes too far."""
    if p < 0.5:
        return -t_quantile(freedom, 1 - p)
    found = NormalDist().inv_cdf(p)
    for _ in range(200):  # a dozen are enough but for one or two degrees of freedom far out
        step = (p - (1 + within(freedom, found)) / 2) / _density(freedom, found)
        found += step
        if step <= CLOSE * found:
            break
    return found


def within(freedom: int, t: float) -> float:
    """P(-t < T < t) by its finite series (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4)."""
    odd = freedom % 2
    hypotenuse = math.sqrt(freedom + t * t)
    sine, squared = t / hypotenuse, freedom / (freedom + t * t)
    total, term = 0.0, math.sqrt(squared) if odd else 1.0
    for k in range(1 + odd, freedom, 2):
        total += term
        term *= squared * k / (k + 1)
    return 2 / math.pi * (math.atan(t / math.sqrt(freedom)) + sine * total) if odd else sine * total


def _density(freedom: int, t: float) -> float:
    half = (freedom + 1) / 2
    log = math.lgamma(half) - math.lgamma(freedom / 2) - half * math.log1p(t * t / freedom)
    return math.exp(log) / math.sqrt(math.pi * freedom)
