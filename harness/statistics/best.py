"""The set of the best: the arms that are not shown to be slower than another. Pure functions of numbers.

Each against each, one-sided: for "the best stays" only the comparisons of the others with the best matter, so the
error is divided by one less than there are arms (multiple comparisons with the best: Hsu 1984; Edwards and Hsu 1983),
here by exact signed ranks. Those that early blocks show to be far slower have left before, and are not counted."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from itertools import permutations
from typing import Literal, NamedTuple

from harness.statistics.early import EXACT
from harness.statistics.ranks import Floats, above_p

How = Literal["fastest", "level", "open"]
"""One is left; all that are left are shown to be level, within the margin; they are not told apart."""
Pairs = Mapping[tuple[int, int], Floats]
"""log(time of i / time of j) in each block that both have."""


class Best(NamedTuple):
    """Those that are left, and how they stand."""

    members: list[int]
    how: How


def fewest(arms: int) -> int:
    """The fewest blocks with which one of so many arms can be shown to be slower: 2^-n <= alpha / (arms - 1)."""
    return math.ceil(math.log2((arms - 1) / EXACT)) if arms > 1 else 0


def best(pairs: Pairs, left: Collection[int], arms: int, margin: float) -> Best:
    """Of so many arms, those that the early rule left and that nobody beats."""
    unbeaten = [i for i in left if all(not slower(pairs, i, j, len(left) - 1) for j in left if j != i)]
    members = unbeaten or list(left)  # ranks may beat in a circle, once in a blue moon
    if len(members) == 1:
        return Best(members, "fastest")
    tied = (level(pairs[i, j], EXACT / max(1, arms - 1), margin) for i, j in permutations(members, 2))
    return Best(members, "level" if members and all(tied) else "open")


def slower(pairs: Pairs, i: int, j: int, comparisons: int) -> bool:
    """Whether arm i is shown to be slower than arm j, in one of so many comparisons."""
    return above_p(pairs[i, j]) <= EXACT / comparisons


def level(d: Floats, alpha: float, margin: float) -> bool:
    """Whether an arm is shown to be at most the margin slower than another, by its log-ratios to that."""
    near = math.log1p(margin)
    return above_p([near - one for one in d]) <= alpha
