"""Says which strategy to use for a job: probes it, measures the candidates, and looks at half the concurrency."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from harness import api
from harness.advise.answer import answer
from harness.advise.choose import Objective
from harness.advise.known import Known
from harness.advise.servers import advise as of_servers
from harness.advise.steps import STEPS, Asked
from harness.errors import HarnessError, IncompleteError, Interrupted
from harness.plan.objects import settings
from harness.plan.request import Request, check_seconds

if TYPE_CHECKING:
    from harness.advise.document import Advice
    from harness.record.plan import Plan

SECONDS = 120.0
OBJECTIVES: tuple[Objective, ...] = ("wall", "cpu", "memory", "p99")
ONE = "advise takes one workload, with one value of each option, and no variants"
OF_KNOWN_SIZE = "mixed"
"""The workload that waits and computes as long as it is told to."""
NOT_PROBED = ("greenlet", "generator")
"""Those that are there to teach, beside the one that tells what a task takes alone."""


def advice(
    workload: api.Named | Sequence[api.Named] | None = None,
    *,
    waiting: float | None = None,
    computing: float | None = None,
    strategies: api.Named | Sequence[api.Named] = "all",
    options: api.Options = (),
    tasks: int | None = None,
    concurrency: int | None = None,
    objective: Objective = "wall",
    limits: Mapping[Objective, float] | None = None,
    max_time: float = SECONDS,
    values: str = "same",
    fresh: bool = False,
    servers: bool = False,
    slo: float | None = None,
    results: str | Path | None = None,
    wait: bool | float = False,
    tell: api.Tell | None = None,
) -> Advice:
    """Which strategy to use for a workload, or for tasks that wait and compute so long (seconds): what is best by the
    objective and within the limits (seconds, bytes), measured on this machine with these tasks. With `servers`: which
    serves the most requests a second while p99 stays under `slo` seconds (0.01), from how many processes, and for how
    many connections (all of a ladder, or `concurrency`).

    What is measured is kept as runs in the folder `results`. Raises HarnessError for all that the caller can mend,
    IncompleteError where no strategy can run a task, or where `max_time` does not hold one block of it."""
    if servers:
        given = {"--waiting": waiting is not None, "--cpu": computing is not None, "--tasks": tasks is not None}
        given |= {"--limit": bool(limits), "--objective": objective != "wall", "--values": values != "same"}
        refuse([name for name, was_given in (given | {"--fresh": fresh}).items() if was_given])
        about = concurrency, slo, max_time, results, wait, tell
        return of_servers.advice(workload, strategies, options, *about)
    if slo is not None:
        raise HarnessError("--slo is for --servers: --objective p99 and --limit p99=50ms are for tasks")
    check(objective, limits or {})
    named, texts = work(workload, waiting, computing)
    sizes: dict[str, Any] = {"tasks": tasks, "concurrency": concurrency, "values": values, "fresh": fresh}
    with api.asked(named, strategies, [*texts, *settings(options)], **sizes) as request:
        return advise(request, objective, limits or {}, max_time, results, wait, tell)


def check(objective: str, limits: Mapping[Objective, float]) -> None:
    """Raise HarnessError where an objective, or that of a limit, is none, or a limit is no number above 0."""
    for name in (objective, *limits):
        if name not in OBJECTIVES:
            raise HarnessError(f"{name!r} is no objective: {', '.join(OBJECTIVES)}")
    for name, most in limits.items():
        if not 0 < most < math.inf:
            raise HarnessError(f"--limit {name}={most:g}: a finite number, more than 0")


def refuse(given: Sequence[str]) -> None:
    """Raise HarnessError where something was given that is not for servers."""
    if given:
        raise HarnessError(
            f"--servers takes no {', '.join(given)}: it is told what is served (-W echo), and what p99 has to stay "
            "under (--slo 10ms)"
        )


def work(
    workload: api.Named | Sequence[api.Named] | None, waiting: float | None, computing: float | None
) -> tuple[api.Named | Sequence[api.Named], list[str]]:
    """The workload, and options that it is given. Raises HarnessError where there is none, or where it is two."""
    sizes = {"waiting": waiting, "computing": computing}
    given = {name: seconds for name, seconds in sizes.items() if seconds is not None}
    if workload is not None and given:
        raise HarnessError("--waiting and --cpu stand in place of a workload: leave -W out, or them")
    if workload is not None:
        return workload, []
    if not given:
        raise HarnessError("advise needs -W FILE.py:function, or --waiting 50ms and --cpu 2ms in its place")
    for name, seconds in given.items():
        if not 0 <= seconds < math.inf:
            raise HarnessError(f"{name} {seconds:g}: a finite number of seconds, 0 or more")
    return OF_KNOWN_SIZE, [f"{name}={given.get(name, 0.0)!r}" for name in sizes]


def advise(
    request: Request, objective: Objective, limits: Mapping[Objective, float], seconds: float = SECONDS,
    results: str | Path | None = None, wait: bool | float = False, tell: api.Tell | None = None,
) -> Advice:  # fmt: skip
    """The advice on what was asked for. An Interrupted ends it, with what is known until then. Raises HarnessError."""
    check_seconds("--max-time", seconds)
    began = time.monotonic()
    with api.planned(request, wait, tell, api.folder(results)) as plan:
        known = known_of(plan, objective, dict(limits))
        asked = Asked(began + seconds, seconds, results, tell or api.silent)
        try:
            for step in STEPS:
                step(known, asked)
                if known.interrupted:
                    break
        except Interrupted:
            known.interrupted = True
        known.seconds = time.monotonic() - began
        return answer(known)


def known_of(plan: Plan, objective: Objective, limits: dict[Objective, float]) -> Known:
    """What is known before anything is measured. Raises HarnessError for a plan of more than one point, IncompleteError
    for one of which nothing can be run."""
    if len(plan.groups) != 1 or any(one.variant for one in plan.strategies):
        raise HarnessError(ONE)
    group = plan.groups[0]
    if group.status != "ok":
        raise IncompleteError(f"{group.workload}: {group.status}: {group.reason}")
    if group.serves:
        raise HarnessError("advise is of tasks: --servers is of servers, leave -P side=server out then")
    here = [one for one in plan.strategies if one.status == "ok"]
    if not here:
        raise IncompleteError("; ".join(f"{one.name}: {one.status}: {one.reason}" for one in plan.strategies))
    absent = [one for one in plan.strategies if one.status != "ok"]
    here = [one for one in here if not (one.lesson and one.name in NOT_PROBED)]
    return Known(msgspec.structs.replace(plan, strategies=here, reference=here[0].name), objective, limits, absent)
