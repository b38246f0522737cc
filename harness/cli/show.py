"""`harness show`, and how a record is printed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.options import check_format, format_option, json_option, results_option, verbose_option
from harness.cli.terminal import say

if TYPE_CHECKING:
    from harness.document.run import Run
    from harness.record.sample import Record


def show_record(record: Record, tablefmt: str, json_path: str | None, verbose: bool) -> Run:
    """Print a record's tables, its JSON where it was asked for; return the document that both are made from."""
    import msgspec

    from harness.document.make import document
    from harness.report.table import tables

    said = document(record)
    say(msgspec.to_builtins(said), json_path, lambda: tables(said, tablefmt, verbose))
    return said


@click.command()
@click.argument("run", default="latest")
@results_option
@format_option
@json_option
@verbose_option
def show(run: str, results: Path, tablefmt: str, json_path: str | None, verbose: bool) -> None:
    """Print a stored run again: the start of its name, its --name, a file, or latest."""
    from harness.record import store

    check_format(tablefmt)
    show_record(store.read(store.find(results, run)), tablefmt, json_path, verbose)
