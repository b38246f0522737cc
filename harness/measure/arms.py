"""Two versions of a cell counted function by function, at once: what a gate explains a regression with."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from functools import partial

from harness.measure.cell import Driver, Place
from harness.measure.count import Counting, all_at_once
from harness.measure.counters import Tool
from harness.measure.functions import Owners
from harness.measure.processes import Executor
from harness.process.channel import Failure
from harness.record.plan import Plan


def by_function(plan: Plan, executor: Executor, used: Tool, number: int, arms: Sequence[int]) -> list[Owners]:
    """Instructions of one task by function, of some arms of a group, counted at once. Raises Failure."""
    found: dict[int, Owners] = {}
    failed: list[Failure] = []

    def count(arm: int, driver: Driver) -> Counting[None]:
        try:
            found[arm] = yield from driver.functions(used)
        except Failure as failure:
            failed.append(failure)

    try:
        with executor.block(plan.groups[number], ()) as start, contextlib.ExitStack() as stack:
            drivers = {arm: start(Place(number, arm, 0)) for arm in arms}
            for driver in drivers.values():
                stack.callback(driver.stop)
            all_at_once([partial(count, arm, driver) for arm, driver in drivers.items()])
    finally:
        executor.sweep()
    for failure in failed:
        raise failure
    return [found[arm] for arm in arms]
