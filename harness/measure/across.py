"""One block of cells of several groups, their rounds interleaved: what a plan does not say beforehand."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import msgspec

from harness.measure.block import Block, lost
from harness.measure.cell import Driver, Place
from harness.measure.cores import cpus
from harness.measure.ledger import Ledger
from harness.measure.processes import Executor, Start
from harness.measure.unit import Unit
from harness.process.channel import Failure
from harness.record.plan import Plan
from harness.record.sample import Sample


class Across(msgspec.Struct, frozen=True, tag="across"):
    """What there is to measure in a block, whatever its groups, and which of it is watched in a round more."""

    places: list[Place]
    watched: list[Place]

    @property
    def group(self) -> int:
        """Of its first place: what the order of its rounds is drawn from."""
        return self.places[0].group

    @property
    def block(self) -> int:
        """Its number, that of all of its places."""
        return self.places[0].block

    def has(self, sample: Sample) -> bool:
        """Whether a sample is of this."""
        return Place(sample.group, sample.strategy, sample.block, sample.arm) in self.places


Piece = Unit | Across
"""A block that can be measured anywhere: of a group, or of cells of several."""


def across(
    plan: Plan, asked: Across, executor: Executor, keep: Callable[[Sample], None], ledger: Ledger,
    tell: Callable[[str], None],
) -> None:  # fmt: skip
    """Measure a block of cells of several groups, and `keep` its samples."""
    groups = {place.group for place in asked.places}
    has_peer = any(plan.groups[g].peer_module or plan.groups[g].serves for g in groups)
    near, far = cpus(plan.pin, has_peer)
    try:
        with contextlib.ExitStack() as stack:
            with ledger.spend("starts"):
                starts = {g: stack.enter_context(executor.block(plan.groups[g], far)) for g in groups}
            block = Block(plan, _of_several(starts), near, keep, ledger, tell, asked.watched.__contains__)
            stack.callback(block.stop)
            block.start(asked.places)
            block.measure()
    except Failure as failure:
        for place in asked.places:
            keep(lost(place, failure))


def _of_several(starts: dict[int, Start]) -> Callable[[Place], Driver]:
    return lambda place: starts[place.group](place)
