"""What `--json` wrote of a run, as it is read again: its parts have to fit together."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from harness.document.run import Group, Row, Run
from harness.errors import StoreError
from harness.record import store

ALL = ("latency_seconds", "notes", "peak_memory_bytes", "runs_on", "cpu_share")
OF_TASKS = (
    "wall_seconds", "cpu_seconds", "in_flight_max", "memory_per_task_bytes", "tasks_per_second", "threads_max",
)  # fmt: skip
OF_SERVERS = ("server_cpu_share", "generator_cpu_share", "limited_by")
OF_ANSWERS = (
    "accept_seconds", "answers_per_second", "answers_per_second_spread", "connections_held", "fairness",
    "memory_per_connection_bytes", "switches", "threads_max",
)  # fmt: skip


def read(path: Path) -> Run:
    """The document of a run. Raises StoreError where it is none or says what cannot be, HarnessError where it is from a
    newer program."""
    run = store.read_document(path, Run)
    faults = (f"groups[{place}].{text}" for place, group in enumerate(run.groups) for text in _faults(group))
    if run.seconds and not run.seconds.get("all"):
        raise StoreError(f"{path} says what cannot be: seconds: all of them are not there")
    if fault := next(faults, None):
        raise StoreError(f"{path} says what cannot be: {fault}")
    return run


def _faults(group: Group) -> Iterator[str]:
    names = {row.name for row in group.rows}
    good = {row.name for row in group.rows if row.status == "ok"}
    if not names:
        yield "rows: there are none"
    if len(names) < len(group.rows):
        yield "rows: two have the same name"
    yield from (f"best: {name!r} is no row that is ok" for name in group.best if name not in good)
    if group.tasks < 1 or group.concurrency < 1:
        yield "tasks: less than one"
    for row in group.rows:
        yield from (f"rows: {row.name}: {text}" for text in (_lacking(row, group) if row.status == "ok" else ()))
    ratios: list[Any] = [one for row in group.rows for one in (row.ratio, row.versus_best, row.instructions_ratio)]
    ratios += [pair.ratio for pair in group.pairs or []]
    if any(one and one.level and _absent(one, "blocks") for one in ratios):
        yield "rows: a ratio has a level, and no blocks"


def _lacking(row: Row, group: Group) -> Iterator[str]:
    """What a row that is ok does not say, though others of its kind do."""
    yield from (f"{name}: not there, though it is ok" for name in _needed(group) if _absent(row, name))
    if group.serves and _absent(row.latency_seconds, "p999"):
        yield "latency_seconds: p999: not there, though it serves"


def _absent(of: object, name: str) -> bool:
    return getattr(of, name, msgspec.UNSET) is msgspec.UNSET


def _needed(group: Group) -> tuple[str, ...]:
    """What every row that is ok says, by what its group is of."""
    if not group.serves:
        return ALL + OF_TASKS + (("overhead",) if group.floor_seconds else ())
    return ALL + OF_SERVERS + (() if group.slo_seconds else OF_ANSWERS)
