"""`harness compare`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from harness.cli import complete
from harness.cli.destination import say
from harness.cli.options import check_format, format_option, json_option, results_option
from harness.cli.report import report_option, written
from harness.cli.terminal import coloured, columns


@click.command("compare")
@click.argument("then", shell_complete=complete.one_of(complete.runs))
@click.argument("now", default="latest", shell_complete=complete.one_of(complete.runs))
@click.option(
    "--reference", metavar="NAME", help="What ratios are against: a strategy that both have, or NAME@VARIANT."
)
@results_option
@format_option
@json_option
@report_option
def command(
    then: str, now: str, reference: str | None, results: Path, tablefmt: str | None, json_path: str | None,
    report: Path | None,
) -> None:  # fmt: skip
    """Put two stored runs side by side: the start of their names, their --name, files, or latest.

    They were not measured in the same blocks, so a verdict comes of how much runs differ by themselves: of three or
    more other runs in the results at the code of one of the two, of three or more other cells that both have, or of
    three or more comparisons of `calibrate`. Without any it says what would tell. Runs of different machines or of
    workloads that have changed are refused."""
    import msgspec

    from harness import api
    from harness.page import beside
    from harness.report import comparison as screen

    check_format(tablefmt)
    said = api.compare(then, now, results, reference)

    def shown() -> str:
        return screen.tables(said, tablefmt) if tablefmt else screen.screen(said, columns(sys.stdout), coloured("auto"))

    say(msgspec.to_builtins(said), json_path, shown)
    written(report, beside.compared, said)
