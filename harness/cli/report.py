"""`harness report`, and how other commands write a page."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness import errors
from harness.cli import complete
from harness.cli.options import results_option
from harness.text import readable

if TYPE_CHECKING:
    from harness.page.source import Source


def writable(_: click.Context, __: click.Parameter, path: Path | None) -> Path | None:
    """A file that can be written, which is asked before anything is measured. Raises StoreError."""
    if path is None or str(path) == "-":
        return path
    if path.is_dir():
        raise errors.StoreError(f"{path} is a folder: name a file in it, such as {path / 'report.html'}")
    if not os.access(path.parent, os.W_OK):
        why = "cannot be written to" if path.parent.is_dir() else "is no folder"
        raise errors.StoreError(f"{path}: {path.parent} {why}")
    return path


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

    for name in dict.fromkeys(named):
        path = store.find(results, name)
        run = api.read(path)
        elsewhere = path.parent.resolve() != results.resolve()
        record = None if path.suffix == ".json" else store.raw(path)
        yield Source(run, record, str(path) if elsewhere else run.run)


def write(text: str, path: Path) -> None:
    """Put a page where it was asked for, all of it or nothing. Raises HarnessError where that cannot be."""
    if str(path) == "-":
        click.echo(readable(text), nl=False)
        return
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        unfinished.write_text(readable(text), encoding="utf-8")
        unfinished.replace(path)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise errors.StoreError(f"the page cannot be written to {path}: {error.strerror}") from None
    click.echo(f"wrote {path}, {len(text.encode()) / 1000:,.0f} kB", err=True)


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
