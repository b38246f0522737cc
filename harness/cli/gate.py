"""`harness gate`."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness import errors
from harness.cli import complete
from harness.cli.destination import decided, say
from harness.cli.options import (
    check_format,
    concurrency_option,
    count_with_option,
    format_option,
    fresh_option,
    hosts_options,
    json_option,
    param_option,
    quiet_option,
    results_option,
    resume_option,
    rounds_option,
    strategy_option,
    tasks_option,
    wait_option,
    workload_option,
)
from harness.cli.report import report_option, sources, written
from harness.cli.terminal import Left, coloured, columns, progress, signals
from harness.statistics import metrics

if TYPE_CHECKING:
    from harness.document.gate import Gate

METRICS = tuple(metric.name for metric in metrics.BUILT_IN if metric.limit is not None)
OF_MERGE = ("parts", "merge", "tablefmt", "json_path", "report", "verbose", "quiet", "results")
STATUS = {"pass": errors.OK, "new": errors.OK, "regression": errors.REGRESSION}
Limits = Callable[[str, str], float]


@click.command("gate")
@click.argument("parts", nargs=-1, metavar="[PART]...", type=click.Path(path_type=Path))
@click.option("--base", metavar="SPEC", help="What to compare with: git:origin/main, path:FOLDER, ...  [required]")
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
@click.option("--blocks", type=click.IntRange(1), help="Most blocks.  [default: 80, or what the time holds]")
@click.option("--max-time", type=click.FloatRange(0, min_open=True), default=300.0, metavar="S", help="Time budget.")
@click.option("--shard", metavar="K/N", help="Measure every Nth block from the Kth on, for --merge. With --json.")
@click.option("--merge", is_flag=True, help="Decide by the parts that --shard made: --merge part-*.json.")
@hosts_options
@resume_option
@wait_option
@quiet_option
@results_option
@format_option
@json_option
@report_option
@click.option("-v", "--verbose", is_flag=True, help="Tracebacks of what failed.")
def command(
    parts: tuple[Path, ...], tablefmt: str | None, json_path: str | None, report: Path | None, verbose: bool,
    merge: bool, **asked: Any,
) -> None:  # fmt: skip
    """Say whether this version is worse than a base, by running both in the same blocks.

    Exit status: 0 it is not (or the base has none of it: new), 1 it is (regression), 3 nobody can tell (undecided or
    incomplete). `--shard` and `--merge` spread the blocks over jobs. Limits for a workload or strategy are in
    [[tool.harness.gate.limits]] of pyproject.toml."""
    import msgspec

    from harness.gate.check import merge as merged
    from harness.report import gate as screen
    from harness.report import review

    check_format(tablefmt)
    if merge:
        refuse_options(click.get_current_context())
        said, stopped = merged(parts, asked["results"]), 0
    else:
        said, stopped = measured(parts, json_path, **asked)
    for_review = tablefmt == "github"

    def shown() -> str:
        if for_review:
            return review.markdown(said, verbose)
        if tablefmt or verbose:
            return screen.tables(said, tablefmt or "simple", verbose)
        return screen.screen(said, columns(sys.stdout), coloured("auto"))

    leaving = stopped or status(said)
    with decided(leaving):
        say(msgspec.to_builtins(said), json_path, shown)
        written(report, page, said, asked["results"])
    if for_review and os.environ.get("GITHUB_ACTIONS") == "true":
        click.echo("\n".join(review.at_lines(said)), err=True)
    raise Left(leaving)


def page(said: Gate, results: Path) -> str:
    """The page of a gate, with the run that it measured where its record is there (a merge has none)."""
    from harness.page.beside import gated

    of_run = next(iter(sources([said.run], results)), None) if (results / f"{said.run}.jsonl").exists() else None
    return gated(said, of_run)


def measured(
    parts: tuple[Path, ...], json_path: str | None, base: str | None, limit: float | None, quiet: bool, **asked: Any
) -> tuple[Gate, int]:
    """What came of a gate, or of a shard, and the exit status of the signal that ended it. Raises HarnessError."""
    from harness.gate.check import check
    from harness.plan.request import check_share

    if parts:
        raise errors.HarnessError(f"{parts[0]}: parts are for --merge")
    if base is None:
        raise click.UsageError("Missing option '--base'.")
    if asked["shard"] and not json_path:
        raise errors.HarnessError(f"--shard {asked['shard']}: --json PATH says where to put the part")
    check_share("--limit", limit)
    given = {"limit": limits(asked["metric"], limit), "workload": asked.pop("workloads")}
    with signals() as stopped, progress(quiet, "auto") as tell:
        said = check(base, tell=tell, **asked | given)
    return said, stopped.status or 0


def refuse_options(context: click.Context) -> None:
    """Raise HarnessError where --merge is given what says how to measure."""
    for option in context.command.params:
        typed = context.get_parameter_source(option.name or "") is click.core.ParameterSource.COMMANDLINE
        if typed and option.name not in OF_MERGE:
            raise errors.HarnessError(f"--merge judges what was measured: leave {option.opts[-1]} out")


def status(said: Gate) -> int:
    """The exit status: that of a part is good where what can be measured was."""
    if said.shard and all(cell.outcome in ("undecided", "new") for cell in said.cells):
        return errors.OK
    return STATUS.get(said.outcome, errors.INCOMPLETE)


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
