"""Which of a group's rows are the best, every row against them, and any two rows. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from harness.document.run import Pair, Ratio, Row, VersusBest
from harness.record.plan import Plan
from harness.record.sample import Sample
from harness.statistics import pairwise
from harness.statistics.verdicts import Verdicts

Rows = Sequence[Row]


def standings(
    plan: Plan, samples: Sequence[Sample], group: int, verdicts: Verdicts, rows: Rows, pairs: bool
) -> dict[str, Any]:
    """What a group of the document has of it. A row that its values made invalid is compared with none."""
    good = [place for place, row in enumerate(rows) if row.status == "ok"]
    found = pairwise.table(plan, samples, group, verdicts, good)
    said: dict[str, Any] = {"rows": rows}
    if best := pairwise.the_best(found, verdicts, plan.margin):
        against = pairwise.versus_best(found, best, verdicts, plan.margin)
        marked = [_marked(row, against.get(place), plan) for place, row in enumerate(rows)]
        names = [plan.strategies[place].name for place in best.members]
        said |= {"rows": marked, "best": names, "best_is": best.how}
    if pairs:
        between = pairwise.verdicts_of_pairs(found, verdicts, plan.margin).items()
        names = [strategy.name for strategy in plan.strategies]
        said["pairs"] = [Pair(strategy=names[i], against=names[j], ratio=Ratio(**vars(one))) for (i, j), one in between]
    return said


def _marked(row: Row, found: pairwise.VersusBest | None, plan: Plan) -> Row:
    if found is None:
        return row
    if (ratio := found.ratio) is None:
        return msgspec.structs.replace(row, versus_best=VersusBest(1.0, 1.0, 1.0, found.standing))
    numbers = ratio.estimate, ratio.low, ratio.high
    reason = ratio.reason if found.standing == "undecided" else None
    if found.than is not None:
        reason = f"slower than {plan.strategies[found.than].name}"
    said = VersusBest(*numbers, found.standing, ratio.blocks, ratio.level, reason, ratio.rule)
    return msgspec.structs.replace(row, versus_best=said)
