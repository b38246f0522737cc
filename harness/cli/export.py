"""`harness export`."""

from __future__ import annotations

from pathlib import Path

import click

from harness import errors
from harness.cli import complete
from harness.cli.destination import check, put
from harness.cli.options import reference_option, results_option, run_argument
from harness.cli.terminal import echo
from harness.text import printable, readable

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
    text = readable(exports.FORMATS[form](record, cells))
    if output in ("-", None):
        echo(text, nl=False)
    else:
        check("--output", Path(str(output)))
        put(Path(str(output)), text.encode())


def charts(run: str, form: str, chart: str | None, output: str | None, reference: str | None, results: Path) -> None:
    """Write one chart to a file or stdout, or several into a folder, and say which. Raises HarnessError."""
    from harness import api
    from harness.page import exported

    found = exported.of_run(api.read(run, results, reference=reference), chart)
    suffix, write = exported.FORMATS[form]
    if len(found) == 1:
        data = write(found[0])
        if output in ("-", None):
            if form == "png":
                click.echo(data, nl=False)
            else:
                echo(data.decode(), nl=False)
        else:
            put(Path(str(output)), data)
        return
    if output in ("-", None):
        names = ", ".join(one.name for one in found)
        raise errors.HarnessError(f"{len(found)} charts: -o FOLDER for all, or --chart with one of {names}")
    folder = Path(str(output))
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise errors.HarnessError(f"-o {folder}: {error.strerror}: name a folder for the charts") from None
    for one in found:
        path = folder / f"{one.name}{suffix}"
        put(path, write(one))
        echo(printable(str(path)))
