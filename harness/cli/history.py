"""`harness history`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness import errors
from harness.cli.destination import decided, say
from harness.cli.gate import STATUS, limits
from harness.cli.options import (
    check_format,
    format_option,
    json_option,
    margin_option,
    quiet_option,
    results_option,
    verbose_option,
    wait_option,
)
from harness.cli.report import report_option, written
from harness.cli.terminal import Left, form, progress, signals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.document.history import Confirmed, Series
    from harness.report.columns import Form


@click.command("history")
@click.option("--last", type=click.IntRange(1), metavar="N", help="Only the last N commits of each series.")
@margin_option
@click.option("--confirm", is_flag=True, help="Run the commits around each last shift to the slower as a gate.")
@click.option("--max-time", type=click.FloatRange(0, min_open=True), default=300.0, metavar="S", help="For each gate.")
@wait_option
@quiet_option
@results_option
@format_option
@json_option
@report_option
@verbose_option
def command(
    last: int | None, margin: float, confirm: bool, max_time: float, wait: bool | float, quiet: bool, results: Path,
    tablefmt: str | None, json_path: str | None, report: Path | None, verbose: bool,
) -> None:  # fmt: skip
    """Show where stored runs shifted from commit to commit.

    Reads the records in the results, and records and `--json` documents in results/baselines. A shift is a hint;
    --confirm measures both commits in the same blocks, and exits like a gate: 0 not slower, 1 slower, 3 nobody can
    tell."""
    import msgspec

    from harness.history.trend import trend
    from harness.page import histories
    from harness.plan.request import check_seconds
    from harness.report import history as screen

    check_format(tablefmt)
    check_seconds("--max-time", max_time)
    said = trend(results, last, margin)
    if not said.series:
        raise NothingError(f"no run in {results} was made at a commit without changes, so there is no history yet")
    parts = [screen.tables(said, form(tablefmt), verbose)]
    status = errors.OK
    if confirm:
        gates, tables, status = confirmed(said.series, max_time, quiet, wait, results, form(tablefmt))
        said = msgspec.structs.replace(said, confirmed=gates)
        parts += tables
        status = status or (errors.INCOMPLETE if said.unread else errors.OK)
    with decided(status):
        say(msgspec.to_builtins(said), json_path, lambda: "\n\n".join(parts))
        written(report, histories.page, said)
    raise Left(status)


class NothingError(errors.HarnessError):
    """Raised where nothing was selected."""

    status = errors.NOTHING


def confirmed(
    series: Sequence[Series], max_time: float, quiet: bool, wait: bool | float, results: Path, shown: Form
) -> tuple[list[Confirmed], list[str], int]:
    """What gates of the suspects say: as JSON, as tables, and as an exit status."""
    from harness.document.gate import Decision
    from harness.document.history import Confirmed
    from harness.gate.check import check
    from harness.gate.decide import overall
    from harness.history.series import suspects
    from harness.report.columns import escape
    from harness.report.gate import decisions as table
    from harness.report.lines import escaped

    limit_of, as_shown = limits("time"), escape(shown)
    said: list[Confirmed] = []
    tables: list[str] = []
    decisions: list[Decision] = []
    for suspect, strategies in suspects(series).items():
        between = f"{suspect.before[:10]} and {suspect.after[:10]}"
        commits: dict[str, Any] = {"before": suspect.before, "after": suspect.after}
        try:
            with signals() as stopped, progress(quiet, "auto") as tell:
                found = check(
                    f"git:{suspect.before}",
                    f"git:{suspect.after}",
                    workload=suspect.workload,
                    strategies=strategies,
                    options=suspect.options,
                    tasks=suspect.tasks,
                    concurrency=suspect.concurrency,
                    limit=limit_of,
                    max_time=max_time,
                    results=results,
                    wait=wait,
                    tell=tell,
                )
        except errors.HarnessError as error:
            decisions.append(Decision(suspect.workload, ",".join(strategies), "time", 0.0, "incomplete"))
            said.append(Confirmed(**commits, outcome="incomplete", reason=str(error)))
            tables.append(f"{between} could not be measured: {as_shown(str(error))}")
            continue
        decisions += found.cells
        said.append(Confirmed(**commits, run=found.run, outcome=found.outcome, cells=found.cells))
        tables.append(f"{between} in the same blocks\n\n{table(escaped(found, as_shown).cells, shown)}")
        if stopped.status:
            return said, tables, stopped.status
    if not decisions:
        return said, ["no series ends on a level that is slower than the one before it: nothing to confirm"], errors.OK
    return said, tables, STATUS.get(overall(decisions), errors.INCOMPLETE)
