"""`harness sweep`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness import errors
from harness.cli.destination import show
from harness.cli.options import (
    color_option,
    fresh_option,
    hosts_options,
    json_option,
    margin_option,
    memory_limit_option,
    name_option,
    param_option,
    pin_option,
    quiet_option,
    results_option,
    rounds_option,
    seed_option,
    strategy_option,
    values_option,
    wait_option,
    workload_option,
)
from harness.cli.report import of_run, report_option, written
from harness.cli.terminal import Left, fail, progress, signals

RANGE = "N|LOW..HIGH|N,N..."


@click.command("sweep")
@strategy_option("all")
@workload_option()
@param_option
@click.option("--tasks", metavar=RANGE, help="Tasks of a round.  [default: the workload's]")
@click.option("--concurrency", metavar=RANGE, help="Most tasks in flight.  [default: all]")
@click.option(
    "--max-time",
    type=click.FloatRange(0, min_open=True),
    default=120.0,
    metavar="S",
    help="Seconds to spend, where the answer is least known.",
)
@rounds_option
@fresh_option
@margin_option
@click.option(
    "--timeout", type=click.FloatRange(0, min_open=True), default=60.0, metavar="S", help="Seconds a round may take."
)
@memory_limit_option
@seed_option
@pin_option
@name_option
@values_option
@hosts_options
@wait_option
@quiet_option
@color_option
@results_option
@json_option
@report_option
def command(
    workloads: tuple[Any, ...], results: Path, json_path: str | None, report: Path | None, quiet: bool, color: str,
    **asked: Any,
) -> None:  # fmt: skip
    """Say which strategy is best where along one or two axes, and where they cross.

    An axis is a range (LOW..HIGH) or several numbers (10,20,40) of --tasks, --concurrency or an option (-P) of the
    workload. Answers with each crossing and each knee as an interval; every point is a group of one run, which `show`
    prints. Exit status 3: a strategy failed at some point."""
    from harness.record.plan import FAILED
    from harness.report.sweep import screen
    from harness.sweeps.sweep import sweep

    if not workloads:
        raise errors.HarnessError("sweep: which workload? -W sleep, -W FILE.py:function; `harness list workloads`")
    if len(workloads) > 1 or "," in str(workloads[0]):
        raise errors.HarnessError(f"sweep takes one workload, not {', '.join(map(str, workloads))}")
    with signals() as stopped, progress(quiet, color) as tell:
        said = sweep(workloads[0], **asked, results=results, tell=tell)
    show(said, json_path, screen, color)
    written(report, of_run(said.run, results))
    if stopped.status:
        fail(f"interrupted; what is known so far is above, and in {results / said.run}.jsonl", stopped.status)
    statuses = {stop.status for stop in said.stops} | {one.status for one in said.absent}
    if statuses & FAILED or said.cut_short or not any(point.seconds for point in said.points):
        raise Left(errors.INCOMPLETE)
