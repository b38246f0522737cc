"""`harness calibrate`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness import api, errors
from harness.cli.destination import say
from harness.cli.options import (
    check_format,
    concurrency_option,
    format_option,
    hosts_options,
    json_option,
    margin_option,
    param_option,
    pin_option,
    quiet_option,
    results_option,
    rounds_option,
    strategy_option,
    tasks_option,
    wait_option,
    workload_option,
)
from harness.cli.terminal import fail, form, progress, signals

if TYPE_CHECKING:
    from harness.calibrate.outcomes import Outcome
    from harness.record.plan import Plan


@click.command("calibrate")
@strategy_option("gevent")
@workload_option("sleep")
@param_option
@tasks_option
@concurrency_option
@click.option("--comparisons", type=click.IntRange(1), default=10, help="Comparisons of each slowdown.")
@click.option("--detect", type=float, metavar="SHARE", help="Say which settings would call a slowdown of this size.")
@click.option("--blocks", type=click.IntRange(6), default=20, help="Blocks of a comparison.")
@rounds_option
@margin_option
@pin_option
@click.option(
    "--max-time", type=click.FloatRange(0, min_open=True), default=600.0, metavar="S", help="Start no comparison later."
)
@hosts_options
@wait_option
@quiet_option
@results_option
@format_option
@json_option
def command(
    comparisons: int, detect: float | None, max_time: float, wait: bool | float, quiet: bool, results: Path,
    tablefmt: str | None,
    json_path: str | None, **asked: Any,
) -> None:  # fmt: skip
    """Say what this machine can tell apart.

    Compares a cell with itself, and with itself slowed down by 1, 2, 5 and 10 %, through all that `run` does; prints
    how often each was called. The records are kept in the folder `calibration` of the results."""
    import time

    from harness.calibrate import outcomes as calibration
    from harness.plan.only import ONE
    from harness.plan.request import Request, check, check_seconds, check_share
    from harness.report import calibrate as report

    check_format(tablefmt)
    check_share("--detect", detect)
    check_seconds("--max-time", max_time)
    request = Request(**asked)
    named = check(request)
    if len(named.strategies) * len(named.workloads) != 1:
        raise errors.HarnessError(ONE.format("calibrate"))
    outcomes: list[calibration.Outcome] = []
    ended: errors.HarnessError | None = None
    with signals() as stopped, progress(quiet, "auto") as tell, api.planned(request, wait, tell, results) as made:
        if len(made.groups) != 1:
            raise errors.HarnessError(ONE.format("calibrate"))
        began = time.monotonic()
        for number in range(comparisons * len(calibration.SLOWDOWNS)):
            if stopped.status or (outcomes and time.monotonic() - began + outcomes[-1].seconds > max_time):
                break
            slowdown = calibration.SLOWDOWNS[number % len(calibration.SLOWDOWNS)]
            plan = calibration.against_itself(made, slowdown, made.seed + number)
            try:
                record = api.kept(plan, results / "calibration", "calibrate", tell, wait=wait, on=request)
            except errors.HarnessError as failed:  # of hosts that are gone, or busy: others were compared before
                if not outcomes:
                    raise
                ended = failed
                break
            if record.end and record.end.cut_short:
                ended = errors.IncompleteError(record.end.cut_short)
                break
            if found := calibration.outcome(record):
                outcomes.append(found)
            elif not stopped.status:
                bad = next(row for row in api.document(record).groups[0].rows if row.status != "ok")
                raise errors.IncompleteError(f"{made.strategies[0].name}: {bad.status}: {bad.reason}")
    if outcomes:
        advice = [] if detect is None else [calibration.settings(outcomes, made, detect)]
        about = f"{made.blocks} blocks each, margin {made.margin:g}; no slowdown called is a false alarm"
        shown = "\n".join([report.tables(outcomes, form(tablefmt)), "", about, *advice])
        say(document(made, outcomes) | {"advice": advice}, json_path, lambda: shown)
    if stopped.status:
        fail(f"interrupted; {len(outcomes)} comparisons were made", stopped.status)
    if ended:
        raise ended


def document(plan: Plan, outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """What came of all comparisons, and each."""
    from harness.calibrate.outcomes import tallies

    return {
        "schema": 1,
        "strategy": plan.strategies[0].name,
        "workload": plan.groups[0].workload,
        "options": plan.groups[0].options,
        "blocks": plan.blocks,
        "margin": plan.margin,
        "slowdowns": [vars(tally) | {"said": list(tally.said)} for tally in tallies(outcomes)],
        "comparisons": [vars(one) for one in outcomes],
    }
