"""By how much the first rounds of our own workloads are slower than later ones: what `statistics/alike.py` has its
thresholds from.

    python -m harness run -W noop,sleep,switch,http,echo,counter --blocks 10 --results FOLDER
    python -m tests.benchmarks.alike FOLDER

A line for each cell: medians over workers of the first round's and the slowest later round's times, by the clock and of
the processor, and what is remarked of it: of all its workers, and of each alone (as in a `--quick` run)."""

from __future__ import annotations

import sys
from pathlib import Path

from harness.record import store
from harness.record.sample import Record, Sample
from harness.statistics import alike


def lines(record: Record) -> list[str]:
    """What a record says of each of its cells."""
    plan = record.header.plan
    return [
        line(f"{group.workload} {strategy.name}", mine)
        for g, group in enumerate(plan.groups)
        for s, strategy in enumerate(plan.strategies)
        if (
            mine := [
                one for one in record.samples if (one.group, one.strategy, one.arm) == (g, s, "row") and one.rounds
            ]
        )
    ]


def line(name: str, samples: list[Sample]) -> str:
    """What the samples of a cell say."""
    pairs = [
        (worker.plain[0], max(worker.later, key=alike.wall)) for worker in map(alike.in_order, samples) if worker.later
    ]
    if not pairs:
        return f"{name}: one round"
    (first, later), (cpu, less) = alike.medians(pairs), alike.medians(pairs, alike.cpu)
    alone = sum(bool(alike.remarks({0: [one]})) for one in samples)
    about = alike.remarks({0: samples}).get(0, "-")
    return (
        f"{name}: {len(samples)} workers, x {first / later:.2f} ({1e3 * (first - later):+.2f} ms), "
        f"CPU x {cpu / less:.2f} "
        f"({1e3 * (cpu - less):+.2f} ms), alone {alone}, {about}"
    )


if __name__ == "__main__":
    for path in sorted(Path(sys.argv[1]).glob("*.jsonl")):
        print("\n".join(lines(store.read(path))))
