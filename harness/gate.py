"""Whether a candidate is worse than its base: a decision for each cell of a record of both. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from harness.record import Group, Record, Sample
from harness.statistics import ALPHA, Comparison, Floats, family, interval, log_ratios, smallest_n
from harness.verdicts import Values, by_block, instructions, of_group, walls

Outcome = Literal["pass", "regression", "undecided", "incomplete", "new"]
BASE, CANDIDATE = "base", "candidate"
HEADINGS = ("workload", "strategy", "metric", "base", "candidate", "ratio", "interval", "limit", "outcome", "why")


def cpu(sample: Sample) -> list[float]:
    """Processor seconds of the rounds."""
    return [round.cpu_user_seconds + round.cpu_system_seconds for round in sample.rounds]


def memory(sample: Sample) -> list[float]:
    """Peak bytes of the rounds."""
    return [float(round.peak_memory_bytes) for round in sample.rounds]


def overhead(group: Group) -> Values:
    """Seconds beyond the group's floor."""
    return lambda sample: [seconds - (group.floor_seconds or 0.0) for seconds in walls(sample)]


METRICS: dict[str, Callable[[Group], Values]] = {
    "time": lambda group: walls,
    "overhead": overhead,
    "cpu": lambda group: cpu,
    "memory": lambda group: memory,
    "instructions": lambda group: instructions,
}
LIMITS = {"time": 0.02, "overhead": 0.05, "cpu": 0.02, "memory": 0.05, "instructions": 0.002}
"""How much worse a candidate may be, as a share, where nobody says."""


@dataclass(frozen=True)
class Decision:
    """What came of one cell by one metric."""

    workload: str
    strategy: str
    metric: str
    limit: float
    outcome: Outcome
    reason: str | None = None
    base: float | None = None
    candidate: float | None = None
    comparison: Comparison | None = None


def decide(record: Record, metric: str, limit: Callable[[str, str], float]) -> list[Decision]:
    """A decision for each cell of a record whose arms are STRATEGY@base and STRATEGY@candidate, with the limit that
    `limit(workload, strategy)` says."""
    return [one for number in range(len(record.header.plan.groups)) for one in _group(record, number, metric, limit)]


def overall(decisions: Sequence[Decision]) -> Outcome:
    """The worst of them: a regression, or something that is not known, or a pass."""
    outcomes = {one.outcome for one in decisions}
    if "regression" in outcomes:
        return "regression"
    if not outcomes & {"pass"} or outcomes & {"undecided", "incomplete"}:
        return "incomplete" if "incomplete" in outcomes else "undecided"
    return "pass"


def remarks(record: Record) -> Iterator[str]:
    """What a reader should know of the working tree: in which version its changes are."""
    commit = record.header.commit
    if commit is None or not commit.changed:
        return
    files = f"{commit.changed} changed file{'s' if commit.changed > 1 else ''} since {commit.id[:12]}"
    variants = {one.variant.name: one.variant for one in record.header.plan.strategies if one.variant}
    holders = [name for name, variant in variants.items() if not variant.commit]
    if holders:
        yield f"the working tree, {files}, is what was measured as {' and '.join(holders)}"
    else:
        yield f"the working tree has {files}, which are in neither version: path:. measures them"


def _group(record: Record, number: int, metric: str, limit: Callable[[str, str], float]) -> Iterator[Decision]:
    plan = record.header.plan
    group = plan.groups[number]
    values = METRICS[metric](group)
    mine = [sample for sample in record.samples if sample.group == number]
    places = {strategy.name: place for place, strategy in enumerate(plan.strategies)}
    names = [name.removesuffix(f"@{CANDIDATE}") for name in places if name.endswith(f"@{CANDIDATE}")]
    pairs = {name: (places[f"{name}@{BASE}"], places[f"{name}@{CANDIDATE}"]) for name in names}
    numbers = {place: by_block(mine, place, "row", values) for pair in pairs.values() for place in pair}
    ratios = [log_ratios(numbers[candidate], numbers[base]) for base, candidate in pairs.values()]
    limits = [limit(group.workload, name) for name in names]
    noisy = of_group(plan, mine, number).too_noisy and metric != "instructions"
    for name, d, share in zip(names, ratios, limits, strict=True):
        base, candidate = pairs[name]
        outcome, reason = _lost(record, mine, base, candidate)
        comparison = None
        if outcome is None and len(d):
            comparison = family(ratios, share)[names.index(name)]
            outcome, reason = _verdict(d, comparison, share, noisy)
        then, now = (_middle(numbers[place]) for place in (base, candidate))
        yield Decision(
            group.workload, name, metric, share, outcome or "incomplete", reason or None, then, now, comparison
        )


def _lost(record: Record, samples: Sequence[Sample], base: int, candidate: int) -> tuple[Outcome | None, str]:
    """What became of a cell that has no numbers on one of its sides."""
    plan = record.header.plan
    for place, outcome in ((candidate, "incomplete"), (base, "new")):
        bad = [one for one in samples if one.strategy == place and one.arm == "row" and one.status != "ok"]
        strategy = plan.strategies[place]
        if strategy.status != "ok" or bad:
            why = strategy.reason if strategy.status != "ok" else bad[0].reason
            return ("new" if outcome == "new" and _lacks(bad) else "incomplete"), f"{strategy.name}: {why}"
    if record.end is None or record.end.status == "interrupted":
        return "incomplete", "the run was interrupted"
    return None, ""


def _lacks(bad: Sequence[Sample]) -> bool:
    """Whether the base does not have the workload: it could not even be prepared."""
    return (
        bool(bad)
        and not any(sample.warmups or sample.rounds for sample in bad)
        and all(
            any(text in (sample.reason or "") for text in ("there is no Python file", "has no ", "there is no module"))
            for sample in bad
        )
    )


def _verdict(d: Floats, comparison: Comparison | None, share: float, noisy: bool) -> tuple[Outcome, str]:
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


def _middle(blocks: dict[int, list[float]]) -> float | None:
    return median(median(values) for values in blocks.values()) if blocks else None
