"""What a reader should know of a server of several processes. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.record.plan import PlannedGroup
from harness.record.sample import Sample

UNEVEN = 1.25
"""How much more than its part of the connections a process may have."""


def warnings(group: PlannedGroup, samples: Sequence[Sample]) -> Iterator[str]:
    """Whether there were more processes than cores, and whether the kernel gave one of them more connections."""
    if group.processes < 2:
        return
    facts = samples[0].facts
    cores = len(facts["cpus"])
    if group.processes > cores:
        yield crowded(group.processes, "processes", cores, "the generator", facts)
    loads = [round.load for sample in samples for round in sample.rounds if round.load and round.load.by_process]
    uneven = max(loads, key=lambda load: max(load.by_process), default=None)
    if uneven and max(uneven.by_process) > UNEVEN * uneven.held / group.processes:
        yield (
            f"one of its {group.processes:,} processes had {max(uneven.by_process):,} of {uneven.held:,} connections: "
            "the kernel spreads them by a hash"
        )


def crowded(many: int, what: str, cores: int, others: str, facts: Mapping[str, Any]) -> str:
    """That so many had fewer cores; on one machine `others` may have the rest."""
    parted = facts.get("apart") and not facts.get("generator_hosts")
    rest = f"; {others} has the others (--pin none: all for both)" if parted else ""
    return f"{many:,} {what} had {cores:,} core{'s' if cores > 1 else ''}{rest}"
