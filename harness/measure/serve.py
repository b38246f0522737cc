"""Serves for anybody's client, and measures nothing."""

from __future__ import annotations

from collections.abc import Callable

from harness.errors import HarnessError, IncompleteError, Interrupted
from harness.process.channel import Failure
from harness.process.paths import of_asker
from harness.process.workers import Worker, prepare
from harness.record.plan import Plan

STOP_SECONDS = 10.0


def serve(
    plan: Plan, host: str, port: int, concurrency: int | None, listening: Callable[[str, str, str], None]
) -> None:
    """Serve the plan's one workload under its one strategy until a signal handler raises Interrupted.

    `listening(strategy, workload, where)` is called once clients may come. Raises HarnessError where there are
    several, IncompleteError where it cannot serve."""
    if len(plan.strategies) * len(plan.groups) != 1:
        raise HarnessError("serve takes one strategy and one workload, with one value of each option")
    group, strategy = plan.groups[0], plan.strategies[0]
    for one in (strategy, group):
        if one.status != "ok":
            raise IncompleteError(f"{strategy.name}, {group.workload}: {one.status}: {one.reason}")
    worker = Worker(strategy)
    try:
        cell = {"workload": group.target, "options": group.options, "tasks": 1, "concurrency": concurrency}
        worker.prepare(prepare(strategy, **cell, address=(host, port), paths=of_asker()))
        host, port = worker.prepared()["address"]
        where = group.served_at.format(host=f"[{host}]" if ":" in host else host, port=port)
        listening(strategy.name, group.workload, where)
        worker.stopped()
    except Interrupted:
        worker.stop_serving(STOP_SECONDS)
    except Failure as failure:
        if failure.status == "usage":
            raise HarnessError(str(failure)) from None
        raise IncompleteError(f"{strategy.name}: {failure}") from None
    finally:
        worker.stop()
