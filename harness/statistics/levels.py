"""What one run says of each of its cells, to be put beside other runs. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import stdev

import msgspec

from harness.record.plan import Plan
from harness.record.sample import Sample
from harness.statistics.ranks import hodges_lehmann
from harness.statistics.runs import Measured
from harness.statistics.same import differences
from harness.statistics.verdicts import against_reference


def levels(plan: Plan, samples: Sequence[Sample], group: int, reference: str) -> dict[int, Measured]:
    """The cells of a group that have numbers, by the strategies' places, against a strategy of the plan (that one is
    at 0); nothing where that has none."""
    asked = msgspec.structs.replace(plan, reference=reference)
    mine = [one for one in samples if one.group == group]
    numbers, place, arms = against_reference(asked, mine)
    invalid = {one for one, said in differences(asked, mine, group).items() if said.invalid}
    if plan.strategies[place].name != reference or place not in numbers or place in invalid:
        return {}
    found = {}
    for one, blocks in numbers.items():
        ratios = arms.get(one, [0.0])
        if len(ratios) and one not in invalid:
            error = stdev(ratios) / math.sqrt(len(ratios)) if len(ratios) > 1 else 0.0
            rounds = sum(len(taken.values) for taken in blocks.values())
            found[one] = Measured(hodges_lehmann(ratios), error, len(blocks), rounds)
    return found
