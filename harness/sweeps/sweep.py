"""`harness.sweep`: measures strategies along one or two axes, and returns what that says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from harness import api
from harness.api import Named, Options, Tell
from harness.errors import HarnessError
from harness.machine.limits import Limits, excesses, here
from harness.plan import make
from harness.plan.objects import settings
from harness.record.plan import Axis, Pin, Plan, PlannedGroup
from harness.record.sample import Sample
from harness.sweeps import answer
from harness.sweeps.axes import Values, first_points, parted, placed, request_at
from harness.sweeps.measurement import SweepingHere
from harness.sweeps.on_hosts import SweepingOnHosts

if TYPE_CHECKING:
    from harness.document.sweep import Sweep
    from harness.plan.request import Request
    from harness.record.sample import Record

SECONDS = 120.0


def sweep(
    workload: Named,
    *,
    strategies: Named | Sequence[Named] = "all",
    options: Options = (),
    tasks: int | str | None = None,
    concurrency: int | str | None = None,
    max_time: float = SECONDS,
    rounds: int | None = None,
    fresh: bool = False,
    timeout: float = 60.0,
    memory_limit: int | None = None,
    margin: float = 0.02,
    pin: Pin = "apart",
    seed: int | None = None,
    values: Literal["same", "any"] = "same",
    on: str | None = None,
    mixed_hosts: bool = False,
    install: bool = False,
    ssh: str | None = None,
    insecure: bool = False,
    tls_ca: str | None = None,
    tls_cert: str | None = None,
    tls_key: str | None = None,
    results: str | Path | None = None,
    name: str | None = None,
    wait: bool | float = False,
    tell: Tell | None = None,
) -> Sweep:
    """Measure strategies along one or two axes, keep the record in the folder `results`, and return what it says.

    An axis is `tasks`, `concurrency` or one of the `options`: a range "1..1000", or a list of numbers. `max_time`
    (seconds) goes to what is least known. Otherwise as `run`. Raises HarnessError for all that the caller can mend."""
    axes, fixed = parted(tasks, concurrency, settings(options))
    fixed |= {"max_time": max_time, "rounds": rounds, "fresh": fresh, "margin": margin, "pin": pin}
    fixed |= {"timeout": timeout, "memory_limit": memory_limit}
    name = None if name is None else api.printable(name)
    fixed |= {"on": on, "mixed_hosts": mixed_hosts, "install": install, "ssh": ssh, "insecure": insecure}
    fixed |= {"tls_ca": tls_ca, "tls_cert": tls_cert, "tls_key": tls_key, "seed": seed, "values": values}
    with api.asked(workload, strategies, fixed.pop("options"), **fixed) as request:
        return answer.of(measured(request, axes, results, name, wait, tell))


def measured(
    request: Request,
    axes: list[Axis],
    results: str | Path | None,
    name: str | None,
    wait: bool | float,
    tell: Tell | None,
) -> Record:
    """Measure along some axes, and return the record. Raises HarnessError."""
    from harness.hosts import start
    from harness.measure.processes import Processes
    from harness.process import paths, workers

    if len(request.workloads) != 1:
        raise HarnessError(
            f"sweep takes one workload, not {len(request.workloads)}: {', '.join(map(str, request.workloads))}"
        )
    ours = paths.of_asker()

    def groups(points: Sequence[Values]) -> list[PlannedGroup]:
        asked = [request_at(request, axes, one) for one in points]
        found = make.more(
            asked, made.strategies, lambda said, _: workers.describe(said, ours, None, request.memory_limit)
        )
        return [placed(axes, values, group) for values, group in zip(points, found, strict=True)]

    grid = first_points(axes)
    with api.planned(request_at(request, axes, min(grid)), wait, tell, api.folder(results)) as made:
        _refuse_few_tasks(axes, made.groups[0])
        plan = msgspec.structs.replace(made, groups=groups(grid), axes=axes)
        refused = list(beyond_limits(plan, here()))
        if len(refused) == len(plan.groups) * len(plan.strategies):
            raise HarnessError(str(refused[0].reason))

        how = tell or api.silent, grid, lambda at: groups([at])[0], refused
        if request.on:
            with start.fleet(request, plan, tell or api.silent, wait) as fleet:
                return api.recorded(plan, lambda sink: SweepingOnHosts(plan, sink, *how, fleet(sink)), results, name)
        processes = Processes(plan, ours)
        return api.recorded(plan, lambda sink: SweepingHere(plan, sink, *how, processes), results, name)


def _refuse_few_tasks(axes: Sequence[Axis], group: PlannedGroup) -> None:
    """Raise HarnessError where more are to be in flight than the workload has tasks, if nobody says how many."""
    names = [axis.name for axis in axes]
    high = max((axis.high for axis in axes if axis.name == "concurrency"), default=0)
    if group.status == "ok" and "tasks" not in names and high > group.tasks:
        raise HarnessError(
            f"--concurrency up to {high:g} is more than the {group.tasks} tasks of {group.workload}: "
            f"give ten times as many as are in flight at most, --tasks {10 * high:g}"
        )


def beyond_limits(plan: Plan, limits: Limits) -> Iterator[Sample]:
    """A sample for each cell that the machine does not hold, or whose workload cannot be had, with the reason."""
    for number, group in enumerate(plan.groups):
        for s, strategy in enumerate(plan.strategies):
            reason = group.reason or next(excesses(group, [strategy], limits), None)
            if reason:
                yield Sample(number, s, 0, group.status if group.reason else "unavailable", reason)
