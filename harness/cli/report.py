"""`harness report`, and how other commands write a page."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli import complete
from harness.cli.destination import put, writable
from harness.cli.options import results_option
from harness.cli.terminal import echo, note
from harness.text import readable

if TYPE_CHECKING:
    from harness.page.source import Source


report_option = click.option(
    "--report",
    type=click.Path(path_type=Path),
    callback=writable,
    metavar="FILE.html",
    help="Write a page of it as well.",
)


@click.command("report")
@click.argument("runs", nargs=-1, metavar="[RUN]...", shell_complete=complete.one_of(complete.runs))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, allow_dash=True),
    callback=writable,
    metavar="FILE.html|-",
    help="Where to; - is stdout.  [default: report.html]",
)
@results_option
def command(runs: tuple[str, ...], output: Path | None, results: Path) -> None:
    """Write stored runs as one page: the start of their names, their --name, files, or latest.

    The page is one HTML file that loads nothing and runs nothing. It holds the record, so `show`, `compare` and
    `export` read it like one. Several runs stand side by side."""
    from harness.page import runs as page

    write(page.page(list(sources(runs or ("latest",), results))), output or Path("report.html"))


def sources(named: Iterable[str], results: Path) -> Iterable[Source]:
    """Runs with their records, as the command line names them. Raises HarnessError."""
    from harness import api
    from harness.page.source import Source
    from harness.record import store
    from harness.sweeps import answer

    for name in dict.fromkeys(named):
        path = store.find(results, name)
        run = api.read(path)
        elsewhere = path.parent.resolve() != results.resolve()
        record = None if path.suffix == ".json" else store.raw(path)
        sweep = answer.of(store.read(path)) if run.axes and record else None
        yield Source(run, record, str(path) if elsewhere else run.run, sweep)


def write(text: str, path: Path) -> None:
    """Put a page where it was asked for, all of it or nothing. Raises UnwrittenError where that cannot be."""
    if str(path) == "-":
        echo(readable(text), nl=False)
        return
    data = readable(text).encode()
    put(path, data)
    note(f"wrote {path}, {len(data) / 1000:,.0f} kB")


def of_run(run: str, results: Path) -> Callable[[], str]:
    """What makes the page of one run of the results."""

    def make() -> str:
        from harness.page import runs as page

        return page.page(list(sources([run], results)))

    return make


def written(path: Path | None, make: Callable[..., str], *of: Any) -> None:
    """Write a page where one was asked for."""
    if path:
        write(make(*of), path)
