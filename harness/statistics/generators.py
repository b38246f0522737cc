"""What a reader should know of a server that several load generators loaded. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

from harness.record.plan import PlannedGroup
from harness.record.sample import Sample
from harness.statistics.processes import crowded

HALF = 0.5
"""Of its core: from there on a generator is late by its own work, which its latencies then hold."""
TOGETHER = 0.9
"""Of an exchange in a closed loop: the share in which all of them should load the server."""


def used(group: PlannedGroup, samples: Sequence[Sample], share: float) -> str:
    """What the generators used (`share`, of the cores that they could use), in words."""
    many = group.generators
    if many == 1:
        return f"it used {share:.0%} of a core"
    fewer = many > _cores(group, samples)
    return f"all {many:,} used {share:.0%} of what they had" if fewer else f"one of {many:,} used {share:.0%} of a core"


def warnings(group: PlannedGroup, samples: Sequence[Sample]) -> Iterator[str]:
    """Whether there were more of them than cores, and whether some ended long before others."""
    many, cores = group.generators, _cores(group, samples)
    if many > cores:
        yield crowded(many, "generators", cores, "the server", samples[0].facts)
    shares = [
        load.together_seconds / round.wall_seconds
        for sample in samples
        for round in sample.rounds
        if (load := round.load) and load.together_seconds is not None and not load.intended_per_second
    ]
    if shares and (share := median(shares)) < TOGETHER:
        yield (
            f"its {many:,} generators loaded it together for {share:.0%} of the time, the rest without those that had "
            "sent all: -P seconds has them end together"
        )


def _cores(group: PlannedGroup, samples: Sequence[Sample]) -> int:
    cores: int = samples[0].facts.get("generator_cores", group.generators)
    return cores
