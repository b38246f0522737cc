"""What a run left out to end in time, what would have room for it, and what it could not decide. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil

from harness.document.run import Group
from harness.record.sample import Record
from harness.statistics.early import EXACT, LAST_LOOK
from harness.statistics.paired import smallest_n
from harness.statistics.verdicts import widest

GATE = {"base", "candidate"}
"""The variants of a gate, whose blocks are as many as its verdict wants."""


def left_out(record: Record, groups: Sequence[Group]) -> Iterator[str]:
    """A sentence for each thing that a run left out or could not decide, with what would have room for it."""
    yield from _of_cuts(record)
    if record.end and record.end.status != "interrupted" and any(_measured(group) for group in groups):
        yield from _of_blocks(record)
        yield from _of_precision(record)
        yield from _of_comparisons(record, groups)


def _of_cuts(record: Record) -> Iterator[str]:
    """What a run without a number of blocks left out to end in time."""
    plan = record.header.plan
    for cut in record.cuts:
        if cut.rounds:
            yield (
                f"from block {cut.block + 1} on each worker ran one round: all rounds "
                f"would have taken {cut.seconds:.0f} s, and --max-time is {plan.max_time:g}"
            )
        for group, blocks in cut.groups.items():
            name = plan.groups[int(group)].workload
            yield f"{name} lacks {blocks} block{'s' if blocks > 1 else ''}: --max-time {ceil(cut.seconds)} has room"


def _of_blocks(record: Record) -> Iterator[str]:
    """Blocks that were asked for and had no time."""
    plan, end = record.header.plan, record.end
    asked = not (plan.settle or plan.precision)
    if end and plan.max_time and asked and 0 < end.blocks < plan.blocks:
        room = ceil(end.seconds["all"] / end.blocks * plan.blocks)
        yield f"{plan.blocks - end.blocks} of the {plan.blocks} blocks: --max-time {room} has room"


def _of_precision(record: Record) -> Iterator[str]:
    """A precision that was not reached."""
    plan, end = record.header.plan, record.end
    variants = {one.variant.name for one in plan.strategies if one.variant}
    if end and plan.precision and variants != GATE:
        reached = widest(plan, record.samples, record.most)
        if reached > plan.precision:
            limit = f" in {plan.max_time:g} s (--max-time)" if plan.max_time and end.blocks < plan.blocks else ""
            blocks = f"{end.blocks} block{'' if end.blocks == 1 else 's'}"
            yield f"--precision {plan.precision:g} was not reached by {blocks}{limit}"


def _of_comparisons(record: Record, groups: Sequence[Group]) -> Iterator[str]:
    """Comparisons with the reference that are too many for all the blocks that there may be."""
    most = record.header.plan.blocks
    for group in groups if record.header.plan.settle and most > LAST_LOOK else ():
        ratios = [row.ratio for row in group.rows if row.ratio and row.ratio.verdict]
        number = sum(one.rule != "early" for one in ratios)
        needed = smallest_n(EXACT / max(1, number))
        if needed > most:
            yield (
                f"{group.workload}: {number} comparisons need {needed} blocks, and there are at most {most}: "
                f"--blocks {needed} has them"
            )


def _measured(group: Group) -> bool:
    return any(row.status == "ok" for row in group.rows)
