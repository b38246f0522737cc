"""`harness show`, and how a run is printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.options import (
    check_format,
    format_option,
    json_option,
    reference_option,
    results_option,
    run_argument,
    verbose_option,
)
from harness.cli.terminal import say

if TYPE_CHECKING:
    from harness.document.run import Run


def show_run(run: Run, tablefmt: str, json_path: str | None, verbose: bool) -> None:
    """Print a run's tables, and its JSON where it was asked for."""
    import msgspec

    from harness.report.table import tables

    say(msgspec.to_builtins(run), json_path, lambda: tables(run, tablefmt, verbose))


@click.command("show")
@run_argument
@results_option
@format_option
@json_option
@verbose_option
@reference_option
@click.option("--pairs", is_flag=True, help="The verdicts between any two rows.")
def command(
    run: str, results: Path, tablefmt: str, json_path: str | None, verbose: bool, reference: str | None, pairs: bool
) -> None:
    """Print a stored run again: the start of its name, its --name, a file, or latest."""
    from harness import api

    check_format(tablefmt)
    show_run(api.read(run, results, reference=reference, pairs=pairs), tablefmt, json_path, verbose)
