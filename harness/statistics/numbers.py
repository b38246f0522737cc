"""Numbers of rounds, samples and cells, as their metrics say. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

from harness.record.plan import PlannedGroup
from harness.record.sample import Sample
from harness.statistics.metric import Metric
from harness.statistics.paired import Rounds, spread
from harness.statistics.verdicts import Values


def values(metric: Metric, group: PlannedGroup) -> Values:
    """What says a metric of each timed round of a sample; one number where it is of the whole sample."""

    def read(sample: Sample) -> Rounds:
        if metric.of_round is None:
            one = metric.of_sample(sample, group) if metric.of_sample else None
            return Rounds([], []) if one is None else Rounds([one], [0])
        found = [(metric.of_round(round, group), round.position) for round in sample.rounds]
        known = [(number, place) for number, place in found if number is not None]
        return Rounds([number for number, _ in known], [place for _, place in known])

    return read


def of_cell(metric: Metric, group: PlannedGroup, good: Sequence[Sample]) -> Any:
    """What a row has of a metric: median, lowest and highest of its samples, or one of them; None without numbers."""
    read = values(metric, group)
    found = [median(rounds.values) for rounds in map(read, good) if rounds.values]
    if not found:
        return None
    if metric.over == "spread":
        return spread(found)
    number = max(found) if metric.over == "highest" else median(found)
    return int(number) if metric.unit == "bytes" else number
