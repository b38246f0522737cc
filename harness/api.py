"""From what was asked for to a stored record: what every command that measures does."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import errors

if TYPE_CHECKING:
    from harness.measure.run import Enough
    from harness.plan.request import Request
    from harness.record.plan import Plan


def planned(request: Request) -> Plan:
    """The plan of what was asked for, on this machine. Raises HarnessError."""
    from harness.machine import limits
    from harness.measure import count
    from harness.plan import make as plan
    from harness.plan.request import check
    from harness.process import orphans, paths, workers
    from harness.variants import build as variants

    check(request)
    orphans.adopt()
    limits.raise_soft_limit()
    if request.count:
        count.counter()
    built = [variants.build(text) for text in request.variants]
    ours = paths.of_asker()
    return plan.make(request, lambda asked, variant: workers.describe(asked, ours, variant), limits.here(), built)


def run_plan(made: Plan, results: Path, name: str | None, tell: Any, enough: Enough | None = None) -> tuple[Path, int]:
    """Measure a plan into a record; return its path, and the exit status of an interruption or 0. Where a precision is
    asked for, `enough(plan, samples)` says whether it is reached; without it, all intervals must be as narrow."""
    import datetime

    from harness.machine import host
    from harness.measure.processes import Processes
    from harness.measure.run import Measurement
    from harness.process import paths
    from harness.record import store
    from harness.record.plan import SCHEMA
    from harness.record.sample import Header
    from harness.variants import git

    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    header = Header(SCHEMA, store.new_run(), name, now, made, host.facts(), host.versions(), git.commit())
    writer = store.Writer(results, header)
    measurement = Measurement(made, writer, tell, Processes(made, paths.of_asker()), enough)
    stopped = 0
    try:
        measurement.run()
    except errors.Interrupted as interrupted:
        stopped = interrupted.status
    writer.append(measurement.end(bool(stopped)))
    writer.close()
    return writer.path, stopped
