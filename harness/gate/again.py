"""The command that asks again what a gate asked. Pure functions."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from harness.document.names import without_password
from harness.gate.cells import BASE, CANDIDATE, pairs
from harness.record.plan import Plan, Variant

USUAL = {"candidate": "path:.", "metric": "time"}


def command(plan: Plan, metric: str, limits: Sequence[float]) -> str:
    """What to type, revisions by their commits. Limits that differ by cell are in the project's file."""
    variants = {one.variant.name: one.variant for one in plan.strategies if one.variant}
    words = ["python", "-m", "harness", "gate"]
    words += [*_flag("base", _spec(variants.get(BASE))), *_flag("candidate", _spec(variants.get(CANDIDATE)))]
    words += ["-s", ",".join(dict.fromkeys(pair.strategy for pair in pairs(plan)))]
    for workload in dict.fromkeys(group.workload for group in plan.groups):
        words += ["-W", workload]
    words += _options([group.options for group in plan.groups])
    tasks = {group.tasks for group in plan.groups}
    flight = {group.concurrency for group in plan.groups}
    words += _flag("tasks", *tasks) if len(tasks) == 1 else ()
    words += _flag("concurrency", *flight) if len(flight) == 1 and flight != tasks else ()
    words += _flag("metric", metric)
    words += _flag("limit", f"{limits[0]:g}") if len(set(limits)) == 1 else ()
    return shlex.join(words)


def _spec(variant: Variant | None) -> str | None:
    """What names a version: a commit, where it has one."""
    if variant is None:
        return None
    return f"git:{variant.commit[:12]}" if variant.commit and variant.spec.startswith("git:") else variant.spec


def _flag(name: str, value: Any) -> Iterator[str]:
    if value is not None and USUAL.get(name) != value:
        yield from (f"--{name}", str(value))


def _options(options: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What was set of the workloads' options, or is so by itself, as far as it can be typed."""
    found: dict[str, dict[str, None]] = {}
    for one in options:
        for name, value in one.items():
            if isinstance(value, bool | int | float | str) and str(value):
                found.setdefault(name, {})[str(value)] = None
    for name, values in found.items():
        yield from ("-P", without_password(f"{name}={','.join(values)}"))
