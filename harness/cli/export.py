"""`harness export`."""

from __future__ import annotations

from pathlib import Path

import click

from harness import errors
from harness.cli import complete
from harness.cli.options import reference_option, results_option, run_argument

FORMATS = ("pytest-benchmark", "pyperf", "github-action-benchmark", "bencher", "csv", "markdown")
CHARTS = ("svg", "png", "vega")


@click.command("export")
@run_argument
@click.option("--to", "form", type=click.Choice([*FORMATS, *CHARTS]), required=True, help="Whose file to write.")
@click.option(
    "--chart",
    metavar="NAME",
    help="Of svg, png and vega: ranking, blocks, latency, costs or time, or the one of a workload: sleep-ranking.  "
    "[default: all]",
    shell_complete=complete.one_of(complete.charts),
)
@click.option(
    "-o", "--output", metavar="PATH|-", help="Where to; - is stdout; of several charts a folder.  [default: -]"
)
@reference_option
@results_option
def command(run: str, form: str, chart: str | None, output: str | None, reference: str | None, results: Path) -> None:
    """Write a stored run as the file of another tool, or its charts for documents and slides."""
    if form in CHARTS:
        charts(run, form, chart, output, reference, results)
        return
    if chart:
        raise errors.HarnessError(f"--chart {chart}: of {', '.join(CHARTS)}, not of {form}")
    from harness.document.make import against
    from harness.record import store
    from harness.report import export as exports

    record = store.read(store.find(results, run))
    record = against(record, reference) if reference else record
    cells = list(exports.measured(record))
    if not cells:
        raise errors.IncompleteError(f"{record.header.run} has no cell with numbers to export")
    text = exports.FORMATS[form](record, cells)
    if output in ("-", None):
        click.echo(text, nl=False)
    else:
        Path(str(output)).write_text(text)


def charts(run: str, form: str, chart: str | None, output: str | None, reference: str | None, results: Path) -> None:
    """Write one chart to a file or stdout, or several into a folder, and say which. Raises HarnessError."""
    from harness import api
    from harness.page import exported

    found = exported.of_run(api.read(run, results, reference=reference), chart)
    suffix, write = exported.FORMATS[form]
    if len(found) == 1:
        data = write(found[0])
        if output in ("-", None):
            click.echo(data if form == "png" else data.decode(), nl=False)
        else:
            Path(str(output)).write_bytes(data)
        return
    if output in ("-", None):
        names = ", ".join(one.name for one in found)
        raise errors.HarnessError(f"{len(found)} charts: -o FOLDER for all, or --chart with one of {names}")
    folder = Path(str(output))
    folder.mkdir(parents=True, exist_ok=True)
    for one in found:
        path = folder / f"{one.name}{suffix}"
        path.write_bytes(write(one))
        click.echo(path)
