"""Which cells of a run go on, and how many blocks they need: those of which few blocks have said all stop.

Only verdicts of the early looks stop a cell: they have an error of their own, over all looks. What exact tests would
say is not asked before the end, or looking would cost them theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from harness.record.plan import Plan
from harness.record.sample import Sample
from harness.statistics import best, pairwise
from harness.statistics.early import EXACT
from harness.statistics.paired import smallest_n
from harness.statistics.verdicts import of_group


class Open(NamedTuple):
    """What is not decided of a group: the rows that go on, and the blocks that their verdicts need."""

    rows: set[int]
    blocks: int


def still_open(plan: Plan, samples: Sequence[Sample], group: int) -> Open:
    """What few blocks leave open. A row is decided that they compare with the reference, and show to be slower than one
    of those that may be the best."""
    verdicts = of_group(plan, samples, group)
    found = pairwise.table(plan, samples, group, verdicts)
    reference = verdicts.arms.reference
    unlike_reference = {s for s, row in verdicts.rows.items() if row.rule != "early"}
    beaten = {i for (i, j), said in found.found.items() if said and said.side > 0 and j in found.left}
    rows = set(unlike_reference)
    if unlike_reference:
        rows.add(reference)
    contenders = verdicts.arms.numbers.keys() - beaten
    if len(contenders) > 1 or not verdicts.rows:  # or there is nothing to compare
        rows |= contenders
    blocks = max(smallest_n(EXACT / max(1, len(unlike_reference))), best.fewest(len(found.left)))
    return Open(rows, blocks if rows else 0)
