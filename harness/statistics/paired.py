"""Samples into estimates, intervals and verdicts. Pure functions of numbers.

A comparison is one log-ratio for each block: one worker's rounds against the reference's within the same block."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist, median, stdev
from typing import Literal, NamedTuple

from harness.statistics import flat
from harness.statistics.ranks import Floats, hodges_lehmann, interval, sign_flip_p, weighted_median
from harness.statistics.student import t_quantile

Verdict = Literal["faster", "slower", "same", "undecided"]
Rule = Literal["ranks", "early"]

ALPHA = 0.05
POWER = 0.8
MARGIN = 0.02
MOST_BLOCKS = 1000
FAR = 40
"""Turns beyond the nearest pair of rounds at which a pair is left out: all such weigh less than a sum's rounding."""


class Rounds(NamedTuple):
    """A worker's values, and the places of their rounds in the block: the first round of all has place 0."""

    values: list[float]
    places: list[int]


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, lowest and highest of the samples."""
    return {"median": median(values), "low": min(values), "high": max(values)}


def smallest_n(alpha: float) -> int:
    """The fewest blocks with which the sign-flip test can reject at all: 2^(1-n) <= alpha."""
    return 1 + math.ceil(math.log2(1 / alpha))


def holm_levels(p_values: Sequence[float], alpha: float = ALPHA) -> list[float]:
    """The level at which Holm's procedure tests each hypothesis (Holm 1979). Those after the first that stands
    are tested at its level."""
    m = len(p_values)
    levels = [alpha] * m
    level, standing = alpha / max(m, 1), False
    for rank, place in enumerate(sorted(range(m), key=lambda place: p_values[place])):
        if not standing:
            level = alpha / (m - rank)
            standing = p_values[place] > level
        levels[place] = level
    return levels


def half_width(sd: float, n: int, alpha: float) -> float:
    """The half width that a paired t interval of n blocks has, from the deviation of the log-ratios."""
    return t_quantile(n - 1, 1 - alpha / 2) * sd / math.sqrt(n)


def smallest_detectable(sd: float, n: int, alpha: float, margin: float) -> float:
    """The slowdown, as a share, that n blocks would call by the margin rule in 4 of 5 runs (paired t power,
    Chow, Shao and Wang 2008; ranks need about 1 / 0.955 as many blocks)."""
    spread_ = sd / math.sqrt(0.955 * n)
    quantiles = t_quantile(n - 1, 1 - alpha / 2) + t_quantile(n - 1, POWER)
    return math.exp(math.log1p(margin) + quantiles * spread_) - 1


def blocks_to_settle(estimate: float, sd: float, n: int, alpha: float, margin: float) -> int | None:
    """The fewest blocks, more than the n that there are, with which the interval round this estimate would lie on one
    side of the margin (or, within it, the equivalence test would hold); None beyond `MOST_BLOCKS`."""
    beyond = abs(estimate) - math.log1p(margin)
    level = alpha if beyond > 0 else 2 * ALPHA
    low, high = max(smallest_n(alpha), n + 1), MOST_BLOCKS
    if half_width(sd, high, level) >= abs(beyond):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if half_width(sd, middle, level) < abs(beyond) else (middle + 1, high)
    return low


@dataclass(frozen=True)
class PairedRatio:
    """A row against the reference: time ratios, below 1 is faster."""

    estimate: float
    low: float
    high: float
    verdict: Verdict
    p: float
    level: float
    blocks: int
    deviation: float | None = None
    smallest_detectable: float | None = None
    blocks_to_settle: int | None = None
    reason: str | None = None
    rule: Rule = "ranks"
    """What the verdict and the interval are of: exact ranks, or few blocks that show a huge effect."""

    @property
    def precision(self) -> float:
        """Half the width of the interval, as a share."""
        return math.sqrt(self.high / self.low) - 1


def log_ratios(ours: Mapping[int, Rounds], reference: Mapping[int, Rounds]) -> Floats:
    """log(ours / reference) for each block in which both have rounds (positive numbers).

    What slows a machine slows the rounds that lie next to each other in time, so the nearer two rounds are, the more
    their ratio says: a block's is the weighted median (Edgeworth 1888) of the log-ratios of all pairs, whose weight
    falls by e for each turn that lies between them."""
    blocks = sorted(ours.keys() & reference.keys())
    return [weighted_median(_near_pairs(ours[block], reference[block])) for block in blocks]


def _near_pairs(ours: Rounds, reference: Rounds) -> Iterator[tuple[float, float]]:
    """The log-ratio of each pair of rounds that are not too far apart to matter, and its weight."""
    (values, places), (their_values, their_places) = _in_order(ours), _in_order(reference)
    # Whoever has more rounds ran the last of them with fewer others, or alone.
    fewest = min(len(places), len(their_places))
    turn = max(
        (1 + some[-1]) / fewest for some in (places, their_places) if len(some) == fewest
    )  # its length in rounds
    least = min(_nearest(place, their_places) for place in places)
    for value, place in zip(values, places, strict=True):
        first = bisect_left(their_places, place - least - FAR * turn)
        last = bisect_right(their_places, place + least + FAR * turn)
        for other in range(first, last):
            weight = math.exp((least - abs(place - their_places[other])) / turn)
            yield value - their_values[other], weight


def _in_order(rounds: Rounds) -> tuple[list[float], list[int]]:
    """The logarithms of some rounds' values and their places, by place."""
    pairs = sorted(zip(rounds.places, rounds.values, strict=True))
    return [math.log(value) for _, value in pairs], [place for place, _ in pairs]


def _nearest(place: int, places: Sequence[int]) -> int:
    """How far the nearest of some places in order lies."""
    after = bisect_left(places, place)
    return min(abs(place - one) for one in places[max(0, after - 1) : after + 1])


def verdict_of(d: Floats, level: float, margin: float, near: float = 2 * ALPHA) -> Verdict:
    """What the blocks say. `faster` and `slower`: the whole interval lies beyond the margin. `same`: two one-sided
    tests hold, that is the 90 % interval (that of the level `near`) lies within it (Schuirmann 1987)."""
    bound = math.log1p(margin)
    if len(d) < smallest_n(level):
        return "undecided"
    low, high = interval(d, level)
    if low > bound or high < -bound:
        return "slower" if low > bound else "faster"
    low, high = interval(d, near)
    return "same" if -bound < low and high < bound else "undecided"


def compare(d: Floats, level: float, margin: float, near: float = 2 * ALPHA) -> PairedRatio:
    """The comparison of some log-ratios (at least one), tested at a level."""
    n, estimate = len(d), hodges_lehmann(d)
    low, high = interval(d, level)
    verdict = verdict_of(d, level, margin, near)
    ratios = math.exp(estimate), math.exp(low), math.exp(high)
    said = PairedRatio(*ratios, verdict, sign_flip_p(d), level, n)
    if n < smallest_n(level):
        return replace(said, reason=f"{n} of the {smallest_n(level)} blocks that a verdict needs")
    sd = stdev(d)
    settled = None if verdict != "undecided" else blocks_to_settle(estimate, sd, n, level, margin)
    least = smallest_detectable(sd, n, level, margin)
    return replace(said, deviation=sd, smallest_detectable=least, blocks_to_settle=settled)


def repeated_level(most: int, comparisons: int, alpha: float = ALPHA) -> float:
    """The level of each of some intervals that hold together (at 1 - alpha) after every block of at most so many."""
    return 2 * flat.bound(most, alpha / 2 / comparisons)


def family(
    arms: Sequence[Floats], margin: float, alpha: float = ALPHA, most: int | None = None
) -> list[PairedRatio | None]:
    """The comparisons of a group; None for an arm without a block. At Holm's levels, or, where it was looked after each
    of at most so many blocks whether there are enough, at one level for all (Bonferroni)."""
    tested = [place for place, d in enumerate(arms) if len(d)]
    near = 2 * flat.bound(most, ALPHA) if most else 2 * ALPHA
    if most:
        levels = dict.fromkeys(tested, repeated_level(most, max(1, len(tested)), alpha))
    else:
        levels = dict(zip(tested, holm_levels([sign_flip_p(arms[place]) for place in tested], alpha), strict=True))
    return [compare(d, levels[place], margin, near) if place in levels else None for place, d in enumerate(arms)]


def one_sample(values: Sequence[float]) -> dict[str, float]:
    """Hodges-Lehmann estimate of what the samples centre on, with its 95 % interval."""
    low, high = interval(values, ALPHA)
    return {"estimate": hodges_lehmann(values), "low": low, "high": high}


def wilson(hits: int, tries: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    z = NormalDist().inv_cdf(1 - ALPHA / 2)
    share = hits / tries
    middle = (hits + z * z / 2) / (tries + z * z)
    half = z * math.sqrt(tries * share * (1 - share) + z * z / 4) / (tries + z * z)
    return 0.0 if hits == 0 else middle - half, 1.0 if hits == tries else middle + half
