"""What every row has, of clients and of servers: what a cell ran on, took and used."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

from harness.record.sample import Round, Sample
from harness.statistics.paired import spread
from harness.statistics.verdicts import wall


def typical(samples: Sequence[Sample], number: Callable[[Round], float]) -> float:
    """The median over samples of the median over their rounds."""
    return median(median(number(round) for round in sample.rounds) for sample in samples)


def used(good: Sequence[Sample]) -> dict[str, Any]:
    """Loop, time, processor, memory and context switches. Seconds, bytes, counts."""
    return {
        "loop": good[-1].facts.get("loop"),
        "patched": bool(good[-1].facts.get("patched")),
        "wall_seconds": spread([wall(sample) for sample in good]),
        "cpu_seconds": {
            "median": typical(good, lambda round: round.cpu_user_seconds + round.cpu_system_seconds),
            "user": typical(good, lambda round: round.cpu_user_seconds),
            "system": typical(good, lambda round: round.cpu_system_seconds),
        },
        "peak_memory_bytes": int(typical(good, lambda round: round.peak_memory_bytes)),
        "switches": {
            "voluntary": typical(good, lambda round: round.voluntary),
            "involuntary": typical(good, lambda round: round.involuntary),
        },
    }
