"""Whether a candidate is worse than its base: a decision for each cell of a record of both. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import count

import msgspec

from harness.document import hosts
from harness.document.gate import Decision, Gate, Outcome
from harness.document.run import Ratio
from harness.errors import HarnessError
from harness.gate import again, looks
from harness.gate.cells import Limit, Looked, Pair, ended, looked, number_of, pairs
from harness.gate.looks import Bounds, Cell
from harness.gate.shards import Share
from harness.record.plan import Plan
from harness.record.sample import Record, Sample
from harness.statistics import flat, metrics, shell
from harness.statistics.fairness import NOTHING_OF_IT, loads_nothing
from harness.statistics.hosts import disagreements, on_host
from harness.statistics.left import left_behind
from harness.statistics.paired import PairedRatio
from harness.statistics.replies import alike, received, told
from harness.statistics.verdicts import of_row, unlike

PRECISE = 0.5
"""The share of the limit that a gate's plan is as precise as: its workers run more rounds for it."""
MOST = 80
"""Blocks where nobody says and the time holds more: more of them lower the bound, and all gates take longer for it."""
ROOM = 0.8
"""Of the blocks that there may be, those with which a verdict has to be possible where noise moves nothing."""


def judge(record: Record, metric: str, limit: Limit) -> Gate:
    """What came of a record of both, with what a reader should know. The same record gives the same outcome: what was
    measured after the block with which it was decided is not looked at. Raises HarnessError for an unknown metric."""
    record = until_said(record, metric, limit)
    decisions = decide(record, metric, limit)
    about = [*remarks(record), *surroundings(record), *of_hosts(record)]
    blocks = len({sample.block for sample in record.samples})
    said = Gate(run=record.header.run, outcome=overall(decisions), cells=decisions, remarks=about)
    plan = record.header.plan
    typed = again.command(plan, metric, [one.limit for one in decisions], usual_blocks(plan))
    return msgspec.structs.replace(said, blocks=blocks, most=record.most, command=typed)


def until_said(record: Record, metric: str, limit: Limit) -> Record:
    """A record without the blocks after the one with which its gate was decided."""
    plan = record.header.plan
    block = ended(looked(plan, record.samples, metric, limit, record.most))
    if block is None:
        return record
    return msgspec.structs.replace(record, samples=[one for one in record.samples if one.block <= block])


def decide(record: Record, metric: str, limit: Limit) -> list[Decision]:
    """A decision for each cell of a record whose arms are STRATEGY@base and STRATEGY@candidate, with the limit that
    `limit(workload, strategy)` says, by all of its blocks."""
    cells = looked(record.header.plan, record.samples, metric, limit, record.most)
    return [_decision(record, metric, one, cells) for one in cells]


def overall(decisions: Sequence[Decision]) -> Outcome:
    """The worst of them: a regression, or something that is not known, or a pass; new where there is nothing else."""
    outcomes = {one.outcome for one in decisions}
    worst: Sequence[Outcome] = ("regression", "incomplete", "undecided", "pass", "new")
    return next((outcome for outcome in worst if outcome in outcomes), "incomplete")


def fitted(plan: Plan, limit: Limit, as_many_blocks: bool, shard: Share | None = None) -> Plan:
    """A plan as a gate wants it: as precise as the smallest limit asks, and on one core if there are no threads. Raises
    HarnessError where `as_many_blocks` as it has are the most, and are too few."""
    cells = number_of(plan)
    if as_many_blocks and Bounds(plan.blocks, cells).fewest > plan.blocks:
        raise HarnessError(f"--blocks {plan.blocks}: {too_few(cells)}")
    if shard and not shard.blocks(plan.blocks):
        raise HarnessError(f"--shard {shard.number}/{shard.of}: {plan.blocks} blocks are too few for so many shards")
    least = min(limit(group.workload, one.plain) for group in plan.groups for one in plan.strategies)
    threads = any(strategy.threads_per_task for strategy in plan.strategies)
    return msgspec.structs.replace(
        plan,
        blocks=shard.blocks(plan.blocks) if shard else plan.blocks if as_many_blocks else usual_blocks(plan),
        margin=least,
        precision=None if plan.count else PRECISE * least,
        pin=plan.pin if threads else "one",
    )


def usual_blocks(plan: Plan) -> int:
    """The most blocks of a gate where nobody says: few where instructions are counted, which hardly scatter."""
    cells = number_of(plan)
    few = (n for n in flat.rows() if Bounds(n, cells).fewest <= ROOM * n)
    return next(few, plan.blocks) if plan.count else MOST


def too_few(cells: int) -> str:
    """What to say of fewer blocks than a verdict on so many cells needs."""
    needed = next(n for n in count(1) if Bounds(n, cells).fewest <= n)
    return f"a verdict on {cells} cell{'s' if cells > 1 else ''} needs {needed}"


def said(metric: str, limit: Limit) -> Callable[[Plan, Sequence[Sample], int], bool]:
    """What says, after each block, whether the gate is decided: by a regression, or by the pass of every cell."""

    def enough(plan: Plan, samples: Sequence[Sample], most: int) -> bool:
        return ended(looked(plan, samples, metric, limit, most)) is not None

    return enough


def remarks(record: Record) -> Iterator[str]:
    """What a reader should know of the working tree: in which version its changes are."""
    commit = record.header.commit
    if commit is None or not commit.changed:
        return
    files = f"{commit.changed} changed file{'s' if commit.changed > 1 else ''} since {commit.id[:12]}"
    variants = {one.variant.name: one.variant for one in record.header.plan.strategies if one.variant}
    holders = [name for name, variant in variants.items() if variant.is_here]
    if holders:
        yield f"the working tree, {files}, is what was measured as {' and '.join(holders)}"
    else:
        yield f"the working tree has {files}, which are in neither version: path:. measures them"


def surroundings(record: Record) -> Iterator[str]:
    """What both versions ran in that is not as it usually is, what debugged or traced one of them, or both, and what
    their tasks left behind: work that is not done may be among it."""
    yield from shell.of_record(record)
    if record.header.plan.count_allocator == "system":
        yield (
            "instructions were counted with the system's allocator: the same code counted up to 5 % apart where its "
            "objects lay otherwise; a C compiler, and a HARNESS_CACHE without spaces, give it one for counting"
        )
    names: dict[str, dict[str, None]] = {}
    for place, strategy in enumerate(record.header.plan.strategies):
        mine = [one for one in record.samples if (one.strategy, one.arm) == (place, "row")]
        for text in (*shell.warnings(mine), *left_behind(mine)):
            names.setdefault(text, {})[strategy.name] = None
    yield from (f"{', '.join(rows)}: {text}" for text, rows in names.items())


def of_hosts(record: Record) -> Iterator[str]:
    """What a reader should know of the hosts that measured, and cells on which they disagree."""
    yield from hosts.said(record)
    plan, names = record.header.plan, hosts.names(record)
    for number, group in enumerate(plan.groups):
        mine = [one for one in record.samples if one.group == number]
        for pair in pairs(plan):
            for text in disagreements(plan, mine, pair.base, pair.candidate, names):
                yield f"{group.workload}, {pair.strategy}: {text}"


def _decision(record: Record, metric: str, one: Looked, others: Sequence[Looked]) -> Decision:
    plan = record.header.plan
    group, declared = plan.groups[one.group], metrics.find(metric)
    outcome, reason, traceback = _lost(record, one.group, one.pair)
    comparison = None
    if outcome is None:
        arms = (one.pair.candidate, one.pair.base)
        found = unlike(plan, [s for s in record.samples if s.group == one.group], one.group, arms)
        uneven = [arm for arm in arms if arm in found]
        if uneven:
            outcome, reason = "undecided", f"{plan.strategies[uneven[0]].name}: {found[uneven[0]]}"
        elif one.cell:
            comparison = looks.shown(one.cell, one.said, one.bounds)
            outcome, reason = _verdict(record, one, one.cell, comparison, others)
        else:
            reason = declared.missing(group) if declared.missing else f"there is no {metric} to compare"
    about = group.workload, one.pair.strategy, metric, one.limit
    ratio = Ratio(**vars(comparison)) if comparison else None
    return Decision(*about, outcome or "incomplete", reason or None, one.base, one.candidate, ratio, traceback)


def _lost(record: Record, number: int, pair: Pair) -> tuple[Outcome | None, str, str | None]:
    """What became of a cell that has no numbers on one of its sides: the outcome, why, and the traceback of that."""
    plan = record.header.plan
    group = plan.groups[number]
    if group.status != "ok":
        return "incomplete", group.reason or "", group.traceback
    for place in (pair.candidate, pair.base):
        strategy = plan.strategies[place]
        mine = [one for one in record.samples if (one.group, one.strategy, one.arm) == (number, place, "row")]
        bad = [one for one in mine if one.status != "ok"]
        if strategy.status != "ok" or bad:
            lost = strategy if strategy.status != "ok" else bad[0]
            outcome: Outcome = "new" if place == pair.base and _lacks(mine) else "incomplete"
            return outcome, f"{strategy.name}: {on_host(record, lost, strategy.told(lost.reason))}", lost.traceback
        if loads_nothing(strategy, mine):
            return "incomplete", f"{strategy.name}: {NOTHING_OF_IT}", None
    if record.end is None or record.end.status == "interrupted":
        return "incomplete", "the run was interrupted", None
    if record.end.cut_short:
        return "incomplete", record.end.cut_short, None
    mine = [one for one in record.samples if one.group == number]
    then, now = (received(of_row(mine, place)) for place in (pair.base, pair.candidate))
    if not alike(then, now):
        was = "; ".join(told(then)) or "nothing"
        reason = f"they were not sent the same: the base {was}; the candidate {'; '.join(told(now))}"
        return "incomplete", reason, None
    return None, "", None


def _lacks(samples: Sequence[Sample]) -> bool:
    """Whether the base does not have the workload: nowhere could it be prepared."""
    return bool(samples) and all(
        not (one.warmups or one.rounds) and ABSENT.fullmatch(one.reason or "") for one in samples
    )


ABSENT = re.compile(r"there is no (Python file .+|module [\w.]+|folder .+)|.+ has no \w+")


def _verdict(
    record: Record, one: Looked, cell: Cell, comparison: PairedRatio, others: Sequence[Looked]
) -> tuple[Outcome, str]:
    """What the looks said: a regression, or a pass; or why they said nothing."""
    if one.said:
        return "regression" if one.said.regression else "pass", ""
    if max(cell.ratios) in cell.noisy:
        return "undecided", "the machine was too noisy: one cell against itself came out as different"
    if any(other.said and other.said.regression for other in others):
        return "undecided", "the gate was over with the regression of another cell"
    needed = flat.fewest(one.bounds.passing)
    if len(cell.ratios) < needed:
        worse = f"a regression {flat.fewest(one.bounds.regression)}"
        had = f"{len(cell.ratios)} of the {needed} blocks that a pass needs, {worse}"
        return "undecided", f"{had}{_had(record, needed, cell)}"
    more = comparison.blocks_to_settle
    return "undecided", f"about {more} blocks would settle it" if more else ""


def _had(record: Record, needed: int, cell: Cell) -> str:
    """What so many blocks take, where the time was up before."""
    if record.header.plan.max_time is None or not (record.end and record.end.blocks):
        return ""
    seconds = record.end.seconds["all"] / record.end.blocks
    few = min(cell.least)
    plain = f"{few} tell what is {cell.least[few]:g}x"
    return f": the first take about {seconds * needed:.2g} s (--max-time); {plain}"
