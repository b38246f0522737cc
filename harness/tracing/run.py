"""Runs one round of one cell whose tasks tell what they do: what `harness.trace` and the command line call."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from harness import api
from harness.api import Named, Options, Tell
from harness.document.names import applied
from harness.errors import HarnessError, Interrupted
from harness.measure.cell import Place
from harness.measure.looked import ready
from harness.measure.processes import Processes
from harness.measure.tasks import TaskDriver
from harness.process import paths
from harness.process.channel import Failure
from harness.process.folders import temporary
from harness.record.lines import json_of
from harness.record.plan import Plan, PlannedGroup, PlannedStrategy
from harness.record.sample import At
from harness.text import printable
from harness.tracing.document import Trace
from harness.tracing.file import NOTHING, Seen, read
from harness.tracing.make import document


def trace(
    workload: Named,
    *,
    strategy: Named,
    options: Options = (),
    tasks: int | None = None,
    concurrency: int | None = None,
    timeout: float = 60.0,
    memory_limit: int | None = None,
    wait: bool | float = False,
    tell: Tell | None = None,
) -> Trace:
    """Run one round of a workload under a strategy in a fresh worker, and return what its tasks did: started, waited
    (for what), ran again, finished, and their notes. Nothing of it is timed for a comparison.

    A round that fails, hangs (`timeout`, in seconds), outgrows `memory_limit` (bytes) or is interrupted leaves what was
    seen so far, with the reason.
    Raises HarnessError for all that the caller can mend; BusyError while another run measures on this machine."""
    sizes = {"tasks": tasks, "concurrency": concurrency}
    limits = {"timeout": timeout, "memory_limit": memory_limit}
    with api.asked(workload, strategy, options, **sizes, **limits) as request, api.planned(request, wait, tell) as plan:
        return traced(plan)


def traced(plan: Plan) -> Trace:
    """The trace of a plan's one cell. Raises HarnessError where there are several, or none."""
    strategy, group = only(plan)
    bad = next((one for one in (strategy, group) if one.status != "ok"), None)
    if bad is not None:
        return made(strategy, group, NOTHING, bad.status, bad.reason, bad.traceback)
    with temporary() as folder:
        path = Path(folder) / "trace"
        try:
            run(plan, path)
        except Failure as failure:
            if failure.status == "usage":
                raise HarnessError(str(failure)) from None
            said = failure.status, strategy.told(str(failure)), failure.traceback
            places = [At(place, count) for place, count in failure.places.items()]
            return made(strategy, group, read(path), *said, ended=time.perf_counter(), places=places)
        except Interrupted:
            return made(strategy, group, read(path), "interrupted", "interrupted", ended=time.perf_counter())
        return made(strategy, group, read(path), "ok")


def only(plan: Plan) -> tuple[PlannedStrategy, PlannedGroup]:
    """The one cell of a plan, which runs tasks. Raises HarnessError."""
    for what, found, hint in (
        ("strategy", [one.name for one in plan.strategies], "-s gevent"),
        (
            "workload, with one value of each option",
            [" ".join((one.workload, *applied(one.options, one.shown))) for one in plan.groups],
            "-W sleep",
        ),
    ):
        if len(found) != 1:
            asked = ", ".join(found)
            raise HarnessError(f"trace shows one {what}, such as {hint}; {len(found)} were asked for: {asked}")
    if plan.groups[0].serves:
        raise HarnessError("trace shows tasks, and a server has none: leave -P side=server out")
    return plan.strategies[0], plan.groups[0]


def run(plan: Plan, path: Path) -> None:
    """Run the round, which fills the file. Raises Failure."""
    with ready(plan, Processes(plan, paths.of_asker()), Place(0, 0, 0)) as driver:
        assert isinstance(driver, TaskDriver)
        driver.traced(path)


def made(
    strategy: PlannedStrategy, group: PlannedGroup, seen: Seen, status: str, reason: str | None = None,
    traceback: str | None = None, ended: float | None = None, places: Sequence[At] = (),
) -> Trace:  # fmt: skip
    """The document, with what the plan says, but for passwords."""
    about: dict[str, Any] = {"status": status, "reason": reason, "traceback": traceback, "places": list(places)}
    about |= {"strategy": printable(strategy.name), "workload": printable(group.workload)}
    about |= {"options": {name: group.options[name] for name in group.shown or group.options}}
    said = document(seen, group.tasks, ended, concurrency=group.concurrency, **about)
    return msgspec.json.decode(json_of(said), type=Trace)
