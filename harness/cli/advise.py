"""`harness advise`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness import errors
from harness.cli.destination import show
from harness.cli.options import (
    Duration,
    color_option,
    concurrency_option,
    fresh_option,
    json_option,
    param_option,
    quiet_option,
    results_option,
    strategy_option,
    tasks_option,
    values_option,
    wait_option,
    workload_option,
)
from harness.cli.terminal import Left, fail, progress, signals

if TYPE_CHECKING:
    from harness.advise.choose import Objective


class Limit(click.ParamType[tuple[Any, float]]):
    """What may not be exceeded: memory=200MB, wall=2s."""

    name = "limit"
    sizes = {"KB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 2.0**10, "MiB": 2.0**20, "GiB": 2.0**30}  # noqa: RUF012

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[Any, float]:
        name, _, most = str(value).partition("=")
        if name in ("wall", "cpu", "p99"):
            return name, Duration().convert(most, param, ctx)
        if name == "memory":
            for unit, size in self.sizes.items():
                number = most.removesuffix(unit)
                if number != most and number.replace(".", "", 1).isdecimal() and float(number) > 0:
                    return name, float(number) * size
        self.fail(f"{value}: write memory=200MB, or wall=, cpu= or p99= with a time such as 2s", param, ctx)


@click.command("advise")
@workload_option()
@click.option("--waiting", type=Duration(), help="What a task waits, in place of -W.")
@click.option("--cpu", "computing", type=Duration(), help="What a task computes then, in place of -W.")
@click.option(
    "--servers",
    is_flag=True,
    help="Of a server: which answers the most requests a second, from how many processes, for how many connections.",
)
@click.option("--slo", type=Duration(), help="What the p99 of a server has to stay under.  [default: 10ms]")
@strategy_option("all")
@param_option
@tasks_option
@concurrency_option
@click.option(
    "--objective",
    type=click.Choice(["wall", "cpu", "memory", "p99"]),
    default="wall",
    help="What the best has least of: wall time or CPU of a round, peak memory, or a task's latency.",
)
@click.option(
    "--limit",
    "limits",
    type=Limit(),
    multiple=True,
    metavar="WHAT=MOST",
    help="Nothing above it is advised: memory=200MB, wall=2s, cpu=1s, p99=50ms. Repeatable.",
)
@click.option(
    "--max-time",
    type=click.FloatRange(0, min_open=True),
    default=120.0,
    metavar="S",
    help="Seconds for all of it. What strategies cost on this machine is measured the first time, and kept.",
)
@values_option
@fresh_option
@wait_option
@quiet_option
@color_option
@results_option
@json_option
def command(
    workloads: tuple[Any, ...],
    limits: tuple[tuple[Objective, float], ...],
    results: Path,
    wait: bool | float,
    quiet: bool,
    color: str,
    json_path: str | None,
    **asked: Any,
) -> None:
    """Say which strategy to use for a job, by measuring the likely ones on it.

    \b
    python -m harness advise -W ./jobs.py:task --tasks 200
    python -m harness advise --servers -W echo --slo 10ms

    Exit status: 0 where something is advised, 3 where nothing can be."""
    from harness.advise.advise import advice
    from harness.report.advise import screen
    from harness.report.advise_servers import screen as of_servers

    with signals() as stopped, progress(quiet, color) as tell:
        said = advice(list(workloads) or None, **asked, limits=dict(limits), results=results, wait=wait, tell=tell)
    show(said, json_path, of_servers if said.servers else screen, color)
    if stopped.status:
        fail("interrupted: what is known so far is above", stopped.status)
    if not said.use:
        raise Left(errors.INCOMPLETE)
