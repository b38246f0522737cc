"""`harness show`, and how a run is printed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.destination import say
from harness.cli.options import (
    check_format,
    color_option,
    format_option,
    json_option,
    reference_option,
    results_option,
    run_argument,
    verbose_option,
)
from harness.cli.terminal import blocks_shown, coloured, columns, echo

if TYPE_CHECKING:
    from harness.document.run import Run


def show_run(run: Run, tablefmt: str | None, json_path: str | None, verbose: bool, color: str) -> None:
    """Print a run's screen, or all of it as tables, and its JSON where it was asked for."""
    import msgspec

    def shown() -> str:
        if tablefmt or verbose:
            from harness.report.table import tables

            return tables(run, tablefmt or "simple", verbose)
        from harness.report.screen import screen

        return screen(run, columns(sys.stdout), plain=not blocks_shown(), colour=coloured(color))

    say(msgspec.to_builtins(run), json_path, shown)


@click.command("show")
@run_argument
@results_option
@format_option
@json_option
@verbose_option
@reference_option
@color_option
@click.option("--pairs", is_flag=True, help="The verdicts between any two rows.")
def command(
    run: str, results: Path, tablefmt: str | None, json_path: str | None, verbose: bool, reference: str | None,
    color: str, pairs: bool,
) -> None:  # fmt: skip
    """Print a stored run again: the start of its name, its --name, a file, or latest.

    Of a sweep its answer; -v and --format print its points one by one."""
    from harness import api

    check_format(tablefmt)
    said = api.read(run, results, reference=reference, pairs=pairs)
    if said.axes and not (tablefmt or json_path or verbose or reference or pairs or run.endswith(".json")):
        from harness.report.sweep import screen
        from harness.sweeps import answer

        echo(screen(answer.of(api.stored(run, results)), columns(sys.stdout), coloured(color)))
        return
    show_run(said, tablefmt, json_path, verbose, color)
