"""`harness history`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness import errors
from harness.cli.gate import STATUS, limits, measured, table
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
from harness.cli.terminal import say

if TYPE_CHECKING:
    from harness.history.series import Summary


@click.command()
@click.option("--last", type=click.IntRange(1), metavar="N", help="Only the last N commits of each series.")
@margin_option
@click.option("--confirm", is_flag=True, help="Run the commits around each last shift to the slower as a gate.")
@click.option("--max-time", type=click.FloatRange(0, min_open=True), default=300.0, metavar="S", help="For each gate.")
@wait_option
@quiet_option
@results_option
@format_option
@json_option
@verbose_option
def history(
    last: int | None, margin: float, confirm: bool, max_time: float, wait: bool, quiet: bool, results: Path,
    tablefmt: str, json_path: str | None, verbose: bool,
) -> None:  # fmt: skip
    """Show where stored runs shifted from commit to commit.

    Reads the records in the results, and records and `--json` documents in results/baselines. A shift is a hint;
    --confirm measures both commits in the same blocks, and exits like a gate: 0 not slower, 1 slower, 3 nobody can
    tell."""
    from harness.history import series as histories
    from harness.plan.request import check_seconds, check_share
    from harness.report import history as report

    check_format(tablefmt)
    check_share("--margin", margin)
    check_seconds("--max-time", max_time)
    summaries, unread = collected(results)
    found = histories.series(summaries, margin, last)
    if not found:
        raise NothingError(f"no run in {results} was made at a commit without changes, so there is no history yet")
    said = report.document(found) | {"runs": len(summaries), "unread": unread}
    parts = [report.tables(said, tablefmt, verbose), *(f"not read: {one}" for one in unread)]
    status = errors.OK
    if confirm:
        suspects = histories.suspects(found)
        said["confirmed"], tables, status = confirmed(suspects, max_time, quiet, wait, results, tablefmt)
        parts += tables
        status = status or (errors.INCOMPLETE if unread else errors.OK)
    say(said, json_path, lambda: "\n\n".join(parts))
    sys.exit(status)


class NothingError(errors.HarnessError):
    """Raised where nothing was selected."""

    status = errors.NOTHING


def collected(results: Path) -> tuple[list[Summary], list[str]]:
    """What is stored, a run once, as they began, and a line for each file that could not be read."""
    from harness.history.series import Summary, summary
    from harness.record import store

    found: dict[str, Summary] = {}
    unread = []
    for path in [*store.summaries(results), *store.runs(results)]:
        try:
            one = summary(store.read(path)) if path.suffix == ".jsonl" else store.read_document(path, Summary)
        except errors.HarnessError as error:
            unread.append(str(error))
        else:
            found[one.run] = one
    return [found[run] for run in sorted(found)], unread


def confirmed(
    suspects: dict[Any, list[str]], max_time: float, quiet: bool, wait: bool, results: Path, tablefmt: str
) -> tuple[list[dict[str, Any]], list[str], int]:
    """What gates of the suspects say: as JSON, as tables, and as an exit status."""
    import msgspec

    from harness.gate import decide as gate

    limit_of = limits("time")
    said, tables, decisions = [], [], []
    for suspect, strategies in suspects.items():
        asked = {
            "strategies": strategies,
            "workloads": [suspect.workload],
            "options": suspect.options,
            "tasks": suspect.tasks,
            "concurrency": suspect.concurrency,
            "blocks": None,
            "rounds": None,
            "max_time": max_time,
        }
        versions = f"git:{suspect.before}", f"git:{suspect.after}"
        between = f"{suspect.before[:10]} and {suspect.after[:10]}"
        about = {"before": suspect.before, "after": suspect.after}
        try:
            record, stopped = measured(asked, *versions, "time", limit_of, quiet, wait, results)
        except errors.HarnessError as error:
            decisions.append(gate.Decision(suspect.workload, ",".join(strategies), "time", 0.0, "incomplete"))
            said.append(about | {"run": None, "outcome": "incomplete", "reason": str(error), "cells": []})
            tables.append(f"{between} could not be measured: {error}")
            continue
        decided = gate.decide(record, "time", limit_of)
        decisions += decided
        about["run"] = record.header.run
        said.append(about | {"outcome": gate.overall(decided), "cells": msgspec.to_builtins(decided)})
        tables.append(f"{between} in the same blocks\n\n{table(decided, tablefmt)}")
        if stopped:
            return said, tables, stopped
    if not decisions:
        return said, ["no series ends on a level that is slower than the one before it: nothing to confirm"], errors.OK
    return said, tables, STATUS.get(gate.overall(decisions), errors.INCOMPLETE)
