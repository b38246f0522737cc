"""A gate from the question to the answer: `harness.check`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness import api
from harness.document.gate import Gate
from harness.gate import decide
from harness.plan.request import check_share
from harness.statistics import metrics

if TYPE_CHECKING:
    from harness.record.plan import Counter
    from harness.record.sample import Record

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
    record = measured(base, candidate, workload, strategies, options, metric, limit_of, results, wait, tell, **how)
    return decide.judge(record, metric, limit_of)


def measured(
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
) -> Record:
    """Run a base and a candidate in the same blocks. Raises HarnessError."""
    as_many = bool(sizes["blocks"])
    if metrics.find(metric).counted:
        sizes |= {"count": metric, "rounds": sizes["rounds"] or 1}
    variants = (f"{decide.BASE}={base}", f"{decide.CANDIDATE}={candidate}")
    precision = None if as_many else decide.PRECISE
    with api.asked(workloads, strategies, options, variants=variants, precision=precision, **sizes) as request:
        fitted = partial(decide.fitted, limit=limit_of, as_many_blocks=as_many)
        return api.measured(request, results, "gate", wait, tell, fitted, decide.narrow(metric, limit_of))


def limits(metric: str, limit: float | Limit | None) -> Limit:
    """The limit of a workload and strategy. Raises HarnessError where there is no such metric, or it is no share."""
    usual = metrics.offered()[metrics.find(metric).name]
    if callable(limit):
        return limit
    check_share("--limit", limit)
    return lambda workload, strategy: usual if limit is None else limit
