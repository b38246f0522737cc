"""Whether a candidate is worse than its base: a decision for each cell of a record of both. Pure functions."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from statistics import median
from typing import NamedTuple

import msgspec

from harness.document.gate import Decision, Gate, Outcome
from harness.document.run import Ratio
from harness.errors import HarnessError
from harness.record.plan import Plan
from harness.record.sample import Record, Sample
from harness.statistics import metrics, shell
from harness.statistics.fairness import NOTHING_OF_IT, loads_nothing
from harness.statistics.left import left_behind
from harness.statistics.numbers import values
from harness.statistics.paired import ALPHA, MARGIN, PairedRatio, Rounds, family, log_ratios, smallest_n
from harness.statistics.ranks import Floats, interval
from harness.statistics.replies import alike, received, told
from harness.statistics.verdicts import by_block, of_group, of_row

BASE, CANDIDATE = "base", "candidate"
PRECISE = 0.5
"""Half widths of this share of the limit let a candidate that is as good as its base pass 99 times in 100."""


def judge(record: Record, metric: str, limit: Callable[[str, str], float]) -> Gate:
    """What came of a record of both, with what a reader should know. Raises HarnessError for an unknown metric."""
    decisions = decide(record, metric, limit)
    about = [*remarks(record), *surroundings(record)]
    return Gate(run=record.header.run, outcome=overall(decisions), cells=decisions, remarks=about)


def decide(record: Record, metric: str, limit: Callable[[str, str], float]) -> list[Decision]:
    """A decision for each cell of a record whose arms are STRATEGY@base and STRATEGY@candidate, with the limit that
    `limit(workload, strategy)` says."""
    return [one for number in range(len(record.header.plan.groups)) for one in _group(record, number, metric, limit)]


def overall(decisions: Sequence[Decision]) -> Outcome:
    """The worst of them: a regression, or something that is not known, or a pass; new where there is nothing else."""
    outcomes = {one.outcome for one in decisions}
    worst: Sequence[Outcome] = ("regression", "incomplete", "undecided", "pass", "new")
    return next((outcome for outcome in worst if outcome in outcomes), "incomplete")


def fitted(plan: Plan, limit: Callable[[str, str], float], as_many_blocks: bool) -> Plan:
    """A plan as a gate wants it: enough blocks for a verdict on each strategy (and no more where they are counted), as
    precise as the smallest limit asks, on one core if there are no threads. Raises HarnessError where `as_many_blocks`
    as it has are wanted, and are too few."""
    needed = smallest_n(ALPHA * 2 / len(plan.strategies))  # Holm's first level; each strategy has two arms
    if as_many_blocks and plan.blocks < needed:
        raise HarnessError(f"--blocks {plan.blocks}: a verdict on so many strategies needs {needed}")
    least = min(limit(group.workload, one.plain) for group in plan.groups for one in plan.strategies)
    threads = any(strategy.threads_per_task for strategy in plan.strategies)
    return msgspec.structs.replace(
        plan,
        blocks=needed if plan.count and not as_many_blocks else plan.blocks,
        margin=least,
        precision=None if plan.count or as_many_blocks else PRECISE * least,
        pin=plan.pin if threads else "one",
    )


def narrow(metric: str, limit: Callable[[str, str], float]) -> Callable[[Plan, Sequence[Sample]], bool]:
    """What says whether the interval of every cell reaches no further to either side than `PRECISE` of its limit."""

    def enough(plan: Plan, samples: Sequence[Sample]) -> bool:
        for number, group in enumerate(plan.groups):
            pairs = pairs_of(plan)
            ratios = _ratios(_numbers(plan, samples, number, metric), pairs, metric)
            for pair, comparison in zip(pairs, family(ratios, MARGIN), strict=True):
                if comparison and comparison.precision > PRECISE * limit(group.workload, pair.strategy):
                    return False
        return True

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
    yield from shell.of_run(record.header.host)
    names: dict[str, dict[str, None]] = {}
    for place, strategy in enumerate(record.header.plan.strategies):
        mine = [one for one in record.samples if (one.strategy, one.arm) == (place, "row")]
        for text in (*shell.warnings(mine), *left_behind(mine)):
            names.setdefault(text, {})[strategy.name] = None
    yield from (f"{', '.join(rows)}: {text}" for text, rows in names.items())


class Pair(NamedTuple):
    """A strategy, and the places of its two arms in the plan."""

    strategy: str
    base: int
    candidate: int


def pairs_of(plan: Plan) -> list[Pair]:
    """The strategies of a plan of both, each with its two arms."""
    places = {strategy.name: place for place, strategy in enumerate(plan.strategies)}
    names = [name.removesuffix(f"@{CANDIDATE}") for name in places if name.endswith(f"@{CANDIDATE}")]
    return [Pair(name, places[f"{name}@{BASE}"], places[f"{name}@{CANDIDATE}"]) for name in names]


def _numbers(plan: Plan, samples: Sequence[Sample], number: int, metric: str) -> list[dict[int, Rounds]]:
    """For each place of the plan, the values of a group's samples by block."""
    mine = [sample for sample in samples if sample.group == number]
    read = values(metrics.find(metric), plan.groups[number])
    return [by_block(mine, place, "row", read) for place in range(len(plan.strategies))]


def _ratios(numbers: Sequence[dict[int, Rounds]], pairs: Sequence[Pair], metric: str) -> list[Floats]:
    """How many times worse each candidate is, in each block: candidate against base, or base against candidate where
    more is better."""
    better = metrics.find(metric).better == "higher"
    sides = [(pair.base, pair.candidate) if better else (pair.candidate, pair.base) for pair in pairs]
    return [log_ratios(numbers[worse], numbers[than]) for worse, than in sides]


def _group(record: Record, number: int, metric: str, limit: Callable[[str, str], float]) -> Iterator[Decision]:
    plan = record.header.plan
    group, pairs = plan.groups[number], pairs_of(plan)
    numbers = _numbers(plan, record.samples, number, metric)
    ratios, declared = _ratios(numbers, pairs, metric), metrics.find(metric)
    found = of_group(plan, record.samples, number)
    noisy = found.too_noisy and not declared.counted
    for place, (pair, d) in enumerate(zip(pairs, ratios, strict=True)):
        share = limit(group.workload, pair.strategy)
        outcome, reason, traceback = _lost(record, number, pair)
        comparison = None
        uneven = [arm for arm in (pair.candidate, pair.base) if arm in found.unlike]
        if outcome is None and uneven:
            outcome, reason = "undecided", f"{plan.strategies[uneven[0]].name}: {found.unlike[uneven[0]]}"
        elif outcome is None and len(d):
            comparison = family(ratios, share)[place]
            outcome, reason = _verdict(d, comparison, share, noisy)
        elif outcome is None:
            reason = declared.missing(group) if declared.missing else f"there is no {metric} to compare"
        then, now = (_middle(numbers[arm]) for arm in (pair.base, pair.candidate))
        about = group.workload, pair.strategy, metric, share
        ratio = Ratio(**vars(comparison)) if comparison else None
        yield Decision(*about, outcome or "incomplete", reason or None, then, now, ratio, traceback)


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
            return outcome, f"{strategy.name}: {strategy.told(lost.reason)}", lost.traceback
        if loads_nothing(strategy, mine):
            return "incomplete", f"{strategy.name}: {NOTHING_OF_IT}", None
    if record.end is None or record.end.status == "interrupted":
        return "incomplete", "the run was interrupted", None
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


def _verdict(d: Floats, comparison: PairedRatio | None, share: float, noisy: bool) -> tuple[Outcome, str]:
    """A regression: the whole interval lies beyond the limit. A pass: the one-sided 95 % bound lies within it."""
    assert comparison is not None
    if noisy:
        return "undecided", "the machine was too noisy: one cell against itself came out as different"
    if comparison.blocks < smallest_n(comparison.level):
        return "undecided", f"{comparison.blocks} of the {smallest_n(comparison.level)} blocks that a verdict needs"
    if comparison.verdict == "slower":
        return "regression", ""
    _, high = interval(d, 2 * ALPHA)
    if high < math.log1p(share):
        return "pass", ""
    more = f"about {comparison.blocks_to_settle} blocks would settle it" if comparison.blocks_to_settle else ""
    return "undecided", more


def _middle(blocks: dict[int, Rounds]) -> float | None:
    return median(median(rounds.values) for rounds in blocks.values()) if blocks else None
