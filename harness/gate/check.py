"""A gate from the question to the answer: `harness.check`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import api
from harness.document.gate import Gate
from harness.errors import Interrupted
from harness.gate import decide
from harness.plan.request import check_share
from harness.statistics import metrics

if TYPE_CHECKING:
    from harness.measure.counters import Tool
    from harness.measure.functions import Owners
    from harness.record.plan import Counter, Plan

Limit = Callable[[str, str], float]


def check(
    base: str,
    candidate: str = "path:.",
    *,
    workload: api.Named | Sequence[api.Named] = ("sleep", "echo"),
    strategies: api.Named | Sequence[api.Named] = "gevent",
    options: api.Options = (),
    tasks: int | None = None,
    concurrency: int | None = None,
    metric: str = "time",
    count_with: Counter | None = None,
    limit: float | Limit | None = None,
    blocks: int | None = None,
    rounds: int | None = None,
    fresh: bool = False,
    max_time: float | None = 300.0,
    results: str | Path | None = None,
    wait: bool = False,
    tell: api.Tell | None = None,
) -> Gate:
    """Say whether a candidate is worse than a base by more than a limit: both run in the same blocks.

    Base and candidate are `git:REVISION`, `path:FOLDER`, `pip:PACKAGE==VERSION` or `python:3.13`; the limit is a share,
    one for all or `limit(workload, strategy)`, and the metric's own where nobody says. The rest is as for `run`. Raises
    HarnessError."""
    limit_of = limits(metric, limit)
    sizes = {"tasks": tasks, "concurrency": concurrency, "blocks": blocks, "rounds": rounds, "max_time": max_time}
    how = sizes | {"fresh": fresh, "count_with": count_with}
    return judged(base, candidate, workload, strategies, options, metric, limit_of, results, wait, tell, **how)


def judged(
    base: str,
    candidate: str,
    workloads: api.Named | Sequence[api.Named],
    strategies: api.Named | Sequence[api.Named],
    options: api.Options,
    metric: str,
    limit_of: Limit,
    results: str | Path | None,
    wait: bool,
    tell: api.Tell | None,
    **sizes: Any,
) -> Gate:
    """Run a base and a candidate in the same blocks, and say what came of it. Raises HarnessError."""
    as_many = bool(sizes["blocks"])
    if metrics.find(metric).counted:
        sizes |= {"count": metric, "rounds": sizes["rounds"] or 1}
    variants = (f"{decide.BASE}={base}", f"{decide.CANDIDATE}={candidate}")
    precision = None if as_many else decide.PRECISE
    with (
        api.asked(workloads, strategies, options, variants=variants, precision=precision, **sizes) as request,
        api.planned(request, wait, tell) as made,
    ):
        plan = decide.fitted(made, limit=limit_of, as_many_blocks=as_many)
        record = api.kept(plan, results, "gate", tell, decide.narrow(metric, limit_of))
        return explained(decide.judge(record, metric, limit_of), plan, tell or api.silent)


def explained(gate: Gate, plan: Plan, tell: api.Tell) -> Gate:
    """A gate with the functions that grew, where instructions did. Interrupted ends that, and no more."""
    from harness.gate import grown
    from harness.measure.arms import by_function
    from harness.measure.processes import Processes
    from harness.process import paths

    def count(used: Tool, number: int, arms: Sequence[int]) -> list[Owners]:
        tell(f"counting by function, with {used.name}")
        return by_function(plan, Processes(plan, paths.of_asker()), used, number, arms)

    try:
        return grown.told(gate, plan, count)
    except Interrupted:
        return gate


def limits(metric: str, limit: float | Limit | None) -> Limit:
    """The limit of a workload and strategy. Raises HarnessError where there is no such metric, or it is no share."""
    usual = metrics.offered()[metrics.find(metric).name]
    if callable(limit):
        return limit
    check_share("--limit", limit)
    return lambda workload, strategy: usual if limit is None else limit
