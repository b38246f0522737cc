"""`harness export`."""

from __future__ import annotations

from pathlib import Path

import click

from harness import errors
from harness.cli.options import reference_option, results_option, run_argument

FORMATS = ("pytest-benchmark", "pyperf", "github-action-benchmark", "bencher", "csv", "markdown")


@click.command("export")
@run_argument
@click.option("--to", "form", type=click.Choice(FORMATS), required=True, help="Whose file to write.")
@click.option("-o", "--output", metavar="PATH|-", default="-", show_default=True, help="Where to; - is stdout.")
@reference_option
@results_option
def command(run: str, form: str, output: str, reference: str | None, results: Path) -> None:
    """Write a stored run as the file of another tool."""
    from harness.document.make import against
    from harness.record import store
    from harness.report import export as exports

    record = store.read(store.find(results, run))
    record = against(record, reference) if reference else record
    cells = list(exports.measured(record))
    if not cells:
        raise errors.IncompleteError(f"{record.header.run} has no cell with numbers to export")
    text = exports.FORMATS[form](record, cells)
    if output == "-":
        click.echo(text, nl=False)
    else:
        Path(output).write_text(text)
