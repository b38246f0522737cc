"""`harness hosts`."""

from __future__ import annotations

from pathlib import Path

import click

from harness.cli import complete
from harness.cli.terminal import echo
from harness.text import printable


@click.command("hosts")
@click.option(
    "--certificates",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    metavar="DIR",
    help="Where to write them: the authority, and one each for the scheduler, the hosts and you.",
    shell_complete=complete.folders,
)
def command(folder: Path) -> None:
    """Make the certificates of a Dask cluster, and print what to type with them.

    Who has any of them may run programs on its hosts. The authority's key is not kept: for another host, make all
    anew."""
    from harness.hosts import certificates

    certificates.make(folder)
    for line in certificates.commands(folder):
        echo(printable(line))
