"""`harness run`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness import api, errors
from harness.cli import complete, defaults
from harness.cli.destination import decided
from harness.cli.options import (
    Duration,
    Share,
    check_format,
    color_option,
    concurrency_option,
    count_with_option,
    format_option,
    fresh_option,
    hosts_options,
    json_option,
    load_from_option,
    margin_option,
    memory_limit_option,
    name_option,
    param_option,
    pin_option,
    quiet_option,
    results_option,
    resume_option,
    rounds_option,
    seed_option,
    server_on_option,
    strategy_option,
    tasks_option,
    values_option,
    variant_option,
    verbose_option,
    wait_option,
    workload_option,
)
from harness.cli.report import of_run, report_option, written
from harness.cli.show import show_run
from harness.cli.terminal import Left, fail, progress, signals


@click.command("run")
@strategy_option("usual")
@workload_option("sleep", "http", "echo")
@param_option
@tasks_option
@concurrency_option
@variant_option
@click.option(
    "--reference",
    metavar="NAME",
    help="What ratios are against.  [default: the first strategy]",
    shell_complete=complete.one_of(complete.references),
)
@rounds_option
@click.option(
    "--blocks",
    type=click.IntRange(1),
    help="Blocks.  [default: 3 for what is plain, up to 10 for the rest (20 with --fresh), as --max-time has room]",
)
@click.option(
    "-w",
    "--warmup",
    type=click.IntRange(0),
    help="Untimed rounds before the timed ones.  [default: 1, none with --fresh]",
)
@fresh_option
@click.option(
    "--max-time",
    type=click.FloatRange(0, min_open=True),
    metavar="S",
    help="Start no block that would end later.  [default: 60, 300 with --precision, none with --blocks]",
)
@click.option(
    "--precision",
    type=float,
    metavar="SHARE",
    help="Add blocks until each interval is as narrow as this to either side, which is looked at after each.",
)
@margin_option
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    metavar="S",
    help="Seconds that one round may take.",
)
@memory_limit_option
@click.option(
    "--allow-failures",
    type=Share(),
    default=0.0,
    metavar="SHARE",
    help="How many of a round's tasks may fail, such as 2%; the row says how many did.  [default: none]",
)
@click.option("--quick", is_flag=True, help="Three blocks of one round: decides what is plain, and no more.")
@seed_option
@pin_option
@name_option
@click.option(
    "--count",
    type=click.Choice(["instructions"]),
    help="Count the instructions of a task as well: user space only, no waiting.",
)
@count_with_option
@click.option(
    "--find-capacity", is_flag=True, help="Search the highest rate that each server sustains. For -P side=server."
)
@click.option("--slo", type=Duration(), help="What p99 has to stay under there.  [default: 10ms]")
@click.option(
    "--silence",
    type=click.FloatRange(0, min_open=True),
    default=5.0,
    metavar="S",
    help="Seconds without any answer after which a server is given up.",
)
@values_option
@hosts_options
@server_on_option
@load_from_option
@resume_option
@wait_option
@quiet_option
@color_option
@results_option
@format_option
@json_option
@report_option
@verbose_option
def command(
    results: Path,
    tablefmt: str | None,
    json_path: str | None,
    report: Path | None,
    verbose: bool,
    name: str | None,
    quiet: bool,
    color: str,
    wait: bool | float,
    resume: str | None,
    **asked: Any,
) -> None:
    """Measure strategies on workloads and say how they compare."""
    from harness.record.plan import FAILED

    check_format(tablefmt)
    asked = defaults.spared(click.get_current_context(), asked)
    how: dict[str, Any] = {"results": results, "wait": wait}
    with signals() as stopped, progress(quiet, color) as tell:
        if resume:
            said = api.resume(resume, **how, tell=tell, **typed(click.get_current_context(), asked))
        else:
            said = api.run(asked.pop("workloads"), **asked, **how, name=name, tell=tell)
    with decided(stopped.status):
        show_run(said, tablefmt, json_path, verbose, color)
        written(report, of_run(said.run, results))
    rows = [row for group in said.groups for row in group.rows]
    if stopped.status:
        path = results / f"{said.run}.jsonl"
        samples = sum(row.samples for row in rows)
        fail(f"interrupted; {samples} samples are in {path}; --resume {said.run} finishes it", stopped.status)
    statuses = {row.status for row in rows}
    if statuses & FAILED or "ok" not in statuses or said.cut_short:
        raise Left(errors.INCOMPLETE)


def typed(context: click.Context, asked: dict[str, Any]) -> dict[str, Any]:
    """What was asked for by who runs the command, not by its defaults or by settings. Raises HarnessError."""
    idle = (click.core.ParameterSource.DEFAULT, click.core.ParameterSource.DEFAULT_MAP)
    if context.get_parameter_source("name") not in idle:
        raise errors.HarnessError("--name: a run that is resumed has the name that it had")
    return {name: value for name, value in asked.items() if context.get_parameter_source(name) not in idle}
