"""Serves for anybody's client, and measures nothing."""

from __future__ import annotations

from collections.abc import Callable

from harness.errors import HarnessError, IncompleteError, Interrupted
from harness.plan.only import only
from harness.process.channel import Failure
from harness.process.orphans import sweep
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
    group, strategy = only(plan, "serve")
    if group.processes > 1:
        raise HarnessError(f"serve serves from one process: leave -P processes={group.processes} out")
    worker, listens = Worker(strategy), False
    try:
        cell = {"workload": group.target, "options": group.of_workload, "tasks": 1, "concurrency": concurrency}
        cell["strategy_options"] = group.taken_by(strategy)
        worker.prepare(prepare(strategy, **cell, address=(host, port), paths=of_asker()))
        host, port = worker.prepared()["address"]
        where = group.served_at.format(host=f"[{host}]" if ":" in host else host, port=port)
        listens = True
        listening(strategy.name, group.workload, where)
        worker.stopped()
    except Interrupted:
        try:
            if listens:  # before that a signal would kill it
                worker.stop_serving(STOP_SECONDS)
        except Failure as failure:
            why = f"it did not stop in {STOP_SECONDS:g} s" if failure.status == "timeout" else failure
            raise IncompleteError(f"{strategy.name}: {why}") from None
    except Failure as failure:
        if failure.status == "usage":
            raise HarnessError(str(failure)) from None
        raise IncompleteError(f"{strategy.name}: {failure}") from None
    finally:
        worker.stop()
        sweep()
