"""A block of one group, which needs nothing of other blocks: the unit of a run, wherever it is measured."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import msgspec

from harness.measure.block import Block, lost
from harness.measure.cell import Place
from harness.measure.cores import cpus
from harness.measure.ledger import Ledger
from harness.measure.processes import Executor
from harness.process.channel import Failure
from harness.record.plan import Plan
from harness.record.ranges import Count
from harness.record.sample import Sample


class Unit(msgspec.Struct, frozen=True, tag="unit"):
    """What there is to measure of a group in a block: its rows and its null arm, by their places in the plan."""

    group: Count
    block: Count
    rows: list[Count]
    null: Count | None = None
    chooses: bool = False
    """Whether the null arm is still to be chosen, by which cell is the cheapest."""

    @property
    def places(self) -> list[Place]:
        """Its workers, but for a null arm that is still to be chosen."""
        rows = [Place(self.group, strategy, self.block) for strategy in self.rows]
        return rows + ([Place(self.group, self.null, self.block, "null")] if self.null is not None else [])

    def has(self, sample: Sample) -> bool:
        """Whether a sample is of this."""
        return (sample.group, sample.block) == (self.group, self.block) and sample.strategy in self.rows


def measure(
    plan: Plan, unit: Unit, executor: Executor, keep: Callable[[Sample], None], ledger: Ledger,
    tell: Callable[[str], None],
) -> None:  # fmt: skip
    """Measure a block of a group, and `keep` its samples: where its other end does not start, samples that say so."""
    if not unit.rows:
        return
    group = plan.groups[unit.group]
    near, far = cpus(plan.pin, bool(group.peer_module) or group.serves)
    try:
        with contextlib.ExitStack() as stack:
            with ledger.spend("starts"):
                start = stack.enter_context(executor.block(group, far))
            block = Block(plan, start, near, keep, ledger, tell)
            stack.callback(block.stop)
            block.start(unit.places)
            if unit.chooses and plan.blocks > 1 and (place := block.cheapest()):
                block.start([place._replace(arm="null")])
            block.measure()
    except Failure as failure:
        for place in unit.places:
            keep(lost(place, failure))
