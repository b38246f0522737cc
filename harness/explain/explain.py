"""Explains one cell: runs it where it can be looked into, and says what was found."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from harness import api
from harness.errors import HarnessError, IncompleteError
from harness.explain.explanation import explanation
from harness.explain.seen import Seen
from harness.explain.undisturbed import undisturbed
from harness.measure.cell import Looked, Place
from harness.measure.looked import looked
from harness.measure.processes import Processes
from harness.plan.only import only
from harness.process import paths
from harness.process.channel import Failure
from harness.strategies import BUILT_IN

if TYPE_CHECKING:
    from harness.explain.finding import Explanation
    from harness.plan.request import Request
    from harness.record.plan import Plan

SECONDS, THRESHOLD = 60.0, 0.03
AWAY = {BUILT_IN[name] for name in ("processes", "interpreters")}


def why(
    workload: api.Named,
    strategy: api.Named = "gevent",
    *,
    options: api.Options = (),
    tasks: int | None = None,
    concurrency: int | None = None,
    threshold: float = THRESHOLD,
    max_time: float = SECONDS,
    variants: tuple[str, ...] = (),
    wait: bool | float = False,
    tell: api.Tell | None = None,
) -> Explanation:
    """What keeps a strategy from doing its work on a workload: run one round in a worker that is never timed, and say
    which lines hold up the others, what they cost, and what to change.

    `threshold`: seconds, in sum, that a line has to cost; after `max_time` seconds the round is ended, and what was
    seen until then is returned. Raises HarnessError for all that the caller can mend."""
    sizes = {"tasks": tasks, "concurrency": concurrency}
    with api.asked(workload, strategy, options, variants=variants, **sizes) as request:
        return explain(request, max_time, threshold, wait, tell)


def explain(
    request: Request, seconds: float, threshold: float, wait: bool | float = False, tell: api.Tell | None = None
) -> Explanation:
    """Explain the one cell that was asked for; an Interrupted ends its round, and no more. Raises HarnessError where
    there are several or where the numbers make no sense, IncompleteError where the round cannot begin."""
    if not (threshold > 0 and seconds > 0):
        raise HarnessError("--threshold and --max-time: seconds above 0")
    with api.planned(request, wait, tell) as plan:
        return explanation(seen(plan, seconds, threshold, tell or api.silent))


def seen(plan: Plan, seconds: float, threshold: float, tell: api.Tell = api.silent) -> Seen:
    """What a worker saw of the one cell of a plan, until it was interrupted, if it was. Raises HarnessError where there
    are several, IncompleteError where the round cannot begin."""
    group, strategy = only(plan, "explain")
    tell(f"looking into {group.workload} under {strategy.name}")
    try:
        found = looked(plan, Processes(plan, paths.of_asker()), "explained", Place(0, 0, 0), seconds, "sampled")
    except Failure as failure:
        if failure.status == "usage":
            raise HarnessError(str(failure)) from None
        raise IncompleteError(f"{strategy.name}, {group.workload}: {failure.status}: {failure}") from None
    if found.failure and found.failure.status == "usage":
        raise HarnessError(str(found.failure))
    failed = failure_of(found)
    return Seen(
        strategy.name, group.workload, group.tasks, group.concurrency or group.tasks, found.wall_seconds, threshold,
        undisturbed(found.seen.get("why", found.seen)), **failed, group=group, interrupted=found.interrupted,
        folder=strategy.variant.at(os.getcwd()) if strategy.variant else None, threads=strategy.threads_per_task > 0,
        away=strategy.target in AWAY,
    )  # fmt: skip


def failure_of(found: Looked) -> dict[str, Any]:
    """Why a round did not come to its end, and where its tasks stood."""
    if found.interrupted:
        return {"failure": "interrupted"}
    if found.failure is None:
        return {}
    return {"failure": f"{found.failure.status}: {found.failure}", "dump": found.failure.traceback}
