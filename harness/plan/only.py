"""A plan of one cell, for commands that take no more."""

from __future__ import annotations

from harness.errors import HarnessError, IncompleteError
from harness.record.plan import Plan, PlannedGroup, PlannedStrategy

ONE = "{} takes one strategy and one workload, with one value of each option"


def only(plan: Plan, command: str) -> tuple[PlannedGroup, PlannedStrategy]:
    """The one group and strategy of a plan. Raises HarnessError where there are several, IncompleteError where one of
    them is not to be had."""
    if len(plan.strategies) * len(plan.groups) != 1:
        raise HarnessError(ONE.format(command))
    group, strategy = plan.groups[0], plan.strategies[0]
    for one in (strategy, group):
        if one.status != "ok":
            raise IncompleteError(f"{strategy.name}, {group.workload}: {one.status}: {one.reason}")
    return group, strategy
