"""`harness gate`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness import errors
from harness.cli.options import (
    check_format,
    concurrency_option,
    format_option,
    json_option,
    param_option,
    pyproject,
    quiet_option,
    results_option,
    rounds_option,
    strategy_option,
    tasks_option,
    wait_option,
    workload_option,
)
from harness.cli.terminal import progress, say, signals

if TYPE_CHECKING:
    from harness.record.sample import Record

METRICS = ("time", "overhead", "cpu", "memory", "instructions")
STATUS = {"pass": errors.OK, "new": errors.OK, "regression": errors.REGRESSION}
ABOUT = ("workload", "strategy", "metric")
Limits = Callable[[str, str], float]


@click.command()
@click.option("--base", required=True, metavar="SPEC", help="What to compare with: git:origin/main, path:FOLDER, ...")
@click.option("--candidate", default="path:.", show_default=True, metavar="SPEC", help="What may be worse.")
@strategy_option("gevent")
@workload_option("sleep", "echo")
@param_option
@tasks_option
@concurrency_option
@click.option("--metric", type=click.Choice(METRICS), default="time", show_default=True, help="What is compared.")
@click.option("--limit", type=float, metavar="SHARE", help="How much worse it may be.  [default: by metric]")
@rounds_option
@click.option("--blocks", type=click.IntRange(6), help="Blocks.  [default: 10 to 320, until the intervals are narrow]")
@click.option("--max-time", type=click.FloatRange(0, min_open=True), default=300.0, metavar="S", help="Time budget.")
@wait_option
@quiet_option
@results_option
@format_option
@json_option
def gate(
    base: str, candidate: str, metric: str, limit: float | None, quiet: bool, wait: bool, results: Path, tablefmt: str,
    json_path: str | None, **asked: Any,
) -> None:  # fmt: skip
    """Say whether this version is worse than a base, by running both in the same blocks.

    Exit status: 0 it is not (or the base has none of it: new), 1 it is (regression), 3 nobody can tell (undecided or
    incomplete). Limits for a workload or strategy are in [[tool.harness.gate.limits]] of pyproject.toml."""
    import msgspec

    from harness.gate import decide as gates
    from harness.plan.request import check_share

    check_format(tablefmt)
    check_share("--limit", limit)
    limit_of = limits(metric, limit)
    record, stopped = measured(asked, base, candidate, metric, limit_of, quiet, wait, results)
    decisions = gates.decide(record, metric, limit_of)
    outcome = gates.overall(decisions)
    remarks = list(gates.remarks(record))
    said = {"schema": 1, "run": record.header.run, "outcome": outcome, "cells": msgspec.to_builtins(decisions)}
    said["remarks"] = remarks
    say(said, json_path, lambda: "\n".join([table(decisions, tablefmt), "", *remarks, f"gate: {outcome}"]))
    sys.exit(stopped or STATUS.get(outcome, errors.INCOMPLETE))


def measured(
    asked: dict[str, Any], base: str, candidate: str, metric: str, limit_of: Limits, quiet: bool, wait: bool,
    results: Path,
) -> tuple[Record, int]:  # fmt: skip
    """Run a base and a candidate in the same blocks: the record, and the exit status of an interruption or 0."""
    from harness.gate import check

    with signals() as stopped, progress(quiet, "auto") as tell:
        record = check.measured(
            base, candidate, metric=metric, limit_of=limit_of, results=results, wait=wait, tell=tell, **asked
        )
    return record, stopped.status


def table(decisions: Any, tablefmt: str) -> str:
    """The decisions."""
    from tabulate import tabulate

    from harness.gate.decide import HEADINGS

    rows = []
    for one in decisions:
        ratio = one.comparison
        rows.append(
            [
                one.workload,
                one.strategy,
                one.metric,
                "-" if one.base is None else f"{one.base:.6g}",
                "-" if one.candidate is None else f"{one.candidate:.6g}",
                f"{ratio.estimate:.4f}" if ratio else "-",
                f"{ratio.low:.4f} - {ratio.high:.4f}" if ratio else "-",
                f"{one.limit:.2%}",
                one.outcome,
                one.reason or "",
            ]
        )
    return tabulate(rows, HEADINGS, tablefmt=tablefmt, disable_numparse=True)


def limits(metric: str, asked: float | None = None) -> Limits:
    """The limit of a workload and strategy: what was asked for, the most particular entry of pyproject.toml, or the
    metric's. Raises HarnessError."""
    from harness.gate.decide import LIMITS

    settings = pyproject().get("gate", {})
    if not isinstance(settings, dict) or set(settings) - {"limits"}:
        raise errors.HarnessError("pyproject.toml: [tool.harness.gate] holds [[tool.harness.gate.limits]] and no more")
    entries = settings.get("limits", [])
    for entry in entries if isinstance(entries, list) else [entries]:
        share = entry.get("limit") if isinstance(entry, dict) else None
        known = isinstance(share, float) and 0 < share < 1 and not set(entry) - {*ABOUT, "limit"}
        if not known or entry.get("metric", metric) not in METRICS:
            raise errors.HarnessError(
                f"pyproject.toml: [[tool.harness.gate.limits]] {entry}: write limit = 0.05, and the workload, strategy "
                f"or metric ({', '.join(METRICS)}) that it is for"
            )

    def limit(workload: str, strategy: str) -> float:
        if asked is not None:
            return asked
        about = dict(zip(ABOUT, (workload, strategy, metric), strict=True))
        fitting = [one for one in entries if all(about[name] == one[name] for name in ABOUT if name in one)]
        best = max(fitting, key=len, default=None)
        return float(best["limit"]) if best else LIMITS[metric]

    return limit
