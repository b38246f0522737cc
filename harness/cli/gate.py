"""`harness gate`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from harness import errors
from harness.cli import complete
from harness.cli.options import (
    check_format,
    concurrency_option,
    count_with_option,
    format_option,
    fresh_option,
    json_option,
    param_option,
    quiet_option,
    results_option,
    rounds_option,
    strategy_option,
    tasks_option,
    wait_option,
    workload_option,
)
from harness.cli.terminal import progress, say, signals
from harness.statistics import metrics

METRICS = tuple(metric.name for metric in metrics.BUILT_IN if metric.limit is not None)
STATUS = {"pass": errors.OK, "new": errors.OK, "regression": errors.REGRESSION}
Limits = Callable[[str, str], float]


@click.command("gate")
@click.option("--base", required=True, metavar="SPEC", help="What to compare with: git:origin/main, path:FOLDER, ...")
@click.option("--candidate", default="path:.", show_default=True, metavar="SPEC", help="What may be worse.")
@strategy_option("gevent")
@workload_option("sleep", "echo")
@param_option
@tasks_option
@concurrency_option
@click.option(
    "--metric",
    default="time",
    metavar=f"[{'|'.join(METRICS)}]",
    help="What is compared.",
    shell_complete=complete.one_of(lambda context: metrics.offered()),
)
@click.option("--limit", type=float, metavar="SHARE", help="How much worse it may be.  [default: by metric]")
@count_with_option
@rounds_option
@fresh_option
@click.option("--blocks", type=click.IntRange(6), help="Blocks.  [default: 10 to 320, until the intervals are narrow]")
@click.option("--max-time", type=click.FloatRange(0, min_open=True), default=300.0, metavar="S", help="Time budget.")
@wait_option
@quiet_option
@results_option
@format_option
@json_option
@click.option("-v", "--verbose", is_flag=True, help="Tracebacks of what failed.")
def command(
    base: str, candidate: str, metric: str, limit: float | None, quiet: bool, wait: bool, results: Path, tablefmt: str,
    json_path: str | None, verbose: bool, **asked: Any,
) -> None:  # fmt: skip
    """Say whether this version is worse than a base, by running both in the same blocks.

    Exit status: 0 it is not (or the base has none of it: new), 1 it is (regression), 3 nobody can tell (undecided or
    incomplete). Limits for a workload or strategy are in [[tool.harness.gate.limits]] of pyproject.toml."""
    import msgspec

    from harness.gate.check import check
    from harness.plan.request import check_share
    from harness.report import gate as report

    check_format(tablefmt)
    check_share("--limit", limit)
    given = {"limit": limits(metric, limit), "results": results, "wait": wait, "workload": asked.pop("workloads")}
    with signals() as stopped, progress(quiet, "auto") as tell:
        said = check(base, candidate, metric=metric, tell=tell, **asked | given)
    say(msgspec.to_builtins(said), json_path, lambda: report.tables(said, tablefmt, verbose))
    sys.exit(stopped.status or STATUS.get(said.outcome, errors.INCOMPLETE))


def limits(metric: str, asked: float | None = None) -> Limits:
    """The limit of a workload and strategy: what was asked for, the most particular entry of pyproject.toml, or the
    metric's. Raises HarnessError."""
    from harness.plan import project, settings

    offered = metrics.offered()
    usual = offered[metrics.find(metric).name]
    found = project.settings()
    entries = found[1].gate.limits if found else []
    unknown = [one.metric for one in entries if one.metric not in (None, *offered)]
    if found and unknown:
        where = f"{found[0].file}: [[tool.harness.gate.limits]]"
        raise errors.HarnessError(f"{where}: there is no metric {unknown[0]}; there are {', '.join(offered)}")

    def limit(workload: str, strategy: str) -> float:
        if asked is not None:
            return asked
        return settings.limit(entries, workload, strategy, metric) or usual

    return limit
