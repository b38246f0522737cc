"""`harness explain`."""

from __future__ import annotations

from typing import Any

import click

from harness import errors
from harness.cli.destination import show
from harness.cli.options import (
    Duration,
    color_option,
    concurrency_option,
    json_option,
    param_option,
    quiet_option,
    strategy_option,
    tasks_option,
    variant_option,
    wait_option,
    workload_option,
)
from harness.cli.terminal import Left, fail, progress, signals


@click.command("explain")
@strategy_option("gevent")
@workload_option("sleep")
@param_option
@tasks_option
@concurrency_option
@variant_option
@click.option("--threshold", type=Duration(), default="30ms", help="What a line has to cost, in sum, to be a finding.")
@click.option(
    "--max-time",
    type=click.FloatRange(0, min_open=True),
    default=60.0,
    metavar="S",
    help="End the round then, and say what was seen so far.",
)
@wait_option
@quiet_option
@color_option
@json_option
def command(
    threshold: float, max_time: float, wait: bool | float, quiet: bool, color: str, json_path: str | None, **asked: Any
) -> None:
    """Say what keeps a strategy from doing its work: which line, what it cost, what to change.

    Runs one round of one cell in a worker that is never timed. Exit status: 0 whatever was found, 3 where the round did
    not come to its end; Ctrl-C ends the round, and says what was seen until then."""
    from harness.explain.explain import explain
    from harness.plan.request import Request
    from harness.report.explain import screen

    with signals() as stopped, progress(quiet, color) as tell:
        said = explain(Request(**asked), max_time, threshold, wait, tell)
    show(said, json_path, screen, color)
    if stopped.status:
        fail("interrupted: what was seen until then is above", stopped.status)
    if said.status != "complete":
        raise Left(errors.INCOMPLETE)
