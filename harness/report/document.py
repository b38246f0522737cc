"""The JSON document of a run (schema 1): what `--json` prints, and what the tables are made from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from typing import Any

from harness.record import SCHEMA, Group, Header, Observed, Record, Round, Sample, Strategy
from harness.statistics import paired_ratio, spread


def document(record: Record) -> dict[str, Any]:
    """Everything that a record says, derived afresh."""
    header = record.header
    ended = record.end
    return {
        "schema": SCHEMA,
        "run": header.run,
        "name": header.name,
        "taken_at": header.taken_at,
        "status": ended.status if ended and not record.damaged else "partial",
        "seed": header.plan.seed,
        "blocks": ended.blocks if ended else None,
        "seconds": ended.seconds if ended else None,
        "damaged_lines": record.damaged,
        "left_behind": ended.left_behind if ended else 0,
        "host": header.host,
        "versions": header.versions,
        "groups": [_group(record, number, group) for number, group in enumerate(header.plan.groups)],
    }


def _group(record: Record, number: int, group: Group) -> dict[str, Any]:
    plan = record.header.plan
    samples = {
        s: [sample for sample in record.samples if (sample.group, sample.strategy) == (number, s)]
        for s in range(len(plan.strategies))
    }
    reference = next(s for s, strategy in enumerate(plan.strategies) if strategy.name == plan.reference)
    rows = [_row(record.header, group, s, samples[s], samples[reference]) for s in samples]
    return {
        "workload": group.workload,
        "options": group.options,
        "tasks": group.tasks,
        "concurrency": group.concurrency,
        "floor_seconds": group.floor_seconds,
        "reference": plan.reference,
        "pinned": group.peer_module is not None and plan.pin == "apart",
        "rows": rows,
    }


def wall(sample: Sample) -> float:
    """A sample's number: the median of its rounds, seconds."""
    return median(round.wall_seconds for round in sample.rounds)


def _by_block(samples: Sequence[Sample]) -> dict[int, float]:
    return {sample.block: wall(sample) for sample in samples if sample.status == "ok"}


def _row(
    header: Header, group: Group, place: int, samples: Sequence[Sample], reference: Sequence[Sample]
) -> dict[str, Any]:
    strategy = header.plan.strategies[place]
    good = [sample for sample in samples if sample.status == "ok" and sample.observed]
    outcomes: list[Group | Strategy | Sample] = [group, strategy, *samples]
    bad = [one for one in outcomes if one.status != "ok"]
    row: dict[str, Any] = {
        "strategy": strategy.name,
        "variant": None,
        "status": "ok",
        "reason": None,
        "samples": len(good),
        "rounds": sum(len(sample.rounds) for sample in good),
        "warnings": [],
    }
    if bad:
        return row | {"status": bad[0].status, "reason": bad[0].reason}
    if not good:
        return row | {"status": "failed", "reason": "the run ended before it had a sample"}
    seconds = spread([wall(sample) for sample in good])

    def typical(number: Callable[[Round], float]) -> float:
        return median(median(number(round) for round in sample.rounds) for sample in good)

    watched: list[Observed] = [sample.observed for sample in good if sample.observed]
    first = [(sample.warmups or sample.rounds)[0].grown_bytes for sample in good]
    in_flight = max(one.in_flight_max for one in watched)
    if in_flight < group.concurrency:
        row["warnings"].append(f"{in_flight} in flight, {group.concurrency} allowed")
    return row | {
        "client": good[-1].facts.get("client"),
        "wall_seconds": seconds,
        "cpu_seconds": {
            "median": typical(lambda round: round.cpu_user_seconds + round.cpu_system_seconds),
            "user": typical(lambda round: round.cpu_user_seconds),
            "system": typical(lambda round: round.cpu_system_seconds),
        },
        "tasks_per_second": group.tasks / seconds["median"],
        "overhead_seconds_per_task": (seconds["median"] - (group.floor_seconds or 0.0)) / group.tasks,
        "peak_memory_bytes": int(typical(lambda round: round.peak_memory_bytes)),
        "memory_per_task_bytes": int(median(first) / group.concurrency),
        "threads_max": max(one.threads_max for one in watched),
        "in_flight_max": in_flight,
        "switches": {
            "voluntary": typical(lambda round: round.voluntary),
            "involuntary": typical(lambda round: round.involuntary),
        },
        "latency_seconds": {
            name: median(getattr(one.latency_seconds, name) for one in watched) for name in ("p50", "p90", "p99", "max")
        },
        "ratio": paired_ratio(_by_block(good), _by_block(reference)),
        "notes": watched[-1].notes,
    }
