"""Traces that nobody measured, of records that nobody wrote."""

from __future__ import annotations

from typing import Any

from harness.tracing.document import Trace
from harness.tracing.file import Seen, Written
from harness.tracing.make import document
from harness.worker import layout

ABOUT: dict[str, Any] = {"strategy": "s", "workload": "w", "options": {}, "concurrency": 2, "status": "ok"}


def record(at: float, kind: int, task: int, name: str = "", place: str = "", held: bool = False) -> Written:
    return Written(at, 1, task, name, place, kind, held)


def made(*records: Written, tasks: int = 2, **about: Any) -> Trace:
    counts = tuple(sum(one.kind == kind for one in records) for kind in range(len(layout.KINDS)))
    return document(Seen(list(records), counts, began=100.0), tasks, **(ABOUT | about))
