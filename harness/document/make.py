"""The JSON document of a run (schema 1): what `--json` prints, and what the tables are made from."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from typing import Any

import msgspec

from harness.document.server import server_row
from harness.document.used import used
from harness.record.plan import SCHEMA, Group, Plan, Strategy
from harness.record.sample import Observed, Record, Sample
from harness.statistics.fairness import disturbances, peer_share, warnings
from harness.statistics.paired import one_sample, spread
from harness.statistics.verdicts import Verdicts, instructions, of_group, wall


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
        "commit": msgspec.to_builtins(header.commit),
        "host_loop_seconds": median(mark.loop_seconds for mark in record.marks) if record.marks else None,
        "disturbances": list(disturbances(record.marks)),
        "groups": [_group(record, number, group) for number, group in enumerate(header.plan.groups)],
    }


def _group(record: Record, number: int, group: Group) -> dict[str, Any]:
    plan = record.header.plan
    verdicts = of_group(plan, record.samples, number)
    counted = of_group(plan, record.samples, number, instructions, plan.count_margin) if plan.count else None
    rows = []
    for place in range(len(plan.strategies)):
        row = _row(record, number, place)
        if row["status"] == "ok":
            row["ratio"] = _ratio(place, verdicts)
            if counted:
                row["instructions_ratio"] = _ratio(place, counted)
        rows.append(row)
    return {
        "workload": group.workload,
        "version": group.version,
        "options": group.options,
        "tasks": group.tasks,
        "concurrency": group.concurrency,
        "floor_seconds": group.floor_seconds,
        "reference": plan.strategies[verdicts.reference].name,
        "against": plan.strategies[verdicts.reference].identity,
        "margin": plan.margin,
        "slo_seconds": plan.slo if group.serves else None,
        "serves": group.serves,
        "pinned": plan.pin == "one" or ((group.serves or group.peer_module is not None) and plan.pin == "apart"),
        "null_arm": _null_arm(plan, verdicts),
        "rows": rows,
    }


def _ratio(place: int, verdicts: Verdicts) -> dict[str, Any] | None:
    if place == verdicts.reference:
        return {"estimate": 1.0, "low": 1.0, "high": 1.0, "verdict": None}
    comparison = verdicts.rows.get(place)
    return vars(comparison) if comparison else None


def _null_arm(plan: Plan, verdicts: Verdicts) -> dict[str, Any] | None:
    if verdicts.null_of is None or verdicts.null is None:
        return None
    return {"strategy": plan.strategies[verdicts.null_of].name, "too_noisy": verdicts.too_noisy} | vars(verdicts.null)


def _row(record: Record, number: int, place: int) -> dict[str, Any]:
    group, strategy = record.header.plan.groups[number], record.header.plan.strategies[place]
    samples = [one for one in record.samples if (one.group, one.strategy, one.arm) == (number, place, "row")]
    good = [sample for sample in samples if sample.status == "ok" and sample.rounds]
    watched = [sample.observed for sample in good if sample.observed]
    outcomes: list[Group | Strategy | Sample] = [group, strategy, *samples]
    bad = [one for one in outcomes if one.status != "ok"]
    row: dict[str, Any] = {
        "strategy": strategy.plain,
        "variant": strategy.variant.name if strategy.variant else None,
        "variant_spec": strategy.variant.spec if strategy.variant else None,
        "variant_commit": strategy.variant.commit if strategy.variant else None,
        "name": strategy.name,
        "status": "ok",
        "reason": None,
        "samples": len(good),
        "rounds": sum(len(sample.rounds) for sample in good),
        "warnings": [],
    }
    if bad:
        return row | {"status": bad[0].status, "reason": bad[0].reason}
    if not (watched or (group.serves and good)):
        return row | {"status": "failed", "reason": "the run ended before it had a sample"}
    row["runs_on"] = {"python": good[-1].facts.get("python")} | good[-1].facts.get("libraries", {})
    counts = [sample.instructions_per_task for sample in good if sample.instructions_per_task is not None]
    if counts:
        row["instructions_per_task"] = spread(counts)
    if group.serves:
        return row | server_row(group, strategy, good)
    return row | _measured(group, good, watched) | {"warnings": list(warnings(group, strategy, good))}


def _measured(group: Group, good: Sequence[Sample], watched: Sequence[Observed]) -> dict[str, Any]:
    """The numbers of a row that has some."""
    same = used(good)
    first = [(sample.warmups or sample.rounds)[0].grown_bytes for sample in good]
    overhead = one_sample([(wall(sample) - (group.floor_seconds or 0.0)) / group.tasks for sample in good])
    return same | {
        "client": good[-1].facts.get("client"),
        "peer_cpu_share": peer_share(good),
        "tasks_per_second": group.tasks / same["wall_seconds"]["median"],
        "overhead_seconds_per_task": overhead["estimate"],
        "overhead": overhead,
        "memory_per_task_bytes": int(median(first) / group.concurrency),
        "threads_max": max(one.threads_max for one in watched),
        "in_flight_max": max(one.in_flight_max for one in watched),
        "latency_seconds": {
            name: median(getattr(one.latency_seconds, name) for one in watched) for name in ("p50", "p90", "p99", "max")
        },
        "ratio": None,
        "notes": watched[-1].notes,
    }
