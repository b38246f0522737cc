"""One block of cells of several groups, their rounds interleaved: what a plan does not say beforehand."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence

from harness.measure.block import Block, lost
from harness.measure.cell import Driver, Place
from harness.measure.cores import cpus
from harness.measure.ledger import Ledger
from harness.measure.processes import Executor, Start
from harness.process.channel import Failure
from harness.record.plan import Plan
from harness.record.sample import Sample


def across(
    plan: Plan, places: Sequence[Place], executor: Executor, keep: Callable[[Sample], None], ledger: Ledger,
    tell: Callable[[str], None], watches: Callable[[Place], bool] | None = None,
) -> None:  # fmt: skip
    """Measure a block of some places, whatever their groups, and `keep` its samples."""
    groups = {place.group for place in places}
    has_peer = any(plan.groups[g].peer_module or plan.groups[g].serves for g in groups)
    near, far = cpus(plan.pin, has_peer)
    try:
        with contextlib.ExitStack() as stack:
            with ledger.spend("starts"):
                starts = {g: stack.enter_context(executor.block(plan.groups[g], far)) for g in groups}
            block = Block(plan, _of_several(starts), near, keep, ledger, tell, watches)
            stack.callback(block.stop)
            block.start(places)
            block.measure()
    except Failure as failure:
        for place in places:
            keep(lost(place, failure))


def _of_several(starts: dict[int, Start]) -> Callable[[Place], Driver]:
    return lambda place: starts[place.group](place)
